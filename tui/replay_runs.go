package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// runList is the cover of the recorded runs, the newest first and the one that
// willbuy carries last.
type runList struct {
	runs  []runRow
	known bool // they have been read
	at    int
	top   int
}

// runRow is one of them, as it is shown.
type runRow struct{ id, when, status, took, steps, command string }

// listed are the runs that were found.
type listed struct {
	runs []runRow
	err  error
}

// listRuns opens the list, and reads what is in it in a command.
func (m *model) listRuns() tea.Cmd {
	m.cover = &runList{}
	ws := m.ws
	return func() tea.Msg {
		state, err := ws.Recorded()
		if err != nil {
			return listed{err: err}
		}
		var rows []runRow
		for _, r := range slices.Backward(state.Runs) {
			rows = append(rows, rowOf(ws, r))
		}
		return listed{runs: rows}
	}
}

// rowOf is a run as it is listed.
func rowOf(ws *pipeline.Workspace, r *pipeline.RunState) runRow {
	status := string(pipeline.Interrupted)
	if r.End != nil {
		status = r.End.Status
	} else if ws.Alive(r.ID) {
		status = string(pipeline.Running)
	}
	return runRow{id: r.ID, when: when(r.Started), status: status, took: short(r.Last.Sub(r.Started).Seconds()),
		steps: pipeline.Plural(int64(len(r.Finished)), "step"), command: views.Visible(r.Begin.Command)}
}

func (msg listed) take(m *model) tea.Cmd {
	l, ok := m.cover.(*runList)
	switch {
	case !ok: // it was closed meanwhile
	case msg.err != nil:
		m.close()
		m.warn(sentence(msg.err))
	default:
		l.known = true
		l.runs = append(msg.runs, runRow{id: DemoRun, when: "with willbuy", status: "done", steps: pipeline.Plural(int64(len(pipeline.Steps)), "step"),
			command: "the whole lab, as it comes with willbuy"})
	}
	return nil
}

func (l *runList) mode() mode { return inRuns }

// chosen is the id of the run that the cursor is on.
func (l *runList) chosen() string { return l.runs[l.at].id }

func (l *runList) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

func (l *runList) scroll(_ *model, by int) { l.at = clamp(l.at+by, 0, max(0, len(l.runs)-1)) }

// draw lists the runs, one a line; what does not fit goes, the least needed first.
func (l *runList) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	const head = 3
	rows := max(1, height-head)
	l.top = clamp(l.top, max(0, l.at-rows+1), l.at)
	end := min(len(l.runs), l.top+rows)
	count := ""
	if len(l.runs) > rows {
		count = fmt.Sprintf("[%d-%d of %d]", l.top+1, end, len(l.runs))
	}
	title := "Recorded runs"
	lines := []string{th.Title.Render(title) + th.Muted.Render(chart.PadLeft(count, width-len(title))),
		th.Muted.Render(chart.Cut("Played from the record: nothing is computed or written.", width)), ""}
	if !l.known {
		lines = append(lines, th.Muted.Render("Reading what is recorded …"))
	}
	for i, row := range l.runs[l.top:end] {
		mark, style := "  ", th.Muted
		if l.top+i == l.at {
			mark, style = th.Accent.Render("▸")+" ", th.Title
		}
		lines = append(lines, mark+style.Render(chart.Cut(row.line(width-2), width-2)))
	}
	if len(lines)+2 <= height && len(l.runs) > 0 { // what may not have fitted
		r := l.runs[l.at]
		lines = append(lines, "", th.Muted.Render(chart.Cut("  "+join(" · ", r.id, r.command), width)))
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height], nil
}

// line is the run in a line, of which the end is cut where it is wider; its id
// stands in it where there is room for what follows as well.
func (r runRow) line(width int) string {
	const withID = 90
	cells := []string{chart.Pad(r.when, 12), chart.Pad(r.status, 11), chart.PadLeft(r.took, 6), chart.PadLeft(r.steps, 8)}
	if width >= withID {
		cells = append(cells, chart.Pad(r.id, len("20261122T090000Z-0001")))
	}
	return strings.Join(append(cells, r.command), "  ")
}

// when writes a moment as people say it.
func when(t time.Time) string { return t.Local().Format("_2 Jan 15:04") }

func noRunChosen(m *model) string {
	if !m.cover.(*runList).known {
		return "Still reading what is recorded; a moment."
	}
	return ""
}
