package chart

import (
	"fmt"
	"strings"
)

// arms are the lines that a glyph of the box drawing block has from the middle
// of its cell to its left, right, upper and lower side, in pixels of thickness.
var arms = map[string][4]float64{
	"─": {1, 1, 0, 0}, "│": {0, 0, 1, 1}, "┌": {0, 1, 0, 1}, "┐": {1, 0, 0, 1}, "└": {0, 1, 1, 0}, "┘": {1, 0, 1, 0},
	"├": {0, 1, 1, 1}, "┤": {1, 0, 1, 1}, "┬": {1, 1, 0, 1}, "┴": {1, 1, 1, 0}, "┼": {1, 1, 1, 1},
	"╭": {0, 1, 0, 1}, "╮": {1, 0, 0, 1}, "╰": {0, 1, 1, 0}, "╯": {1, 0, 1, 0},
	"━": {4, 4, 0, 0}, "╸": {4, 0, 0, 0}, "╺": {0, 4, 0, 0}, "┃": {0, 0, 3, 3},
}

// parts are the rectangles of block glyphs: left, top, right, bottom as shares
// of the cell.
var parts = map[string][4]float64{
	"█": {0, 0, 1, 1}, "▌": {0, 0, 0.5, 1}, "▐": {0.5, 0, 1, 1}, "▀": {0, 0, 1, 0.5}, "▕": {0.875, 0, 1, 1},
}

func init() {
	for i, glyph := range []rune("▁▂▃▄▅▆▇") {
		parts[string(glyph)] = [4]float64{0, 1 - float64(i+1)/8, 1, 1}
	}
	for i, glyph := range []rune("▏▎▍▌▋▊▉") {
		parts[string(glyph)] = [4]float64{0, 0, float64(i+1) / 8, 1}
	}
}

// drawBand adds the rectangle that a glyph forms with its likes right of it, and
// tells how many that are; 0 where such glyphs do not join.
func drawBand(path *strings.Builder, cells []string, left, top float64) (n int) {
	var from, to float64
	if p, ok := parts[cells[0]]; ok && p[0] == 0 && p[2] == 1 {
		from, to = p[1], p[3]
	} else if a, ok := arms[cells[0]]; ok && a[0] > 0 && a[1] > 0 && a[2]+a[3] == 0 {
		half := a[0] / 2 / cellHeight
		from, to = 0.5-half, 0.5+half
	} else {
		return 0
	}
	for n < len(cells) && cells[n] == cells[0] {
		n++
	}
	fmt.Fprintf(path, "M%.2f %.2fH%.2fV%.2fH%.2fz", left, top+from*cellHeight, left+float64(n)*cellWidth, top+to*cellHeight, left)
	return n
}

// shape adds a glyph that is drawn and not written to a path, in the cell at a
// place; false for those that are written. Without a path it only tells.
func shape(path *strings.Builder, glyph string, left, top float64) bool {
	rect := func(x1, y1, x2, y2 float64) {
		fmt.Fprintf(path, "M%.2f %.2fH%.2fV%.2fH%.2fz", left+x1, top+y1, left+x2, top+y2, left+x1)
	}
	const midX, midY = cellWidth / 2, cellHeight / 2
	if p, ok := parts[glyph]; ok {
		if path != nil {
			rect(p[0]*cellWidth, p[1]*cellHeight, p[2]*cellWidth, p[3]*cellHeight)
		}
		return true
	}
	if a, ok := arms[glyph]; ok {
		if path == nil {
			return true
		}
		if half := max(a[0], a[1]) / 2; half > 0 {
			from, to := midX-0.5, midX+0.5
			if a[0] > 0 {
				from = 0
			}
			if a[1] > 0 {
				to = cellWidth
			}
			rect(from, midY-half, to, midY+half)
		}
		if half := max(a[2], a[3]) / 2; half > 0 {
			from, to := midY-0.5, midY+0.5
			if a[2] > 0 {
				from = 0
			}
			if a[3] > 0 {
				to = cellHeight
			}
			rect(midX-half, from, midX+half, to)
		}
		return true
	}
	runes := []rune(glyph)
	if len(runes) != 1 || runes[0] < 0x2800 || runes[0] > 0x28ff {
		return false
	}
	for y, row := range braille {
		for x, bit := range row {
			if path != nil && (runes[0]-0x2800)&bit != 0 {
				cx, cy := (float64(x)+0.5)*cellWidth/2, (float64(y)+0.5)*cellHeight/4
				rect(cx-1.6, cy-1.8, cx+1.6, cy+1.8)
			}
		}
	}
	return true
}
