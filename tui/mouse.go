package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views"
)

// wheelLines is how far one notch of the wheel goes.
const wheelLines = 3

// clickable is a cover on which a click does something. Where it was is counted
// from the cover's own corner.
type clickable interface {
	click(m *model, x, y int) tea.Cmd
}

// click chooses a step of the rail, a tab, a view, a row, or the pane. What is
// dragged from there on is selected.
func (m *model) click(at tea.Mouse) tea.Cmd {
	m.selection = selection{}
	l := m.layout()
	if at.Button != tea.MouseLeft || m.modal != 0 || !m.fits() || at.Y < l.top || at.Y >= l.top+l.body {
		return nil
	}
	if m.cover != nil {
		if !l.right.holds(at) {
			return nil
		}
		m.selection = selection{in: l.right, from: at, to: at}
		was := m.cover
		c, ok := was.(clickable)
		if !ok {
			return nil
		}
		cmd := c.click(m, at.X-l.right.x, at.Y-l.right.y)
		if m.cover != was {
			m.selection = selection{} // what was clicked is gone
		}
		return cmd
	}
	m.note = note{}
	if at.X < l.rail {
		steps, top := railRows(l.body, m.step)
		m.focus = onRail
		pitch := m.railPitch(l.body)
		if y := at.Y - l.top - top; y >= 0 && y%pitch == 0 && y/pitch < len(steps) {
			m.choose(steps[y/pitch])
		}
		return nil
	}
	w, part := m.windowAt(l, at)
	if w == nil {
		return nil
	}
	m.window, m.focus = w, onPane
	m.selection = selection{in: part, from: at, to: at}
	return m.clickPane(at.X-part.x, at.Y-part.y)
}

// clickPane is a click into the window in use, at a place counted from its corner.
func (m *model) clickPane(x, y int) tea.Cmd {
	if tab, ok := m.nameAt(views.Tabs, 1, x, y); ok {
		m.chooseTab(views.Tab(tab))
	} else if view, ok := m.nameAt(views.Views(m.frame()), 2, x, y); ok {
		m.chooseView(view)
	} else if views.HeaderAt(m.frame(), y) {
		m.clickHeader(x)
	} else if row, ok := views.RowAt(m.frame(), y); ok && y < m.layout().pane.height {
		p := m.here()
		p.cursor = row
		m.setPlace(p)
	}
	return nil
}

// nameAt finds which of the names that stand in a line of the pane is under the
// mouse, in the pane as it was drawn.
func (m *model) nameAt(names []string, line, x, y int) (int, bool) {
	lines := m.pane()
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

// windowAt is the window under the mouse and the room it has; nil where there is
// none, as on the rule between two.
func (m *model) windowAt(l layout, at tea.Mouse) (*window, rect) {
	if l.split == alone {
		return m.window, l.right
	}
	for i, w := range m.windows {
		if part := l.split.part(l.right, i); part.holds(at) {
			return w, part
		}
	}
	return nil, rect{}
}

// holds tells whether the mouse is in the rect, or on the margin beside it.
func (r rect) holds(at tea.Mouse) bool {
	return at.X >= r.x-1 && at.X <= r.x+r.width && at.Y >= r.y && at.Y < r.y+r.height
}

// wheel scrolls what is under the pointer: what covers the panes, a pane, or the
// rail, which scrolls with the chosen step.
func (m *model) wheel(at tea.Mouse) {
	by := map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[at.Button]
	switch {
	case !m.fits() || m.modal != 0:
	case m.cover != nil:
		m.cover.scroll(m, by*wheelLines)
	case at.X < m.layout().rail:
		m.chooseBeside(by)
	default:
		if w, _ := m.windowAt(m.layout(), at); w != nil {
			m.with(w, func() { m.scroll(by * wheelLines) })
		}
	}
}

// selection is what is being selected with the mouse: the text from one cell to
// another, line by line as one reads, in one window or cover.
type selection struct {
	in       rect
	from, to tea.Mouse
}

// drag goes on selecting.
func (m *model) drag(at tea.Mouse) {
	s := &m.selection
	if at.Button != tea.MouseLeft || s.in == (rect{}) {
		return
	}
	s.to = at
	s.to.X, s.to.Y = clamp(at.X, s.in.x, s.in.x+s.in.width-1), clamp(at.Y, s.in.y, s.in.y+s.in.height-1)
}

// release copies what was selected. A click without a drag selected nothing.
func (m *model) release() tea.Cmd {
	l, s := m.layout(), m.selection
	m.selection = selection{}
	if s.empty() {
		return nil
	}
	var text []string
	lines := m.body(l)
	for y := s.in.y; y < s.in.y+s.in.height; y++ {
		if from, to, ok := s.cells(y, l); ok && y-l.top < len(lines) {
			text = append(text, strings.TrimRight(ansi.Strip(ansi.Cut(lines[y-l.top], from, to)), " "))
		}
	}
	whole := strings.Trim(strings.Join(text, "\n"), "\n")
	if whole == "" {
		m.say("Nothing but blanks is selected.")
		return nil
	}
	return m.copy(whole, amount(whole))
}

// empty tells whether the mouse was clicked and not dragged. A hand that clicks
// may move by a cell; that must not replace what is on the clipboard.
func (s selection) empty() bool {
	return s.in == (rect{}) || s.from.Y == s.to.Y && max(s.from.X-s.to.X, s.to.X-s.from.X) < 2
}

// cells is which cells of a line of the screen are selected, counted from the
// left end of the body, which is one before its first pane.
func (s selection) cells(y int, l layout) (from, to int, ok bool) {
	a, b := s.from, s.to
	if b.Y < a.Y || b.Y == a.Y && b.X < a.X {
		a, b = b, a
	}
	if y < a.Y || y > b.Y {
		return 0, 0, false
	}
	from, to = s.in.x, s.in.x+s.in.width
	if y == a.Y {
		from = clamp(a.X, from, to)
	}
	if y == b.Y {
		to = clamp(b.X+1, from, to)
	}
	return from - l.right.x + 1, to - l.right.x + 1, true
}

// highlight shows what is selected, in lines of the body.
func (m *model) highlight(lines []string, l layout) []string {
	s := m.selection
	if s.empty() {
		return lines
	}
	lines = slices.Clone(lines)
	style := m.scheme.theme().Title.Bold(false).Reverse(true)
	for i, line := range lines {
		if from, to, ok := s.cells(l.top+i, l); ok {
			marked := ansi.Strip(ansi.Cut(line, from, to))
			lines[i] = ansi.Cut(line, 0, from) + style.Render(marked) + ansi.TruncateLeft(line, to, "")
		}
	}
	return lines
}

// amount says how much text there is: 3 lines, or 12 characters of one.
func amount(text string) string {
	if n := strings.Count(text, "\n") + 1; n > 1 {
		return pipeline.Plural(int64(n), "line")
	}
	return pipeline.Plural(int64(ansi.StringWidth(text)), "character")
}
