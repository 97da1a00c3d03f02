package tui

import (
	"context"
	"fmt"
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// mostFound is how many customers a search lists.
const mostFound = 50

// search is the cover in which a customer is looked for, by the beginning of the
// id or by words of the review, while one types.
type customerSearch struct {
	line    line
	found   []pipeline.Match
	sought  string // what was found by
	busy    bool   // an answer is on its way
	at, top int
	why     string // it could not be looked for
}

// matched are the customers that were found.
type matched struct {
	sought string
	found  []pipeline.Match
	err    error
}

// openSearch opens the cover.
func (m *model) openSearch() { m.cover = &customerSearch{} }

func (c *customerSearch) mode() mode { return inCustomers }

func (c *customerSearch) key(m *model, msg tea.KeyPressMsg) tea.Cmd {
	c.line.key(msg)
	return c.look(m)
}

func (c *customerSearch) scroll(_ *model, by int) { c.at = clamp(c.at+by, 0, max(0, len(c.found)-1)) }

// look asks for those who match what is typed, one question at a time.
func (c *customerSearch) look(m *model) tea.Cmd {
	sought := strings.TrimSpace(c.line.text())
	if c.busy || sought == c.sought || sought == "" {
		return nil
	}
	c.busy = true
	ctx, ws := m.ctx, m.ws
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		found, err := ws.SearchCustomers(ctx, sought, mostFound)
		return matched{sought, found, err}
	}
}

func (msg matched) take(m *model) tea.Cmd {
	c, ok := m.cover.(*customerSearch)
	if !ok { // it was closed meanwhile
		return nil
	}
	c.busy, c.sought, c.found, c.why, c.at, c.top = false, msg.sought, msg.found, "", 0, 0
	if msg.err != nil {
		c.why = "Customers cannot be looked for: " + sentence(msg.err)
	}
	return c.look(m) // more may have been typed
}

// draw lists who was found, each with the beginning of the review.
func (c *customerSearch) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	rows := max(1, height-headLines)
	c.top = clamp(c.top, max(0, c.at-rows+1), c.at)
	end := min(len(c.found), c.top+rows)
	count := ""
	switch {
	case len(c.found) == mostFound:
		count = fmt.Sprintf("the first %d", mostFound)
	case c.sought != "":
		count = pipeline.Plural(int64(len(c.found)), "customer")
	}
	title := "Find a customer"
	typed, cursor := c.line.draw(width - 2)
	if typed == "" {
		typed = th.Muted.Render(chart.Cut("the beginning of an id, or words of the review", width-2))
	}
	lines := []string{th.Title.Render(title) + th.Muted.Render(chart.PadLeft(count, max(0, width-len(title)))), th.Accent.Render("▸ ") + typed, ""}
	switch {
	case c.why != "":
		lines = append(lines, th.Bad.Render("! ")+chart.Cut(views.Visible(c.why), width-2))
	case c.sought != "" && len(c.found) == 0 && !c.busy:
		lines = append(lines, th.Muted.Render(chart.Cut("Nobody: no id begins so, and no review has all of these words.", width)))
	}
	for i, f := range c.found[c.top:end] {
		lines = append(lines, c.row(th, f, width, c.top+i == c.at))
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height], &tea.Position{X: 2 + cursor, Y: 1}
}

func (c *customerSearch) row(th *chart.Theme, f pipeline.Match, width int, chosen bool) string {
	truth, model := "· did not", "–"
	if f.Bought {
		truth = "✓ bought"
	}
	if !math.IsNaN(f.Prediction) {
		model = fmt.Sprintf("%.0f%%", 100*min(max(f.Prediction, 0), 1))
	}
	text := chart.Pad(views.Visible(f.ID), 8) + "  " + chart.Pad(views.Visible(f.Group), 12) + "  " + chart.PadLeft(model, 4) + "  " + chart.Pad(truth, 9)
	mark := "  "
	if chosen {
		mark, text = th.Accent.Render("▸ "), th.Title.Render(text)
	}
	review := views.Visible(strings.Join(strings.Fields(f.Text), " "))
	if room := width - 2 - chart.Width(text) - 2; room >= 12 {
		text += "  " + th.Muted.Render(chart.Cut(review, room))
	}
	return mark + chart.Cut(text, width-2)
}

// explainedOne is a customer who was opened.
type explainedOne struct {
	window   *window
	of       source
	customer pipeline.Explained
	err      error
}

// openCustomer shows what moved a customer's prediction.
func (m *model) openCustomer(id string) tea.Cmd {
	ctx, ws, w, of := m.ctx, m.ws, m.window, m.source(views.CustomerView)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		customer, err := ws.Explain(ctx, id)
		return explainedOne{w, of, customer, err}
	}
}

func (msg explainedOne) take(m *model) tea.Cmd {
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	m.with(msg.window, func() {
		if !m.onExplain() { // gone elsewhere meanwhile
			return
		}
		m.lens.Customer, m.lens.customer = &msg.customer, msg.of
		m.goView(views.CustomerView)
		m.setPlace(place{})
	})
	m.touch()
	return nil
}

// askAbout looks up a customer for what-if.
func (m *model) askAbout(id string) tea.Cmd {
	ctx, ws := m.ctx, m.ws
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		customer, err := ws.FindCustomer(ctx, id)
		return foundCustomer{customer, err}
	}
}

// chosenCustomer is the id in the list that is shown, "" for none.
func (m *model) chosenCustomer() string {
	name := map[string]string{views.SurprisesView: "surprises", views.BuyersView: "buyers"}[views.Shows(m.frame())]
	t, ok := m.state().Table(name)
	if !ok || len(t.Rows) == 0 {
		return ""
	}
	row := t.Rows[clamp(m.here().cursor, 0, len(t.Rows)-1)]
	if len(row) == 0 {
		return ""
	}
	return fmt.Sprint(row[0])
}

func nobodyListed(m *model) string {
	switch {
	case m.run != nil:
		return "A run is under way; customers can be opened when it has ended."
	case m.chosenCustomer() == "":
		return "Nobody is listed here."
	}
	return ""
}

func searchWhileRunning(m *model) string {
	if m.run != nil {
		return "A run is under way; customers can be looked for when it has ended."
	}
	return ""
}

func nobodyFound(m *model) string {
	if len(m.cover.(*customerSearch).found) == 0 {
		return "Nobody is found yet: type the beginning of an id, or words of the review; esc closes."
	}
	return ""
}

// customerKeys are those of looking for a customer and of opening one.
func customerKeys() []binding {
	return []binding{
		{keys: []string{"/"}, label: "/", in: onRail | onPane | onWhatIf, when: (*model).onExplain, group: "Explain", foot: word("find customer"), why: searchWhileRunning,
			help: "Find a customer by the beginning of the id, or by words of the review.", act: func(m *model, _ string) tea.Cmd {
				m.openSearch()
				return nil
			}},
		{keys: []string{"enter"}, label: "enter", in: onPane, when: whenDone((*model).onCustomers), group: "Explain", foot: word("open"), why: nobodyListed,
			help: "What moved the prediction of the chosen customer.", act: func(m *model, _ string) tea.Cmd {
				return m.openCustomer(m.chosenCustomer())
			}},
		{keys: []string{"enter"}, label: "enter", in: inCustomers, foot: word("open"), why: nobodyFound, act: func(m *model, _ string) tea.Cmd {
			c := m.cover.(*customerSearch)
			id := c.found[c.at].ID
			m.close()
			if m.onWhatIf() && m.asking.model != nil {
				return m.askAbout(id)
			}
			return m.openCustomer(id)
		}},
		{keys: []string{"up", "ctrl+p", "down", "ctrl+n"}, label: "↑ ↓", in: inCustomers, foot: word("move"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up ctrl+p", "down ctrl+n"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown"}, label: "pgup pgdn", in: inCustomers, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, 10*sign(key, "pgup", "pgdown"))
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inCustomers, foot: word("close"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			return nil
		}},
	}
}
