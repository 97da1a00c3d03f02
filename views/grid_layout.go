package views

import (
	"strings"

	"willbuy/store"
	"willbuy/views/chart"
)

// ColumnSize is what a column's values want, measured on some of them, so that
// nothing moves while one scrolls.
type ColumnSize struct {
	Wanted   int  // cells for the widest value
	Decimals int  // of its numbers
	ID       bool // long words, of which the first letters tell as much as all
}

// MeasureColumns finds what the values of columns want.
func MeasureColumns(columns []store.Column, rows [][]any) []ColumnSize {
	sizes := make([]ColumnSize, len(columns))
	for j, c := range columns {
		s := &sizes[j]
		s.Decimals = decimalsFor(rows, j)
		spaced := false
		for _, row := range rows {
			if j < len(row) && row[j] != nil {
				text := cell(row[j], c.Type, s.Decimals)
				s.Wanted = max(s.Wanted, chart.Width(text))
				spaced = spaced || strings.Contains(text, " ")
			}
		}
		s.ID = !spaced && s.Wanted > 24 && !numeric(c.Type)
	}
	return sizes
}

// Grow has sizes be enough for more rows as well. They never shrink: what one
// looks at shall not move to and fro.
func Grow(sizes []ColumnSize, columns []store.Column, rows [][]any) {
	for j, more := range MeasureColumns(columns, rows) {
		s := &sizes[j]
		s.Wanted, s.Decimals = max(s.Wanted, more.Wanted), max(s.Decimals, more.Decimals)
	}
}

// gridLayout is which columns are in sight, and how wide.
type gridLayout struct {
	placed   []placedColumn
	from     int // the first of Shown behind the pinned ones that is in sight
	twoLines bool
}

type placedColumn struct{ at, index, width int } // at: of Shown

// How wide columns are at most, where not all fit.
const (
	tightID   = 9
	tightText = 24
)

// lay places the columns. As long as not all fit, names go over two lines, ids
// and texts give way, and then columns at the right are out of sight; the one
// under the cursor is always in sight. What is over goes to the texts.
func (g *DataGrid) lay(width int) gridLayout {
	room := max(1, width-2) // the mark of the chosen row
	splits := false
	for _, c := range g.Shown {
		above, _ := parted(Visible(g.Columns[c.Index].Name))
		splits = splits || above != ""
	}
	for _, try := range []struct{ twoLines, tight bool }{{false, false}, {true, false}, {true, true}} {
		l := gridLayout{twoLines: try.twoLines && splits, from: min(g.Pinned, len(g.Shown))}
		used := 0
		for at := range g.Shown {
			p := g.place(at, l.twoLines, try.tight)
			l.placed = append(l.placed, p)
			used += p.width + columnGap
		}
		if used-columnGap <= room {
			g.spread(&l, room-used+columnGap)
			return l
		}
		if try.tight {
			return g.scrolled(l, room)
		}
	}
	return gridLayout{}
}

// place gives a column its width.
func (g *DataGrid) place(at int, twoLines, tight bool) placedColumn {
	c := g.Shown[at]
	size, name := g.Sizes[c.Index], 0
	for line := range 2 {
		name = max(name, chart.Width(g.name(c.Index, twoLines, line)))
	}
	if g.Columns[c.Index].Name == g.OrderBy {
		name += 2
	}
	most := mostText
	switch {
	case numeric(g.Columns[c.Index].Type):
		most = mostNumber
	case tight && size.ID:
		most = tightID
	case tight:
		most = tightText
	}
	p := placedColumn{at: at, index: c.Index, width: max(name, min(size.Wanted, most))}
	if c.Width > 0 {
		p.width = c.Width
	}
	return p
}

// scrolled leaves out columns at the right and, where the cursor would be out of
// sight, behind the pinned ones at the left.
func (g *DataGrid) scrolled(l gridLayout, room int) gridLayout {
	pinned, free := l.placed[:l.from], room
	for _, p := range pinned {
		free -= p.width + columnGap
	}
	rest, from := l.placed[l.from:], 0
	end := func() int { // of rest, from from on
		used := 0
		for i := from; i < len(rest); i++ {
			if used += rest[i].width; used > free {
				return i
			}
			used += columnGap
		}
		return len(rest)
	}
	for g.Column-l.from >= end() && from < len(rest)-1 && g.Column >= l.from {
		from++
	}
	last := end()
	if last < len(rest) { // the beginning of a text is better than nothing
		over := free
		for _, p := range rest[from:last] {
			over -= p.width + columnGap
		}
		if next := &rest[last]; last == from || over >= leastText && !numeric(g.Columns[next.index].Type) {
			next.width = max(1, min(next.width, over))
			last++
		}
	}
	out := gridLayout{twoLines: l.twoLines, from: l.from + from}
	out.placed = append(append(out.placed, pinned...), rest[from:last]...)
	used := 0
	for i, p := range out.placed {
		if used+p.width > room {
			if out.placed = out.placed[:i]; used < room {
				p.width = room - used
				out.placed = append(out.placed, p)
			}
			return out
		}
		used += p.width + columnGap
	}
	g.spread(&out, room-used+columnGap)
	return out
}

// spread gives what is over to texts that are cut, the last first, and never to
// ids or to columns whose width somebody chose.
func (g *DataGrid) spread(l *gridLayout, over int) {
	for k := len(l.placed) - 1; k >= 0 && over > 0; k-- {
		p := &l.placed[k]
		size := g.Sizes[p.index]
		if more := min(over, size.Wanted-p.width); more > 0 && !size.ID && g.Shown[p.at].Width == 0 && !numeric(g.Columns[p.index].Type) {
			p.width += more
			over -= more
		}
	}
}

// WidthOf is how wide a column of Shown is on a grid of some width; 0 where it is
// out of sight.
func (g *DataGrid) WidthOf(at, width int) int {
	for _, p := range g.lay(width).placed {
		if p.at == at {
			return p.width
		}
	}
	return 0
}

// ColumnAt is the column of Shown at a cell of a line of the grid, from 0; false
// where there is none.
func (g *DataGrid) ColumnAt(x, width int) (at int, ok bool) {
	from := 2
	for _, p := range g.lay(width).placed {
		if x >= from && x < from+p.width {
			return p.at, true
		}
		from += p.width + columnGap
	}
	return 0, false
}
