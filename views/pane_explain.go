package views

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawExplain shows what moves predictions: over all customers, along the
// values of the chosen feature, for one customer, and beside the truth where
// it is known.
func drawExplain(s *sheet) {
	importance, ok := s.st.Table("importance")
	if !ok {
		return
	}
	cursor := s.cursor(len(importance.Rows))
	if s.width < twoColumns {
		s.chosen = len(s.lines) + 1 + cursor
		s.add(s.importance(importance, cursor, s.width)...)
		for _, block := range [][]string{s.customer(s.width), s.dependence(importance, cursor, s.width), s.truth(s.width)} {
			if len(block) > 0 {
				s.gap()
				s.add(block...)
			}
		}
		return
	}
	half := (s.width - 4) / 2
	s.chosen = len(s.lines) + 1 + cursor
	s.add(beside(4, []int{half, half}, s.importance(importance, cursor, half), s.dependence(importance, cursor, half))...)
	for _, block := range [][]string{s.customer(s.width), s.truth(s.width)} {
		if len(block) > 0 {
			s.gap()
			s.add(block...)
		}
	}
}

// importance is a bar a feature, strongest first.
func (s *sheet) importance(t pipeline.Table, cursor, width int) []string {
	names, means := column(t, "FEATURE"), numbers(t, "MEAN_ABS")
	bars, decimals := make([]chart.Bar, len(means)), 3
	if len(means) > 0 && means[0] > 0 {
		decimals = min(6, max(0, 2-int(math.Floor(math.Log10(means[0])))))
	}
	for i, v := range means {
		bars[i] = chart.Bar{Name: s.featureName(fmt.Sprint(names[i])), Value: v, Text: strconv.FormatFloat(v, 'f', decimals, 64)}
	}
	return append([]string{title(s.th, "What moves predictions", "mean |φ|", width)},
		chart.Bars(chart.BarChart{Bars: bars, Chosen: cursor}, width, s.th)...)
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
	var pushes []chart.Push
	for _, group := range thinned(len(values), mostValues) {
		var sumValue, sumPhi, n float64
		for i := group[0]; i < group[1]; i++ {
			sumValue += values[i] * count[i]
			sumPhi += phi[i] * count[i]
			n += count[i]
		}
		pushes = append(pushes, chart.Push{Name: s.valueName(feature, sumValue/n), Value: "n " + pipeline.Thousands(int64(n)), By: sumPhi / n})
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
	head := title(s.th, "How "+s.featureName(feature)+" moves them", "φ by value", width)
	return append([]string{head}, chart.Diverging(pushes, width, s.th)...)
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
	return append([]string{title(s.th, Visible(t.Title), fact, width)}, chart.Waterfall(stairs, width, s.th)...)
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
