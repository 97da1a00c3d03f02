package views

import (
	"fmt"
	"math"

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
	if s.put != text { // all views one after another need it once
		s.say(s.th.Muted, text)
	}
	s.put = text
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
	const plotWidth = 52
	width := s.width
	if s.width >= 116 {
		width -= plotWidth + 4
	}
	lines := []string{title(s.th, Visible(t.Title), legend, width)}
	const numbersWidth = 37
	room := max(0, min(56, width-numbersWidth))
	lines = append(lines, s.th.Muted.Render(chart.Cut(chart.PadLeft("customers", 9)+"  "+chart.Pad("", room)+" predicted  bought   gap", width)))
	worst, sum, n := 0.0, 0.0, 0.0
	for i := range count {
		gap := observed[i] - predicted[i]
		sum += math.Abs(gap) * count[i]
		n += count[i]
		worst = max(worst, math.Abs(gap))
		lines = append(lines, chart.Cut(chart.PadLeft(pipeline.Thousands(int64(count[i])), 9)+"  "+chart.Bullet(observed[i]/top, predicted[i]/top, room, s.th)+
			fmt.Sprintf("    %6s  %6s  %s", pipeline.Percent(predicted[i]), pipeline.Percent(observed[i]), chart.PadLeft(points(gap), 5)), width))
	}
	lines = append(lines, "")
	lines = append(lines, wrapped(s.plainStyle(), fmt.Sprintf("Predictions are %.1f points from what happened on average, %.1f at most. With %s customers a row, chance alone moves a row by about %.0f.",
		100*sum/n, 100*worst, pipeline.Thousands(int64(n/float64(len(count)))), 100*math.Sqrt(0.25/max(1, n/float64(len(count))))), width)...)
	plot := chart.Plot{Title: "Calibration", Square: true, XLabel: "predicted", Counts: &chart.Counts{Of: "customers", X: predicted, N: count},
		Series: []chart.Series{{Name: "as predicted", X: []float64{0, 1}, Values: []float64{0, 1}, Faint: true}, {Name: "bought", X: predicted, Values: observed, Points: true}}}
	if width == s.width {
		s.figure(plot.Title, plot)
		s.add(lines...)
		return
	}
	s.add(beside(4, []int{width, plotWidth}, lines, s.plot(plot, plotWidth, max(16, min(26, s.left()))))...)
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
		s.add(beside(4, []int{left, table}, s.plot(plot, left, max(12, min(18, s.left()))), lines)...)
		return
	}
	s.add(s.plot(plot, s.width, max(9, min(14, s.left())))...)
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
	search := chart.SpanChart{Spans: spans, Chosen: 0}
	s.figure(Visible(t.Title), search)
	s.add(chart.Spans(search, s.width, s.th)...)
	s.say(s.th.Muted, "The marked setting was used. Lines reach one standard deviation of the folds to either side.")
}
