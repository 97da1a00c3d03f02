package views

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// explainViews answer what moved predictions, what would move purchases, and who
// will buy.
var explainViews = []view{
	{name: "Global", draw: drawGlobal},
	{name: "Beeswarm", draw: drawBeeswarm},
	{name: "Dependence", draw: drawDependence, rows: rowsOf("importance")},
	{name: "Customer", draw: drawCustomer},
	{name: "Levers", draw: drawLevers},
	{name: WhatIfView, draw: drawWhatIf, rows: whatIfRows},
	{name: "Buyers", draw: drawBuyers, rows: rowsOf("buyers")},
}

// drawGlobal shows what moves predictions over all customers, with the answer to
// the lab's closing question and the truth where it is known.
func drawGlobal(s *sheet) {
	importance, ok := s.st.Table("importance")
	if !ok {
		s.notYet()
		return
	}
	if text := s.answer(); text != "" {
		s.marked("→", s.th.Accent, s.plainStyle(), text)
		s.gap()
	}
	s.add(s.importance(importance, s.width)...)
	if truth := s.truth(s.width); len(truth) > 0 {
		s.gap()
		s.add(truth...)
	}
	if groups, ok := s.st.Table("by_group"); ok && len(groups.Rows) > 1 {
		s.gap()
		s.addTable(s.named(groups), 12)
	}
}

// named is a table whose columns have the features' own names.
func (s *sheet) named(t pipeline.Table) pipeline.Table {
	columns := make([]store.Column, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = store.Column{Name: s.featureName(c.Name), Type: c.Type}
	}
	t.Columns = columns
	return t
}

// drawCustomer shows one customer's prediction, input by input.
func drawCustomer(s *sheet) {
	if lines := s.customer(s.width); lines != nil {
		s.add(lines...)
		return
	}
	s.notYet()
}

// importance is a bar a feature, strongest first, with the other measures of
// importance where there is room.
func (s *sheet) importance(t pipeline.Table, width int) []string {
	names, means := column(t, "FEATURE"), numbers(t, "MEAN_ABS")
	head, more := "mean |φ|", [][]float64(nil)
	if width >= 80 {
		head = "mean |φ|  permutation    gain   cover  splits"
		more = [][]float64{numbers(t, "PERMUTATION"), numbers(t, "GAIN"), numbers(t, "COVER"), numbers(t, "WEIGHT")}
	}
	bars, decimals := make([]chart.Bar, len(means)), 3
	if len(means) > 0 {
		decimals = digits(means[0])
	}
	for i, v := range means {
		text := strconv.FormatFloat(v, 'f', decimals, 64)
		for j, values := range more {
			text += chart.PadLeft(chart.Number(values[i]), []int{13, 8, 8, 8}[j])
		}
		bars[i] = chart.Bar{Name: s.featureName(fmt.Sprint(names[i])), Value: v, Text: text}
	}
	return append([]string{title(s.th, "What moves predictions", head, width)},
		chart.Bars(chart.BarChart{Bars: bars, Chosen: -1}, width, s.th)...)
}

// featureName is a feature's own name, without the suffix of its codes.
func (s *sheet) featureName(feature string) string {
	if source := s.f.Lab.Source(feature); source != "" {
		return oneLine(source)
	}
	return oneLine(feature)
}

// mostValues is how many values of a feature the dependence shows.
const mostValues = 10

// dependence is the mean contribution of the chosen feature by its value.
func (s *sheet) dependence(importance pipeline.Table, cursor, width int) []string {
	names := column(importance, "FEATURE")
	if cursor >= len(names) {
		return nil
	}
	feature := fmt.Sprint(names[cursor])
	t, ok := s.st.Table("dependence_" + feature)
	if !ok {
		return nil
	}
	values, phi, count := numbers(t, "VALUE"), numbers(t, "CONTRIBUTION"), numbers(t, "CUSTOMERS")
	low, high := numbers(t, "WHEN_LOW"), numbers(t, "WHEN_HIGH")
	partner := s.partner(feature)
	var pushes []chart.Push
	for _, group := range thinned(len(values), mostValues) {
		var sumValue, sumPhi, n float64
		var sides [2]float64
		for i := group[0]; i < group[1]; i++ {
			sumValue += values[i] * count[i]
			sumPhi += phi[i] * count[i]
			sides[0] += low[i] * count[i]
			sides[1] += high[i] * count[i]
			n += count[i]
		}
		about := "n " + pipeline.Thousands(int64(n))
		if partner != "" {
			about = fmt.Sprintf("%c %s  %c %s", chart.LowMark, chart.PadLeft(signed(sides[0]/n, 2), 5), chart.HighMark, chart.PadLeft(signed(sides[1]/n, 2), 5))
		}
		pushes = append(pushes, chart.Push{Name: s.valueName(feature, sumValue/n), Value: about, By: sumPhi / n})
	}
	if s.f.Lab.Source(feature) == "" { // numbers stand at the right of their column
		width := 0
		for _, p := range pushes {
			width = max(width, len([]rune(p.Name)))
		}
		for i := range pushes {
			pushes[i].Name = chart.PadLeft(pushes[i].Name, width)
		}
	}
	lines := append([]string{title(s.th, "How "+s.featureName(feature)+" moves them", "φ by value", width)}, chart.Diverging(pushes, width, s.th)...)
	if partner != "" {
		lines = append(lines, s.th.Muted.Render(chart.Cut(fmt.Sprintf("%c where %s is low, %c where it is high", chart.LowMark, partner, chart.HighMark), width)))
	}
	return lines
}

// partner is the input that works together most with a feature, in words.
func (s *sheet) partner(feature string) string {
	t, _ := s.st.Table("interactions")
	first, second := column(t, "FEATURE"), column(t, "WITH")
	for i := range first { // strongest first
		switch feature {
		case fmt.Sprint(first[i]):
			return s.featureName(fmt.Sprint(second[i]))
		case fmt.Sprint(second[i]):
			return s.featureName(fmt.Sprint(first[i]))
		}
	}
	return ""
}

// thinned cuts n rows into at most most runs of about equal length.
func thinned(n, most int) [][2]int {
	runs := min(n, most)
	out := make([][2]int, runs)
	for i := range out {
		out[i] = [2]int{i * n / runs, (i + 1) * n / runs}
	}
	return out
}

// valueName writes a feature's value: the word behind a code, else the number.
func (s *sheet) valueName(feature string, v float64) string {
	if math.IsNaN(v) {
		return "missing"
	}
	source := s.f.Lab.Source(feature)
	if source == "" {
		return shortNumber(v)
	}
	encoders, _ := s.f.State.Step("encode").Table("encoders")
	columns, codes := words(encoders, "COLUMN_NAME"), numbers(encoders, "CODE")
	for i, class := range words(encoders, "CLASS") {
		if columns[i] == source && codes[i] == math.Round(v) {
			return shortWords(class)
		}
	}
	return shortNumber(v)
}

// shortNumber writes a feature's value with three digits: 0.82, −1.5, 5.
func shortNumber(v float64) string {
	return strings.Replace(strconv.FormatFloat(v, 'g', 3, 64), "-", "−", 1)
}

// shortWords is a candidate label's short name, and other words as they are.
func shortWords(text string) string {
	if strings.Count(text, " ") > 1 {
		return shortLabel(text)
	}
	return oneLine(text)
}

// customer is the waterfall of one customer: from the average over each input
// to this prediction, and what is true.
func (s *sheet) customer(width int) []string {
	t, ok := s.st.Table("customer")
	if !ok || len(t.Rows) < 2 {
		return nil
	}
	names, values := column(t, "FEATURE"), column(t, "VALUE")
	phi, prediction := numbers(t, "CONTRIBUTION"), numbers(t, "PREDICTION")
	last := len(t.Rows) - 1
	stairs := chart.Stairs{From: phi[0], To: phi[last], FromName: "the average customer", ToName: "this customer",
		FromText: percent(prediction[0]), ToText: "= " + percent(prediction[last])}
	for i := 1; i < last; i++ {
		value := cell(values[i], "", 3)
		if n, ok := number(values[i]); ok {
			value = shortNumber(n)
		}
		stairs.Pushes = append(stairs.Pushes, chart.Push{Name: s.featureName(fmt.Sprint(names[i])), Value: shortWords(value), By: phi[i]})
	}
	fact := "buys with " + percent(prediction[last]) + " (model)"
	if bought, ok := number(values[last]); ok {
		fact += " · " + map[bool]string{true: "bought (truth)", false: "did not buy (truth)"}[bought > 0]
	}
	name := Visible(t.Title)
	if short := width - chart.Width(fact) - 2; short >= 20 {
		name = chart.Cut(name, short)
	}
	return append([]string{title(s.th, name, fact, width)}, chart.Waterfall(stairs, width, s.th)...)
}

func percent(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	return fmt.Sprintf("%.0f%%", 100*share)
}

// noEffect is what rounds to nothing in the table of the truth.
const noEffect = 0.005

// truth puts the coefficients that the data were drawn from beside what the
// model found; for numbers it says whether both point the same way.
func (s *sheet) truth(width int) []string {
	t, ok := s.st.Table("truth")
	if !ok || len(t.Rows) == 0 {
		return nil
	}
	features, multiplies := column(t, "FEATURE"), words(t, "MULTIPLIES")
	effects, found := numbers(t, "TRUE_EFFECT"), numbers(t, "HIGH_MINUS_LOW")
	names := make([]string, len(features))
	for i, f := range features {
		names[i] = s.featureName(fmt.Sprint(f))
	}
	name := widest(names, max(8, width/3))
	lines := []string{title(s.th, "The truth beside the model", "the data are synthetic: their formula is known", width),
		s.th.Muted.Render(chart.Cut("  "+chart.Pad("", name)+"  true effect   high − low φ", width))}
	for i := range names {
		verdict, style := "", s.th.Muted
		switch agree := effects[i]*found[i] > 0; {
		case math.Abs(found[i]) < noEffect:
			verdict = "– not found"
		case s.f.Lab.Source(fmt.Sprint(features[i])) != "":
			verdict = "a code: no direction"
		case agree:
			verdict, style = "✓ same direction", s.th.Good
		default:
			verdict, style = "! other direction", s.th.Bad
		}
		line := "  " + chart.Pad(names[i], name) + "  " + s.push(effects[i], 11) + "   " + s.push(found[i], 12) + "   " + style.Render(chart.Pad(verdict, 21))
		lines = append(lines, chart.Cut(line+s.th.Muted.Render("× "+multiplies[i]), width))
	}
	return lines
}

// push writes a signed number in the colour of its direction.
func (s *sheet) push(v float64, width int) string {
	style := s.th.Up
	if v < 0 {
		style = s.th.Down
	}
	return style.Render(chart.PadLeft(chart.Signed(v, 2), width))
}
