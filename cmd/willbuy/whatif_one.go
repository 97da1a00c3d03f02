package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
	"willbuy/views/chart"
)

// The size of a curve: how many values are tried, how many single customers go
// into --json, and the lines of the chart.
const (
	curvePoints = 60
	curveLines  = 20
	curveHeight = 16
)

// curve answers --curve.
func (a asking) curve(ctx context.Context) error {
	f, err := whatif.Find(a.q.curve, a.shop.inputs)
	if err != nil {
		return pipeline.Usage(err)
	}
	curve, err := a.study.Curve(ctx, a.who, f, curvePoints, curveLines)
	if err != nil {
		return err
	}
	if a.json {
		return a.object(map[string]any{"curve": curve, "customers": a.who.Customers(), "caveat": whatif.Caveat})
	}
	in := a.shop.inputs[f]
	if len(curve.Points) == 0 {
		a.line("%s is missing for everybody.", in)
		return nil
	}
	title := fmt.Sprintf("Expected purchases of 1,000 customers by %s", in)
	width := min(a.width(), 100)
	if len(curve.Points) <= 12 {
		a.line("%s", title)
		a.drawn(strings.Join(curveBars(curve, in, width, a.theme()), "\n"))
	} else {
		a.drawn(strings.Join(chart.Line(curvePlot(curve, title, in), width, curveHeight, a.theme()), "\n"))
	}
	best, worst := curve.Points[0], curve.Points[0]
	for _, p := range curve.Points {
		if p.Mean > best.Mean {
			best = p
		}
		if p.Mean < worst.Mean {
			worst = p
		}
	}
	a.paragraph("%s, as if all had the same %s: most buy at %s (%.0f of 1,000), fewest at %s (%.0f). Nine in ten single customers lie above the line \"low\", one in ten above \"high\".",
		a.people(), in, in.Value(best.Value), 1000*best.Mean, in.Value(worst.Value), 1000*worst.Mean)
	a.paragraph("%s", whatif.Caveat)
	return nil
}

// curvePlot is the curve with the band of single customers.
func curvePlot(c whatif.Curve, title string, in whatif.Feature) chart.Plot {
	low, high, mean := chart.Series{Name: "low"}, chart.Series{Name: "high"}, chart.Series{Name: "mean"}
	for _, p := range c.Points {
		x := float64(p.Value)
		low.X, high.X, mean.X = append(low.X, x), append(high.X, x), append(mean.X, x)
		low.Values, high.Values, mean.Values = append(low.Values, 1000*p.Low), append(high.Values, 1000*p.High), append(mean.Values, 1000*p.Mean)
	}
	label := in.String()
	if in.Unit != "" {
		label += ", " + in.Unit
	}
	return chart.Plot{Title: title, Note: " ", XLabel: label, Series: []chart.Series{low, high, mean}}
}

// curveBars is the curve of a feature with few values.
func curveBars(c whatif.Curve, in whatif.Feature, width int, theme chart.Theme) []string {
	bars := chart.BarChart{Chosen: -1, Max: 1000}
	for _, p := range c.Points {
		bars.Bars = append(bars.Bars, chart.Bar{Name: in.Value(p.Value), Value: 1000 * p.Mean,
			Text: fmt.Sprintf("%.0f   low %.0f  high %.0f", 1000*p.Mean, 1000*p.Low, 1000*p.High)})
	}
	return chart.Bars(bars, width, theme)
}

// flip answers --flip.
func (a asking) flip(ctx context.Context) error {
	flip, err := a.study.Flip(ctx, a.who.Row(0), a.shop.inputs, a.q.threshold)
	if err != nil {
		return err
	}
	var movable []string
	for _, in := range a.shop.inputs {
		if !in.Fixed {
			movable = append(movable, in.String())
		}
	}
	if a.json {
		return a.object(struct {
			Row       int64   `json:"row"`
			Threshold float64 `json:"threshold"`
			whatif.Flip
			Movable []string `json:"movable"`
			Caveat  string   `json:"caveat"`
		}{a.q.row, a.q.threshold, flip, movable, whatif.Caveat})
	}
	side, other := "a no", "a yes"
	if flip.From > a.q.threshold {
		side, other = other, side
	}
	limit := strconv.FormatFloat(100*a.q.threshold, 'g', 4, 64)
	a.sentences("%s buys with %s by the model. At a threshold of %s%% that is %s.", a.people(), chance(flip.From), limit, side)
	switch {
	case len(flip.Steps) == 0 && flip.Proven:
		a.paragraph("Nothing makes it %s: whatever %s become, alone or together, the model stays on its side. Every combination was looked at or ruled out.", other, strings.Join(movable, ", "))
	case len(flip.Steps) == 0:
		a.paragraph("No change was found that makes it %s, but there are too many combinations of %s to rule them all out: name fewer by --movable.", other, strings.Join(movable, ", "))
	default:
		a.paragraph("The smallest change that makes it %s, with %s:", other, chance(flip.To))
		for _, step := range flip.Steps {
			a.line("  %s   (by itself %s points)", step.Text(), plus(100*step.Change))
		}
		how := "Proven: every other change of %s is larger or does not do it. Smaller means fewer features, then a smaller sum of the changes, each measured by the distance between the quartiles of all customers."
		if !flip.Proven {
			how = "Not proven to be the smallest: there are too many combinations of %s to rule all others out; name fewer by --movable."
		}
		a.paragraph(how, strings.Join(movable, ", "))
	}
	a.paragraph("%s", whatif.Caveat)
	return nil
}
