package tui

import (
	"fmt"
	"math"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// The widths of the rail: glyph and number; with title and state in words; with
// rows as well.
const (
	railStrip = 7
	railFull  = 29
	railWide  = 39
)

// railKey is everything that the rail depends on.
type railKey struct {
	version int
	step    *pipeline.Step
	other   *pipeline.Step // of the second pane, or the first; nil: there is one only
	focused bool
	layout  layout
	scheme  scheme
	second  int64
	touched int
}

// rail draws the steps, one a line, in exactly l.body lines of l.rail cells.
func (m *model) rail(l layout) []string {
	key := railKey{version: m.journal.version, step: m.step, focused: m.mode() == onRail, layout: l, scheme: m.scheme, touched: m.touched}
	if m.journal.running() != nil {
		key.second = m.now().Unix()
	}
	return m.drawn.rail.get(key, func() []string {
		lines := make([]string, l.body)
		for i := range lines {
			lines[i] = strings.Repeat(" ", l.rail)
		}
		steps, top := railRows(l.body, m.step)
		if top > 0 {
			lines[0] = chart.Pad(m.railHead(l.rail), l.rail)
		}
		for i, s := range steps {
			lines[top+i*m.railPitch(l.body)] = m.railRow(s, l.rail, key)
		}
		return lines
	})
}

// railRows says which steps are on the screen and on which line of the body
// the first one stands. Where there is no room for all, they scroll.
func railRows(body int, chosen *pipeline.Step) (steps []*pipeline.Step, top int) {
	n := len(pipeline.Steps)
	switch {
	case body >= n+2:
		return pipeline.Steps, 2
	case body >= n:
		return pipeline.Steps, 0
	}
	first := clamp(chosen.Number()-1-body/2, 0, n-body)
	return pipeline.Steps[first : first+body], 0
}

// railPitch is how many lines lie between one step and the next: before an
// audience there is a blank one where there is room.
func (m *model) railPitch(body int) int {
	if m.presenter.on && body > 2*len(pipeline.Steps) {
		return 2
	}
	return 1
}

func (m *model) railHead(width int) string {
	th := m.scheme.theme()
	head := "  " + th.Title.Render("Lab")
	if width == railStrip {
		return head
	}
	return head + th.Muted.Render(chart.PadLeft(fmt.Sprintf("%d of %d done", m.doneSteps(), len(pipeline.Steps)), width-6))
}

// railRow is one step: the mark of the chosen ones, glyph, number, title, state
// in a word with how long or how far, and how many rows it made.
func (m *model) railRow(s *pipeline.Step, width int, key railKey) string {
	th, st := m.scheme.theme(), m.journal.shown.Step(s.ID)
	glyph, style := views.StatusMark(st.Status, *th)
	mark, title := " ", lipgloss.NewStyle()
	if st.Status == pipeline.New || st.Status == pipeline.Blocked {
		title = th.Muted
	}
	switch {
	case s == key.step && key.focused:
		mark, title = th.Accent.Render("▸"), th.Accent
	case s == key.step:
		mark, title = th.Muted.Render("▸"), th.Title
	case s == key.other:
		mark = th.Muted.Render("▹")
	}
	number := fmt.Sprintf("%2d", s.Number())
	if width == railStrip {
		return chart.Pad(mark+" "+style.Render(glyph)+" "+title.Render(number), width)
	}
	word := m.stateWord(st)
	row := mark + " " + style.Render(glyph) + " " + th.Muted.Render(number) + " " + title.Render(chart.Pad(s.Title, 9)) + " "
	if width == railWide {
		row += th.Muted.Render(chart.PadLeft(rowsOf(st), 8)) + "  "
	}
	if st.Status != pipeline.Running {
		style = th.Muted
	}
	return chart.Pad(row+style.Render(chart.PadLeft(word, 11)), width)
}

// stateWord is a step's state in at most eleven cells.
func (m *model) stateWord(st *pipeline.StepState) string {
	switch st.Status {
	case pipeline.Done:
		return "done " + chart.PadLeft(short(st.Result.Seconds), 6)
	case pipeline.Running:
		if percent := percentOf(st.Progress); percent != "" {
			return "runs " + percent
		}
		return "runs " + short(math.Floor(st.Seconds(m.now())))
	}
	return string(st.Status)
}

// rowsOf is how many rows a step made, in at most eight cells.
func rowsOf(st *pipeline.StepState) string {
	if st.Result.Table == "" {
		return ""
	}
	if n := st.Result.Rows; n >= 1e6 {
		return fmt.Sprintf("%.1f M", float64(n)/1e6)
	}
	return pipeline.Thousands(st.Result.Rows)
}

// short writes seconds in at most six cells: 40 ms, 0.4 s, 12 s, 3m05s, 2h10m.
func short(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case seconds < 0.0995:
		return fmt.Sprintf("%.0f ms", 1000*seconds)
	case seconds < 9.95:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 59.5:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
