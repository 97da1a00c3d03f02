package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// The smallest terminal that the workbench is drawn on.
const (
	leastWidth  = 40
	leastHeight = 10
)

// layout is where things are: the status line and a rule above, a rule and the
// footer below, the rail at the left, and at its right one pane or two. A pane
// that is zoomed has all of it but the message and the footer.
type layout struct {
	top   int // the line that the body begins on
	body  int // its lines
	rail  int // cells, without the rule at its right; 0: hidden
	note  int // lines of a long message above the footer
	right rect
	split split
	pane  rect // of the window in use
}

type rect struct{ x, y, width, height int }

// mostNote is how many lines a message may take.
const mostNote = 4

func (m *model) layout() layout {
	l := layout{top: 2, body: m.height - 4, split: m.splits()}
	if m.zoomed {
		l.top, l.body = 0, m.height-2
	}
	_, below := m.messageLines(min(mostNote, l.body/2))
	l.note = len(below)
	l.body -= l.note + len(m.under())
	l.rail = m.railWidth(l.split)
	l.right = rect{x: 1, y: l.top, width: m.width - 2, height: l.body}
	if l.rail > 0 {
		l.right.x = l.rail + 2
		l.right.width = m.width - l.right.x - 1
	}
	l.pane = l.split.part(l.right, slices.Index(m.windows, m.window))
	if m.form != nil {
		l.pane.height -= formHeight
	}
	return l
}

// withoutRail is the width below which there is no rail.
const withoutRail = 60

// railWidth is as much of the rail as the pane can spare.
func (m *model) railWidth(s split) int {
	width := m.width
	if s == beside { // two panes want the room
		width -= 60
	}
	switch {
	case m.zoomed || m.width < withoutRail:
		return 0
	case width >= 130:
		return railWide
	case width >= 100:
		return railFull
	}
	return railStrip
}

// frame is what the pane is drawn from.
func (m *model) frame() views.Frame {
	l, p := m.layout(), m.here()
	f := views.Frame{State: m.journal.shown, Step: m.step, Lab: m.lab, Values: m.values[m.step.ID], Now: m.now(),
		Theme: *m.scheme.theme(), Width: l.pane.width, Height: l.pane.height,
		Tab: m.tab, View: m.views[m.step.ID] + 1, Top: p.top, Cursor: p.cursor, Left: p.left, Away: m.focus == onRail, Lens: &m.lens.Lens}
	if m.form != nil {
		f.Values = m.form.values(f.Values)
	}
	f.Stage = m.stage()
	if m.replay == nil { // what no log tells
		f.Daily, f.Jobs, f.Shop, f.Pinned = m.daily.now, m.jobList, m.shopOf(), m.pinned
		if views.Shows(f) == views.WhatIfView {
			f.WhatIf = m.whatIf()
		}
	}
	if g := m.paneGrid(); g != nil {
		f.Grid = g.drawn(m, m.focus == onPane)
	}
	return f
}

// drawn keeps what was drawn: Bubble Tea asks for a View after every message,
// and most change nothing, or one part only.
type drawn struct {
	rail memo[railKey, []string]
	help memo[helpKey, []string]
}

// memo is what was made of a key.
type memo[K comparable, T any] struct {
	key  K
	made bool
	what T
}

func (m *memo[K, T]) get(key K, make func() T) T {
	if !m.made || m.key != key {
		m.key, m.made, m.what = key, true, make()
	}
	return m.what
}

// paneKey is everything that the pane depends on.
type paneKey struct {
	version, settings int
	view              view
	place             place
	width, height     int
	scheme            scheme
	active            bool // it has the keys
	asking, touched   int
	daily             *views.Daily
	second            int64 // while the step runs
}

// View draws the screen.
func (m *model) View() tea.View {
	v := tea.NewView("")
	v.AltScreen, v.ReportFocus, v.MouseMode, v.WindowTitle = true, true, tea.MouseModeCellMotion, m.windowTitle()
	switch {
	case m.width == 0: // the terminal's size is not known yet
	case !m.fits():
		v.SetContent(tooSmall(m.width, m.height))
	default:
		v.SetContent(m.draw())
		v.Cursor = m.cursor()
	}
	if v.SetContent(chart.Isolate(v.Content)); m.ascii {
		v.SetContent(chart.ASCII(v.Content))
		v.WindowTitle = chart.ASCII(v.WindowTitle)
	}
	if m.still && v.Cursor != nil {
		v.Cursor.Blink = false
	}
	return v
}

// fits tells whether the terminal is large enough to draw on.
func (m *model) fits() bool { return m.width >= leastWidth && m.height >= leastHeight }

// draw puts the screen together, line by line.
func (m *model) draw() string {
	l, th := m.layout(), m.scheme.theme()
	var lines, rail []string
	if l.rail > 0 {
		rail = m.rail(l)
	}
	if m.presenter.spot {
		rail = dimmed(rail, *th)
	}
	if !m.zoomed {
		lines = append(lines, m.statusLine(), m.rule(l, '┬', ""))
	}
	bar, joint := th.Grid.Render("│"), th.Grid.Render("├")
	for i, line := range m.highlight(m.body(l), l) {
		switch {
		case l.rail == 0:
		case l.split == below && m.cover == nil && i == l.split.part(l.right, 0).height:
			line = rail[i] + joint + line
		default:
			line = rail[i] + bar + line
		}
		lines = append(lines, line)
	}
	inRule, below := m.messageLines(l.note)
	if m.zoomed {
		lines = append(lines, " "+inRule)
	} else {
		lines = append(lines, m.rule(l, '┴', inRule))
	}
	lines = slices.Concat(lines, below, m.under(), []string{m.footer()})
	return strings.Join(lines, "\n")
}

// under are the lines that rooms have above the footer.
func (m *model) under() []string {
	lines := m.notesStrip()
	if m.replay != nil {
		lines = append(lines, m.transport())
	}
	return lines
}

// body gives the lines right of the rail: the panes, or what covers them.
func (m *model) body(l layout) []string {
	if m.cover == nil {
		return m.panes(l)
	}
	lines, _ := m.cover.draw(m, l.right.width, l.right.height)
	return marked(lines, " ")
}

// pane gives the lines of the window in use: what it shows, and the form below it.
func (m *model) pane() []string {
	l := m.layout()
	key := paneKey{version: m.journal.version, settings: m.settings, view: m.looksAt(), place: m.here(),
		width: l.pane.width, height: l.pane.height, scheme: m.scheme, active: m.focus == onPane, asking: m.asking.version, touched: m.touched, daily: m.daily.now}
	if m.state().Status == pipeline.Running {
		key.second = m.now().Unix()
	}
	lines := m.picture.get(key, func() []string {
		if m.figures = nil; !m.loaded {
			return strings.Split(stillReading(m.scheme.theme(), l.pane.height), "\n")
		}
		text, figures := views.Drawn(m.frame())
		m.figures = figures
		return strings.Split(text, "\n")
	})
	if m.form != nil {
		form, _ := m.form.draw(m, l.pane.width)
		lines = append(slices.Clip(lines), form...)
	}
	return lines
}

// cursor is the terminal's cursor, which shows where something is typed.
func (m *model) cursor() *tea.Cursor {
	l := m.layout()
	if m.cover != nil {
		if _, at := m.cover.draw(m, l.right.width, l.right.height); at != nil {
			return tea.NewCursor(l.right.x+at.X, l.right.y+at.Y)
		}
		return nil
	}
	if m.form == nil {
		return nil
	}
	_, x := m.form.draw(m, l.pane.width)
	return tea.NewCursor(l.pane.x+x, l.pane.y+l.pane.height+1)
}
