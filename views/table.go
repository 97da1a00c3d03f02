package views

import (
	"fmt"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// Table draws rows as an aligned table: names in the first line, numbers at
// the right of their columns, what is cut ends in an ellipsis, and where not
// everything is shown the last line says so: [1-50 of 2,000].
func Table(columns []store.Column, rows [][]any, width int, total int64, theme chart.Theme) string {
	t := newTable(columns, rows, width, theme)
	lines := t.draw(-1)
	var notes []string
	if total > int64(len(rows)) {
		notes = append(notes, rangeOf(0, int64(len(rows)), total))
	}
	if hidden := len(columns) - len(t.shown); hidden > 0 {
		notes = append(notes, fmt.Sprintf("%s not shown: the screen is %d wide", pipeline.Plural(int64(hidden), "column"), width))
	}
	if len(notes) > 0 {
		lines = append(lines, theme.Muted.Render(chart.Cut(strings.Join(notes, " · "), width)))
	}
	return strings.Join(lines, "\n")
}

// rangeOf says which rows are shown: [1-50 of 2,000].
func rangeOf(from, to, total int64) string {
	return fmt.Sprintf("[%s-%s of %s]", pipeline.Thousands(min(from+1, to)), pipeline.Thousands(to), pipeline.Thousands(total))
}

const (
	columnGap  = 2
	leastText  = 8  // a column of text does not give way below this
	mostText   = 60 // nor wider, at first
	mostNumber = 16
)

// table lays out rows: which columns fit, how wide each is and how it writes
// its numbers.
type table struct {
	columns  []store.Column
	rows     [][]any
	width    int
	th       chart.Theme
	marker   bool  // a column in front for the mark of the chosen row
	shown    []int // columns, by index
	widths   []int // of all columns, as the next two
	wanted   []int
	decimals []int
	ids      []bool
	twoLines bool // the names take two lines
}

func newTable(columns []store.Column, rows [][]any, width int, th chart.Theme) *table {
	t := &table{columns: columns, rows: rows, width: width, th: th}
	t.layout(0)
	return t
}

// layout chooses the columns from left on that fit, and their widths. Ids give
// way first, since the first letters of an id tell as much as all; then the
// widest texts, a cell at a time; then names go over two lines; then columns at
// the right are left out. What is over goes to the last text that is cut.
func (t *table) layout(left int) {
	n := len(t.columns)
	t.widths, t.decimals, t.wanted, t.ids = make([]int, n), make([]int, n), make([]int, n), make([]bool, n)
	for j := range t.columns {
		t.measure(j)
	}
	t.shown = nil
	for j := min(max(0, left), max(0, n-1)); j < n; j++ {
		t.shown = append(t.shown, j)
	}
	room := t.width
	if t.marker {
		room -= 2
	}
	t.setWidths(false)
	if t.twoLines = t.used() > room && t.splits(); t.twoLines {
		t.setWidths(true)
	}
	for t.used() > room && len(t.shown) > 0 {
		if j := t.yielding(); j >= 0 {
			t.widths[j]--
			continue
		}
		if len(t.shown) == 1 {
			t.widths[t.shown[0]] = max(0, room)
			break
		}
		t.shown = t.shown[:len(t.shown)-1]
	}
	for k := len(t.shown) - 1; k >= 0; k-- {
		if j := t.shown[k]; t.widths[j] < t.wanted[j] && !t.ids[j] {
			t.widths[j] = min(t.wanted[j], t.widths[j]+room-t.used())
		}
	}
}

// measure finds how wide a column's values are and whether they are ids: long
// texts without a space.
func (t *table) measure(j int) {
	c := t.columns[j]
	t.decimals[j] = decimalsFor(t.rows, j)
	spaced := false
	for _, row := range t.rows {
		if j < len(row) {
			text := cell(row[j], c.Type, t.decimals[j])
			t.wanted[j] = max(t.wanted[j], chart.Width(text))
			spaced = spaced || strings.Contains(text, " ")
		}
	}
	t.ids[j] = !spaced && t.wanted[j] > 24 && !numeric(c.Type)
}

// setWidths starts from what values and names want.
func (t *table) setWidths(twoLines bool) {
	for j, c := range t.columns {
		name := chart.Width(Visible(c.Name))
		if above, below := parted(Visible(c.Name)); twoLines {
			name = max(chart.Width(above), chart.Width(below))
		}
		t.widths[j] = max(name, min(t.wanted[j], mostText))
		if numeric(c.Type) {
			t.widths[j] = max(name, min(t.wanted[j], mostNumber))
		}
	}
}

// splits tells whether any name has two parts.
func (t *table) splits() bool {
	return slices.ContainsFunc(t.shown, func(j int) bool {
		above, _ := parted(Visible(t.columns[j].Name))
		return above != ""
	})
}

func (t *table) used() int {
	n := columnGap * max(0, len(t.shown)-1)
	for _, j := range t.shown {
		n += t.widths[j]
	}
	return n
}

// yielding is the column that gives way next: an id, else the widest text that
// is wider than the least; -1 when none can.
func (t *table) yielding() int {
	at := -1
	for _, j := range t.shown {
		switch {
		case numeric(t.columns[j].Type) || t.columns[j].Type == store.Instant || t.widths[j] <= leastText:
		case t.ids[j]:
			return j
		case at < 0 || t.widths[j] > t.widths[at]:
			at = j
		}
	}
	return at
}

// parted cuts a name in two at the underscore that leaves the shorter halves.
func parted(name string) (above, below string) {
	best := len(name) + 1
	below = name
	for i := range len(name) {
		if name[i] == '_' && i+1 < len(name) && max(i+1, len(name)-i-1) < best {
			best, above, below = max(i+1, len(name)-i-1), name[:i+1], name[i+1:]
		}
	}
	return above, below
}

func numeric(t store.Type) bool { return t == store.Float || t == store.Int }

// draw gives the line of names and a line a row; chosen is the index of the
// marked row, or -1.
func (t *table) draw(chosen int) []string {
	out := make([]string, 0, len(t.rows)+1)
	out = append(out, t.names()...)
	for i, row := range t.rows {
		out = append(out, t.row(row, i == chosen))
	}
	return out
}

// names are the head of the table, in one line or in two.
func (t *table) names() []string {
	var first, second strings.Builder
	for k, j := range t.shown {
		if k > 0 {
			first.WriteString("  ")
			second.WriteString("  ")
		}
		above, below := "", Visible(t.columns[j].Name)
		if t.twoLines {
			above, below = parted(below)
		}
		first.WriteString(t.align(j, above, false))
		second.WriteString(t.align(j, below, false))
	}
	indent := ""
	if t.marker {
		indent = "  "
	}
	lines := []string{t.th.Muted.Render(indent + strings.TrimRight(second.String(), " "))}
	if t.twoLines {
		lines = append([]string{t.th.Muted.Render(indent + strings.TrimRight(first.String(), " "))}, lines...)
	}
	return lines
}

func (t *table) row(row []any, chosen bool) string {
	if row == nil { // not fetched yet
		return t.th.Muted.Render("  …")
	}
	var b strings.Builder
	for k, j := range t.shown {
		if k > 0 {
			b.WriteString("  ")
		}
		text := ""
		if j < len(row) {
			text = cell(row[j], t.columns[j].Type, t.decimals[j])
		}
		b.WriteString(t.align(j, text, k == len(t.shown)-1))
	}
	switch {
	case chosen:
		return t.th.Accent.Render("▸ ") + t.th.Title.Render(b.String())
	case t.marker:
		return "  " + b.String()
	}
	return b.String()
}

func (t *table) align(j int, text string, last bool) string {
	switch {
	case numeric(t.columns[j].Type):
		return chart.PadLeft(text, t.widths[j])
	case last:
		return chart.Cut(text, t.widths[j])
	}
	return chart.Pad(text, t.widths[j])
}

// addList adds rows to choose among, the chosen one marked.
func (s *sheet) addList(columns []store.Column, rows [][]any, cursor, left int) *table {
	t := newTable(columns, rows, s.width, s.th)
	t.marker = true
	t.layout(left)
	lines := t.draw(cursor)
	s.choosable(len(rows), len(s.lines)+len(lines)-len(rows), 1, cursor)
	s.add(lines...)
	return t
}

// addBars adds bars to choose among, further apart where there is room; with a
// cursor of -1 there is nothing to choose.
func (s *sheet) addBars(b chart.BarChart) {
	b.Airy = s.airy(len(b.Bars))
	step := 1
	if b.Airy {
		step = 2
	}
	if b.Chosen >= 0 {
		s.choosable(len(b.Bars), len(s.lines), step, b.Chosen)
	}
	s.add(chart.Bars(b, s.width, s.th)...)
}

// airy tells whether n bars may have blank lines between them.
func (s *sheet) airy(n int) bool { return s.f.Height >= 36 && n <= 8 }

// addTable adds a small table event with its title, at most most rows.
func (s *sheet) addTable(t pipeline.Table, most int) {
	s.add(tableBlock(s.th, t, s.width, most)...)
}

func tableBlock(th chart.Theme, t pipeline.Table, width, most int) []string {
	rows := t.Rows[:min(len(t.Rows), max(0, most))]
	drawn := newTable(t.Columns, rows, width, th).draw(-1)
	count := ""
	if int64(len(rows)) < t.Total {
		count = rangeOf(0, int64(len(rows)), t.Total)
	}
	return append([]string{title(th, Visible(t.Title), count, width)}, drawn...)
}
