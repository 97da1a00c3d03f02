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
	names, texts, top := 0, 0, b.Max
	for _, bar := range b.Bars {
		names = max(names, Width(bar.Name))
		texts = max(texts, Width(bar.Text))
		if b.Max == 0 {
			top = max(top, bar.Value)
		}
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
	glyphs := []rune(" ▁▂▃▄▅▆▇█")
	out := make([]rune, n)
	for i, v := range columns {
		level := 0
		if v > 0 && top > 0 {
			level = max(1, int(math.Round(v/top*8)))
		}
		out[i] = glyphs[level]
	}
	return th.Up.Render(string(out))
}

// Bin is one column of a histogram.
type Bin struct {
	Label string // below the column
	Count float64
	Down  bool // in the colour of what pushes down
}

// Histogram draws bins as columns with eighths of a cell, the count on top
// where there is room, and the labels in the last line.
func Histogram(bins []Bin, width, height int, th Theme) []string {
	if len(bins) == 0 || width < len(bins) || height < 3 {
		return nil
	}
	pitch := min(width/len(bins), 9)
	bar := max(1, pitch-1)
	c := newCanvas(pitch*len(bins), height, th.Muted, th.Grid, th.Title, th.Up, th.Down)
	top := 0.0
	for _, b := range bins {
		top = max(top, b.Count)
	}
	rows := height - 3 // the counts above the tallest, the axis, the labels
	for i, b := range bins {
		x := i * pitch
		n := 0
		if top > 0 {
			n = int(math.Round(b.Count / top * float64(8*rows)))
		}
		if n == 0 && b.Count > 0 {
			n = 1
		}
		ink := uint8(inkFirst)
		if b.Down {
			ink++
		}
		for j := range (n + 7) / 8 {
			glyph := '█'
			if left := n - 8*j; left < 8 {
				glyph = []rune("▁▂▃▄▅▆▇")[left-1]
			}
			for dx := range bar {
				c.set(x+dx, rows-j, glyph, ink)
			}
		}
		if count := compact(b.Count); b.Count > 0 && len(count) <= bar {
			c.text(x+(bar-len(count))/2, rows-(n+7)/8, count, 0)
		}
		for dx := range pitch {
			c.set(x+dx, height-2, '─', inkGrid)
		}
		if label := []rune(b.Label); len(label) <= pitch {
			c.text(x+max(0, bar-len(label))/2, height-1, b.Label, inkMuted)
		}
	}
	return c.lines()
}

// compact writes a count in at most five cells: 999, 12k, 3.4M.
func compact(v float64) string {
	switch {
	case v >= 1e7:
		return fixed(v/1e6, 0) + "M"
	case v >= 1e6:
		return fixed(v/1e6, 1) + "M"
	case v >= 1e4:
		return fixed(v/1e3, 0) + "k"
	}
	return fixed(v, 0)
}
