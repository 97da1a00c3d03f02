package tui

import (
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
	m.focus, m.zoomed = onRail, false
}

func clamp(n, least, most int) int { return max(least, min(n, most)) }
