package views

import (
	"fmt"
	"math"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawDependence shows how the chosen input moves predictions along its values,
// with the truth beside it where that is known.
func drawDependence(s *sheet) {
	importance, ok := s.st.Table("importance")
	if !ok {
		s.notYet()
		return
	}
	cursor := s.cursor(len(importance.Rows))
	names := s.features(importance, cursor)
	s.choosable(len(importance.Rows), len(s.lines)+1, 1, cursor)
	if s.width >= twoColumns {
		const left = 24
		s.add(beside(4, []int{left, 0}, names, s.dependence(importance, cursor, s.width-left-4, max(12, min(32, s.left()-2))))...)
		return
	}
	s.add(names...)
	s.gap()
	s.add(s.dependence(importance, cursor, s.width, max(9, min(18, s.left())))...)
}

// features is the list of inputs to choose among.
func (s *sheet) features(importance pipeline.Table, chosen int) []string {
	lines := []string{s.th.Title.Render("Input")}
	for i, name := range column(importance, "FEATURE") {
		text := s.featureName(fmt.Sprint(name))
		if i == chosen {
			text = s.th.Accent.Render("▸ ") + s.th.Title.Render(text)
		} else {
			text = "  " + text
		}
		lines = append(lines, text)
	}
	return lines
}

// mostValues is up to how many values of a feature have a bar each.
const mostValues = 8

// dependence is the mean contribution of the chosen feature by its value: bars
// for words and for few values, else a curve.
func (s *sheet) dependence(importance pipeline.Table, cursor, width, height int) []string {
	names := column(importance, "FEATURE")
	if cursor >= len(names) {
		return nil
	}
	feature := fmt.Sprint(names[cursor])
	t, ok := s.st.Table("dependence_" + feature)
	if !ok || len(t.Rows) == 0 {
		return nil
	}
	if s.f.Lab.Source(feature) != "" || len(t.Rows) <= mostValues {
		return s.dependenceBars(feature, t, width)
	}
	return s.dependenceCurve(feature, t, width, height)
}

// dependenceCurve draws the model's curve, with the truth's, and where the
// partner is low and high.
func (s *sheet) dependenceCurve(feature string, t pipeline.Table, width, height int) []string {
	values, phi, count := numbers(t, "VALUE"), numbers(t, "CONTRIBUTION"), numbers(t, "CUSTOMERS")
	n := len(values)
	for n > 0 && math.IsNaN(values[n-1]) { // of those for whom it is missing
		n--
	}
	plot := chart.Plot{Title: s.featureName(feature), Note: "φ by value", XLabel: s.f.Lab.Input(feature).Unit,
		Counts: &chart.Counts{Of: "customers", X: values[:n], N: count[:n]}}
	more := func(name, column string, dashed bool) bool {
		with := numbers(t, column)[:n]
		for _, v := range with {
			if !math.IsNaN(v) {
				plot.Series = append(plot.Series, chart.Series{Name: name, X: values[:n], Values: with, Faint: !dashed, Dashed: dashed})
				return true
			}
		}
		return false
	}
	if partner := s.partner(feature); partner != "" && width >= 80 {
		more(partner+" low", "WHEN_LOW", false)
		more(partner+" high", "WHEN_HIGH", false)
	}
	known := more("truth", "IN_TRUTH", true)
	plot.Series = append(plot.Series, chart.Series{Name: "model", X: values[:n], Values: phi[:n]})
	if height > 10 {
		height-- // for the last line
	}
	lines := s.plot(plot, width, height)
	if known {
		lines = append(lines, s.th.Muted.Render(chart.Cut(s.agreement(values[:n], phi[:n], numbers(t, "IN_TRUTH")[:n]), width)))
	}
	return lines
}

// agreement says how well the model found the truth along an input.
func (s *sheet) agreement(values, model, truth []float64) string {
	last := len(values) - 1
	if last < 1 {
		return ""
	}
	up := func(y []float64) string {
		switch d := y[last] - y[0]; {
		case math.Abs(d) < noEffect:
			return "leaves"
		case d > 0:
			return "raises"
		}
		return "lowers"
	}
	m, t := up(model), up(truth)
	from, to := shortNumber(values[0]), shortNumber(values[last])
	inModel, inTruth := chart.Number(math.Abs(model[last]-model[0])), chart.Number(math.Abs(truth[last]-truth[0]))
	if m != t {
		return fmt.Sprintf("! From %s to %s it %s φ by %s in the model, but %s it by %s in truth.", from, to, m, inModel, t, inTruth)
	}
	return fmt.Sprintf("✓ From %s to %s it %s φ by %s in the model, by %s in truth.", from, to, m, inModel, inTruth)
}

// dependenceBars is a bar a value, with the truth in words beside it.
func (s *sheet) dependenceBars(feature string, t pipeline.Table, width int) []string {
	values, phi, count := numbers(t, "VALUE"), numbers(t, "CONTRIBUTION"), numbers(t, "CUSTOMERS")
	truth := numbers(t, "IN_TRUTH")
	var pushes chart.Pushes
	known := false
	for i := range values {
		about := "n " + pipeline.Thousands(int64(count[i]))
		if !math.IsNaN(truth[i]) {
			known = true
			about = "truth " + chart.PadLeft(signed(truth[i], 2), 5) + "  " + chart.PadLeft(about, 7)
		}
		pushes = append(pushes, chart.Push{Name: s.valueName(feature, values[i]), Value: about, By: phi[i]})
	}
	if s.f.Lab.Source(feature) == "" { // numbers stand at the right
		wide := 0
		for _, p := range pushes {
			wide = max(wide, chart.Width(p.Name))
		}
		for i := range pushes {
			pushes[i].Name = chart.PadLeft(pushes[i].Name, wide)
		}
	}
	name := "How " + s.featureName(feature) + " moves them"
	s.figure(name+", φ by value", pushes)
	lines := append([]string{title(s.th, name, "φ by value", width)}, chart.Diverging(pushes, width, s.th)...)
	if known {
		lines = append(lines, "")
		lines = append(lines, wrapped(s.th.Muted, "Truth: the same by the formula that the synthetic data were drawn from.", width)...)
	}
	return lines
}

// drawPairs shows which inputs work together: what each pair moves beyond what
// both do alone, and on the diagonal what each does alone.
func drawPairs(s *sheet) {
	t, ok := s.st.Table("interactions")
	importance, _ := s.st.Table("importance")
	if !ok || len(t.Rows) == 0 {
		s.notYet()
		return
	}
	features := column(importance, "FEATURE")
	at := map[string]int{}
	heat := chart.HeatTable{Of: "mean |interaction|"}
	for i, f := range features {
		at[fmt.Sprint(f)] = i
		heat.Rows = append(heat.Rows, s.featureName(fmt.Sprint(f)))
		row := make([]float64, len(features))
		for j := range row {
			row[j] = math.NaN()
		}
		heat.Values = append(heat.Values, row)
	}
	first, second, means := column(t, "FEATURE"), column(t, "WITH"), numbers(t, "MEAN_ABS")
	top := 0.0
	var strongest string
	for k := range means {
		i, ok := at[fmt.Sprint(first[k])]
		j, also := at[fmt.Sprint(second[k])]
		if !ok || !also {
			continue
		}
		heat.Values[i][j], heat.Values[j][i] = means[k], means[k]
		top = max(top, means[k])
		if i != j && strongest == "" {
			strongest = fmt.Sprintf("%s and %s work together most: what one does depends on the other.", heat.Rows[i], heat.Rows[j])
		}
	}
	heat.Format = func(v float64) string { return fmt.Sprintf("%.*f", digits(top), v) }
	heat.Columns = make([]string, len(heat.Rows))
	room := (s.width-widest(heat.Rows, max(6, s.width/3))-2)/max(1, len(heat.Rows)) - 1
	for j, name := range heat.Rows {
		heat.Columns[j] = shortColumn(name, min(16, room))
	}
	name := "What works together"
	s.add(title(s.th, name, "", s.width))
	s.figure(name, heat)
	if room < leastHeat { // numbers would be cut: the strongest as bars
		pairs := chart.BarChart{Chosen: -1}
		for k := range min(len(means), max(3, s.left()-3)) {
			pair := s.featureName(fmt.Sprint(first[k]))
			if first[k] != second[k] {
				pair += " × " + s.featureName(fmt.Sprint(second[k]))
			}
			pairs.Bars = append(pairs.Bars, chart.Bar{Name: pair, Value: means[k], Text: heat.Format(means[k])})
		}
		s.add(chart.Bars(pairs, s.width, s.th)...)
	} else if lines := chart.Heat(heat, s.width, s.th); lines != nil {
		if s.left() < len(lines)+2 { // no blank lines between the rows then
			lines = dense(lines)
		}
		s.add(lines...)
		s.gap()
	}
	if strongest != "" {
		s.say(s.plainStyle(), strongest)
	}
	if room >= leastHeat {
		s.say(s.th.Muted, "On the diagonal stands what an input does alone.")
	}
}

// leastHeat is how wide a cell of the heat map is at least: without colours a
// shade of two cells stands before the number.
const leastHeat = 8

// dense leaves out blank lines.
func dense(lines []string) []string {
	var out []string
	for _, line := range lines {
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}

// shortColumn cuts a name so that its last word, which tells most, stays.
func shortColumn(name string, most int) string {
	if chart.Width(name) <= most {
		return name
	}
	for i := 0; i < len(name); i++ {
		if name[i] == '_' && len(name)-i-1 <= most-1 {
			return "…" + name[i+1:]
		}
	}
	return chart.Cut(name, most)
}
