package views

import (
	"fmt"
	"math"
	"strings"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// meanings say in a few words what a metric tells.
var meanings = map[string]string{
	"rows":         "customers",
	"base_rate":    "of them bought",
	"auc":          "buyers ranked above others",
	"pr_auc":       "mean precision over thresholds",
	"ks":           "widest gap, buyers to others",
	"logloss":      "surprise; less is better",
	"logloss_base": "the same without a model",
	"brier":        "squared error of probability",
	"error":        "on the wrong side of 0.5",
	"ece":          "predicted against observed",
	"rmse":         "typical distance from truth",
}

// drawMetrics lists each metric of both parts, with how far it is to be
// trusted and what it tells.
func drawMetrics(s *sheet) {
	t, ok := s.st.Table("metrics")
	if !ok {
		s.notYet()
		return
	}
	names, train, validation := words(t, "METRIC"), numbers(t, "TRAIN"), numbers(t, "VALIDATION")
	low, high := numbers(t, "LOW"), numbers(t, "HIGH")
	between, meaning := s.width >= 54, 0
	if meaning = s.width - 56; meaning < 24 {
		meaning = 0
	}
	head := chart.Pad("", 12) + chart.PadLeft("train", 10) + chart.PadLeft("validation", 12)
	if between {
		head += chart.PadLeft("95% interval", 19)
	}
	s.add(s.th.Title.Render("Metrics") + s.th.Muted.Render(head[7:]))
	for i, name := range names {
		line := chart.Pad(name, 12) + chart.PadLeft(metric(train[i]), 10) + s.th.Title.Render(chart.PadLeft(metric(validation[i]), 12))
		if between {
			interval := ""
			if !math.IsNaN(low[i]) {
				interval = metric(low[i]) + " … " + metric(high[i])
			}
			line += chart.PadLeft(interval, 19)
		}
		if meaning > 0 {
			line += s.th.Muted.Render("   " + chart.Cut(meanings[name], meaning))
		}
		s.add(chart.Cut(line, s.width))
	}
}

// notYet says that a view has nothing to show before the step has ended.
func (s *sheet) notYet() {
	text := "This comes when the step has ended."
	if s.st.Status == pipeline.Done || s.st.Status == pipeline.Stale {
		text = "That run did not record this; enter runs the step again."
	}
	s.say(s.th.Muted, text)
}

// metric writes a metric; those that are counts get commas.
func metric(v float64) string {
	if v == math.Trunc(v) && v > 1 {
		return pipeline.Thousands(int64(v))
	}
	return chart.Number(v)
}

// drawCalibration sets what was predicted beside what happened, a tenth of the
// customers a row.
func drawCalibration(s *sheet) {
	t, ok := s.st.Table("calibration")
	if !ok || len(t.Rows) == 0 {
		s.notYet()
		return
	}
	count, predicted, observed := numbers(t, "CUSTOMERS"), numbers(t, "PREDICTED"), numbers(t, "OBSERVED")
	top := 0.0
	for i := range count {
		top = max(top, predicted[i], observed[i])
	}
	legend := "bar: bought · │: predicted"
	if s.width < 72 {
		legend = "│: predicted"
	}
	s.add(title(s.th, Visible(t.Title), legend, s.width))
	const numbersWidth = 37
	room := max(0, min(56, s.width-numbersWidth))
	s.add(s.th.Muted.Render(chart.Cut(chart.PadLeft("customers", 9)+"  "+chart.Pad("", room)+" predicted  bought   gap", s.width)))
	worst, sum, n := 0.0, 0.0, 0.0
	for i := range count {
		gap := observed[i] - predicted[i]
		sum += math.Abs(gap) * count[i]
		n += count[i]
		worst = max(worst, math.Abs(gap))
		s.add(chart.Cut(chart.PadLeft(pipeline.Thousands(int64(count[i])), 9)+"  "+chart.Bullet(observed[i]/top, predicted[i]/top, room, s.th)+
			fmt.Sprintf("    %6s  %6s  %s", pipeline.Percent(predicted[i]), pipeline.Percent(observed[i]), chart.PadLeft(points(gap), 5)), s.width))
	}
	s.gap()
	s.say(s.plainStyle(), fmt.Sprintf("Predictions are %.1f points from what happened on average, %.1f at most. With %s customers a row, chance alone moves a row by about %.0f.",
		100*sum/n, 100*worst, pipeline.Thousands(int64(n/float64(len(count)))), 100*math.Sqrt(0.25/max(1, n/float64(len(count))))))
}

// points writes a difference of shares in percentage points, with its sign.
func points(v float64) string { return signed(100*v, 1) }

// drawGain shows how many of the buyers are among the customers with the best
// scores.
func drawGain(s *sheet) {
	t, ok := s.st.Table("gain")
	if !ok || len(t.Rows) == 0 {
		s.notYet()
		return
	}
	share, gain, lift := numbers(t, "SHARE"), numbers(t, "GAIN"), numbers(t, "LIFT")
	buyers, count := numbers(t, "BUYERS"), numbers(t, "CUSTOMERS")
	if len(share) >= 2 {
		s.say(s.plainStyle(), fmt.Sprintf("The best %s of the customers hold %s of the buyers: %.1f times as many as chance finds.",
			percent(share[1]), percent(gain[1]), gain[1]/share[1]))
		s.gap()
	}
	plot := gainPlot(t)
	lines := []string{title(s.th, Visible(t.Title), "", s.width), s.th.Muted.Render("best   customers  buyers  found  lift")}
	for i := range share {
		lines = append(lines, fmt.Sprintf("%4s %11s %7s  %5s  %4.2f", percent(share[i]), pipeline.Thousands(int64(math.Round(count[i]))),
			pipeline.Thousands(int64(math.Round(buyers[i]))), percent(gain[i]), lift[i]))
	}
	const table = 38
	if s.width >= twoColumns {
		left := s.width - table - 4
		lines[0] = s.th.Title.Render("By tenths")
		s.add(beside(4, []int{left, table}, chart.Line(plot, left, max(12, min(18, s.left())), s.th), lines)...)
		return
	}
	s.add(chart.Line(plot, s.width, max(9, min(14, s.left())), s.th)...)
	s.gap()
	s.add(lines...)
}

// gainPlot is the gain chart of a table.
func gainPlot(t pipeline.Table) chart.Plot {
	share, gain := numbers(t, "SHARE"), numbers(t, "GAIN")
	x, found, chance := []float64{0}, []float64{0}, []float64{0}
	for i := range share {
		x, found, chance = append(x, 100*share[i]), append(found, 100*gain[i]), append(chance, 100*share[i])
	}
	return chart.Plot{Title: "Gain", Note: "% of the buyers found", XLabel: "% of customers",
		Series: []chart.Series{{Name: "chance", X: x, Values: chance}, {Name: "model", X: x, Values: found}}}
}

// drawConfusion counts who is right and wrong at the chosen threshold.
func drawConfusion(s *sheet) {
	t, ok := s.st.Table("confusion")
	if !ok || len(t.Rows) == 0 {
		s.notYet()
		return
	}
	chosen := s.cursor(len(t.Rows))
	at, precision, recall, f1 := numbers(t, "THRESHOLD"), numbers(t, "PRECISION"), numbers(t, "RECALL"), numbers(t, "F1")
	list := []string{s.th.Title.Render("At a score above"), s.th.Muted.Render("  above  precision  recall    F1")}
	for i := range at {
		row := fmt.Sprintf("%5.1f %10s %7s  %4.2f", at[i], share(precision[i]), share(recall[i]), f1[i])
		if i == chosen {
			row = s.th.Accent.Render("▸ ") + s.th.Title.Render(row)
		} else {
			row = "  " + row
		}
		list = append(list, row)
	}
	matrix := s.matrix(t, chosen, min(s.width, 52))
	if s.width >= twoColumns {
		s.choosable(len(at), len(s.lines)+2, 1, chosen)
		s.add(beside(4, []int{32, 0}, list, matrix)...)
		return
	}
	s.add(matrix...)
	s.gap()
	s.choosable(len(at), len(s.lines)+2, 1, chosen)
	s.add(list...)
}

// share is pipeline.Percent for what may not be defined.
func share(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return pipeline.Percent(v)
}

// matrix is the confusion matrix of a row of the table.
func (s *sheet) matrix(t pipeline.Table, i, width int) []string {
	at := func(name string) float64 { return numbers(t, name)[i] }
	tp, fp, fn, tn := at("TRUE_POSITIVE"), at("FALSE_POSITIVE"), at("FALSE_NEGATIVE"), at("TRUE_NEGATIVE")
	n := tp + fp + fn + tn
	cell := func(v float64, right bool) string {
		text := chart.PadLeft(fmt.Sprintf("%s  %5s", pipeline.Thousands(int64(v)), percent(v/n)), 15)
		if right {
			return s.th.Title.Render(text)
		}
		return text
	}
	row := func(name, a, b string) string { return chart.Cut(chart.Pad(name, 18)+a+b, width) }
	return []string{
		title(s.th, fmt.Sprintf("Called a buyer above %.1f", at("THRESHOLD")), "", width),
		s.th.Muted.Render(row("", chart.PadLeft("bought", 15), chart.PadLeft("did not", 15))),
		row("called a buyer", cell(tp, true), cell(fp, false)),
		row("not called", cell(fn, false), cell(tn, true)),
		"",
		s.th.Muted.Render(chart.Cut(strings.Join([]string{"right " + share((tp+tn)/n), "precision " + share(at("PRECISION")), "recall " + share(at("RECALL"))}, " · "), width)),
	}
}

// mostRuns is how many settings of a search are drawn.
const mostRuns = 20

// drawSearch shows the settings that were tried before training, the best first,
// each with how far its folds lie apart.
func drawSearch(s *sheet) {
	t, ok := s.st.Table("search")
	if !ok || len(t.Rows) == 0 {
		s.say(s.plainStyle(), "No setting was searched. With train.search set, such as max_depth=4,6,8; eta=0.05..0.3, each is tried on five folds of the training rows and the best is used.")
		s.hint("e", "edits the parameters")
		return
	}
	names, mean, sd, rounds := words(t, "SETTING"), numbers(t, "MEAN"), numbers(t, "SD"), numbers(t, "ROUNDS")
	var spans []chart.Span
	for i := range min(len(names), mostRuns) {
		spans = append(spans, chart.Span{Name: names[i], Value: mean[i], Low: mean[i] - sd[i], High: mean[i] + sd[i],
			Text: fmt.Sprintf("%s ± %s", chart.Number(mean[i]), chart.Number(sd[i]))})
		if s.width >= twoColumns {
			spans[i].Text += fmt.Sprintf("  %3.0f rounds", rounds[i])
		}
	}
	count := "best first"
	if t.Total > int64(len(spans)) {
		count = rangeOf(0, int64(len(spans)), t.Total) + ", best first"
	}
	s.add(title(s.th, Visible(t.Title), count, s.width))
	s.add(chart.Spans(chart.SpanChart{Spans: spans, Chosen: 0}, s.width, s.th)...)
	s.say(s.th.Muted, "The marked setting was used. Lines reach one standard deviation of the folds to either side.")
}
