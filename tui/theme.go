package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"willbuy/pipeline"
	"willbuy/pipeline/nearest"
	"willbuy/views/chart"
)

// scheme is the set of colours in use.
type scheme struct {
	palette chart.Palette
	ground  chart.Ground // as the terminal says, until then unknown
	depth   chart.Depth
}

// The schemes of terminals with all colours, and of those without.
var (
	dark  = scheme{ground: chart.OnDark}
	light = scheme{ground: chart.OnLight}
	mono  = scheme{palette: chart.Mono}
)

// Themes are the names of the themes. One that names no ground takes the one that
// the terminal says it has.
var Themes = []string{"auto", "dark", "light", "contrast", "contrast-dark", "contrast-light", "color-blind", "color-blind-dark", "color-blind-light", "mono"}

// themeOf reads the name of a theme; fixed tells that its ground was asked for,
// so that the terminal has no say.
func themeOf(name string) (s scheme, fixed bool, err error) {
	switch name {
	case "", "auto":
		return s, false, nil
	case "mono":
		return mono, true, nil
	}
	if !slices.Contains(Themes, name) {
		return s, false, pipeline.Usage(fmt.Errorf("there is no theme %q; the nearest is %s. The themes are %s",
			name, nearest.Word(name, Themes), strings.Join(Themes, ", ")))
	}
	switch {
	case strings.HasPrefix(name, "contrast"):
		s.palette = chart.Contrast
	case strings.HasPrefix(name, "color-blind"):
		s.palette = chart.ColorBlind
	}
	switch {
	case strings.HasSuffix(name, "dark"):
		s.ground = chart.OnDark
	case strings.HasSuffix(name, "light"):
		s.ground = chart.OnLight
	}
	return s, s.ground != chart.OnUnknown, nil
}

// refusesColors tells whether colours are off: for any non-empty NO_COLOR, as
// no-color.org asks; colorprofile would take NO_COLOR=yes for a no.
func refusesColors(o Options, noColor string) bool { return o.NoColor || noColor != "" }

// schemeOf is themeOf for those who may have refused colours.
func schemeOf(name string, colorless bool) (s scheme, fixed bool, err error) {
	s, fixed, err = themeOf(name)
	if err == nil && colorless {
		return mono, true, nil
	}
	return s, fixed, err
}

// themes are all the schemes' styles.
var themes = func() (all map[scheme]*chart.Theme) {
	all = map[scheme]*chart.Theme{}
	for _, p := range []chart.Palette{chart.Standard, chart.Contrast, chart.ColorBlind, chart.Mono} {
		for _, g := range []chart.Ground{chart.OnUnknown, chart.OnDark, chart.OnLight} {
			for _, d := range []chart.Depth{chart.AllColors, chart.Colors256, chart.Colors16} {
				all[scheme{p, g, d}] = chart.Themed(p, g, d)
			}
		}
	}
	return all
}()

// theme gives the styles; they are some kilobytes, so they are not copied.
func (s scheme) theme() *chart.Theme { return themes[s] }

// setTheme changes to a theme by its name. For one without a ground the terminal
// is asked again.
func (m *model) setTheme(name string) tea.Cmd {
	s, fixed, err := themeOf(name)
	switch {
	case err != nil:
		m.warn(sentence(err))
		return nil
	case m.colorless && s.palette != chart.Mono:
		m.warn("Colours were refused, by NO_COLOR or --no-color.")
		return nil
	}
	s.depth = m.scheme.depth
	if !fixed {
		s.ground = m.scheme.ground
	}
	m.scheme, m.fixed = s, fixed
	m.say("Theme: " + s.theme().Name + ".")
	if fixed {
		return nil
	}
	return tea.RequestBackgroundColor
}

// themeItems are the themes as the palette finds them.
func themeItems() []item {
	var items []item
	for _, name := range Themes {
		items = append(items, item{kind: "theme", name: name, more: themeMeaning(name), do: func(m *model) tea.Cmd { return m.setTheme(name) }})
	}
	return items
}

// themeMeaning says in words what a theme is.
func themeMeaning(name string) string {
	switch {
	case name == "auto":
		return "colours as the terminal's ground asks for"
	case name == "mono":
		return "no colours: shapes, dashes and shades"
	case strings.HasPrefix(name, "contrast"):
		return "high contrast, 7:1 or more"
	case strings.HasPrefix(name, "color-blind"):
		return "colours that every kind of vision tells apart"
	}
	return "colours for a " + name + " ground"
}

// adopt takes on what the terminal says of its background, unless a theme was
// asked for.
func (m *model) adopt(isDark bool) {
	switch {
	case m.fixed:
	case isDark:
		m.scheme.ground = chart.OnDark
	default:
		m.scheme.ground = chart.OnLight
	}
}

// deepen takes on how many colours the terminal has.
func (m *model) deepen(p colorprofile.Profile) { m.scheme.depth = depthOf(p) }

func depthOf(p colorprofile.Profile) chart.Depth {
	switch p {
	case colorprofile.ANSI256:
		return chart.Colors256
	case colorprofile.ANSI:
		return chart.Colors16
	}
	return chart.AllColors
}

// CheckTheme tells whether there is a theme of a name.
func CheckTheme(name string) error {
	_, _, err := themeOf(name)
	return err
}

// Theme is the theme of a name for text that is printed on a terminal with so
// many colours; its ground is asked for where the name does not say it.
func Theme(name string, p colorprofile.Profile, ground func() chart.Ground) *chart.Theme {
	s, fixed, _ := themeOf(name)
	if s.depth = depthOf(p); !fixed {
		s.ground = ground()
	}
	return s.theme()
}

// ASCIIOnly tells whether a terminal can show ASCII alone: the console of Linux,
// which has few glyphs, and one whose locale has another encoding than UTF-8. A
// locale that is not set at all says nothing.
func ASCIIOnly(getenv func(string) string) bool {
	if getenv("TERM") == "linux" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := getenv(name); locale != "" {
			locale = strings.ToLower(locale)
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}
