package views

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// threshold is the score above which somebody is called a buyer.
func (s *sheet) threshold() float64 {
	if at := s.lens().Threshold; at > 0 {
		return at
	}
	return pipeline.Threshold
}

// thresholdRows is the confusion of a run by rising threshold; a run of before
// counted at few, in another order.
func thresholdRows(st *pipeline.StepState) pipeline.Table {
	t, _ := st.Table("confusion")
	t.Rows = slices.Clone(t.Rows)
	slices.SortStableFunc(t.Rows, func(a, b []any) int { return cmp.Compare(firstNumber(a), firstNumber(b)) })
	return t
}

// firstNumber is the number that a row begins with; 0 where it begins with none.
func firstNumber(row []any) float64 {
	if len(row) == 0 {
		return 0
	}
	v, _ := number(row[0])
	return v
}

// NextThreshold is the threshold that was counted at next to that of the frame's
// lens, below or above; the same where there is none.
func NextThreshold(f Frame, by int) float64 {
	s := newSheet(f)
	now := s.threshold()
	all := numbers(thresholdRows(s.st), "THRESHOLD")
	if by < 0 {
		slices.Reverse(all)
	}
	for _, at := range all {
		if (at-now)*float64(by) > 1e-9 {
			return at
		}
	}
	return now
}

// drawConfusion counts who is right and wrong at the threshold, and shows what
// moving it costs.
func drawConfusion(s *sheet) {
	t := thresholdRows(s.st)
	if len(t.Rows) == 0 {
		s.notYet()
		return
	}
	at, precision, recall, f1 := numbers(t, "THRESHOLD"), numbers(t, "PRECISION"), numbers(t, "RECALL"), numbers(t, "F1")
	chosen := 0
	for i := range at {
		if math.Abs(at[i]-s.threshold()) < math.Abs(at[chosen]-s.threshold()) {
			chosen = i
		}
	}
	const left = 50
	matrix := s.matrix(t, chosen, min(s.width, left))
	cross := at[chosen]
	plot := chart.Plot{Title: "What the threshold costs", XLabel: "threshold", Cross: &cross, Series: []chart.Series{
		{Name: "F1", X: at, Values: f1}, {Name: "recall", X: at, Values: recall}, {Name: "precision", X: at, Values: precision}}}
	if s.width >= 108 {
		width := s.width - left - 4
		s.add(beside(4, []int{left, width}, matrix, s.plot(plot, width, max(14, min(24, s.left()))))...)
		return
	}
	s.add(matrix...)
	s.gap()
	s.add(s.plot(plot, s.width, max(9, min(20, s.left())))...)
}

// share is pipeline.Percent for what may not be defined.
func share(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return pipeline.Percent(v)
}

// matrix is the confusion matrix of a row of the table, and in words what it
// means.
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
	head := fmt.Sprintf("Called a buyer above  ◂ %.2f ▸", at("THRESHOLD"))
	lines := []string{
		s.th.Title.Render(chart.Cut(head[:len("Called a buyer above")], width)) + s.th.Accent.Render(head[len("Called a buyer above"):]),
		s.th.Muted.Render(row("", chart.PadLeft("bought", 15), chart.PadLeft("did not", 15))),
		row("called a buyer", cell(tp, true), cell(fp, false)),
		row("not called", cell(fn, false), cell(tn, true)),
		"",
	}
	measure := func(name string, v float64, means string) string {
		return chart.Cut(chart.Pad(name, 11)+s.th.Title.Render(chart.PadLeft(share(v), 6))+s.th.Muted.Render("  "+means), width)
	}
	lines = append(lines,
		measure("right", (tp+tn)/n, "of all"),
		measure("precision", at("PRECISION"), "of those called bought"),
		measure("recall", at("RECALL"), fmt.Sprintf("found: %s of %s who bought", pipeline.Thousands(int64(tp)), pipeline.Thousands(int64(tp+fn)))),
		measure("in vain", fp/(fp+tn), fmt.Sprintf("called: %s of %s who did not", pipeline.Thousands(int64(fp)), pipeline.Thousands(int64(fp+tn)))),
		chart.Cut(chart.Pad("F1", 11)+s.th.Title.Render(chart.PadLeft(fixed(at("F1")), 6))+s.th.Muted.Render("  precision and recall in one"), width))
	return lines
}

// fixed writes a number from 0 to 1 that may not be defined.
func fixed(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.2f", v)
}
