package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/views"
)

// wheelLines is how far one notch of the wheel goes.
const wheelLines = 3

// click chooses a step of the rail, a tab, a view, a row, or the pane.
func (m *model) click(at tea.Mouse) tea.Cmd {
	if at.Button != tea.MouseLeft || m.modal != 0 || m.cover != nil || m.width < leastWidth || m.height < leastHeight {
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
		if tab, ok := m.nameAt(views.Tabs, 1, at.X-l.pane.x, y); ok {
			m.chooseTab(views.Tab(tab))
		} else if view, ok := m.nameAt(views.Views(m.frame()), 2, at.X-l.pane.x, y); ok {
			m.chooseView(view)
		} else if row, ok := views.RowAt(m.frame(), y); ok && y < l.pane.height {
			p := m.here()
			p.cursor = row
			m.setPlace(p)
		}
	}
	return nil
}

// nameAt finds which of the names that stand in a line of the pane is under the
// mouse, in the pane as it was drawn.
func (m *model) nameAt(names []string, line, x, y int) (int, bool) {
	lines := m.body(m.layout())
	if y != line || len(lines) <= line {
		return 0, false
	}
	plain := ansi.Strip(lines[line])
	for i, name := range names {
		before, _, ok := strings.Cut(plain, name)
		if from := ansi.StringWidth(before); ok && x >= from-1 && x < from+len(name)+1 {
			return i, true
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
	case m.modal != 0:
	case m.cover != nil:
		m.cover.scroll(m, by*wheelLines)
	case at.X < m.layout().rail:
		m.chooseBeside(by)
	default:
		m.scroll(by * wheelLines)
	}
}
