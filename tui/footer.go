package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// footer names the keys of what has the focus, in the order of the table. Where
// not all fit, quit and help stay while browsing, and keys that cannot act now
// go first: the help has them all.
func (m *model) footer() string {
	const gap = 2
	th := m.scheme.theme()
	keys := m.footerKeys()
	room, fits := m.width-2+gap, make([]bool, len(keys))
	place := func(i int) {
		if width := ansi.StringWidth(keys[i].label+" "+keys[i].foot(m)) + gap; !fits[i] && width <= room {
			fits[i] = true
			room -= width
		}
	}
	for i := len(keys) - 1; m.mode()&browsing != 0 && i >= len(keys)-2; i-- {
		place(i)
	}
	for _, able := range []bool{true, false} {
		for i, b := range keys {
			if able == (b.reason(m) == "") {
				place(i)
			}
		}
	}
	var shown []string
	for i, b := range keys {
		switch {
		case !fits[i]:
		case b.reason(m) == "":
			shown = append(shown, th.Accent.Render(b.label)+" "+b.foot(m))
		default:
			shown = append(shown, th.Muted.Faint(true).Render(b.label+" "+b.foot(m)))
		}
	}
	return " " + strings.Join(shown, strings.Repeat(" ", gap))
}

// footerKeys are the rows of the table that the footer shows in this mode.
func (m *model) footerKeys() []*binding {
	var keys []*binding
	for i := range table {
		if b := &table[i]; b.applies(m, m.mode()) && b.foot != nil && b.foot(m) != "" {
			keys = append(keys, b)
		}
	}
	return keys
}
