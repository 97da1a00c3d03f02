package views

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// headRoom says how many lines the title, the tabs and the views take, and how
// many are left for the content. Where lines are scarce the blank one goes.
func headRoom(f Frame) (head, room int) {
	head = 3
	switch {
	case f.Height < 4:
		head = 1
	case f.Height < smallPane:
		head = 2
	}
	if head > 1 && viewOf(f) != nil {
		head++
	}
	return head, max(0, f.Height-head)
}

// header draws the title line, the tabs, the views and a blank line, as many as
// head says.
func header(f Frame, head int, count string) []string {
	lines := []string{titleLine(f), tabLine(f, count)}
	if f.Stage != nil && f.Tab == Output {
		lines[1] = f.Theme.Muted.Render(chart.PadLeft(count, f.Width))
	}
	if viewOf(f) != nil {
		lines = append(lines, viewLine(f))
	}
	return append(lines, "")[:head]
}

// viewLine names the views of the tab, the chosen one marked; where not all
// fit, which of how many it is.
func viewLine(f Frame) string {
	names := Views(f)
	for _, between := range []string{" · ", "  ", " "} {
		plain, shown := 0, make([]string, len(names))
		for i, name := range names {
			if i == min(f.View, len(names))-1 {
				name = "▸" + name
				shown[i] = f.Theme.Accent.Render(name)
			} else {
				shown[i] = f.Theme.Muted.Render(name)
			}
			plain += chart.Width(name)
		}
		if plain+chart.Width(between)*(len(names)-1) <= f.Width {
			return strings.Join(shown, f.Theme.Grid.Render(between))
		}
	}
	one := fmt.Sprintf("▸%s  view %d of %d", viewOf(f).name, min(f.View, len(names)), len(names))
	return f.Theme.Accent.Render(chart.Cut(one, f.Width))
}

// titleLine is number, name and question at the left and, at the right, the
// state with what it stands on.
func titleLine(f Frame) string {
	st := f.State.Step(f.Step.ID)
	name := fmt.Sprintf("%d %s", f.Step.Number(), f.Step.Title)
	glyph, style := StatusMark(st.Status, f.Theme)
	state := glyph + " " + string(st.Status)
	more := statusMore(f, st)
	room := f.Width - chart.Width(name) - 2
	if chart.Width(state)+2+chart.Width(more) > room {
		more = ""
	}
	if chart.Width(state) > room {
		state = glyph
	}
	right := style.Render(state)
	if more != "" {
		right += "  " + f.Theme.Muted.Render(more)
	}
	free := f.Width - chart.Width(name) - chart.Width(right)
	question := ""
	if free >= 16 {
		question = chart.Cut("  "+f.Step.Question, free-2)
	}
	fillIn := strings.Repeat(" ", max(1, free-chart.Width(question)))
	return f.Theme.Title.Render(name) + question + fillIn + right
}

// StatusMark gives a status its glyph and style; the word stands beside it.
func StatusMark(status pipeline.Status, th chart.Theme) (string, lipgloss.Style) {
	switch status {
	case pipeline.Done:
		return "✓", th.Good
	case pipeline.Running:
		return "▶", th.Running
	case pipeline.Stale:
		return "~", th.Running
	case pipeline.Failed:
		return "!", th.Bad
	case pipeline.Interrupted:
		return "◦", th.Running
	case pipeline.Blocked:
		return "▪", th.Muted
	}
	return "·", th.Muted
}

// statusMore is the truth beside the state word.
func statusMore(f Frame, st *pipeline.StepState) string {
	switch st.Status {
	case pipeline.Running:
		p := st.Progress
		percent, eta := "", ""
		if p.Total > 0 {
			percent = fmt.Sprintf("%.0f%%", math.Floor(100*float64(p.Done)/float64(p.Total)))
		}
		if p.ETA > 0 {
			eta = "ETA " + clock(p.ETA)
		}
		return join("  ", percent, eta, duration(st.Seconds(f.Now)))
	case pipeline.Done, pipeline.Stale:
		rows := ""
		if st.Result.Unit != "" {
			rows = counted(st.Result.Rows, st.Result.Unit)
		}
		return join(" · ", rows, duration(st.Result.Seconds))
	case pipeline.Failed, pipeline.Interrupted:
		return "after " + duration(st.Seconds(f.Now))
	}
	return ""
}

// tabLine names the tabs with their counts, the chosen one marked and bold; at
// its right is which part of the content is on the screen.
func tabLine(f Frame, count string) string {
	st := f.State.Step(f.Step.ID)
	for _, withCounts := range []bool{true, false} {
		var plain, shown []string
		for i, name := range Tabs {
			more := ""
			if withCounts {
				more = tabCount(f, st, Tab(i))
			}
			if Tab(i) == f.Tab {
				plain = append(plain, "▸"+name+more)
				shown = append(shown, f.Theme.Accent.Render("▸"+name)+grey(f, more))
			} else {
				plain = append(plain, name+more)
				shown = append(shown, f.Theme.Muted.Render(name+more))
			}
		}
		free := f.Width - chart.Width(strings.Join(plain, " · "))
		if free >= chart.Width(count)+2 || (free >= 0 && count == "") {
			return strings.Join(shown, f.Theme.Grid.Render(" · ")) + strings.Repeat(" ", free-chart.Width(count)) + grey(f, count)
		}
	}
	one := fmt.Sprintf("▸%s  tab %d of %d", Tabs[f.Tab], f.Tab+1, len(Tabs))
	return f.Theme.Accent.Render(chart.Cut(one, f.Width)) + grey(f, chart.Cut("  "+count, f.Width-chart.Width(one)))
}

func grey(f Frame, text string) string {
	if text == "" {
		return ""
	}
	return f.Theme.Muted.Render(text)
}

// tabCount is what a tab holds, in a few cells.
func tabCount(f Frame, st *pipeline.StepState, tab Tab) string {
	switch tab {
	case Parameters:
		changed := 0
		for _, p := range f.Step.Params {
			if v, ok := f.Values[p.Name]; ok && v != p.Default {
				changed++
			}
		}
		if changed > 0 {
			return fmt.Sprintf(" %d changed", changed)
		}
	case Checks:
		broken := 0
		for _, c := range st.Checks {
			if !c.OK {
				broken++
			}
		}
		switch {
		case broken > 0:
			return fmt.Sprintf(" !%d", broken)
		case len(st.Checks) > 0:
			return fmt.Sprintf(" %d ✓", len(st.Checks))
		}
	case Log:
		if n := len(st.Log); n > 0 {
			return fmt.Sprintf(" %d", n)
		}
	}
	return ""
}
