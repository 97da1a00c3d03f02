package views

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// Summary tells a step in plain sentences, for pipes and screen readers: where
// it stands, what it found with curves as first, last and best, what is next.
func Summary(state *pipeline.State, step *pipeline.Step) []string {
	st := state.Step(step.ID)
	name := fmt.Sprintf("%d %s", step.Number(), step.Title)
	var out []string
	switch st.Status {
	case pipeline.Done, pipeline.Stale:
		out = append(out, fmt.Sprintf("%s: done in %s. %s", name, duration(st.Result.Seconds), Visible(st.Result.Summary)))
		if st.Status == pipeline.Stale {
			out = append(out, fmt.Sprintf("It is stale: %s.", Visible(st.Reason)))
		}
	case pipeline.Failed:
		out = append(out, join(" ", name+": failed: "+sentence(Visible(st.Error)), Visible(st.Hint)))
	case pipeline.Interrupted:
		out = append(out, join(" ", name+": interrupted.", reached(st)))
	case pipeline.Running:
		out = append(out, join(" ", name+": running.", progressLine(st.Progress)))
	case pipeline.Blocked:
		out = append(out, fmt.Sprintf("%s: blocked, %s.", name, Visible(st.Reason)))
	default:
		return []string{fmt.Sprintf("%s: not run yet. Run it with: willbuy run %s", name, step.ID)}
	}
	out = append(out, details(st)...)
	if n := step.Number(); st.Status == pipeline.Done && n < len(pipeline.Steps) {
		if next := pipeline.Steps[n]; state.Step(next.ID).Status != pipeline.Done {
			out = append(out, fmt.Sprintf("Next: %d %s. Run it with: willbuy run %s", next.Number(), next.Title, next.ID))
		}
	}
	return out
}

// details are a step's pictures in words.
func details(st *pipeline.StepState) []string {
	var out []string
	for _, q := range st.Quarantine {
		out = append(out, quarantineLine(q))
	}
	if curves := st.Curves; len(curves) > 0 {
		for _, name := range slices.Sorted(maps.Keys(curves[0].Train)) {
			out = append(out, "Train "+series(name, curves, name, func(c pipeline.Curve) map[string]float64 { return c.Train }).Trend(name != "auc")+".")
			if len(curves[0].Validation) > 0 {
				out = append(out, "Validation "+series(name, curves, name, func(c pipeline.Curve) map[string]float64 { return c.Validation }).Trend(name != "auc")+".")
			}
		}
	}
	if t, ok := st.Table("metrics"); ok {
		out = append(out, metricsInWords(t)...)
	}
	if t, ok := st.Table("importance"); ok {
		var parts []string
		means := numbers(t, "MEAN_ABS")
		for i, name := range words(t, "FEATURE") {
			parts = append(parts, name+" "+chart.Number(means[i]))
		}
		out = append(out, "What moves predictions, mean contribution: "+strings.Join(parts, ", ")+".")
	}
	if t, ok := st.Table("groups"); ok && len(t.Columns) > 0 {
		rates := numbers(t, "PURCHASE_RATE")
		names := words(t, t.Columns[0].Name)
		if n := len(names); n > 0 {
			out = append(out, fmt.Sprintf("%s buy most (%s), %s least (%s).", names[0], pipeline.Percent(rates[0]), names[n-1], pipeline.Percent(rates[n-1])))
		}
	}
	if t, ok := st.Table("languages"); ok {
		out = append(out, languagesInWords(t))
	}
	for _, name := range []string{"answer", "caveat", "worth"} {
		if text, ok := st.Result.Facts[name].(string); ok && text != "" {
			out = append(out, Visible(text))
		}
	}
	for _, c := range st.Checks {
		if !c.OK {
			out = append(out, "A check does not hold: "+sentence(Visible(c.Name)))
		}
	}
	for _, l := range st.Log {
		if l.Level == "warning" {
			out = append(out, "Warning: "+sentence(Visible(l.Text)))
		}
	}
	return out
}

// metricsInWords tells the metrics that have an interval.
func metricsInWords(t pipeline.Table) []string {
	var parts []string
	value, low, high := numbers(t, "VALIDATION"), numbers(t, "LOW"), numbers(t, "HIGH")
	if len(value) > 0 && math.IsNaN(value[0]) { // no rows were kept apart
		value = numbers(t, "TRAIN")
	}
	for i, name := range words(t, "METRIC") {
		if !math.IsNaN(low[i]) {
			parts = append(parts, fmt.Sprintf("%s %s (%s to %s)", name, metric(value[i]), metric(low[i]), metric(high[i])))
		}
	}
	if parts == nil {
		return nil
	}
	return []string{"Metrics with their 95% intervals: " + strings.Join(parts, ", ") + "."}
}

// EventLine tells an event in one plain line; "" for those that are not worth
// one. How often progress is told is up to the caller.
func EventLine(e pipeline.Event) string {
	name := e.Step
	if step, err := pipeline.FindStep(e.Step); err == nil && e.Step != "" {
		name = fmt.Sprintf("%d %s", step.Number(), step.Title)
	}
	text := eventText(e)
	switch {
	case text == "":
		return ""
	case e.Step == "":
		return text
	}
	return name + ": " + text
}

func eventText(e pipeline.Event) string {
	switch e.Kind {
	case pipeline.KindRunStarted:
		if b, ok := body[pipeline.RunStarted](e); ok {
			return fmt.Sprintf("Run %s on %s: %s", e.Run, Visible(b.Store), strings.Join(b.Steps, ", "))
		}
	case pipeline.KindRunFinished:
		if b, ok := body[pipeline.RunFinished](e); ok {
			return join(" ", fmt.Sprintf("Run %s %s in %s.", e.Run, b.Status, duration(b.Seconds)), Visible(b.Summary))
		}
	case pipeline.KindStepStarted:
		return "started"
	case pipeline.KindProgress:
		if b, ok := body[pipeline.Progress](e); ok {
			return progressLine(b)
		}
	case pipeline.KindStepFinished:
		if b, ok := body[pipeline.StepFinished](e); ok {
			return join(" ", "done in "+duration(b.Seconds)+".", Visible(b.Summary))
		}
	case pipeline.KindStepFailed:
		if b, ok := body[pipeline.StepFailed](e); ok {
			return join(" ", b.Status+" after "+duration(b.Seconds)+": "+sentence(Visible(b.Error)), Visible(b.Hint))
		}
	case pipeline.KindStepSkipped:
		if b, ok := body[pipeline.StepSkipped](e); ok {
			return "left out: " + Visible(b.Reason)
		}
	case pipeline.KindCheck:
		if b, ok := body[pipeline.Check](e); ok {
			holds := map[bool]string{true: "holds: ", false: "DOES NOT HOLD: "}[b.OK]
			return holds + join(", ", Visible(b.Name), Visible(b.Detail))
		}
	case pipeline.KindCurve:
		if b, ok := body[pipeline.Curve](e); ok && (b.Round == 1 || b.Round%10 == 0) {
			return curveLine(b)
		}
	case pipeline.KindQuarantine:
		if b, ok := body[pipeline.Quarantine](e); ok {
			return quarantineLine(b)
		}
	case pipeline.KindObject:
		if b, ok := body[pipeline.Object](e); ok {
			return join(": ", fmt.Sprintf("%s %s %s", b.State, b.Kind, Visible(b.Name)), Visible(b.Reason))
		}
	case pipeline.KindLog:
		if b, ok := body[pipeline.Log](e); ok {
			if b.Level == "warning" {
				return "warning: " + Visible(b.Text)
			}
			return Visible(b.Text)
		}
	}
	return ""
}

func body[T any](e pipeline.Event) (T, bool) {
	var b T
	return b, e.Decode(&b) == nil
}

// progressLine says how far a step is: 1,243 of 2,000 reviews (62%), 68/s,
// 0:11 left.
func progressLine(p pipeline.Progress) string {
	switch {
	case p.Total > 0:
		unit := p.Unit
		if unit == "bytes" {
			unit = ""
		}
		text := join(" ", fmt.Sprintf("%s of %s", quantity(p.Done, p.Unit), quantity(p.Total, p.Unit)), unit,
			fmt.Sprintf("(%.0f%%)", math.Floor(100*float64(p.Done)/float64(p.Total))))
		if p.Rate > 0 {
			text += ", " + rate(p.Rate, p.Unit)
		}
		if p.ETA > 0 {
			text += ", " + clock(p.ETA) + " left"
		}
		return text
	case p.Done > 0:
		return fmt.Sprintf("%s %s so far", quantity(p.Done, p.Unit), p.Unit)
	}
	return Visible(p.Phase)
}

func curveLine(c pipeline.Curve) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c.Train)) {
		text := "train " + name + " " + chart.Number(c.Train[name])
		if v, ok := c.Validation[name]; ok {
			text += " validation " + chart.Number(v)
		}
		parts = append(parts, text)
	}
	return fmt.Sprintf("round %d: %s", c.Round, strings.Join(parts, ", "))
}

func quarantineLine(q pipeline.Quarantine) string {
	text := fmt.Sprintf("%s in quarantine: %s", pipeline.Plural(q.Count, "record"), oneLine(q.Reason))
	if q.File != "" {
		text += fmt.Sprintf(" (first: %s line %d)", Visible(q.File), q.Line)
	}
	return text
}

// sentence ends a text with a full stop.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
