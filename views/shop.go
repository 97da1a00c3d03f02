package views

import (
	"math"
	"strings"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// Shop is how somebody filters the dashboard, and the figures of the customers
// who are left. Nothing of it is recorded.
type Shop struct {
	Conditions []ShopCondition
	At         int              // the one that is being set; -1: none is
	Tables     []pipeline.Table // as the step's, of the customers left; nil: they are not here yet
	Doing      string           // what is being asked; "" for nothing
	Fault      string           // why it could not be had
}

// ShopCondition is something that the dashboard can be filtered by. Value is ""
// where it is not.
type ShopCondition struct{ Say, Value string }

// tableOf is a table of the dashboard: of the customers that a filter leaves, if
// there is one, else as the step recorded it.
func tableOf(f Frame, name string) (pipeline.Table, bool) {
	if f.Shop != nil {
		for _, t := range f.Shop.Tables {
			if t.Name == name {
				return t, true
			}
		}
	}
	return f.State.Step(f.Step.ID).Table(name)
}

// customers is how many there are in a table of totals.
func customers(t pipeline.Table) int64 {
	if n := numbers(t, "CUSTOMERS"); len(n) == 1 && !math.IsNaN(n[0]) {
		return int64(n[0])
	}
	return 0
}

// drawShop shows the conditions: a line each while they are set, else those that
// are, in a line.
func (s *sheet) drawShop() {
	shop := s.f.Shop
	if shop == nil {
		return
	}
	left := "" // how many customers are left
	all, _ := s.st.Table("totals")
	switch some, _ := tableOf(s.f, "totals"); {
	case shop.Doing != "":
		left = shop.Doing
	case len(shop.Tables) > 0:
		left = pipeline.Thousands(customers(some)) + " of " + pipeline.Plural(customers(all), "customer")
	}
	if shop.At >= 0 {
		s.add(title(s.th, "Filter the customers", left, s.width))
		s.drawConditions()
	} else {
		var set []string
		for _, c := range shop.Conditions {
			if c.Value != "" {
				set = append(set, c.Say+" "+Visible(c.Value))
			}
		}
		room := s.width - 4 - chart.Width(left)
		s.add(s.th.Accent.Render("▾ ") + chart.Pad(s.th.Title.Render(chart.Cut(strings.Join(set, " · "), room)), room) + "  " + s.th.Muted.Render(left))
	}
	if shop.Fault != "" {
		s.marked("!", s.th.Bad, s.plainStyle(), Visible(shop.Fault))
	}
	s.gap()
}

// drawConditions is a line a condition, the one that is being set marked; in two
// columns where there is room, so that the figures below stay in sight.
func (s *sheet) drawConditions() {
	const name, lane = 18, 56
	shop := s.f.Shop
	columns := 1
	if s.width >= 2*lane {
		columns = 2
	}
	rows := (len(shop.Conditions) + columns - 1) / columns
	for i := range rows {
		line := ""
		for j := i; j < len(shop.Conditions); j += rows {
			c := shop.Conditions[j]
			value, style := Visible(c.Value), s.th.Title
			if value == "" {
				value, style = "any", s.th.Muted
			}
			mark, before, after := "  ", "  ", ""
			if j == shop.At {
				mark, before, after = s.th.Accent.Render("▸ "), s.th.Accent.Render("◂ "), s.th.Accent.Render(" ▸")
			}
			room := min(lane, s.width) - name - 8
			line += chart.Pad(mark+chart.Pad(chart.Cut(c.Say, name), name)+before+style.Render(chart.Cut(shortChoice(value, room), room))+after, lane)
		}
		s.add(chart.Cut(strings.TrimRight(line, " "), s.width))
	}
}

// shortChoice is a value that fits: of a label, its short name.
func shortChoice(value string, room int) string {
	if chart.Width(value) > room {
		return shortLabel(value)
	}
	return value
}
