package views

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"willbuy/pipeline"
	"willbuy/store"
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
	for _, t := range st.Tables {
		if text := inWords(t); text != "" {
			out = append(out, text)
		}
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

// RowInWords tells a row of a table: its columns with their values.
func RowInWords(columns []store.Column, row []any) string {
	var parts []string
	for i, c := range columns {
		if i < len(row) && row[i] != nil {
			parts = append(parts, Visible(c.Name)+" "+cell(row[i], c.Type, decimalsFor([][]any{row}, i)))
		}
	}
	return strings.Join(parts, "; ")
}

// MarkdownLines is markdown without its marks: a line for each paragraph,
// heading, item of a list and line of code.
func MarkdownLines(text string) []string {
	var out []string
	on := false // the line before goes on
	for line := range strings.SplitSeq(text, "\n") {
		code := strings.HasPrefix(line, "    ")
		plain := Visible(strings.NewReplacer("`", "", "**", "", "*", "").Replace(strings.TrimSpace(line)))
		heading := strings.HasPrefix(plain, "#")
		item := strings.HasPrefix(plain, "- ")
		if on && plain != "" && !code && !heading && !item {
			out[len(out)-1] += " " + plain
			continue
		}
		on = plain != "" && !code && !heading
		if plain != "" {
			out = append(out, strings.TrimLeft(plain, "# "))
		}
	}
	return out
}

// Teller tells the events of a run as lines, and progress not more often than
// is worth reading. The zero value begins with a run.
type Teller struct{ told map[string]mark } // by step

// mark is the progress that was last told of a step.
type mark struct {
	at    time.Time
	tenth int64
	phase string
}

// tellEvery is how long progress is not told again.
const tellEvery = 2 * time.Second

// Line is EventLine for the next event of a run; "" as well for progress that
// comes within two seconds of the last told, or within the same tenth of the
// work.
func (t *Teller) Line(e pipeline.Event) string {
	if e.Kind == pipeline.KindProgress && !t.news(e) {
		return ""
	}
	return EventLine(e)
}

func (t *Teller) news(e pipeline.Event) bool {
	p, ok := body[pipeline.Progress](e)
	if !ok {
		return false
	}
	now := mark{at: e.Time, phase: p.Phase}
	if p.Total > 0 {
		now.tenth = 10 * p.Done / p.Total
	}
	last, told := t.told[e.Step]
	waited := now.at.Sub(last.at) > tellEvery
	fresh := !told || now.phase != last.phase || waited && (p.Total == 0 || now.tenth != last.tenth)
	if fresh {
		if t.told == nil {
			t.told = map[string]mark{}
		}
		t.told[e.Step] = now
	}
	return fresh
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
