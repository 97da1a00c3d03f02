package views

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// DataGrid is what a grid of rows shows beyond the first rows of an event: rows
// that are read as they are looked at, and how somebody arranged them.
type DataGrid struct {
	Columns []store.Column
	Sizes   []ColumnSize        // of Columns: see MeasureColumns
	Row     func(i int64) []any // of a row, from 0; nil while it is on its way
	Total   int64               // rows there are
	Rows    int64               // of these, the ones that the filters leave
	Cut     bool                // there are more than Total, which were not kept

	Shown  []GridColumn // as they stand, from the left
	Pinned int          // so many of Shown stay when the others scroll
	Column int          // of Shown: the one under the cursor
	Cursor int64        // the row under the cursor
	Active bool         // it has the keys

	OrderBy    string // the column that the rows are sorted by; "": none
	Descending bool
	Filters    []string // as people read them
	Doing      string   // what it is busy with; "" for nothing
	Fault      string   // why rows are missing; "" when they are not
	Ask        *Ask     // what somebody types about it; nil: nothing
}

// GridColumn is a column that a grid shows: its index, and its width in cells if
// somebody chose one, else 0.
type GridColumn struct{ Index, Width int }

// Ask is a line in which something is typed, with what helps there.
type Ask struct {
	Label   string
	Line    func(width int) (text string, cursor int) // what is typed, and where the cursor is in it
	Choices []string                                  // that could be put in
	Chosen  int                                       // of Choices; -1 for none
	Fault   string                                    // what is wrong with it
	Help    string
}

// Draw gives the line that is typed in and those below it.
func (a *Ask) Draw(width int, th chart.Theme) []string {
	label := chart.Cut(a.Label, max(0, width/2)) + " "
	room := max(1, width-chart.Width(label))
	text, at := a.Line(room)
	return append([]string{th.Accent.Render(label) + underCursor(text, at, room)}, a.Below(width, th)...)
}

// Below gives what helps: what is wrong, what could be put in, or a hint.
func (a *Ask) Below(width int, th chart.Theme) []string {
	switch {
	case a.Fault != "":
		var out []string
		for i, line := range wrapped(lipgloss.NewStyle(), Visible(a.Fault), width-2) {
			mark := "  "
			if i == 0 {
				mark = th.Bad.Render("! ")
			}
			if i < 3 {
				out = append(out, mark+line)
			}
		}
		return out
	case len(a.Choices) > 0:
		return []string{a.choices(width, th)}
	}
	return []string{th.Muted.Render(chart.Cut(a.Help, width))}
}

// choices is a line of what could be put in, from the one before the chosen on.
func (a *Ask) choices(width int, th chart.Theme) string {
	var b strings.Builder
	used := 0
	for i := max(0, a.Chosen-1); i < len(a.Choices); i++ {
		text := Visible(a.Choices[i])
		if used > 0 {
			text = "  " + text
		}
		if used += chart.Width(text); used > width-2 {
			b.WriteString(th.Muted.Render(" …"))
			break
		}
		if i == a.Chosen {
			b.WriteString(th.Accent.Render(text))
		} else {
			b.WriteString(th.Muted.Render(text))
		}
	}
	return b.String()
}

// underCursor is a text with the cell at a column shown reversed.
func underCursor(text string, at, width int) string {
	if chart.Width(text) <= at {
		return chart.Cut(text, max(0, width-1)) + reversed.Render(" ")
	}
	before := ansi.Truncate(text, at, "")
	rest := text[len(before):]
	under, _ := ansi.FirstGraphemeCluster(rest, ansi.GraphemeWidth)
	return before + reversed.Render(under) + rest[len(under):]
}

var reversed = lipgloss.NewStyle().Reverse(true)

// DrawnGrid is a grid as text.
type DrawnGrid struct {
	Lines []string
	Count string // which part of the rows and columns it is
	Head  int    // the line in which the names of the columns begin
	Line  int    // the line of the first row
	First int64  // the first row
}

// Draw gives the grid in exactly height lines of at most width cells.
func (g *DataGrid) Draw(width, height int, th chart.Theme) DrawnGrid {
	lines := g.above(width, th)
	head := len(lines)
	l := g.lay(width)
	lines = append(lines, g.heads(l, th)...)
	room := int64(max(1, height-len(lines)))
	cursor := min(max(0, g.Cursor), max(0, g.Rows-1))
	first := max(0, min(cursor-room/2, g.Rows-room))
	last := min(g.Rows, first+room)
	line := len(lines)
	for i := first; i < last; i++ {
		lines = append(lines, g.line(l, i, i == cursor, th))
	}
	if g.Rows == 0 && g.Doing == "" && g.Fault == "" {
		lines = append(lines, "", th.Title.Render(chart.Cut("No rows.", width)))
		if len(g.Filters) > 0 {
			lines = append(lines, th.Accent.Render("esc")+" takes the last filter away")
		}
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return DrawnGrid{Lines: lines[:max(0, height)], Count: g.count(l, first, last), Head: head, Line: line, First: first}
}

// above is what stands over the names: what is typed, what is under way, and the
// filters.
func (g *DataGrid) above(width int, th chart.Theme) []string {
	var lines []string
	if len(g.Filters) > 0 {
		text := "where " + Visible(strings.Join(g.Filters, "  and  "))
		lines = append(lines, th.Accent.Render("▾ ")+chart.Cut(text, width-2))
	}
	if g.Doing != "" {
		lines = append(lines, th.Running.Render(chart.Cut(g.Doing, max(0, width-12)))+"  "+th.Accent.Render("esc")+" stops")
	}
	if g.Fault != "" {
		for i, line := range wrapped(lipgloss.NewStyle(), Visible(g.Fault), width-2) {
			mark := "  "
			if i == 0 {
				mark = th.Bad.Render("! ")
			}
			lines = append(lines, mark+line)
		}
	}
	if g.Ask != nil {
		lines = append(lines, g.Ask.Draw(width, th)...)
	}
	return lines
}

// count says which rows and columns are in sight: [1-20 of 12,345 of 10,000,000].
func (g *DataGrid) count(l gridLayout, first, last int64) string {
	if g.Rows == 0 {
		return "no rows"
	}
	text := fmt.Sprintf("[%s-%s of %s", pipeline.Thousands(min(first+1, last)), pipeline.Thousands(last), pipeline.Thousands(g.Rows))
	if len(g.Filters) > 0 {
		text += " of " + pipeline.Thousands(g.Total)
	}
	if g.Cut {
		text += ", the first ones"
	}
	text += "]"
	columns := ""
	switch shown, hidden := len(l.placed), len(g.Columns)-len(g.Shown); {
	case shown < len(g.Shown):
		columns = fmt.Sprintf("columns %d-%d of %d", l.from+1, l.from+shown-min(g.Pinned, shown), len(g.Shown))
		if g.Pinned > 0 {
			columns = fmt.Sprintf("%d of %d columns", shown, len(g.Shown))
		}
	case hidden > 0:
		columns = pipeline.Plural(int64(hidden), "column") + " hidden"
	}
	return join("  ", columns, text)
}

// line draws a row.
func (g *DataGrid) line(l gridLayout, i int64, chosen bool, th chart.Theme) string {
	row := g.Row(i)
	var b strings.Builder
	if chosen {
		b.WriteString(th.Accent.Render("▸ "))
	} else {
		b.WriteString("  ")
	}
	if row == nil {
		b.WriteString(th.Muted.Render("…"))
		return b.String()
	}
	for k, p := range l.placed {
		if k > 0 {
			b.WriteString(gapOf(g.Pinned, k, th))
		}
		text, null := g.text(p, row)
		under := chosen && g.Active && p.at == g.Column
		switch {
		case under:
			text = reversed.Render(text)
		case null:
			text = th.Muted.Render(text)
		case chosen:
			text = th.Title.Render(text)
		}
		b.WriteString(text)
	}
	return b.String()
}

// gapOf is what stands before the column at place k: a rule behind the pinned ones.
func gapOf(pinned, k int, th chart.Theme) string {
	if k == pinned {
		return th.Grid.Render("│ ")
	}
	return "  "
}

// text is a cell of exactly the width of its column, and whether it is NULL.
func (g *DataGrid) text(p placedColumn, row []any) (text string, null bool) {
	c := g.Columns[p.index]
	var v any
	if p.index < len(row) {
		v = row[p.index]
	}
	null = v == nil
	switch v := v.(type) {
	case nil:
		if text = "NULL"; p.width < 4 {
			text = "–"
		}
	case string: // no more of a long text than can be seen
		if text = beginning(v, 4*p.width+16); c.Type == store.Binary {
			text = Visible(text)
		} else {
			text = oneLine(text)
		}
	default:
		text = cell(v, c.Type, g.Sizes[p.index].Decimals)
	}
	if numeric(c.Type) {
		return chart.PadLeft(text, p.width), null
	}
	return chart.Pad(text, p.width), null
}

// beginning is at most so many bytes of a text, cut between characters.
func beginning(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xc0 == 0x80 {
		most--
	}
	return text[:most]
}

// heads are the names of the columns, in one line or in two.
func (g *DataGrid) heads(l gridLayout, th chart.Theme) []string {
	lines := make([]strings.Builder, 1)
	if l.twoLines {
		lines = make([]strings.Builder, 2)
	}
	for i := range lines {
		lines[i].WriteString("  ")
		for k, p := range l.placed {
			if k > 0 {
				lines[i].WriteString(gapOf(g.Pinned, k, th))
			}
			c := g.Columns[p.index]
			text, mark := g.name(p.index, l.twoLines, i), ""
			if i == len(lines)-1 && c.Name == g.OrderBy {
				if mark = " ▲"; g.Descending {
					mark = " ▼"
				}
				text = chart.Cut(text, max(0, p.width-2)) + mark
			}
			if numeric(c.Type) {
				text = chart.PadLeft(text, p.width)
			} else {
				text = chart.Pad(text, p.width)
			}
			style := th.Muted
			if mark != "" || g.Active && p.at == g.Column {
				style = th.Accent
			}
			lines[i].WriteString(style.Render(text))
		}
	}
	out := make([]string, len(lines))
	for i := range lines {
		out[i] = strings.TrimRight(lines[i].String(), " ")
	}
	return out
}

// name is the part of a column's name that stands in a line of the head.
func (g *DataGrid) name(index int, twoLines bool, line int) string {
	name := Visible(g.Columns[index].Name)
	if !twoLines {
		return name
	}
	above, below := parted(name)
	if line == 0 {
		return above
	}
	return below
}

// drawGrid adds the rows that the pane ends in, in the room that is left: those
// that somebody browses, or the first ones of the step's table as the event has
// them.
func (s *sheet) drawGrid() {
	g := s.f.Grid
	if g == nil {
		if g = s.recordedGrid(); g == nil {
			return
		}
	}
	height := max(4, s.left())
	drawn := g.Draw(s.width, height, s.th)
	cursor := min(max(0, g.Cursor), max(0, g.Rows-1))
	if rows := min(g.Rows-drawn.First, int64(height-drawn.Line)); rows > 0 {
		s.choosable(int(rows), len(s.lines)+drawn.Line, 1, int(cursor-drawn.First))
		s.list.first = int(drawn.First)
	}
	s.heads = [2]int{len(s.lines) + drawn.Head, len(s.lines) + drawn.Line}
	s.add(drawn.Lines...)
	s.count = drawn.Count
}

// lowPane is the room below which a grid that has the keys takes all of it.
const lowPane = 24

// gridAlone tells whether the pane shows nothing but its grid.
func (s *sheet) gridAlone() bool {
	g, status := s.f.Grid, s.st.Status
	return g != nil && g.Active && Room(s.f) < lowPane && (status == pipeline.Done || status == pipeline.Stale)
}

// recordedGrid is the grid of what was recorded; nil where there is nothing.
func (s *sheet) recordedGrid() *DataGrid {
	r := s.st.Result
	if len(r.Schema) == 0 || r.Rows == 0 {
		return nil
	}
	return &DataGrid{Columns: r.Schema, Sizes: MeasureColumns(r.Schema, r.Preview), Total: r.Rows, Rows: r.Rows,
		Shown: AllColumns(len(r.Schema)), Column: s.f.Left, Cursor: int64(s.f.Cursor), Active: s.f.Left+s.f.Cursor > 0,
		Row: func(i int64) []any {
			if i < int64(len(r.Preview)) {
				return r.Preview[i]
			}
			return nil
		}}
}

// InSight is which of the rows to choose among the pane shows.
func InSight(f Frame) (first, n int) {
	s := content(f)
	_, room := headRoom(f)
	top := s.top(room)
	for _, line := range s.list.lines {
		if line >= top && line < top+room {
			n++
		}
	}
	return s.list.first, n
}

// HeaderAt tells whether a line of the pane, counted from its first, has names of
// a grid's columns.
func HeaderAt(f Frame, line int) bool {
	if _, ok := Grid(f); !ok || f.Width < 1 || f.Height < 1 {
		return false
	}
	s := content(f)
	head, room := headRoom(f)
	at := line - head + s.top(room)
	return line >= head && at >= s.heads[0] && at < s.heads[1]
}

// AllColumns shows n columns in their order.
func AllColumns(n int) []GridColumn {
	out := make([]GridColumn, n)
	for i := range out {
		out[i].Index = i
	}
	return out
}

// fact is a number of step.finished by name.
func fact(st *pipeline.StepState, name string) (float64, bool) {
	return number(st.Result.Facts[name])
}
