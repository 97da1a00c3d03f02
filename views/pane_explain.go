package views

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// The names of the views of step explain that have keys of their own.
const (
	GlobalView    = "Global"
	CustomerView  = "Customer"
	SurprisesView = "Wrong"
	BuyersView    = "Buyers"
)

// explainViews answer what moved predictions, what would move purchases, and who
// will buy.
var explainViews = []view{
	{name: GlobalView, draw: drawGlobal},
	{name: "Beeswarm", draw: drawBeeswarm},
	{name: "Dependence", draw: drawDependence, rows: rowsOf("importance")},
	{name: "Pairs", draw: drawPairs},
	{name: CustomerView, draw: drawCustomer},
	{name: SurprisesView, draw: drawSurprises, rows: rowsOf("surprises")},
	{name: "Levers", draw: drawLevers},
	{name: WhatIfView, draw: drawWhatIf, rows: whatIfRows},
	{name: BuyersView, draw: drawBuyers, rows: rowsOf("buyers")},
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
	s.importance(importance)
	if truth := s.truth(s.width); len(truth) > 0 {
		s.gap()
		s.add(truth...)
	}
	if groups, ok := s.st.Table("by_group"); ok && len(groups.Rows) > 1 {
		s.gap()
		s.addTable(s.contributions(groups, importance), 12)
	}
}

// contributions is a table with a column of contributions for each feature,
// under the features' own names: all are on one scale, so with one number of
// decimals.
func (s *sheet) contributions(t, importance pipeline.Table) pipeline.Table {
	features := words(importance, "FEATURE")
	top := 0.0
	for _, name := range features {
		for _, v := range numbers(t, name) {
			if math.Abs(v) > top {
				top = math.Abs(v)
			}
		}
	}
	columns, rows := make([]store.Column, len(t.Columns)), make([][]any, len(t.Rows))
	for j, c := range t.Columns {
		columns[j] = store.Column{Name: s.featureName(c.Name), Type: c.Type}
	}
	for i, row := range t.Rows {
		rows[i] = slices.Clone(row)
		for j := range min(len(row), len(columns)) {
			if v, ok := number(row[j]); ok && slices.Contains(features, t.Columns[j].Name) {
				rows[i][j] = signed(v, digits(top))
			}
		}
	}
	t.Columns, t.Rows = columns, rows
	return t
}

// featureName is a feature's own name, without the suffix of its codes.
func (s *sheet) featureName(feature string) string {
	if source := s.f.Lab.Source(feature); source != "" {
		return oneLine(source)
	}
	return oneLine(feature)
}

// partner is the input that works together most with a feature, in words.
func (s *sheet) partner(feature string) string {
	t, _ := s.st.Table("interactions")
	first, second := column(t, "FEATURE"), column(t, "WITH")
	for i := range first { // strongest first
		if first[i] == second[i] { // what it does alone
			continue
		}
		switch feature {
		case fmt.Sprint(first[i]):
			return s.featureName(fmt.Sprint(second[i]))
		case fmt.Sprint(second[i]):
			return s.featureName(fmt.Sprint(first[i]))
		}
	}
	return ""
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
