package views

import (
	"fmt"
	"math"
	"strconv"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// trainViews show training as it goes, then how good the model is.
var trainViews = []view{
	{name: "Curves", draw: drawCurves},
	{name: "Metrics", draw: drawMetrics},
	{name: "Calibration", draw: drawCalibration},
	{name: "Gain", draw: drawGain},
	{name: "Confusion", draw: drawConfusion, rows: rowsOf("confusion")},
	{name: "Search", draw: drawSearch},
}

// drawCurves shows the curves of both parts as they grow, and what the trees
// are like.
func drawCurves(s *sheet) {
	plots := s.plots()
	if len(plots) == 0 {
		return
	}
	facts := s.modelFacts()
	below := 0
	if len(facts) > 0 {
		below = len(facts) + 3
	}
	height := min(22, max(s.left()-below, min(11, max(8, s.left())))) // on a small screen the curve comes first
	if s.width >= twoColumns && len(plots) > 1 {
		half := (s.width - 4) / 2
		s.add(beside(4, []int{half, half}, chart.Line(plots[0], half, height, s.th), chart.Line(plots[1], half, height, s.th))...)
	} else {
		s.add(chart.Line(plots[0], s.width, height, s.th)...)
	}
	if len(facts) > 0 {
		s.gap()
		s.add(facts...)
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

// modelFacts says what the trees are like, and what they were grown on.
func (s *sheet) modelFacts() []string {
	trees, ok := fact(s.st, "trees")
	if !ok {
		return nil
	}
	text := pipeline.Plural(int64(trees), "tree")
	if v, ok := fact(s.st, "leaves_per_tree"); ok {
		text += fmt.Sprintf(" · %.1f leaves a tree", v)
	}
	if v, ok := fact(s.st, "best_round"); ok && s.st.Params["early_stopping"] != "0" {
		text += fmt.Sprintf(" · round %.0f is the best", v)
	}
	lines := []string{s.th.Title.Render("The model  ") + chart.Cut(text, s.width-11)}
	if cells := s.compression(); cells != "" {
		lines = append(lines, s.th.Title.Render("Grown on   ")+chart.Cut(cells, s.width-11))
	}
	return lines
}

// compression says what grouping equal rows saved.
func (s *sheet) compression() string {
	rows, cells := float64(s.st.Result.Rows), 0.0
	if v, ok := fact(s.st, "cells"); ok {
		cells = v
	}
	if cells < 1 {
		return ""
	}
	text := pipeline.Thousands(int64(rows)) + " rows"
	if v, ok := fact(s.st, "distinct_rows"); ok {
		text += fmt.Sprintf(" · %s distinct", pipeline.Thousands(int64(v)))
	}
	return text + fmt.Sprintf(" · %s cells · %.1f rows a cell", pipeline.Thousands(int64(cells)), rows/cells)
}
