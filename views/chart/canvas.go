package chart

import (
	"strings"
	"unicode/utf8"

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

// text writes from x on, and tells where it ends; what does not fit is left out.
func (c *canvas) text(x, y int, s string, ink uint8) int {
	for _, r := range s {
		switch cells := runeWidth(r); {
		case cells == 2 && x >= 0 && x+1 < c.width:
			c.set(x, y, r, ink)
			c.set(x+1, y, covered, ink)
			x += 2
		case cells == 1:
			c.set(x, y, r, ink)
			x++
		}
	}
	return x
}

// covered is the cell that the glyph at its left reaches into.
const covered = -1

// runeWidth is how many cells a character takes.
func runeWidth(r rune) int {
	if narrow(r) {
		return 1
	}
	return ansi.StringWidth(string(r))
}

// narrow tells the characters of one cell that we mostly draw: Latin letters,
// punctuation, arrows, mathematical signs, rules, blocks and braille. There are
// others.
func narrow(r rune) bool {
	switch {
	case r < 0x300:
		return r >= ' ' && r < 0x7f || r > 0xa0 && r != 0xad
	case r < 0x2500:
		return r >= 0x391 && r <= 0x3c9 || r >= 0x2010 && r <= 0x2027 || r >= 0x2030 && r <= 0x205e || r >= 0x2190 && r <= 0x21ff || r >= 0x2212 && r <= 0x22ff
	}
	return r <= 0x25fc || r >= 0x2800 && r <= 0x28ff
}

// at is the glyph of a cell.
func (c *canvas) at(x, y int) rune { return c.runes[y*c.width+x] }

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
			if row[x] != covered {
				b.WriteRune(row[x])
			}
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
	if len(text) <= width || Width(text) <= width { // no text takes more cells than bytes
		return text
	}
	return ansi.Truncate(text, width, "…")
}

// Width is how many cells a text takes, without its styling. Lines of ours are
// measured some ten times faster than by ansi, which knows all the rest.
func Width(text string) int {
	n := 0
	for i := 0; i < len(text); {
		if text[i] == '\x1b' {
			end := i + styling(text[i:])
			if end == i {
				return ansi.StringWidth(text)
			}
			i = end
			continue
		}
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if !narrow(r) {
			return ansi.StringWidth(text)
		}
		n, i = n+1, i+size
	}
	return n
}

// styling is how many bytes the escape sequence for graphics takes that a text
// begins with; 0 where it begins with another one.
func styling(text string) int {
	if len(text) < 3 || text[1] != '[' {
		return 0
	}
	for i := 2; i < len(text); i++ {
		switch c := text[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
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
