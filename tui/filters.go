package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// shopFilter is how somebody filters the dashboard of a window: a value, or none, for
// each of the choices. The figures that answer it are no part of the log.
type shopFilter struct {
	of      source            // the attempt of the step that it is about
	choices []pipeline.Choice // nil until they are known
	set     []int             // of the values of each; -1: any
	was     []int             // set, as it was before it is being changed
	setting bool              // somebody sets it just now
	at      int               // the choice that is being set
	reading bool              // the choices are
	tables  []pipeline.Table  // of the customers left; nil: of everybody, or not here yet
	answers []int             // set, as tables answer it
	asking  bool              // tables are being asked for
	err     error
}

type (
	// shopChoices are what the dashboard can be filtered by.
	shopChoices struct {
		shop    *shopFilter
		choices []pipeline.Choice
		err     error
	}
	// shopFigures are the figures of the customers whom a filter leaves.
	shopFigures struct {
		shop   *shopFilter
		of     source
		set    []int
		tables []pipeline.Table
		err    error
	}
)

// openShop begins to set what the dashboard is filtered by.
func (m *model) openShop() tea.Cmd {
	s := m.shop
	if s == nil {
		s = &shopFilter{of: m.source(dashboardStep)}
		m.shop = s
	}
	m.modal, s.setting = inShop, true
	s.was = slices.Clone(s.set)
	m.touch()
	if s.choices != nil || s.reading {
		return nil
	}
	s.reading = true
	ctx, ws := m.ctx, m.ws
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		choices, err := ws.ShopChoices(ctx)
		return shopChoices{s, choices, err}
	}
}

func (msg shopChoices) take(m *model) tea.Cmd {
	s := msg.shop
	s.reading, s.err, s.choices = false, msg.err, msg.choices
	s.set = slices.Repeat([]int{-1}, len(s.choices))
	s.was = slices.Clone(s.set)
	m.touch()
	return nil
}

// anything tells whether nothing is filtered.
func anything(set []int) bool {
	return !slices.ContainsFunc(set, func(i int) bool { return i >= 0 })
}

// refilter asks for the figures of a filter that has changed, or of a dashboard
// that was made anew, one question at a time.
func (m *model) refilter() tea.Cmd {
	s := m.shop
	if s == nil || s.asking || s.choices == nil || m.step.ID != dashboardStep || m.run != nil {
		return nil
	}
	if now := m.source(dashboardStep); s.of != now {
		s.of, s.answers, s.tables = now, nil, nil
	}
	if anything(s.set) {
		if s.tables != nil {
			s.tables, s.answers, s.err = nil, nil, nil
			m.touch()
		}
		return nil
	}
	if slices.Equal(s.set, s.answers) {
		return nil
	}
	s.asking = true
	m.touch()
	set, of := slices.Clone(s.set), s.of
	var conditions []pipeline.Condition
	for i, at := range set {
		if at >= 0 {
			conditions = append(conditions, s.choices[i].Condition(at))
		}
	}
	ctx, ws := m.ctx, m.ws
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		tables, err := ws.FilteredDashboard(ctx, conditions)
		return shopFigures{s, of, set, tables, err}
	}
}

func (msg shopFigures) take(m *model) tea.Cmd {
	s := msg.shop
	s.asking = false
	m.touch()
	if s.of != msg.of {
		return nil
	}
	s.answers, s.err = msg.set, msg.err
	if s.tables = msg.tables; msg.err != nil && !errors.Is(msg.err, context.Canceled) {
		s.tables = nil
	}
	return nil
}

// dashboardStep is the step that can be filtered.
const dashboardStep = "dashboard"

// shopOf is what the pane draws of the filter; nil where there is none.
func (m *model) shopOf() *views.Shop {
	s := m.shop
	if s == nil || m.step.ID != dashboardStep || !s.setting && anything(s.set) {
		return nil
	}
	out := &views.Shop{At: -1, Tables: s.tables}
	if s.setting {
		out.At = s.at
	}
	if s.of != m.source(dashboardStep) {
		out.Tables = nil
	}
	for i, c := range s.choices {
		value := ""
		if at := s.set[i]; at >= 0 {
			value = choiceText(c.Values[at])
		}
		out.Conditions = append(out.Conditions, views.ShopCondition{Say: c.Say, Value: value})
	}
	switch {
	case s.err != nil:
		out.Fault = sentence(s.err)
	case s.reading:
		out.Doing = "reading what there is …"
	case s.asking:
		out.Doing = "asking …"
	}
	return out
}

// choiceText is a value to choose as people read it.
func choiceText(v any) string {
	if x, ok := v.(float64); ok {
		return chart.Signed(x, 2)
	}
	return fmt.Sprint(v)
}

// turn goes to the value before or after of the choice that is being set; before
// the first and after the last is none.
func (s *shopFilter) turn(by int) {
	n := len(s.choices[s.at].Values) + 1
	s.set[s.at] = (s.set[s.at]+1+by+n)%n - 1
}

func onDashboard(m *model) bool {
	return m.step.ID == dashboardStep && m.tab == views.Output && m.replay == nil && m.state().Result.Summary != ""
}

// onFiltered tells whether the pane shows a filtered dashboard.
func onFiltered(m *model) bool { return onDashboard(m) && m.shop != nil && !anything(m.shop.set) }

func noChoices(m *model) string {
	switch s := m.shop; {
	case s.choices == nil && s.err != nil:
		return "It cannot be filtered just now; esc leaves it."
	case len(s.choices) == 0:
		return "Still reading what there is to choose from; a moment."
	}
	return ""
}

// shopKeys are those of filtering the dashboard.
func shopKeys() []binding {
	return []binding{
		{keys: []string{"/"}, label: "/", in: browsing, when: onDashboard, group: "Rows", foot: word("filter"),
			help: "On Dashboard: leave the customers of a product, a layout, a quality or a sentiment.", why: busy, act: func(m *model, _ string) tea.Cmd {
				return m.openShop()
			}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: browsing, when: onFiltered, group: "Rows", foot: word("all customers"),
			help: "On Dashboard: take the filter away.", act: func(m *model, _ string) tea.Cmd {
				for i := range m.shop.set {
					m.shop.set[i] = -1
				}
				m.touch()
				return nil
			}},
		{keys: []string{"left", "right"}, label: "← →", in: inShop, foot: word("choose"), why: noChoices, act: func(m *model, key string) tea.Cmd {
			m.shop.turn(sign(key, "left", "right"))
			m.touch()
			return nil
		}},
		{keys: []string{"up", "down", "k", "j"}, label: "↑ ↓", in: inShop, foot: word("move"), why: noChoices, act: func(m *model, key string) tea.Cmd {
			m.shop.at = clamp(m.shop.at+sign(key, "up k", "down j"), 0, len(m.shop.choices)-1)
			m.touch()
			return nil
		}},
		{keys: []string{"backspace", "delete"}, label: "backspace", in: inShop, foot: word("any"), why: noChoices, act: func(m *model, _ string) tea.Cmd {
			m.shop.set[m.shop.at] = -1
			m.touch()
			return nil
		}},
		{keys: []string{"enter"}, label: "enter", in: inShop, foot: word("keep"), act: func(m *model, _ string) tea.Cmd {
			m.endShop()
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inShop, foot: word("as it was"), act: func(m *model, _ string) tea.Cmd {
			m.shop.set = slices.Clone(m.shop.was)
			m.endShop()
			return nil
		}},
	}
}

// endShop leaves the setting of the filter.
func (m *model) endShop() {
	m.modal, m.shop.setting = 0, false
	if m.shop.choices == nil { // it could not be read; the next try may
		m.shop = nil
	}
	m.touch()
}
