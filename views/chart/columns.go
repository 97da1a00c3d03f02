package chart

import "math"

// Bin is one column of a histogram.
type Bin struct {
	Label string // below the column
	Count float64
	Down  bool // in the colour of what pushes down
}

// Columns are the bins of a histogram.
type Columns []Bin

// Histogram draws bins as columns with eighths of a cell, the count on top
// where there is room, and the labels in the last line.
func Histogram(bins Columns, width, height int, th Theme) []string {
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
				glyph = eighthColumns[left]
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
