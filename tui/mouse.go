package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/views"
)

// wheelLines is how far one notch of the wheel goes.
const wheelLines = 3

// click chooses a step of the rail, a tab, a row, or the pane.
func (m *model) click(at tea.Mouse) tea.Cmd {
	if at.Button != tea.MouseLeft || m.modal != 0 || m.width < leastWidth || m.height < leastHeight {
		return nil
	}
	m.note = note{}
	l := m.layout()
	y := at.Y - bodyTop
	switch {
	case y < 0 || y >= l.body:
	case at.X < l.rail:
		steps, top := railRows(l.body, m.step)
		m.focus = onRail
		if i := y - top; i >= 0 && i < len(steps) {
			m.choose(steps[i])
		}
	case at.X >= l.pane.x:
		m.focus = onPane
		if tab, ok := m.tabAt(at.X-l.pane.x, y); ok {
			m.chooseTab(tab)
		} else if row, ok := views.RowAt(m.frame(), y); ok && y < l.pane.height {
			p := m.here()
			p.cursor = row
			m.setPlace(p)
		}
	}
	return nil
}

// tabAt finds the name of a tab under the mouse: in the second line of the
// pane as it was drawn.
func (m *model) tabAt(x, y int) (views.Tab, bool) {
	lines := m.body(m.layout())
	if y != 1 || len(lines) < 2 {
		return 0, false
	}
	plain := ansi.Strip(lines[1])
	for i, name := range views.Tabs {
		before, _, ok := strings.Cut(plain, name)
		if from := ansi.StringWidth(before); ok && x >= from-1 && x < from+len(name)+1 {
			return views.Tab(i), true
		}
	}
	return 0, false
}

// wheel scrolls what is under the pointer: the help, the pane, or the rail,
// which scrolls with the chosen step.
func (m *model) wheel(at tea.Mouse) {
	by := map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[at.Button]
	switch {
	case m.width < leastWidth || m.height < leastHeight:
	case m.modal == inHelp:
		m.scrollHelp(by * wheelLines)
	case m.modal != 0:
	case at.X < m.layout().rail:
		m.chooseBeside(by)
	default:
		m.scroll(by * wheelLines)
	}
}
