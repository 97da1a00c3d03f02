package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"willbuy/views/chart"
)

// footer names the keys of what has the focus, in the order of the table. Where
// not all fit, a mark stands for those that are left out: what leads out stays,
// quit and help or esc, then enter and the next step; keys that cannot act now go
// first.
func (m *model) footer() string {
	if m.presenter.on && m.mode()&browsing != 0 {
		return m.castLine()
	}
	const gap, mark = "  ", "…"
	th := m.scheme.theme()
	keys := m.footerKeys()
	fits := m.fitting(keys, m.width-2)
	if slices.Contains(fits, false) {
		fits = m.fitting(keys, m.width-2-ansi.StringWidth(gap+mark))
	}
	var shown []string
	out := 0 // places in shown before the last that stay
	for i, b := range keys {
		switch {
		case !fits[i]:
			continue
		case b.reason(m) == "":
			shown = append(shown, th.Accent.Render(b.label)+" "+b.foot(m))
		default:
			shown = append(shown, th.Muted.Faint(true).Render(b.label+" "+b.foot(m)))
		}
		if !m.stays(keys, i) {
			out = len(shown)
		}
	}
	if slices.Contains(fits, false) {
		shown = slices.Insert(shown, out, th.Muted.Render(mark))
	}
	return " " + chart.Cut(strings.Join(shown, gap), m.width-1)
}

// fitting tells which of the keys have room in so many cells.
func (m *model) fitting(keys []*binding, width int) []bool {
	const gap = 2
	room, fits := width+gap, make([]bool, len(keys))
	place := func(i int) {
		if width := ansi.StringWidth(keys[i].label+" "+keys[i].foot(m)) + gap; !fits[i] && width <= room {
			fits[i] = true
			room -= width
		}
	}
	for i := range slices.Backward(keys) {
		if m.stays(keys, i) {
			place(i)
		}
	}
	able := func(b *binding) bool { return b.reason(m) == "" }
	for _, turn := range []func(*binding) bool{
		func(b *binding) bool { return able(b) && slices.Contains(b.keys, "enter") },
		func(b *binding) bool { return able(b) && slices.Contains(b.keys, "n") },
		able,
		func(*binding) bool { return true },
	} {
		for i, b := range keys {
			if turn(b) {
				place(i)
			}
		}
	}
	return fits
}

// stays tells whether a key is one that leads out of where one is.
func (m *model) stays(keys []*binding, i int) bool {
	if m.mode()&browsing == 0 {
		return slices.Contains(keys[i].keys, "esc")
	}
	return i >= len(keys)-2 || m.zoomed && keys[i].label == zoomKey
}

// footerKeys are the rows of the table that the footer shows in this mode. Where
// keys go to a row before, or run what a replay cannot, they would only be noise.
func (m *model) footerKeys() []*binding {
	var keys []*binding
	taken := map[string]bool{}
	for i := range table {
		b := &table[i]
		if !b.applies(m, m.mode()) {
			continue
		}
		if b.foot != nil && !taken[b.keys[0]] && b.foot(m) != "" && b.reason(m) != inReplay {
			keys = append(keys, b)
		}
		for _, key := range b.keys {
			taken[key] = true
		}
	}
	return keys
}
