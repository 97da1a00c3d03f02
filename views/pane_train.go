package views

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// The names of the views of step train that have keys of their own.
const (
	CurvesView    = "Curves"
	RankingView   = "ROC"
	ConfusionView = "Confusion"
	TreesView     = "Trees"
)

// trainViews show training as it goes, then how good the model is.
var trainViews = []view{
	{name: CurvesView, draw: drawCurves},
	{name: "Metrics", draw: drawMetrics},
	{name: RankingView, draw: drawRanking},
	{name: "Calibration", draw: drawCalibration},
	{name: "Gain", draw: drawGain},
	{name: ConfusionView, draw: drawConfusion},
	{name: TreesView, draw: drawTrees, rows: treeRows},
	{name: "Search", draw: drawSearch},
}

// drawCurves shows the curves of both parts as they grow, what the trees are
// like, and how earlier runs differ that are compared.
func drawCurves(s *sheet) {
	plots := s.plots()
	if len(plots) == 0 {
		return
	}
	facts := s.modelFacts()
	if table := s.differences(); len(table) > 0 {
		if len(facts) > 0 {
			facts = append(facts, "")
		}
		facts = append(facts, table...)
	}
	below := 0
	if len(facts) > 0 {
		below = len(facts) + 3
	}
	height := min(34, max(s.left()-below, min(11, max(8, s.left())))) // on a small screen the curve comes first
	two := len(plots) > 1
	if s.width >= twoColumns && two {
		half := (s.width - 4) / 2
		s.add(beside(4, []int{half, half}, s.plot(plots[0], half, height), s.plot(plots[1], half, height))...)
	} else {
		s.add(s.plot(plots[0], s.width, height)...)
	}
	if len(facts) > 0 {
		s.gap()
		s.add(facts...)
	}
	if s.width < twoColumns && two {
		s.gap()
		s.add(s.plot(plots[1], s.width, height)...)
	}
}

// curveMetrics are those that curves are drawn of, the loss that is trained on
// first. What is wrong at 0.5 is drawn only where it is chosen.
var curveMetrics = []struct {
	name, title  string
	least, apart bool
}{{"logloss", "Log loss", true, false}, {"rmse", "RMSE", true, false}, {"auc", "AUC", false, false}, {"error", "Error", true, true}}

// CurveMetrics names the metrics that the frame's curves can be of.
func CurveMetrics(f Frame) []string {
	curves := f.State.Step(f.Step.ID).Curves
	var out []string
	for _, m := range curveMetrics {
		if len(curves) == 0 {
			break
		}
		if _, ok := curves[0].Train[m.name]; ok {
			out = append(out, m.title)
		}
	}
	return out
}

// plots are the curves to draw: the loss that is trained on, then AUC, or the
// metric that was chosen.
func (s *sheet) plots() []chart.Plot {
	curves, lens := s.st.Curves, s.lens()
	if len(curves) == 0 {
		return nil
	}
	rounds := 0
	if s.st.Status == pipeline.Running {
		rounds, _ = strconv.Atoi(s.st.Params["rounds"])
	}
	var out []chart.Plot
	known := 0
	for _, m := range curveMetrics {
		if _, ok := curves[0].Train[m.name]; !ok {
			continue
		}
		if known++; lens.Metric > 0 && known != lens.Metric || lens.Metric == 0 && m.apart {
			continue
		}
		p := chart.Plot{Title: m.title, XLabel: "round", Least: m.least, XMax: rounds, LogX: lens.LogX, LogY: lens.LogY,
			From: float64(lens.From), To: float64(lens.To)}
		for _, e := range lens.Earlier {
			if len(e.Curves) > 0 {
				p.Series = append(p.Series, fairSeries(e.Name, e.Curves, m.name))
			}
		}
		p.Series = append(p.Series, series("train", curves, m.name, trainPart))
		if _, ok := curves[0].Validation[m.name]; ok {
			p.Series = append(p.Series, series("validation", curves, m.name, validationPart))
		}
		if at, ok := bestRound(p.Series[len(p.Series)-1], m.least); ok && len(curves) > 1 {
			p.Mark = &chart.Mark{At: at, Name: "best"}
		}
		if lens.Cross > 0 {
			at := float64(lens.Cross)
			p.Cross = &at
		}
		out = append(out, p)
	}
	return out
}

func trainPart(c pipeline.Curve) map[string]float64      { return c.Train }
func validationPart(c pipeline.Curve) map[string]float64 { return c.Validation }

// fairSeries is an earlier run's curve by which it is judged.
func fairSeries(name string, curves []pipeline.Curve, metric string) chart.Series {
	part := validationPart
	if _, ok := curves[0].Validation[metric]; !ok {
		part = trainPart
	}
	out := series(name, curves, metric, part)
	out.Faint = true
	return out
}

// bestRound is where a curve is best.
func bestRound(of chart.Series, least bool) (at float64, ok bool) {
	best := math.NaN()
	for i, v := range of.Values {
		if math.IsNaN(best) || least && v < best || !least && v > best {
			best, at = v, float64(of.First+i)
		}
	}
	return at, !math.IsNaN(best)
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

// differences sets the earlier runs that are compared beside this one: the best
// of each curve, and the parameters that are not the same in all.
func (s *sheet) differences() []string {
	earlier := s.lens().Earlier
	if len(earlier) == 0 {
		return nil
	}
	runs := append(slices.Clone(earlier), Training{Name: "this run", Params: s.st.Params, Curves: s.st.Curves})
	var rows [][]string // name, then a value a run
	for _, m := range curveMetrics {
		row, some := []string{"best " + m.title}, false
		for _, run := range runs {
			value := "–"
			if len(run.Curves) > 0 {
				of := fairSeries(run.Name, run.Curves, m.name)
				if at, ok := bestRound(of, m.least); ok {
					value, some = fmt.Sprintf("%s at %.0f", chart.Number(of.Values[int(at)-of.First]), at), true
				}
			}
			row = append(row, value)
		}
		if some && !m.apart {
			rows = append(rows, row)
		}
	}
	same := 0
	for _, name := range slices.Sorted(maps.Keys(s.st.Params)) {
		row, differs := []string{name}, false
		for _, run := range runs {
			value, ok := run.Params[name]
			if !ok {
				value = "–"
			}
			differs = differs || value != s.st.Params[name]
			row = append(row, oneLine(value))
		}
		if differs {
			rows = append(rows, row)
		} else {
			same++
		}
	}
	widths := make([]int, len(runs)+1)
	for _, row := range append(rows, append([]string{""}, names(runs)...)) {
		for j, text := range row {
			widths[j] = min(max(widths[j], chart.Width(text)), max(10, (s.width-24)/len(runs)))
		}
	}
	widths[0] = min(widths[0], 22)
	head := chart.Pad("", widths[0])
	for j, run := range runs {
		head += "  " + chart.PadLeft(chart.Cut(run.Name, widths[j+1]), widths[j+1])
	}
	lines := []string{s.th.Title.Render(chart.Cut("Against earlier runs", s.width)), s.th.Muted.Render(chart.Cut(head, s.width))}
	for _, row := range rows {
		line := chart.Pad(row[0], widths[0])
		for j, text := range row[1:] {
			text = chart.PadLeft(chart.Cut(text, widths[j+1]), widths[j+1])
			if row[j+1] != row[len(row)-1] {
				text = s.th.Accent.Render(text)
			}
			line += "  " + text
		}
		lines = append(lines, chart.Cut(line, s.width))
	}
	return append(lines, s.th.Muted.Render(chart.Cut(counted(int64(same), "parameters")+" the same in all", s.width)))
}

func names(runs []Training) []string {
	out := make([]string, len(runs))
	for i, run := range runs {
		out[i] = run.Name
	}
	return out
}
