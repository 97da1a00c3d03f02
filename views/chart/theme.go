// Package chart draws numbers as text: curves, bars, waterfalls, heat tables,
// histograms. Each chart is a pure function of its data, a size and a theme;
// no line it gives is wider than the width asked for, and whoever draws often
// keeps the lines.
//
// Colours are written as truecolor; the program downsamples for its terminal.
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
	Title   lipgloss.Style
	Muted   lipgloss.Style // axes, units, hints
	Accent  lipgloss.Style // what is chosen, and keys
	Running lipgloss.Style
	Good    lipgloss.Style
	Bad     lipgloss.Style
	Up      lipgloss.Style // first series, and what pushes a prediction up
	Down    lipgloss.Style // second series, and what pushes it down
	Grid    lipgloss.Style // rules, tracks and grids
	Low     color.Color    // ends of the ramp of heat tables
	High    color.Color
}

// The themes. Contrasts on #1e1e1e and on white are at least 4.5, but for
// rules and grids, which are not to be read.
var (
	Dark = Theme{
		Name:    "dark",
		Title:   lipgloss.NewStyle().Bold(true),
		Muted:   ink("#8a8a8a"),
		Accent:  ink("#5fb3ff").Bold(true),
		Running: ink("#ffb347").Bold(true),
		Good:    ink("#6fcf83"),
		Bad:     ink("#ff7b72").Bold(true),
		Up:      ink("#5fb3ff"),
		Down:    ink("#ffb347"),
		Grid:    ink("#444444"),
		Low:     lipgloss.Color("#1b2a3a"),
		High:    lipgloss.Color("#7cc4ff"),
	}
	Light = Theme{
		Name:    "light",
		Title:   lipgloss.NewStyle().Bold(true),
		Muted:   ink("#767676"),
		Accent:  ink("#0b63b5").Bold(true),
		Running: ink("#b35900").Bold(true),
		Good:    ink("#1a7f37"),
		Bad:     ink("#c4262e").Bold(true),
		Up:      ink("#0b63b5"),
		Down:    ink("#b35900"),
		Grid:    ink("#d0d0d0"),
		Low:     lipgloss.Color("#eef4fb"),
		High:    lipgloss.Color("#0b4a8f"),
	}
	NoColor = Theme{
		Name:    "none",
		Mono:    true,
		Title:   lipgloss.NewStyle().Bold(true),
		Muted:   lipgloss.NewStyle().Faint(true),
		Accent:  lipgloss.NewStyle().Bold(true),
		Running: lipgloss.NewStyle().Bold(true),
		Good:    lipgloss.NewStyle(),
		Bad:     lipgloss.NewStyle().Bold(true),
		Up:      lipgloss.NewStyle(),
		Down:    lipgloss.NewStyle(),
		Grid:    lipgloss.NewStyle().Faint(true),
	}
)

func ink(hex string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(hex)) }

// heat is the style of a cell at a place t in 0..1 of the ramp: a ground on
// the way from Low to High, with whichever of black and white reads better.
func (t Theme) heat(at float64) lipgloss.Style {
	ground := blend(t.Low, t.High, at)
	text := lipgloss.Color("#000000")
	if luminance(ground) < 0.18 {
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
func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
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
