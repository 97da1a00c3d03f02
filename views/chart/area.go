package chart

import (
	"math"
	"unicode/utf8"
)

// area is the part of a canvas that is scaled.
type area struct {
	c                   *canvas
	x, y, width, height int
	xs, ys              scale
	whole               bool // x counts something
}

// shows tells whether an x that the axis has is in sight.
func (a *area) shows(x float64) bool { return x >= a.xs.lo && x <= a.xs.hi }

// dotRow is the dot row, from the top, at which a value falls.
func (a *area) dotRow(v float64) int {
	return int(math.Round(min(max(1-a.ys.at(v), -1), 2) * float64(4*a.height-1)))
}

// dotColumn is the dot column of an x.
func (a *area) dotColumn(x float64) int {
	if a.xs.hi <= a.xs.lo {
		return 0
	}
	return int(math.Round(min(max(a.xs.at(x), -1e4), 1e4) * float64(2*a.width-2)))
}

// row and column are those of the canvas that a value and an x fall on.
func (a *area) row(v float64) int    { return a.y + min(max(a.dotRow(v)/4, 0), a.height-1) }
func (a *area) column(x float64) int { return a.x + a.dotColumn(x)/2 }

// yAxis draws the axis with its ticks, on the rows that they truly fall on.
func (a *area) yAxis(at []float64, text []string, left int, mono bool) {
	for y := a.y; y < a.y+a.height; y++ {
		a.c.set(left+1, y, '│', inkMuted)
	}
	for i, v := range at {
		y := a.y + a.dotRow(v)/4
		a.c.text(left-utf8.RuneCountInString(text[i]), y, text[i], inkMuted)
		a.c.set(left+1, y, '┤', inkMuted)
		for x := a.x + 1; x < a.x+a.width && !mono; x += 2 {
			a.c.set(x, y, '·', inkGrid)
		}
	}
	a.c.set(left+1, a.y+a.height, '└', inkMuted)
}

// xAxis draws the axis below the plot, with its ticks, and its label right of
// them; where there is no room, in place of the last ones.
func (a *area) xAxis(label string) {
	bottom := a.y + a.height
	for x := range a.width {
		a.c.set(a.x+x, bottom, '─', inkMuted)
	}
	at, text := a.xs.ticks(max(1, a.width/8))
	free := 0
	end := a.x + a.width + 2
	if end+Width(label) > a.c.width {
		end = a.x + a.width - Width(label)
	}
	a.c.text(end, bottom+1, label, inkMuted)
	for i, v := range at {
		if a.whole && v != math.Trunc(v) {
			continue
		}
		if a.whole {
			text[i] = tickText(v, 0)
		}
		x := a.column(v)
		a.c.set(x, bottom, '┬', inkMuted)
		length := utf8.RuneCountInString(text[i])
		from := max(0, x-length/2)
		if from < free || from+length >= end {
			continue
		}
		a.c.text(from, bottom+1, text[i], inkMuted)
		free = from + length + 1
	}
}

// upright draws a thin line up from a place on the x axis.
func (a *area) upright(at float64, glyph rune, ink uint8) {
	if !a.xs.has(at) || !a.shows(at) {
		return
	}
	x := a.column(at)
	for y := a.y; y < a.y+a.height; y++ {
		a.c.set(x, y, glyph, ink)
	}
	a.c.set(x, a.y+a.height, '┴', inkTitle)
}

// nameBelow writes a word below a place on the x axis.
func (a *area) nameBelow(at float64, name string) {
	if !a.xs.has(at) || !a.shows(at) {
		return
	}
	length, y := Width(name), a.y+a.height+1
	from := min(max(a.x, a.column(at)-length/2), a.x+a.width-length)
	// A tick's number that it touches goes as a whole: half of one is another one.
	first, last := max(0, from-1), min(from+length, a.c.width-1)
	for first > 0 && a.c.at(first, y) != ' ' {
		first--
	}
	for last < a.c.width-1 && a.c.at(last, y) != ' ' {
		last++
	}
	for x := first; x <= last; x++ {
		a.c.set(x, y, ' ', 0)
	}
	a.c.text(from, y, name, inkTitle)
}

// Dots of a braille cell by row and column.
var braille = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dot sets one dot; outside the area it does nothing.
func (a *area) dot(x, y int, ink uint8) {
	if y < 0 || y >= 4*a.height || x < 0 || x >= 2*a.width {
		return
	}
	i := (a.y+y/4)*a.c.width + a.x + x/2
	r := a.c.runes[i]
	if r < 0x2800 || r > 0x28ff {
		r = 0x2800
	}
	a.c.runes[i], a.c.inks[i] = r|braille[y%4][x%2], ink
}

// strip sets the dots of a column between two rows.
func (a *area) strip(x, from, to int, ink uint8) {
	for y := max(from, 0); y <= min(to, 4*a.height-1); y++ {
		a.dot(x, y, ink)
	}
}

// curve joins the values of a series, two dots thick.
func (a *area) curve(s Series, l look) {
	before, beforeX := math.NaN(), 0
	for i, v := range s.Values {
		if !a.ys.has(v) || !a.xs.has(s.x(i)) {
			before = math.NaN()
			continue
		}
		x, to := a.dotColumn(s.x(i)), float64(a.dotRow(v))
		if math.IsNaN(before) {
			before, beforeX = to, x
		}
		row := before
		for col := max(beforeX, -1); col <= min(x, 2*a.width); col++ {
			next := to
			if x > beforeX {
				next = before + (to-before)*float64(col-beforeX)/float64(x-beforeX)
			}
			if col == -1 {
				row = next
			}
			if l.draws(col) { // one dot more than it takes: curves are two dots thick
				a.strip(col, int(min(row, next)+0.5), int(max(row, next)+1.5), l.ink)
			}
			row = next
		}
		before, beforeX = to, x
	}
}

// draws tells whether a dot column is one of a dash, not of the gap after it.
func (l look) draws(col int) bool {
	return l.dash.off == 0 || col%(l.dash.on+l.dash.off) < l.dash.on
}

// fewPoints is how many are drawn as glyphs of their own; more are dots.
const fewPoints = 40

// points draws each value by itself. What lies beyond the axes is left out.
func (a *area) points(s Series, ink uint8) {
	for i, v := range s.Values {
		x := s.x(i)
		switch {
		case !a.ys.has(v) || !a.xs.has(x) || !a.shows(x):
		case len(s.Values) <= fewPoints:
			a.c.set(a.column(x), a.row(v), '●', ink)
		default:
			a.dot(a.dotColumn(x), a.dotRow(v), ink)
		}
	}
}

// eighthColumns are the glyphs of a column by eighths of a cell.
var eighthColumns = []rune(" ▁▂▃▄▅▆▇█")

// counts draws a row of columns below the numbers of the x axis.
func (a *area) counts(n Counts) {
	sums := make([]float64, a.width)
	top := 0.0
	for i, v := range n.N {
		if a.xs.has(n.X[i]) && a.shows(n.X[i]) {
			at := min(a.column(n.X[i])-a.x, a.width-1)
			sums[at] += v
			top = max(top, sums[at])
		}
	}
	y := a.y + a.height + 2
	for x, v := range sums {
		if v > 0 {
			a.c.set(a.x+x, y, eighthColumns[max(1, int(math.Round(v/top*8)))], inkMuted)
		}
	}
	a.c.text(a.x+a.width+1, y, Cut(n.Of, a.c.width-a.x-a.width-1), inkMuted)
}
