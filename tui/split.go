package tui

import (
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/views/chart"
)

// split is how two windows share what is right of the rail.
type split int

const (
	alone  split = iota // one has it all
	beside              // the second at the right of the first
	below               // the second below the first
)

// The least that two panes are shown on, beside and below each other.
const (
	besideWidth = 120
	belowHeight = 40
)

// splits is how the windows share the screen. Where it became too small for two,
// the one in use has it.
func (m *model) splits() split {
	switch {
	case len(m.windows) < 2 || m.zoomed:
		return alone
	case m.width >= besideWidth:
		return beside
	case m.height >= belowHeight:
		return below
	}
	return alone
}

// part is what a window has of the room right of the rail. A rule stands
// between two, with a blank at its sides where it is upright.
func (s split) part(all rect, window int) rect {
	first, second := all, all
	switch s {
	case beside:
		first.width = (all.width - 3) / 2
		second.x += first.width + 3
		second.width -= first.width + 3
	case below:
		first.height = (all.height - 1) / 2
		second.y += first.height + 1
		second.height -= first.height + 1
	}
	if window == 1 {
		return second
	}
	return first
}

// panes draws the windows that are on the screen, with a blank before each line.
// Of two, the one in use has a mark before its title.
func (m *model) panes(l layout) []string {
	if l.split == alone {
		return marked(m.pane(), " ")
	}
	th := m.scheme.theme()
	var parts [2][]string
	for i, w := range m.windows {
		mark := " "
		switch {
		case w == m.window && m.focus == onPane:
			mark = th.Accent.Render("▸")
		case w == m.window:
			mark = th.Muted.Render("▸")
		}
		m.with(w, func() { parts[i] = marked(m.pane(), mark) })
		if m.presenter.spot && w != m.window {
			parts[i] = dimmed(parts[i], *th)
		}
	}
	if l.split == below {
		return slices.Concat(parts[0], []string{th.Grid.Render(strings.Repeat("─", l.right.width+2))}, parts[1])
	}
	width := l.split.part(l.right, 0).width
	bar := th.Grid.Render(" │")
	for i := range parts[0] {
		parts[0][i] = chart.Pad(parts[0][i], width+1) + bar + parts[1][i]
	}
	return parts[0]
}

// marked is a copy of the lines, with a mark before the first and a blank before
// the others.
func marked(lines []string, mark string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = mark + line
		mark = " "
	}
	return out
}

// openSecond gives the window in use a second one beside it, which begins as a copy.
func (m *model) openSecond() {
	w := newWindow(m.step)
	w.tab, w.views, w.places = m.tab, maps.Clone(m.views), maps.Clone(m.places)
	m.windows = append(m.windows, w)
	m.window, m.focus, m.zoomed = w, onPane, false
	m.say("Two panes: tab goes from one to the other, | closes the one that you are not in.")
}

// closeOther leaves the window in use only.
func (m *model) closeOther() { m.windows = []*window{m.window} }

// turnFocus goes round: the rail, the first window, the second.
func (m *model) turnFocus(by int) {
	stops := len(m.windows) + 1
	at := 0
	if m.focus == onPane {
		at = 1 + slices.Index(m.windows, m.window)
	}
	at = (at + by + stops) % stops
	if at == 0 {
		m.focus, m.zoomed = onRail, false
		return
	}
	m.focus, m.window = onPane, m.windows[at-1]
}

// wants asks for what the windows show and nobody has yet. The question of
// what-if is one for both, so one of them asks it: the one in use, if it shows it.
func (m *model) wants() tea.Cmd {
	asking, cmds := m.onWhatIf(), []tea.Cmd{m.fetch(), m.refilter(), m.ask(), m.readModel()}
	for _, w := range m.windows {
		if w == m.window {
			continue
		}
		m.with(w, func() {
			cmds = append(cmds, m.refilter(), m.fetch(), m.readModel())
			if !asking {
				cmds = append(cmds, m.ask())
			}
		})
	}
	return tea.Batch(cmds...)
}

// leavePane goes from a zoom back to all of the screen, or from the pane to the
// rail.
func (m *model) leavePane() {
	if m.zoomed {
		m.zoomed = false
		return
	}
	m.focus = onRail
}

// zoomKey is the way into a zoom and out of it.
const zoomKey = "z"

// windowKeys are those of how windows share the screen.
func windowKeys() []binding {
	return []binding{
		{keys: []string{zoomKey}, label: zoomKey, in: browsing, group: "Look", foot: zoomWord,
			help: "Give the pane the whole screen, and back.", act: func(m *model, _ string) tea.Cmd {
				m.zoomed = !m.zoomed
				m.focus = onPane
				return nil
			}},
		{keys: []string{"|"}, label: "|", in: browsing, group: "Look",
			help: "Show two panes, each with a step, a tab and a view of its own; | again closes the other.", why: noRoomToSplit, act: func(m *model, _ string) tea.Cmd {
				if len(m.windows) == 2 {
					m.closeOther()
				} else {
					m.openSecond()
				}
				return nil
			}},
	}
}

func zoomWord(m *model) string {
	if m.zoomed {
		return "back"
	}
	return "zoom"
}
