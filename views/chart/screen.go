package chart

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Screen is a picture, as SVG, of a screen full of text with escapes for its
// colours, on a ground that is dark or light. Rules, blocks and braille are
// drawn as shapes and each run of text is kept to its cells, so that no font
// can shift it.
func Screen(name, text string, width, height int, dark bool) string {
	s := screenOf(text, width, height, dark)
	var b strings.Builder
	w, h := float64(width)*cellWidth+2*screenEdge, float64(height)*cellHeight+2*screenEdge
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" font-family="ui-monospace,monospace" font-size="14" xml:space="preserve">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, "<title>%s</title>\n"+`<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", escaped(name), hex(s.ground))
	for y := range height {
		s.drawRow(&b, y)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// Measures of a screen in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18.0
	screenEdge = 12.0
	baseline   = 13.5 // of text below the top of its cell
)

// pixelStyle is how a cell is written; nil colours are the screen's own.
type pixelStyle struct {
	ink, ground   color.Color
	bold, faint   bool
	swapped, line bool // inverse video, underlined
}

// screen is a block of cells, each a character with its style.
type screen struct {
	width       int
	cells       []string // "" where the character at the left reaches into it
	styles      []pixelStyle
	ink, ground color.Color
}

func screenOf(text string, width, height int, dark bool) *screen {
	s := &screen{width: width, cells: make([]string, width*height), styles: make([]pixelStyle, width*height), ink: color.RGBA{0x1e, 0x1e, 0x1e, 255}, ground: color.RGBA{255, 255, 255, 255}}
	if dark {
		s.ink, s.ground = color.RGBA{0xd8, 0xd8, 0xd8, 255}, color.RGBA{0x1e, 0x1e, 0x1e, 255}
	}
	for i := range s.cells {
		s.cells[i] = " "
	}
	var style pixelStyle
	for y, line := range strings.Split(text, "\n") {
		for x := 0; len(line) > 0 && y < height; {
			seq, cells, n, _ := ansi.DecodeSequence(line, ansi.NormalState, nil)
			switch {
			case strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m"):
				style.apply(strings.Split(seq[2:len(seq)-1], ";"))
			case cells > 0 && x+cells <= width:
				for i := range cells {
					s.cells[y*width+x+i], s.styles[y*width+x+i] = "", style
				}
				s.cells[y*width+x] = seq
				x += cells
			}
			line = line[n:]
		}
	}
	return s
}

// apply takes in the numbers of an escape sequence for graphics (SGR, ECMA-48).
func (p *pixelStyle) apply(codes []string) {
	for i := 0; i < len(codes); i++ {
		switch n, _ := strconv.Atoi(codes[i]); {
		case n == 0:
			*p = pixelStyle{}
		case n == 1:
			p.bold = true
		case n == 2:
			p.faint = true
		case n == 4:
			p.line = true
		case n == 7:
			p.swapped = true
		case n == 22:
			p.bold, p.faint = false, false
		case n == 24:
			p.line = false
		case n == 27:
			p.swapped = false
		case n >= 30 && n <= 37:
			p.ink = ansi.BasicColor(n - 30)
		case n >= 90 && n <= 97:
			p.ink = ansi.BasicColor(n - 90 + 8)
		case n == 39:
			p.ink = nil
		case n >= 40 && n <= 47:
			p.ground = ansi.BasicColor(n - 40)
		case n == 49:
			p.ground = nil
		case n == 38 || n == 48:
			c, used := longColor(codes[i+1:])
			if i += used; n == 38 {
				p.ink = c
			} else {
				p.ground = c
			}
		}
	}
}

// longColor reads 5;index or 2;red;green;blue, and how many codes that takes.
func longColor(codes []string) (c color.Color, used int) {
	at := func(i int) uint8 {
		n, _ := strconv.ParseUint(codes[i], 10, 8)
		return uint8(n)
	}
	switch {
	case len(codes) >= 2 && codes[0] == "5":
		return ansi.IndexedColor(at(1)), 2
	case len(codes) >= 4 && codes[0] == "2":
		return color.RGBA{at(1), at(2), at(3), 255}, 4
	}
	return nil, len(codes)
}

// colors are the ink and the ground that a style comes to; no ground is nil.
func (s *screen) colors(p pixelStyle) (ink, ground color.Color) {
	ink, ground = p.ink, p.ground
	if ink == nil {
		ink = s.ink
	}
	if p.swapped {
		if ground == nil {
			ground = s.ground
		}
		ink, ground = ground, ink
	}
	if p.faint {
		ink = blend(ink, s.ground, 0.45)
	}
	return ink, ground
}

// drawRow writes the grounds of a row, then its shapes and its text, each run of
// one style together.
func (s *screen) drawRow(b *strings.Builder, y int) {
	top := screenEdge + float64(y)*cellHeight
	row, styles := s.cells[y*s.width:(y+1)*s.width], s.styles[y*s.width:(y+1)*s.width]
	for x := 0; x < len(row); {
		from := x
		for x < len(row) && styles[x] == styles[from] {
			x++
		}
		ink, ground := s.colors(styles[from])
		left := screenEdge + float64(from)*cellWidth
		if ground != nil {
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.0f" fill="%s"/>`+"\n", left, top, float64(x-from)*cellWidth, cellHeight, hex(ground))
		}
		if strings.TrimLeft(strings.Join(row[from:x], ""), " ") == "" {
			continue
		}
		fmt.Fprintf(b, `<g fill="%s"`, hex(ink))
		if styles[from].bold {
			b.WriteString(` font-weight="700"`)
		}
		if styles[from].line {
			b.WriteString(` text-decoration="underline"`)
		}
		b.WriteByte('>')
		drawRun(b, row[from:x], left, top)
		b.WriteString("</g>\n")
	}
}

// drawRun writes the shapes of a run as one path, and its words, each kept to
// its cells. Words may hold single blanks.
func drawRun(b *strings.Builder, cells []string, left, top float64) {
	var path strings.Builder
	at := func(x int) float64 { return left + float64(x)*cellWidth }
	for x := 0; x < len(cells); {
		if n := drawBand(&path, cells[x:], at(x), top); n > 0 {
			x += n
			continue
		}
		if shape(&path, cells[x], at(x), top) || cells[x] == " " || cells[x] == "" {
			x++
			continue
		}
		from := x
		for x < len(cells) && !shape(nil, cells[x], 0, 0) && (cells[x] != " " || x+1 < len(cells) && cells[x+1] != " " && !shape(nil, cells[x+1], 0, 0)) {
			x++
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs">%s</text>`, at(from), top+baseline, float64(x-from)*cellWidth, escaped(strings.Join(cells[from:x], "")))
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, `<path d="%s"/>`, strings.TrimSpace(path.String()))
	}
}
