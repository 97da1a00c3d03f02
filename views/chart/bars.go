package chart

import (
	"math"
	"strings"
)

// Bar is one row of a bar chart.
type Bar struct {
	Name  string
	Value float64
	Text  string // the value column
}

// BarChart is a set of bars from 0 to Max.
type BarChart struct {
	Bars   []Bar
	Max    float64 // 0: the largest value
	Chosen int     // the marked row; -1 for none
	Airy   bool    // a blank line between rows
}

// longestBar is in cells: a longer one says no more, and leads the eye away
// from its number.
const longestBar = 56

// mostTouching is how many full bars may touch: more of them run together into
// one block, so they are thin.
const mostTouching = 5

// marker is the width of the column that marks the chosen row; it is there in
// every row, so that nothing shifts.
const marker = 2

// Bars draws one row a bar: name, bar on a faint track, value column.
func Bars(b BarChart, width int, th Theme) []string {
	names, texts, top := 0, 0, b.top()
	for _, bar := range b.Bars {
		names = max(names, Width(bar.Name))
		texts = max(texts, Width(bar.Text))
	}
	texts = min(texts, max(0, width-marker-2))
	names = min(names, max(4, (width-marker-texts)/2))
	room := min(width-marker-names-texts-4, longestBar)
	if room < 4 { // no place for a bar: names and numbers matter more
		room, names = 0, max(0, min(names, width-marker-texts-2))
	}
	draw := track
	if !b.Airy && len(b.Bars) > mostTouching {
		draw = lane
	}
	full, rest := newBrush(th.Up), newBrush(th.Grid)
	var out []string
	for i, bar := range b.Bars {
		if i > 0 && b.Airy {
			out = append(out, "")
		}
		name, mark := Pad(bar.Name, names), "  "
		if i == b.Chosen {
			name, mark = th.Title.Render(name), th.Accent.Render("▸ ")
		}
		line := mark + name + "  "
		if room > 0 {
			out = append(out, line+draw(bar.Value/top, room, full, rest)+"  "+PadLeft(bar.Text, texts))
			continue
		}
		out = append(out, Cut(line+PadLeft(bar.Text, texts), width))
	}
	return out
}

// top is the value of a full bar.
func (b BarChart) top() float64 {
	top := b.Max
	for _, bar := range b.Bars {
		if b.Max == 0 && finite(bar.Value) {
			top = max(top, bar.Value)
		}
	}
	return top
}

// Track is a bar for a share of 0..1, with eighths of a cell, on a faint
// track that shows the whole.
func Track(share float64, width int, th Theme) string {
	return track(share, width, newBrush(th.Up), newBrush(th.Grid))
}

func track(share float64, width int, bar, ground brush) string {
	if width <= 0 {
		return ""
	}
	if !(share > 0) {
		share = 0
	}
	full, rest := eighths(min(share, 1)*float64(width), share > 0)
	used := full
	if rest != "" {
		used++
	}
	return bar.paint(strings.Repeat("█", full)+rest) + ground.paint(strings.Repeat("·", max(0, width-used)))
}

// Bullet is a thin bar for a share of 0..1 with a mark at another one, which it
// is to be held against; a NaN is no mark.
func Bullet(share, mark float64, width int, th Theme) string {
	if width <= 0 {
		return ""
	}
	c := newCanvas(width, 1, th.Up, th.Grid, th.Title)
	halves := int(math.Round(min(max(share, 0), 1) * float64(2*width)))
	for x := range width {
		switch {
		case 2*x+2 <= halves:
			c.set(x, 0, '━', 1)
		case 2*x+1 == halves:
			c.set(x, 0, '╸', 1)
		default:
			c.set(x, 0, '·', 2)
		}
	}
	if !math.IsNaN(mark) {
		c.set(int(min(max(mark, 0)*float64(width), float64(width-1))), 0, '│', 3)
	}
	return c.lines()[0]
}

// Lane is a thin bar for a share of 0..1: bars that touch stay apart.
func Lane(share float64, width int, th Theme) string {
	return lane(share, width, newBrush(th.Up), newBrush(th.Grid))
}

func lane(share float64, width int, bar, ground brush) string {
	if width <= 0 {
		return ""
	}
	if !(share > 0) {
		share = 0
	}
	halves := int(math.Round(min(share, 1) * float64(2*width)))
	if halves == 0 && share > 0 {
		halves = 1
	}
	return bar.paint(strings.Repeat("━", halves/2)+strings.Repeat("╸", halves%2)) + ground.paint(strings.Repeat("·", width-(halves+1)/2))
}

// eighths cuts a length in cells into whole ones and the glyph of what is
// left; something is never drawn as nothing.
func eighths(length float64, some bool) (full int, rest string) {
	n := int(math.Round(length * 8))
	if n == 0 && some {
		n = 1
	}
	if n%8 > 0 {
		rest = string([]rune("▏▎▍▌▋▊▉")[n%8-1])
	}
	return n / 8, rest
}

// Sparkline is a row of columns, one a value, scaled from 0 to the largest.
// More values than width are averaged; what is no number leaves its place free.
func Sparkline(values []float64, width int, th Theme) string {
	if width <= 0 || len(values) == 0 {
		return ""
	}
	n := min(width, len(values))
	columns, top := make([]float64, n), 0.0
	for i := range n {
		from, to := i*len(values)/n, (i+1)*len(values)/n
		for _, v := range values[from:to] {
			if v > 0 && !math.IsInf(v, 0) {
				columns[i] += v / float64(to-from)
			}
		}
		top = max(top, columns[i])
	}
	out := make([]rune, n)
	for i, v := range columns {
		level := 0
		if v > 0 && top > 0 {
			level = max(1, int(math.Round(v/top*8)))
		}
		out[i] = eighthColumns[level]
	}
	return th.Up.Render(string(out))
}
