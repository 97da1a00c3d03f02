package views

import (
	"cmp"
	"math"
	"slices"

	"willbuy/pipeline/whatif"
	"willbuy/views/chart"
)

// whatIfCharts are the curve of the chosen input and, where there is room, the
// waterfall of the values that are asked about. Where there is none each input
// has its push beside its value.
func (s *sheet) whatIfCharts() {
	a := s.f.WhatIf.Answer
	if s.width >= wideWhatIf {
		half := (s.width - 4) / 2
		left := append([]string{title(s.th, "What moves it", "", half)}, chart.Waterfall(s.stairs(), half, s.th)...)
		s.figure("What moves it", s.stairs())
		s.add(beside(4, []int{half, half}, left, s.along(a.Feature, half))...)
		return
	}
	s.add(s.along(a.Feature, s.width)...)
	if s.left() >= len(a.Phi)+4 {
		s.gap()
		s.figure("What moves it", s.stairs())
		s.add(append([]string{title(s.th, "What moves it", "", s.width)}, chart.Waterfall(s.stairs(), s.width, s.th)...)...)
	}
}

// wideWhatIf is the width from which the waterfall stands beside the curve.
const wideWhatIf = twoColumns

// stairs go from the average customer to the values that are asked about.
func (s *sheet) stairs() chart.Stairs {
	w := s.f.WhatIf
	a := w.Answer
	to := "these values"
	if w.Who != nil {
		to = "this customer"
	}
	stairs := chart.Stairs{From: a.Start, To: a.Margin, FromName: "average", ToName: to, ToText: "= " + share(a.Of)}
	order := make([]int, len(a.Phi))
	for f := range order {
		order[f] = f
	}
	slices.SortStableFunc(order, func(f, g int) int { return cmp.Compare(math.Abs(a.Phi[g]), math.Abs(a.Phi[f])) })
	for _, f := range order {
		stairs.Pushes = append(stairs.Pushes, chart.Push{Name: oneLine(w.Features[f].String()), Value: inputValue(w.Features[f], a.To[f]), By: a.Phi[f]})
	}
	return stairs
}

// along is the expected purchase along an input: of everybody, and of the
// customer with the other values as they are asked about.
func (s *sheet) along(f, width int) []string {
	if w := s.f.WhatIf; len(w.Features[f].Classes) > 0 || len(w.Answer.Curve.Points) <= fewPoints {
		return s.alongClasses(f, width)
	}
	return s.plot(s.alongNumbers(f), width, min(22, max(7, s.left()-4)))
}

// fewPoints is up to how many values an input has a bar each.
const fewPoints = 8

// alongNumbers is a curve.
func (s *sheet) alongNumbers(f int) chart.Plot {
	w := s.f.WhatIf
	line := func(name string, c whatif.Curve) chart.Series {
		out := chart.Series{Name: name, X: []float64{}}
		for i, p := range c.Points {
			if i > 0 { // trees answer in steps
				out.X, out.Values = append(out.X, float64(p.Value)), append(out.Values, out.Values[len(out.Values)-1])
			}
			out.X, out.Values = append(out.X, float64(p.Value)), append(out.Values, 100*p.Mean)
		}
		return out
	}
	feature := w.Features[f]
	plot := chart.Plot{Title: "Along " + oneLine(feature.String()), Note: "% expected to buy", XLabel: oneLine(feature.Unit),
		Series: []chart.Series{line("everybody", w.Answer.Curve)}}
	if len(w.Answer.Own.Points) > 0 {
		plot.Series = append(plot.Series, line("this customer", w.Answer.Own))
	}
	if x := float64(w.To[f]); !math.IsNaN(x) {
		plot.Mark = &chart.Mark{At: x, Name: inputValue(feature, w.To[f])}
	}
	return plot
}

// alongClasses is a bar a value: of the customer, with everybody's beside it, or
// of everybody.
func (s *sheet) alongClasses(f, width int) []string {
	w := s.f.WhatIf
	feature, own := w.Features[f], w.Answer.Own.Points
	head, bars := "everybody", []chart.Bar(nil)
	for i, p := range w.Answer.Curve.Points {
		name := inputValue(feature, p.Value)
		if p.Value == w.To[f] {
			name += " ◂"
		}
		bar := chart.Bar{Name: name, Value: p.Mean, Text: share(p.Mean)}
		if i < len(own) && own[i].Value == p.Value {
			head = "customer  everybody"
			bar.Value, bar.Text = own[i].Mean, chart.PadLeft(share(own[i].Mean), 8)+chart.PadLeft(share(p.Mean), 11)
		}
		bars = append(bars, bar)
	}
	name, along := "Along "+oneLine(feature.String()), chart.BarChart{Bars: bars, Max: 1, Chosen: -1}
	s.figure(name, along)
	return append([]string{title(s.th, name, head, width)}, chart.Bars(along, width, s.th)...)
}
