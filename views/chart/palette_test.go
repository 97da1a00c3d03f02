package chart

import (
	"image/color"
	"math"
	"testing"

	"charm.land/lipgloss/v2"
)

var grounds = map[Ground][]color.Color{
	OnDark:    {lipgloss.Color("#1e1e1e")},
	OnLight:   {lipgloss.Color("#ffffff")},
	OnUnknown: {lipgloss.Color("#1e1e1e"), lipgloss.Color("#ffffff")},
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// inks are a theme's styles that are read.
func inks(th *Theme) map[string]lipgloss.Style {
	return map[string]lipgloss.Style{"muted": th.Muted, "accent": th.Accent, "running": th.Running, "good": th.Good, "bad": th.Bad,
		"up": th.Up, "down": th.Down, "third": th.Third, "fourth": th.Fourth}
}

func TestTextReadsOnItsGround(t *testing.T) {
	for _, p := range []Palette{Standard, Contrast, ColorBlind, Mono} {
		for g, behind := range grounds {
			for _, d := range []Depth{AllColors, Colors256} {
				least := 4.5
				switch {
				case g == OnUnknown:
					least = 3.6 // no colour has more than 4.1 on both
				case p == Contrast && d == AllColors:
					least = 7
				case d == Colors256:
					least = 4
				}
				th := Themed(p, g, d)
				for name, style := range inks(th) {
					if _, own := style.GetForeground().(lipgloss.NoColor); own {
						continue // the terminal's own colour
					}
					for _, ground := range behind {
						if ratio := contrast(style.GetForeground(), ground); ratio < least {
							t.Errorf("%s in %q, depth %d, has contrast %.2f, want %.1f", name, th.Name, d, ratio, least)
						}
					}
				}
			}
		}
	}
}

func TestRampsRiseOrFallAllTheWay(t *testing.T) {
	for _, p := range []Palette{Standard, Contrast, ColorBlind} {
		for g := range grounds {
			for _, d := range []Depth{AllColors, Colors256} {
				th := Themed(p, g, d)
				if len(th.Ramp) < 5 {
					t.Fatalf("%q has a ramp of %d", th.Name, len(th.Ramp))
				}
				sign := 1.0
				if luminance(th.Ramp[0]) > luminance(th.Ramp[len(th.Ramp)-1]) {
					sign = -1
				}
				for i, ground := range th.Ramp {
					if i > 0 && sign*(luminance(ground)-luminance(th.Ramp[i-1])) <= 0 {
						t.Errorf("%q, depth %d: step %d of the ramp goes back", th.Name, d, i)
					}
					if ratio := contrast(ground, heat(ground).GetForeground()); ratio < 4.4 {
						t.Errorf("%q, depth %d: a number on step %d has contrast %.1f", th.Name, d, i, ratio)
					}
				}
			}
			if th := Themed(p, g, Colors16); th.Ramp != nil {
				t.Errorf("%q has a ramp of 16 colours", th.Name)
			}
		}
	}
}

// dichromacies give the linear components that people without one kind of cone
// see (Machado, Oliveira and Fernandes 2009, severity 1).
var dichromacies = map[string][3][3]float64{
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// TestColorBlindSeriesStayApart measures the distance of each pair of series as
// each kind of vision sees it, in CIELAB, where 20 is plain to see.
func TestColorBlindSeriesStayApart(t *testing.T) {
	for _, g := range []Ground{OnDark, OnLight} {
		th := Themed(ColorBlind, g, AllColors)
		series := []lipgloss.Style{th.Up, th.Down, th.Third, th.Fourth}
		pairs := [][2]lipgloss.Style{{th.Good, th.Bad}}
		for i := range series {
			for j := range i {
				pairs = append(pairs, [2]lipgloss.Style{series[i], series[j]})
			}
		}
		for kind, m := range dichromacies {
			for i, pair := range pairs {
				if d := distance(lab(pair[0].GetForeground(), m), lab(pair[1].GetForeground(), m)); d < 20 {
					t.Errorf("%q with %s: pair %d is %.1f apart, want 20", th.Name, kind, i, d)
				}
			}
		}
	}
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

// lab is a colour in CIELAB (D65) as seen through a matrix.
func lab(c color.Color, m [3][3]float64) [3]float64 {
	r, g, b := linear(c)
	var seen [3]float64
	for i := range m {
		seen[i] = min(1, max(0, m[i][0]*r+m[i][1]*g+m[i][2]*b))
	}
	x := (0.4124*seen[0] + 0.3576*seen[1] + 0.1805*seen[2]) / 0.95047
	y := 0.2126*seen[0] + 0.7152*seen[1] + 0.0722*seen[2]
	z := (0.0193*seen[0] + 0.1192*seen[1] + 0.9505*seen[2]) / 1.08883
	f := func(v float64) float64 {
		if v > 216.0/24389 {
			return math.Cbrt(v)
		}
		return (24389.0/27*v + 16) / 116
	}
	return [3]float64{116*f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))}
}
