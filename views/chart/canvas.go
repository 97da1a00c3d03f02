package chart

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// canvas is a block of cells, each a glyph of one cell's width and a brush.
// Lines are written run by run, so that a row costs few escapes.
type canvas struct {
	width, height int
	runes         []rune
	inks          []uint8
	brushes       []brush // 0 is the terminal's own
}

func newCanvas(width, height int, styles ...lipgloss.Style) *canvas {
	c := &canvas{width: width, height: height, runes: make([]rune, width*height), inks: make([]uint8, width*height), brushes: make([]brush, 1, 1+len(styles))}
	for i := range c.runes {
		c.runes[i] = ' '
	}
	for _, s := range styles {
		c.brushes = append(c.brushes, newBrush(s))
	}
	return c
}

// set puts a glyph; outside the block it does nothing.
func (c *canvas) set(x, y int, r rune, ink uint8) {
	if x < 0 || y < 0 || x >= c.width || y >= c.height {
		return
	}
	c.runes[y*c.width+x], c.inks[y*c.width+x] = r, ink
}

// text writes glyphs of one cell each from x on; what does not fit is left out.
func (c *canvas) text(x, y int, s string, ink uint8) {
	for _, r := range s {
		c.set(x, y, r, ink)
		x++
	}
}

// lines gives the rows, without spaces at their ends.
func (c *canvas) lines() []string {
	out := make([]string, c.height)
	var b strings.Builder
	for y := range c.height {
		row, inks := c.runes[y*c.width:(y+1)*c.width], c.inks[y*c.width:(y+1)*c.width]
		end := len(row)
		for end > 0 && row[end-1] == ' ' {
			end--
		}
		b.Reset()
		ink := uint8(0)
		for x := range end {
			if row[x] != ' ' && inks[x] != ink {
				b.WriteString(c.brushes[ink].close)
				ink = inks[x]
				b.WriteString(c.brushes[ink].open)
			}
			b.WriteRune(row[x])
		}
		b.WriteString(c.brushes[ink].close)
		out[y] = b.String()
	}
	return out
}

// Cut shortens text to a width in cells; what is cut shows as an ellipsis.
func Cut(text string, width int) string {
	if width <= 0 {
		return ""
	}
	if len(text) <= width { // no text takes more cells than bytes
		return text
	}
	return ansi.Truncate(text, width, "…")
}

// Width is how many cells a text takes, without its styling.
func Width(text string) int {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return ansi.StringWidth(text)
		}
	}
	return len(text)
}

// Pad cuts or fills text to exactly a width, on the right.
func Pad(text string, width int) string {
	text = Cut(text, width)
	return text + spaces(width-Width(text))
}

// PadLeft cuts or fills text to exactly a width, on the left.
func PadLeft(text string, width int) string {
	text = Cut(text, width)
	return spaces(width-Width(text)) + text
}

func spaces(n int) string { return strings.Repeat(" ", max(0, n)) }
