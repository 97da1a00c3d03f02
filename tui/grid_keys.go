package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
)

// gridKeys are those of rows that are browsed: in the pane, and of an answer at
// the SQL prompt.
func gridKeys() []binding {
	const in, group = onGrid | onAnswer, "Rows"
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: in, group: group, foot: word("row in full"),
			help: "The row under the cursor in full.", why: noRow, act: func(m *model, _ string) tea.Cmd {
				m.cover = &rowInFull{grid: m.grid(), back: m.cover}
				return nil
			}},
		{keys: []string{"/"}, label: "/", in: in, group: group, foot: word("filter"),
			help: "Leave the rows for which a condition in SQL holds, such as PAGE_LOAD_TIME > 3.", why: notRead, act: func(m *model, _ string) tea.Cmd {
				m.typeFilter()
				return nil
			}},
		{keys: []string{"left", "right"}, label: "← →", in: in, group: group, foot: word("column"),
			help: "The column before or after; before the first are the steps.", act: func(m *model, key string) tea.Cmd {
				m.moveColumn(sign(key, "left", "right"))
				return nil
			}},
		{keys: []string{"o"}, label: "o", in: in, group: group, foot: word("sort"),
			help: "Sort by the column under the cursor: ascending, descending, as stored.", why: notRead, act: onRows((*grid).order)},
		{keys: []string{"="}, label: "=", in: in, group: group, foot: word("only these"),
			help: "Leave the rows with the value under the cursor.", why: noRow, act: onRows(func(g *grid) { g.filterBy(false) })},
		{keys: []string{"!"}, label: "!", in: in, group: group, foot: word("without these"),
			help: "Leave the rows without the value under the cursor.", why: noRow, act: onRows(func(g *grid) { g.filterBy(true) })},
		{keys: []string{"i"}, label: "i", in: in, group: group, foot: word("summary"),
			help: "What there is in the column under the cursor: type, distinct values, mean, histogram.", why: notRead, act: func(m *model, _ string) tea.Cmd {
				return m.openColumn(m.grid(), m.cover)
			}},
		{keys: []string{"y"}, label: "y", in: in, group: group, foot: word("copy"),
			help: "Copy the value under the cursor.", why: noRow, act: func(m *model, _ string) tea.Cmd {
				c, value, _ := m.grid().under()
				return m.copy(pipeline.CellText(value), "the value of "+c.Name)
			}},
		{keys: []string{"Y"}, label: "Y", in: in, group: group, foot: word("copy rows, export"),
			help: "Copy the row or the screen as CSV, JSON or Markdown, or write all rows into a file.", why: noRow, act: func(m *model, _ string) tea.Cmd {
				m.cover = &copyRows{grid: m.grid(), back: m.cover}
				return nil
			}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: in, group: group,
			help: "The row above or below. Also k and j.", act: func(m *model, key string) tea.Cmd {
				m.moveRow(sign(key, "up k", "down j"))
				return nil
			}},
		{keys: []string{"pgup", "pgdown", "space"}, label: "pgup pgdn", in: in, group: group,
			help: "A screenful up or down. Space is pgdn.", act: func(m *model, key string) tea.Cmd {
				_, n := m.rowsInSight(m.grid(), m.cover)
				m.moveRow(sign(key, "pgup", "pgdown space") * max(1, n-1))
				return nil
			}},
		{keys: []string{"home", "end"}, label: "home end", in: in, group: group,
			help: "The first or the last row.", act: func(m *model, key string) tea.Cmd {
				m.moveRow(sign(key, "home", "end") * far)
				return nil
			}},
		{keys: []string{"#"}, label: "# 500", in: in, group: group, foot: word("go to row"),
			help: "Go to a row by its number, or to a place such as 50%.", why: notRead, act: func(m *model, _ string) tea.Cmd {
				m.typeRow()
				return nil
			}},
		{keys: []string{"H"}, label: "H", in: in, group: group, foot: word("hide"),
			help: "Hide the column under the cursor.", why: lastColumn, act: onRows((*grid).hide)},
		{keys: []string{"p"}, label: "p", in: in, group: group, foot: pinWord,
			help: "Keep the column under the cursor at the left, and back.", why: notRead, act: onRows((*grid).pin)},
		{keys: []string{"<", ">"}, label: "< >", in: in, group: group, foot: word("width"),
			help: "Make the column under the cursor narrower or wider.", why: notRead, act: func(m *model, key string) tea.Cmd {
				m.widen(sign(key, "<", ">") * widthStep)
				return nil
			}},
		{keys: []string{"0"}, label: "0", in: in, group: group, foot: allColumnsWord,
			help: "All columns back in their places and widths.", why: notRead, act: onRows((*grid).allColumns)},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: onGrid, group: group, foot: undoGridWord,
			help: "Stop sorting or filtering, or take the last filter away; then leave the rows.", act: func(m *model, _ string) tea.Cmd {
				if !m.undoGrid(m.grid()) {
					m.leavePane()
				}
				return nil
			}},
	}
}

// onRows is an action on the grid alone.
func onRows(do func(*grid)) func(*model, string) tea.Cmd {
	return func(m *model, _ string) tea.Cmd {
		g := m.grid()
		g.retry()
		do(g)
		m.touch()
		return nil
	}
}

// widthStep is by how many cells a column becomes wider or narrower.
const widthStep = 4

func notRead(m *model) string {
	if g := m.grid(); g == nil || len(g.shown) == 0 {
		return "The rows are still being read; a moment."
	}
	return ""
}

func noRow(m *model) string {
	if why := notRead(m); why != "" {
		return why
	}
	g := m.grid()
	if _, _, ok := g.under(); !ok {
		if g.found.Rows == 0 {
			return "There is no row here."
		}
		return "That row is still being read; a moment."
	}
	return ""
}

func lastColumn(m *model) string {
	if why := notRead(m); why != "" {
		return why
	}
	if len(m.grid().shown) == 1 {
		return "This is the last column; 0 brings the others back."
	}
	return ""
}

func pinWord(m *model) string {
	if g := m.grid(); g != nil && g.column < g.pinned {
		return "unpin"
	}
	return "pin"
}

// allColumnsWord offers to bring columns back where some are not as they were.
func allColumnsWord(m *model) string {
	g := m.grid()
	if g == nil || slices.Equal(g.shown, views.AllColumns(len(g.columns))) && g.pinned == 0 {
		return ""
	}
	return "all columns"
}

// undoGridWord says what esc does first.
func undoGridWord(m *model) string {
	switch g := m.grid(); {
	case g == nil:
		return ""
	case g.busy():
		return "stop"
	case len(g.wish.Filters) > 0:
		return "last filter away"
	}
	return ""
}

// undoGrid stops what is under way, or takes the last filter away; false when
// there is neither.
func (m *model) undoGrid(g *grid) bool {
	switch {
	case g == nil:
		return false
	case g.busy():
		g.cancel(m)
		m.say("Stopped; the rows are as they were.")
		return true
	case len(g.wish.Filters) > 0:
		g.wish.Filters = slices.Clone(g.wish.Filters[:len(g.wish.Filters)-1])
		m.touch()
		return true
	}
	return false
}

// rowsInSight is which rows of the grid are on the screen.
func (m *model) rowsInSight(g *grid, over cover) (first, n int) {
	if s, ok := over.(*scratch); ok {
		drawn := g.drawn(m, true).Draw(m.layout().right.width, s.room, *m.scheme.theme())
		return int(drawn.First), min(s.room-drawn.Line, int(g.found.Rows-drawn.First))
	}
	return views.InSight(m.frame())
}

func (m *model) moveRow(by int) {
	g := m.grid()
	g.move(by)
	m.touch()
}

// moveColumn goes to a column beside; before the first is the rail.
func (m *model) moveColumn(by int) {
	g := m.grid()
	if by < 0 && g.column == 0 && m.cover == nil {
		m.focus = onRail
		return
	}
	g.column = clamp(g.column+by, 0, max(0, len(g.shown)-1))
	m.touch()
}

// clickHeader goes to the column at a cell of the pane; a second click sorts by it.
func (m *model) clickHeader(x int) {
	g := m.paneGrid()
	if g == nil || len(g.shown) == 0 {
		return
	}
	at, ok := g.drawn(m, true).ColumnAt(x, m.layout().pane.width)
	switch {
	case !ok:
		return
	case at == g.column:
		g.retry()
		g.order()
	default:
		g.column = at
	}
	m.touch()
}

// hide takes the column under the cursor out of sight.
func (g *grid) hide() {
	if g.column < g.pinned {
		g.pinned--
	}
	g.shown = slices.Delete(slices.Clone(g.shown), g.column, g.column+1)
	g.column = min(g.column, len(g.shown)-1)
}

// pin keeps the column under the cursor at the left, or puts it back among the
// others.
func (g *grid) pin() {
	c := g.shown[g.column]
	rest := slices.Delete(slices.Clone(g.shown), g.column, g.column+1)
	if g.column >= g.pinned {
		g.shown = slices.Insert(rest, g.pinned, c)
		g.column = g.pinned
		g.pinned++
		return
	}
	g.pinned--
	at := g.pinned
	for at < len(rest) && rest[at].Index < c.Index {
		at++
	}
	g.shown, g.column = slices.Insert(rest, at, c), at
}

// widen changes the width of the column under the cursor.
func (m *model) widen(by int) {
	g := m.grid()
	width := g.drawn(m, true).WidthOf(g.column, m.layout().pane.width)
	g.shown = slices.Clone(g.shown)
	g.shown[g.column].Width = clamp(width+by, 4, 200)
	m.touch()
}

// typeFilter has a condition typed, beginning with the one there is.
func (m *model) typeFilter() {
	g := m.grid()
	p := &prompt{grid: g, label: "where", help: "A condition in SQL, such as PAGE_LOAD_TIME > 3 AND PRODUCT_TYPE = 'phone'; an empty one takes it away"}
	at, text := g.typed()
	p.line.set(text)
	catalog := pipeline.Catalog{Condition: true, Tables: []pipeline.CatalogTable{{Columns: g.columns}}, Values: g.values}
	p.complete = catalog.Complete
	p.accept = func(m *model, text string) tea.Cmd {
		g.retry()
		if was, _ := g.typed(); was != at { // taken away meanwhile
			at = was
		}
		g.setTyped(text)
		if sameArrangement(g.wish, g.is) {
			m.endPrompt()
			return nil
		}
		p.waits, p.choices = true, nil
		m.touch()
		return nil
	}
	m.openPrompt(p)
}

// fewTexts is how many different texts of a column are offered.
const fewTexts = 20

// values are the texts of a column among the rows at hand, where they are few.
func (g *grid) values(column string) []string {
	j := slices.IndexFunc(g.columns, func(c store.Column) bool { return c.Name == column })
	var out []string
	for i := range int64(min(g.found.Rows, 2*pageRows)) {
		row := g.row(i)
		if row == nil || j >= len(row) {
			continue
		}
		if text, ok := row[j].(string); ok && !slices.Contains(out, text) {
			if out = append(out, text); len(out) > fewTexts {
				return nil
			}
		}
	}
	slices.Sort(out)
	return out
}

// typeRow has the number of a row typed.
func (m *model) typeRow() {
	g := m.grid()
	p := &prompt{grid: g, label: "row", help: fmt.Sprintf("1 to %s, or a place such as 50%%", pipeline.Thousands(g.found.Rows))}
	p.accept = func(m *model, text string) tea.Cmd {
		row, err := rowNumber(text, g.found.Rows)
		if err != nil {
			p.fault = err.Error()
			m.touch()
			return nil
		}
		g.move(int(row-1) - g.cursor)
		m.endPrompt()
		return nil
	}
	m.openPrompt(p)
}

// rowNumber reads a row's number, from 1, or a share of all rows.
func rowNumber(text string, rows int64) (int64, error) {
	text = strings.NewReplacer(",", "", "_", "", " ", "").Replace(text)
	if share, ok := strings.CutSuffix(text, "%"); ok {
		x, err := strconv.ParseFloat(share, 64)
		if err != nil || x < 0 || x > 100 {
			return 0, fmt.Errorf("a place lies between 0%% and 100%%, not at %s", text)
		}
		return max(1, int64(x/100*float64(rows))), nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > rows {
		return 0, fmt.Errorf("the rows go from 1 to %s", pipeline.Thousands(rows))
	}
	return n, nil
}
