package views

import (
	"fmt"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawCustomer shows one customer's prediction, input by input, with the review.
func drawCustomer(s *sheet) {
	t, ok := s.st.Table("customer")
	group, review := "", ""
	if r, ok := s.st.Table("review"); ok && len(r.Rows) > 0 {
		group, review = words(r, "GROUP")[0], words(r, "TEXT")[0]
	}
	if c := s.lens().Customer; c != nil && s.st.Status != pipeline.Running {
		t, ok, group, review = c.Table, true, oneLine(c.Group), oneLine(c.Text)
	}
	if !ok || len(t.Rows) < 2 {
		s.notYet()
		return
	}
	s.add(s.waterfall(t, group)...)
	if review != "" {
		s.gap()
		s.say(s.plainStyle(), "“"+review+"”")
	}
	s.gap()
	s.hint("/", "finds a customer by id or by words of the review")
}

// waterfall goes from the average over each input to one customer's prediction,
// and tells what is true.
func (s *sheet) waterfall(t pipeline.Table, group string) []string {
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
	name := join(" · ", Visible(t.Title), group)
	if chart.Width(name)+chart.Width(fact)+2 > s.width {
		name = Visible(t.Title)
	}
	if short := s.width - chart.Width(fact) - 2; short >= 20 {
		name = chart.Cut(name, short)
	}
	s.figure(name, stairs)
	return append([]string{title(s.th, name, fact, s.width)}, chart.Waterfall(stairs, s.width, s.th)...)
}

// drawSurprises lists the customers of whom the model was surest and wrong.
func drawSurprises(s *sheet) {
	t, ok := s.st.Table("surprises")
	if !ok || len(t.Columns) < 2 {
		s.notYet()
		return
	}
	if len(t.Rows) == 0 {
		s.say(s.plainStyle(), "Nobody: the model is on the right side of 0.5 with every customer.")
		return
	}
	ids, groups, texts := words(t, t.Columns[0].Name), words(t, t.Columns[1].Name), words(t, "TEXT")
	prediction, bought, misled := numbers(t, "PREDICTION"), column(t, "BOUGHT"), column(t, "MISLED_BY")
	chosen := s.cursor(len(ids))
	count := counted(t.Total, "customers") + " on the wrong side of 0.5"
	if t.Total > int64(len(ids)) {
		count = fmt.Sprintf("the %d surest of %s on the wrong side of 0.5", len(ids), pipeline.Thousands(t.Total))
	}
	s.add(title(s.th, "Wrong and sure", count, s.width))
	group := widest(groups, 14)
	head := "  " + chart.Pad("customer", 8) + "  " + chart.Pad("", group) + "  " + chart.PadLeft("model", 5) + "  " + chart.Pad("truth", 9) + "  misled by"
	s.add(s.th.Muted.Render(chart.Cut(head, s.width)))
	names := make([]string, len(ids))
	for i := range ids {
		names[i] = s.featureName(fmt.Sprint(misled[i]))
	}
	by := widest(names, 18)
	s.choosable(len(ids), len(s.lines), 1, chosen)
	for i := range ids {
		truth := "· did not"
		if b, ok := bought[i].(bool); ok && b {
			truth = "✓ bought"
		}
		line := chart.Pad(ids[i], 8) + "  " + chart.Pad(groups[i], group) + "  " + chart.PadLeft(chance(prediction[i]), 5) + "  " + chart.Pad(truth, 9) + "  " + chart.Pad(names[i], by)
		if i == chosen {
			line = s.th.Accent.Render("▸ ") + s.th.Title.Render(line)
		} else {
			line = "  " + line
		}
		if left := s.width - chart.Width(line) - 2; left >= 16 {
			line += "  " + s.th.Muted.Render(chart.Cut(texts[i], left))
		}
		s.add(chart.Cut(line, s.width))
	}
	if s.left() >= 4 {
		s.gap()
		s.say(s.th.Muted, "Either the model has something to learn here, or the customer did what nobody could have known.")
	}
	s.inside("enter", "opens the chosen customer")
}

// chance is a prediction in percent. Trees that minimise a squared error can
// overshoot what a chance can be.
func chance(p float64) string {
	switch text := percent(p); {
	case p > 1 && text != percent(1):
		return ">100%"
	case p < 0 && text != percent(0):
		return "<0%"
	default:
		return text
	}
}
