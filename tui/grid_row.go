package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
)

// rowInFull is the cover of one row of a grid with all that is in it.
type rowInFull struct {
	grid *grid
	back cover // what it lies over
	top  int
	room int
}

func (r *rowInFull) mode() mode { return inRow }

func (r *rowInFull) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	r.room = max(1, height-2)
	lines := []string{views.RowTitle(r.grid.title, int64(r.grid.cursor), r.grid.found.Rows, width, *th), ""}
	row := r.grid.row(int64(r.grid.cursor))
	if row == nil {
		lines = append(lines, th.Muted.Render("…"))
		return fit(lines, height), nil
	}
	all := views.Row(r.grid.columns, row, width, *th)
	r.top = clamp(r.top, 0, max(0, len(all)-r.room))
	end := min(len(all), r.top+r.room)
	lines = append(lines, all[r.top:end]...)
	if end < len(all) {
		lines[1] = th.Muted.Render(pipeline.Plural(int64(len(all)-end), "more line") + " below")
	}
	return fit(lines, height), nil
}

func (r *rowInFull) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

func (r *rowInFull) scroll(_ *model, by int) { r.top = max(0, r.top+by) }

// onColumn is the cover of what there is in a column.
type onColumn struct {
	grid    *grid
	back    cover
	column  store.Column
	summary *pipeline.ColumnSummary // nil while it is being counted
	err     error
	stop    func()
}

// openColumn counts what there is in the column under the cursor.
func (m *model) openColumn(g *grid, back cover) tea.Cmd {
	c := &onColumn{grid: g, back: back, column: g.columns[g.shown[g.column].Index]}
	m.cover = c
	ctx, stop := context.WithTimeout(m.ctx, arrangeLimit)
	c.stop = stop
	g.asked++
	listing := g.listing
	return func() tea.Msg {
		defer stop()
		s, err := listing.Summary(ctx, c.column)
		return summed{c, s, err}
	}
}

// summed is what there is in a column, or why it could not be counted.
type summed struct {
	of      *onColumn
	summary pipeline.ColumnSummary
	err     error
}

func (msg summed) take(*model) tea.Cmd {
	msg.of.err = msg.err
	if msg.err == nil {
		msg.of.summary = &msg.summary
	}
	return nil
}

func (c *onColumn) mode() mode { return inColumn }

func (c *onColumn) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	switch {
	case c.err != nil:
		return fit([]string{th.Title.Render(views.Visible(c.column.Name)), "", th.Bad.Render("! ") + views.Visible(c.err.Error())}, height), nil
	case c.summary == nil:
		return fit([]string{th.Title.Render(views.Visible(c.column.Name)), "", th.Running.Render("counting " + pipeline.Plural(c.grid.found.Rows, "row") + " …")}, height), nil
	}
	return fit(views.Column(*c.summary, width, height, *th), height), nil
}

func (c *onColumn) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

func (c *onColumn) scroll(*model, int) {}

// beside counts the column before or after instead.
func (c *onColumn) beside(m *model, by int) tea.Cmd {
	c.stop()
	g := c.grid
	g.column = clamp(g.column+by, 0, len(g.shown)-1)
	m.touch()
	return m.openColumn(g, c.back)
}

// gridCoverKeys are those of a row in full and of a column's summary.
func gridCoverKeys() []binding {
	return []binding{
		{keys: []string{"left", "right"}, label: "← →", in: inRow, foot: word("row before, after"), act: func(m *model, key string) tea.Cmd {
			r := m.cover.(*rowInFull)
			r.grid.move(sign(key, "left", "right"))
			r.top = 0
			m.touch()
			return nil
		}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inRow, foot: word("scroll"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown", "space", "home", "end"}, label: "pgup pgdn", in: inRow, act: func(m *model, key string) tea.Cmd {
			r := m.cover.(*rowInFull)
			by := map[string]int{"pgup": -r.room, "home": -far, "end": far}[key]
			if by == 0 {
				by = r.room
			}
			r.scroll(m, by)
			return nil
		}},
		{keys: []string{"y"}, label: "y", in: inRow, foot: word("copy as JSON"), why: noRowInFull, act: func(m *model, _ string) tea.Cmd {
			g := m.cover.(*rowInFull).grid
			return m.copy(pipeline.RowsAs("JSON", g.columns, [][]any{g.row(int64(g.cursor))}), "the row as JSON")
		}},
		{keys: []string{"enter", "q", "esc", "alt+esc"}, label: "esc", in: inRow, foot: word("back"), act: func(m *model, _ string) tea.Cmd {
			m.cover = m.cover.(*rowInFull).back
			return nil
		}},
		{keys: []string{"left", "right"}, label: "← →", in: inColumn, foot: word("column before, after"), act: func(m *model, key string) tea.Cmd {
			return m.cover.(*onColumn).beside(m, sign(key, "left", "right"))
		}},
		{keys: []string{"i", "q", "esc", "alt+esc"}, label: "esc", in: inColumn, foot: word("back"), act: func(m *model, _ string) tea.Cmd {
			c := m.cover.(*onColumn)
			c.stop()
			m.cover = c.back
			return nil
		}},
	}
}

func noRowInFull(m *model) string {
	if g := m.cover.(*rowInFull).grid; g.row(int64(g.cursor)) == nil {
		return "That row is still being read; a moment."
	}
	return ""
}
