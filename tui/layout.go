package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// The smallest terminal that the workbench is drawn on.
const (
	leastWidth  = 40
	leastHeight = 10
)

// layout is where things are: the status line and a rule above, a rule and the
// footer below, the rail at the left, and the pane.
type layout struct {
	rail int // cells, without the rule at its right; 0: hidden
	body int // lines between the rules, from line bodyTop on
	note int // lines of a long message below the lower rule
	pane rect
}

type rect struct{ x, y, width, height int }

// mostNote is how many lines a message may take.
const mostNote = 4

// bodyTop is the line below the status line and its rule.
const bodyTop = 2

func (m *model) layout() layout {
	l := layout{body: m.height - 4}
	_, below := m.messageLines(min(mostNote, l.body/2))
	l.note = len(below)
	l.body -= l.note
	switch {
	case m.width >= 130:
		l.rail = railWide
	case m.width >= 100:
		l.rail = railFull
	case m.width >= 80:
		l.rail = railNames
	case m.width >= 60:
		l.rail = railStrip
	}
	l.pane = rect{x: 1, y: bodyTop, width: m.width - 2, height: l.body}
	if l.rail > 0 {
		l.pane.x = l.rail + 2
		l.pane.width = m.width - l.pane.x - 1
	}
	if m.form != nil {
		l.pane.height -= formHeight
	}
	return l
}

// frame is what the pane is drawn from.
func (m *model) frame() views.Frame {
	l, p := m.layout(), m.here()
	f := views.Frame{State: m.journal.shown, Step: m.step, Lab: m.lab, Values: m.values[m.step.ID], Now: m.now(),
		Theme: *m.scheme.theme(), Width: l.pane.width, Height: l.pane.height,
		Tab: m.tab, View: m.views[m.step.ID] + 1, Top: p.top, Cursor: p.cursor, Left: p.left}
	f.Daily = m.daily.now
	if views.Shows(f) == views.WhatIfView {
		f.WhatIf = m.whatIf()
	}
	if m.pager.page != nil {
		f.Page = m.pager.pageOf(m.source(m.pager.page.Table))
	}
	return f
}

// drawn keeps what was drawn: Bubble Tea asks for a View after every message,
// and most change nothing, or one part only.
type drawn struct {
	rail memo[railKey, []string]
	pane memo[paneKey, string]
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
	page              *views.Page
	asking, touched   int
	daily             *views.Daily
	second            int64 // while the step runs
}

// View draws the screen.
func (m *model) View() tea.View {
	v := tea.NewView("")
	v.AltScreen, v.MouseMode, v.WindowTitle = true, tea.MouseModeCellMotion, m.windowTitle()
	switch {
	case m.width == 0: // the terminal's size is not known yet
	case m.width < leastWidth || m.height < leastHeight:
		v.SetContent(tooSmall(m.width, m.height))
	default:
		v.SetContent(m.draw())
		v.Cursor = m.cursor()
	}
	return v
}

// draw puts the screen together, line by line.
func (m *model) draw() string {
	l, th := m.layout(), m.scheme.theme()
	var b strings.Builder
	b.WriteString(m.statusLine())
	b.WriteByte('\n')
	b.WriteString(m.rule(l, "┬", ""))
	var rail []string
	if l.rail > 0 {
		rail = m.rail(l)
	}
	bar := th.Grid.Render("│")
	for i, line := range m.body(l) {
		b.WriteByte('\n')
		if l.rail > 0 {
			b.WriteString(rail[i])
			b.WriteString(bar)
		}
		b.WriteByte(' ')
		b.WriteString(line)
	}
	b.WriteByte('\n')
	inRule, below := m.messageLines(l.note)
	b.WriteString(m.rule(l, "┴", inRule))
	for _, line := range below {
		b.WriteByte('\n')
		b.WriteString(line)
	}
	b.WriteByte('\n')
	b.WriteString(m.footer())
	return b.String()
}

// body gives the lines right of the rail: the pane, and the form below it, or
// what covers them.
func (m *model) body(l layout) []string {
	if m.cover != nil {
		lines, _ := m.cover.draw(m, l.pane.width, l.body)
		return lines
	}
	key := paneKey{version: m.journal.version, settings: m.settings, view: m.looksAt(), place: m.here(),
		width: l.pane.width, height: l.pane.height, scheme: m.scheme, page: m.pager.page, asking: m.asking.version, touched: m.touched, daily: m.daily.now}
	if m.state().Status == pipeline.Running {
		key.second = m.now().Unix()
	}
	lines := strings.Split(m.drawn.pane.get(key, func() string {
		if !m.loaded {
			return reading(m.scheme.theme(), l.pane.height)
		}
		return views.Pane(m.frame())
	}), "\n")
	if m.form != nil {
		form, _ := m.form.draw(m, l.pane.width)
		lines = append(lines, form...)
	}
	return lines
}

// cursor is the terminal's cursor, which shows where something is typed.
func (m *model) cursor() *tea.Cursor {
	l := m.layout()
	if m.cover != nil {
		if _, at := m.cover.draw(m, l.pane.width, l.body); at != nil {
			return tea.NewCursor(l.pane.x+at.X, l.pane.y+at.Y)
		}
		return nil
	}
	if m.form == nil {
		return nil
	}
	_, x := m.form.draw(m, l.pane.width)
	return tea.NewCursor(l.pane.x+x, l.pane.y+l.pane.height+1)
}
