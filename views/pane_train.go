package views

import (
	"fmt"
	"math"
	"strconv"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawTrain shows the curves of both parts as they grow, and the metrics.
func drawTrain(s *sheet) {
	plots := s.plots()
	if len(plots) == 0 {
		return
	}
	table, _ := s.st.Table("metrics")
	below := 0
	if len(table.Rows) > 0 {
		below = len(table.Rows) + 3
	}
	height := min(22, max(s.left()-below, min(11, max(8, s.left())))) // on a small screen the curve comes first
	if s.width >= twoColumns && len(plots) > 1 {
		half := (s.width - 4) / 2
		s.add(beside(4, []int{half, half}, chart.Line(plots[0], half, height, s.th), chart.Line(plots[1], half, height, s.th))...)
	} else {
		s.add(chart.Line(plots[0], s.width, height, s.th)...)
	}
	if len(table.Rows) > 0 {
		s.gap()
		metrics := s.metrics(table)
		if s.width >= 72 {
			s.add(beside(4, []int{max(36, (s.width-4)/2), 0}, metrics, s.modelFacts())...)
		} else {
			s.add(metrics...)
		}
	}
	if s.width < twoColumns && len(plots) > 1 {
		s.gap()
		s.add(chart.Line(plots[1], s.width, height, s.th)...)
	}
}

// plots are the curves to draw: the loss that is trained on, then AUC.
func (s *sheet) plots() []chart.Plot {
	curves := s.st.Curves
	if len(curves) == 0 {
		return nil
	}
	rounds := 0
	if s.st.Status == pipeline.Running {
		rounds, _ = strconv.Atoi(s.st.Params["rounds"])
	}
	var out []chart.Plot
	for _, m := range []struct {
		name, title string
		least       bool
	}{{"logloss", "Log loss", true}, {"rmse", "RMSE", true}, {"auc", "AUC", false}} {
		if _, ok := curves[0].Train[m.name]; !ok {
			continue
		}
		p := chart.Plot{Title: m.title, XLabel: "round", Least: m.least, XMax: rounds}
		p.Series = append(p.Series, series("train", curves, m.name, func(c pipeline.Curve) map[string]float64 { return c.Train }))
		if _, ok := curves[0].Validation[m.name]; ok {
			p.Series = append(p.Series, series("validation", curves, m.name, func(c pipeline.Curve) map[string]float64 { return c.Validation }))
		}
		out = append(out, p)
	}
	return out
}

func series(name string, curves []pipeline.Curve, metric string, part func(pipeline.Curve) map[string]float64) chart.Series {
	s := chart.Series{Name: name, First: curves[0].Round, Values: make([]float64, len(curves))}
	for i, c := range curves {
		v, ok := part(c)[metric]
		if !ok {
			v = math.NaN()
		}
		s.Values[i] = v
	}
	return s
}

// metrics lists each metric of both parts with four digits.
func (s *sheet) metrics(t pipeline.Table) []string {
	names, train, validation := words(t, "METRIC"), numbers(t, "TRAIN"), numbers(t, "VALIDATION")
	lines := []string{s.th.Title.Render("Metrics     ") + s.th.Muted.Render("     train  validation")}
	for i, name := range names {
		lines = append(lines, chart.Pad(name, 12)+chart.PadLeft(metric(train[i]), 10)+chart.PadLeft(metric(validation[i]), 12))
	}
	return lines
}

// metric writes a metric; those that are counts get commas.
func metric(v float64) string {
	if v == math.Trunc(v) && v > 1 {
		return pipeline.Thousands(int64(v))
	}
	return chart.Number(v)
}

// modelFacts says what the trees are like.
func (s *sheet) modelFacts() []string {
	lines := []string{s.th.Title.Render("The model")}
	for _, f := range []struct{ name, text string }{{"trees", "trees"}, {"leaves_per_tree", "leaves a tree"}, {"cells", "cells of equal inputs"}, {"best_round", "is the best round"}} {
		if v, ok := fact(s.st, f.name); ok {
			lines = append(lines, fmt.Sprintf("%8s %s", metric(v), s.th.Muted.Render(f.text)))
		}
	}
	lines = append(lines, fmt.Sprintf("%8s %s", pipeline.Thousands(s.st.Result.Rows), s.th.Muted.Render("rows to train on")))
	return lines
}
