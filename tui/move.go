package tui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// far is farther than any content goes.
const far = 1 << 40

// move goes one step up or down in the rail, or one row or line in the pane.
func (m *model) move(by int) {
	if m.focus == onPane {
		m.moveContent(by)
		return
	}
	m.chooseBeside(by)
}

// chooseBeside goes to a step above or below, if there is one.
func (m *model) chooseBeside(by int) {
	if n := m.step.Number() - 1 + by; n >= 0 && n < len(pipeline.Steps) {
		m.choose(pipeline.Steps[n])
	}
}

// moveContent moves the cursor where there are rows to choose, and scrolls
// where there are none or the cursor is at the end of them.
func (m *model) moveContent(by int) {
	f, p := m.frame(), m.here()
	if rows := int(views.Rows(f)); rows > 0 {
		was := p.cursor
		p.cursor = clamp(was+by, 0, rows-1)
		if by < 0 {
			p.top = max(0, p.top+by)
		}
		if p.cursor != was {
			m.setPlace(p)
			return
		}
	}
	p.top = clamp(p.top+by, 0, m.deepest(f))
	m.setPlace(p)
}

// scroll is the wheel: it scrolls what a cursor does not hold.
func (m *model) scroll(by int) {
	f, p := m.frame(), m.here()
	if _, grid := views.Grid(f); grid {
		m.moveContent(by)
		return
	}
	p.top = clamp(p.top+by, 0, m.deepest(f))
	m.setPlace(p)
}

// deepest is how far the content can be scrolled.
func (m *model) deepest(f views.Frame) int {
	return max(0, views.Length(f)-m.screenful())
}

// screenful is how many lines of content the pane shows.
func (m *model) screenful() int { return max(1, views.Room(m.frame())) }

// goRight enters the pane, or goes to the next column of a table.
func (m *model) goRight() {
	if m.focus == onRail {
		m.focus = onPane
		return
	}
	p := m.here()
	p.left = min(p.left+1, len(m.state().Result.Schema)-1)
	m.setPlace(p)
}

// goLeft goes to the column before, or back to the rail.
func (m *model) goLeft() {
	p := m.here()
	if _, grid := views.Grid(m.frame()); grid && p.left > 0 {
		p.left--
		m.setPlace(p)
		return
	}
	m.focus = onRail
}

// jump goes to the step that was typed. While another digit could follow, it
// waits for it.
func (m *model) jump(typed string) {
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 || n > len(pipeline.Steps) {
		m.modal = 0
		m.say("There is no step " + typed + "; they go from 1 to " + strconv.Itoa(len(pipeline.Steps)) + ".")
		return
	}
	m.choose(pipeline.Steps[n-1])
	m.typed = typed
	if n*10 > len(pipeline.Steps) {
		m.modal = 0
	}
}

func clamp(n, least, most int) int { return max(least, min(n, most)) }

// jumpKeys are those after g.
func jumpKeys() []binding {
	return []binding{
		{keys: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, label: "0 … 9", in: inJump, foot: word("number of the step"), act: func(m *model, key string) tea.Cmd {
			m.jump(m.typed + key)
			return nil
		}},
		{keys: []string{"enter"}, label: "enter", in: inJump, foot: word("go"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			return nil
		}},
		{keys: []string{"esc", "alt+esc", "g"}, label: "esc", in: inJump, foot: word("stay"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			return nil
		}},
	}
}
