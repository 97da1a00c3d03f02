package chart

import (
	"image/color"

	"charm.land/lipgloss/v2"
)

// Palette is a choice of colours.
type Palette uint8

// The palettes.
const (
	Standard   Palette = iota
	Contrast           // every text at 7:1 or more
	ColorBlind         // after Okabe and Ito: apart for all kinds of colour vision
	Mono               // no colours
)

// Ground is what is behind the text.
type Ground uint8

// The grounds. Of a terminal that does not say its own, nothing may be taken
// for granted: colours are of middle lightness, hints are faint and not grey.
const (
	OnUnknown Ground = iota
	OnDark
	OnLight
)

// Depth is how many colours the terminal has.
type Depth uint8

// The depths. With fewer than all colours each tone has an index picked by
// hand: a ramp that is converted loses its order, and amber turns red.
const (
	AllColors Depth = iota
	Colors256
	Colors16
	depths = 3
)

// tone is a colour in each depth: as hex, as an index of 256, as one of 16. An
// empty one is the terminal's own colour.
type tone [depths]string

// tones are what a palette has on a ground.
type tones struct {
	name                              string
	muted, accent, running, good, bad tone
	up, down, third, fourth, grid     tone
	ramp                              []string // grounds of heat tables as indexes of 256
	low, high                         string   // their ends in all colours
}

// Contrasts on #1e1e1e and on white are at least 4.5, in the palette of high
// contrast 7; on either, where the ground is not known, 3.6. Grids are not to be
// read.
var palettes = map[Palette]map[Ground]tones{
	Standard: {
		OnDark: {name: "dark",
			muted: tone{"#8a8a8a", "245", "8"}, accent: tone{"#5fb3ff", "75", "14"}, running: tone{"#ffb347", "215", "11"},
			good: tone{"#6fcf83", "78", "10"}, bad: tone{"#ff7b72", "210", "9"},
			up: tone{"#5fb3ff", "75", "14"}, down: tone{"#ffb347", "215", "11"}, third: tone{"#5fd7a0", "79", "10"}, fourth: tone{"#d0a0ff", "183", "13"},
			grid: tone{"#444444", "238", "8"}, ramp: blueOnDark, low: "#1b2a3a", high: "#7cc4ff"},
		OnLight: {name: "light",
			muted: tone{"#767676", "243", "8"}, accent: tone{"#0b63b5", "25", "4"}, running: tone{"#b35900", "130", "5"},
			good: tone{"#1a7f37", "28", "4"}, bad: tone{"#c4262e", "160", "1"},
			up: tone{"#0b63b5", "25", "4"}, down: tone{"#b35900", "130", "5"}, third: tone{"#00735a", "23", ""}, fourth: tone{"#7a3fb5", "91", "1"},
			grid: tone{"#d0d0d0", "252", "7"}, ramp: blueOnLight, low: "#eef4fb", high: "#0b4a8f"},
		OnUnknown: {name: "any ground",
			accent: tone{"#2f7fd0", "32", "12"}, running: tone{"#c2620e", "166", "5"},
			good: tone{"#1f9150", "29", ""}, bad: tone{"#db4740", "167", "9"},
			up: tone{"#2f7fd0", "32", "12"}, down: tone{"#c2620e", "166", "5"}, third: tone{"#1f9150", "29", ""}, fourth: tone{"#9a62c0", "133", "9"},
			grid: tone{"#808080", "244", "8"}, ramp: blueOnDark, low: "#1b2a3a", high: "#7cc4ff"},
	},
	Contrast: {
		OnDark: {name: "contrast on dark",
			accent: tone{"#ffd23f", "221", "11"}, running: tone{"#ffd23f", "221", "11"},
			good: tone{"#7df0a0", "121", "10"}, bad: tone{"#ffb0b0", "217", "9"},
			up: tone{"#8fd3ff", "117", "14"}, down: tone{"#ffd23f", "221", "11"}, third: tone{"#7df0a0", "121", "10"}, fourth: tone{"#f0b0ff", "219", "13"},
			grid: tone{"#8a8a8a", "245", "7"}, ramp: blueOnDark, low: "#1b2a3a", high: "#9fd8ff"},
		OnLight: {name: "contrast on light",
			accent: tone{"#003f8a", "18", "4"}, running: tone{"#7a3b00", "94", "5"},
			good: tone{"#005a24", "22", ""}, bad: tone{"#a00010", "88", "1"},
			up: tone{"#003f8a", "18", "4"}, down: tone{"#7a3b00", "94", "5"}, third: tone{"#004d47", "22", ""}, fourth: tone{"#5b1f8f", "54", "1"},
			grid: tone{"#767676", "243", "8"}, ramp: blueOnLight, low: "#eef4fb", high: "#0b4a8f"},
	},
	ColorBlind: {
		OnDark: {name: "color-blind safe on dark",
			muted: tone{"#8a8a8a", "245", "8"}, accent: tone{"#56b4e9", "74", "14"}, running: tone{"#e69f00", "178", "11"},
			good: tone{"#7cc8f0", "117", "14"}, bad: tone{"#ff8a4c", "209", "13"},
			up: tone{"#56b4e9", "74", "14"}, down: tone{"#e69f00", "178", "11"}, third: tone{"#f5ec80", "228", "15"}, fourth: tone{"#b0a0a0", "247", "13"},
			grid: tone{"#444444", "238", "8"}, ramp: blueOnDark, low: "#1b2a3a", high: "#7cc4ff"},
		OnLight: {name: "color-blind safe on light",
			muted: tone{"#767676", "243", "8"}, accent: tone{"#0072b2", "25", "4"}, running: tone{"#b84d00", "130", "5"},
			good: tone{"#00735a", "23", "4"}, bad: tone{"#b84d00", "130", "5"},
			up: tone{"#0072b2", "25", "4"}, down: tone{"#b84d00", "130", "5"}, third: tone{"#2a2a2a", "235", ""}, fourth: tone{"#a03a72", "125", "1"},
			grid: tone{"#d0d0d0", "252", "7"}, ramp: blueOnLight, low: "#eef4fb", high: "#0b4a8f"},
	},
	Mono: {OnUnknown: {name: "none"}},
}

// The ramps of 256 colours rise in lightness, and fall.
var (
	blueOnDark  = []string{"235", "24", "25", "32", "39", "75", "117"}
	blueOnLight = []string{"255", "153", "110", "67", "25", "18"}
)

// rampSteps is how many grounds a ramp has in all colours.
const rampSteps = 16

// Themed makes a theme. A palette that has no colours for a ground that is not
// known takes those of the standard one, without colours there is one theme.
func Themed(p Palette, g Ground, d Depth) *Theme {
	t, ok := palettes[p][g]
	if !ok && p == Mono {
		t = palettes[Mono][OnUnknown]
	} else if !ok {
		t = palettes[Standard][g]
	}
	th := &Theme{
		Name: t.name, Mono: p == Mono, Ground: g, Title: lipgloss.NewStyle().Bold(true), Muted: t.muted.ink(d), Grid: t.grid.ink(d),
		Accent: t.accent.ink(d).Bold(true), Running: t.running.ink(d).Bold(true), Good: t.good.ink(d), Bad: t.bad.ink(d).Bold(true),
		Up: t.up.ink(d), Down: t.down.ink(d), Third: t.third.ink(d), Fourth: t.fourth.ink(d), Ramp: t.grounds(d),
	}
	if t.muted == (tone{}) && p != Contrast {
		th.Muted = th.Muted.Faint(true)
	}
	if p == Mono {
		th.Grid = th.Grid.Faint(true)
	}
	return th
}

// ink is a style that writes in the tone.
func (t tone) ink(d Depth) lipgloss.Style {
	if t[d] == "" {
		return lipgloss.NewStyle()
	}
	return lipgloss.NewStyle().Foreground(lipgloss.Color(t[d]))
}

// grounds is the ramp: none with 16 colours, where shades do better.
func (t tones) grounds(d Depth) []color.Color {
	var out []color.Color
	switch {
	case t.low == "" || d == Colors16:
	case d == Colors256:
		for _, index := range t.ramp {
			out = append(out, lipgloss.Color(index))
		}
	default:
		for i := range rampSteps {
			out = append(out, blend(lipgloss.Color(t.low), lipgloss.Color(t.high), float64(i)/(rampSteps-1)))
		}
	}
	return out
}
