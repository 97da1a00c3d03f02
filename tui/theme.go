package tui

import (
	"fmt"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// scheme is the set of colours in use.
type scheme int

const (
	dark scheme = iota // also of a terminal that does not say
	light
	mono
)

// schemeOf reads the options. Colours are off for any non-empty NO_COLOR, as
// no-color.org asks; colorprofile would take NO_COLOR=yes for a no.
func schemeOf(o Options, noColor string) (scheme, error) {
	switch {
	case o.NoColor || noColor != "":
		return mono, nil
	case o.Theme == "light":
		return light, nil
	case o.Theme == "" || o.Theme == "dark":
		return dark, nil
	}
	return dark, pipeline.Usage(fmt.Errorf("there is no theme %q; the themes are dark and light", o.Theme))
}

// theme gives the styles; they are some kilobytes, so they are not copied.
func (s scheme) theme() *chart.Theme {
	return [...]*chart.Theme{dark: &chart.Dark, light: &chart.Light, mono: &chart.NoColor}[s]
}

// adopt takes on what the terminal says of its background, unless a theme was
// asked for.
func (m *model) adopt(isDark bool) {
	switch {
	case m.fixed || m.scheme == mono:
	case isDark:
		m.scheme = dark
	default:
		m.scheme = light
	}
}
