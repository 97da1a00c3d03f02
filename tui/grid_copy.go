package tui

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
	"willbuy/views/chart"
)

// copyRows is the cover in which one chooses what of a grid to copy, and as what.
type copyRows struct {
	grid   *grid
	back   cover
	chosen int
}

// copyChoice is one of them.
type copyChoice struct {
	text string
	take func(m *model, g *grid) tea.Cmd
}

func (c *copyRows) choices(m *model) []copyChoice {
	var out []copyChoice
	seen := c.grid.rows(m.rowsInSight(c.grid, c.back))
	for _, format := range pipeline.RowFormats {
		out = append(out, copyChoice{"Copy this row as " + format, func(m *model, g *grid) tea.Cmd {
			columns, rows := g.columnsShown([][]any{g.row(int64(g.cursor))})
			return m.copy(pipeline.RowsAs(format, columns, rows), "the row as "+format)
		}})
	}
	for _, format := range pipeline.RowFormats {
		out = append(out, copyChoice{fmt.Sprintf("Copy the %s on the screen as %s", pipeline.Plural(int64(len(seen)), "row"), format), func(m *model, g *grid) tea.Cmd {
			columns, rows := g.columnsShown(seen)
			return m.copy(pipeline.RowsAs(format, columns, rows), pipeline.Plural(int64(len(rows)), "row")+" as "+format)
		}})
	}
	return append(out, copyChoice{fmt.Sprintf("Write all %s into a file …", pipeline.Plural(c.grid.found.Rows, "row")), func(m *model, g *grid) tea.Cmd {
		m.typeFile(g)
		return nil
	}})
}

// rows are so many from one on, as far as they were read.
func (g *grid) rows(first, n int) (rows [][]any) {
	for i := first; i < first+n; i++ {
		if row := g.row(int64(i)); row != nil {
			rows = append(rows, row)
		}
	}
	return rows
}

// columnsShown leaves the columns that are shown, as they stand.
func (g *grid) columnsShown(rows [][]any) ([]store.Column, [][]any) {
	columns, out := make([]store.Column, len(g.shown)), make([][]any, len(rows))
	for i, c := range g.shown {
		columns[i] = g.columns[c.Index]
		for k, row := range rows {
			out[k] = append(out[k], row[c.Index])
		}
	}
	return columns, out
}

func (c *copyRows) mode() mode { return inCopyRows }

func (c *copyRows) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	lines := []string{th.Title.Render("Copy or export"), ""}
	for i, choice := range c.choices(m) {
		if i%len(pipeline.RowFormats) == 0 && i > 0 {
			lines = append(lines, "")
		}
		text := chart.Cut(choice.text, width-2)
		if i == c.chosen {
			lines = append(lines, th.Accent.Render("▸ ")+th.Title.Render(text))
		} else {
			lines = append(lines, "  "+text)
		}
	}
	lines = append(lines, "")
	for line := range strings.SplitSeq(ansi.Wrap("Columns that are hidden are left out. Files go into the lab's folder: "+views.Visible(m.ws.Dir), width, " /"), "\n") {
		lines = append(lines, th.Muted.Render(line))
	}
	return fit(lines, height), nil
}

func (c *copyRows) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

func (c *copyRows) scroll(m *model, by int) { c.chosen = clamp(c.chosen+by, 0, len(c.choices(m))-1) }

// typeFile has the name of a file typed, and writes all rows into it.
func (m *model) typeFile(g *grid) {
	p := &prompt{grid: g, label: "write into", help: "the ending says what it is: .csv, .json, .jsonl or .parquet"}
	p.line.set(strings.ToLower(strings.ReplaceAll(g.title, " ", "_")) + ".csv")
	p.accept = func(m *model, name string) tea.Cmd {
		if g.stop != nil {
			p.fault = "the rows are being arranged; a moment"
			return nil
		}
		columns, _ := g.columnsShown(nil)
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.Name
		}
		p.waits, p.fault, p.help = true, "", "writing …"
		m.touch()
		g.asked++
		ctx, stop := context.WithTimeout(m.ctx, arrangeLimit)
		p.stop = stop
		listing := g.listing
		return func() tea.Msg {
			defer stop()
			n, err := listing.Export(ctx, names, name)
			return exported{p, strings.TrimSpace(name), n, err}
		}
	}
	m.openPrompt(p)
}

// exported tells that rows are in a file, or why they are not.
type exported struct {
	prompt *prompt
	name   string
	rows   int64
	err    error
}

func (msg exported) take(m *model) tea.Cmd {
	open := m.prompt == msg.prompt
	switch {
	case msg.err == nil && open:
		m.endPrompt()
		fallthrough
	case msg.err == nil:
		m.say(fmt.Sprintf("%s written into %s, in the lab's folder.", pipeline.Plural(msg.rows, "row"), views.Visible(msg.name)))
	case open:
		msg.prompt.waits, msg.prompt.fault = false, msg.err.Error()
		m.touch()
	}
	return nil
}

// copyRowsKeys are those of choosing what to copy.
func copyRowsKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: inCopyRows, foot: word("do it"), act: func(m *model, _ string) tea.Cmd {
			c := m.cover.(*copyRows)
			m.cover = c.back
			return c.choices(m)[c.chosen].take(m, c.grid)
		}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inCopyRows, foot: word("choose"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"Y", "q", "esc", "alt+esc"}, label: "esc", in: inCopyRows, foot: word("leave it"), act: func(m *model, _ string) tea.Cmd {
			m.cover = m.cover.(*copyRows).back
			return nil
		}},
	}
}
