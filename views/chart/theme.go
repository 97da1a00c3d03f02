// Package chart draws numbers as text: curves, bars, waterfalls, heat tables,
// histograms. Each chart is a pure function of its data, a size and a theme;
// no line it gives is wider than the width asked for, and whoever draws often
// keeps the lines. The same data can be had as a table or as an SVG: see Figure.
package chart

import (
	"image/color"
	"math"
	"strings"

	"charm.land/lipgloss/v2"
)

// Theme is a set of styles by meaning. A meaning is never carried by its
// colour alone: a glyph, a word or a sign stands beside it.
type Theme struct {
	Name    string
	Mono    bool // no colours: patterns instead
	Ground  Ground
	Title   lipgloss.Style
	Muted   lipgloss.Style // axes, units, hints
	Accent  lipgloss.Style // what is chosen, and keys
	Running lipgloss.Style
	Good    lipgloss.Style
	Bad     lipgloss.Style
	Up      lipgloss.Style // first series, and what pushes a prediction up
	Down    lipgloss.Style // second series, and what pushes it down
	Third   lipgloss.Style // series
	Fourth  lipgloss.Style
	Grid    lipgloss.Style // rules, tracks and grids
	Ramp    []color.Color  // grounds of heat tables from low to high; nil: shades instead
}

// The themes for terminals with all colours, and for none.
var (
	Dark    = *Themed(Standard, OnDark, AllColors)
	Light   = *Themed(Standard, OnLight, AllColors)
	NoColor = *Themed(Mono, OnDark, AllColors)
)

// IsDark tells whether white text reads better than black on a ground.
func IsDark(ground color.Color) bool { return luminance(ground) < 0.18 }

// heat is the style of text on a ground: whichever of black and white reads
// better.
func heat(ground color.Color) lipgloss.Style {
	text := lipgloss.Color("#000000")
	if IsDark(ground) {
		text = lipgloss.Color("#ffffff")
	}
	return lipgloss.NewStyle().Background(ground).Foreground(text).Bold(true)
}

func blend(a, b color.Color, at float64) color.RGBA {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	mix := func(x, y uint32) uint8 { return uint8(math.Round((float64(x)*(1-at) + float64(y)*at) / 257)) }
	return color.RGBA{mix(ar, br), mix(ag, bg), mix(ab, bb), 255}
}

// luminance is the relative luminance of WCAG 2, from linear components.
func luminance(c color.Color) float64 {
	r, g, b := linear(c)
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// linear gives the components of a colour in 0..1 without the gamma of sRGB.
func linear(c color.Color) (r, g, b float64) {
	straight := func(v uint32) float64 {
		x := float64(v) / 65535
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	ri, gi, bi, _ := c.RGBA()
	return straight(ri), straight(gi), straight(bi)
}

// brush is a style as the escapes around its text, so that a chart of many
// runs does not pay for rendering each.
type brush struct{ open, close string }

func (b brush) paint(text string) string {
	if text == "" {
		return ""
	}
	return b.open + text + b.close
}

func newBrush(s lipgloss.Style) brush {
	open, rest, ok := strings.Cut(s.Render("x"), "x")
	if !ok {
		return brush{}
	}
	return brush{open, rest}
}
