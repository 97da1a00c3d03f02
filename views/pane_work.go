package views

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawJobs lists the jobs, the newest first, and says how to submit one.
func drawJobs(s *sheet) {
	t, ok := s.st.Table("jobs")
	if ok && len(t.Rows) > 0 {
		cursor := s.cursor(len(t.Rows))
		s.add(title(s.th, "Jobs", pipeline.Plural(t.Total, "job"), s.width))
		marked := withGlyphs(t, "STATUS")
		s.addList(marked.Columns, marked.Rows, cursor, 0)
		s.gap()
		s.say(s.plainStyle(), words(t, "SUMMARY")[cursor])
		s.say(s.th.Muted, "willbuy jobs logs "+words(t, "ID")[cursor])
		s.gap()
	}
	s.add(title(s.th, "What can be submitted", "", s.width))
	for _, k := range pipeline.JobKinds {
		s.add("  " + chart.Pad(k.Name, 16) + s.th.Muted.Render(chart.Cut(k.What+": "+strings.Join(k.Steps, " → "), s.width-18)))
	}
}

// withGlyphs marks the states in one column of a table.
func withGlyphs(t pipeline.Table, state string) pipeline.Table {
	shown := usedColumns(t)
	for j, c := range shown.Columns {
		if c.Name != state {
			continue
		}
		for _, row := range shown.Rows {
			row[j] = stateGlyph(fmt.Sprint(row[j])) + " " + fmt.Sprint(row[j])
		}
	}
	return shown
}

// stateGlyph is the mark of a job's or a graph run's state.
func stateGlyph(state string) string {
	switch strings.ToUpper(state) {
	case "DONE", "SUCCEEDED":
		return "✓"
	case "FAILED":
		return "!"
	case "RUNNING", "EXECUTING":
		return "▶"
	case "CANCELLED", "INTERRUPTED":
		return "◦"
	case "SKIPPED":
		return "–"
	}
	return "·"
}

// drawAutomate draws the graph in the order it runs, whether it is on, and its
// history.
func drawAutomate(s *sheet) {
	if t, ok := s.st.Table("graph"); ok {
		s.add(title(s.th, Visible(t.Title), "", s.width), "")
		s.add(graphLines(t, s.width, s.th)...)
		s.gap()
	}
	s.drawDaily()
	t, ok := s.st.Table("history")
	if s.f.Daily != nil {
		t, ok = s.f.Daily.History, true
	}
	if !ok || len(t.Rows) == 0 {
		if ok {
			s.say(s.th.Muted, "The graph has not run yet.")
		}
		return
	}
	states, seconds := words(t, "STATE"), numbers(t, "SECONDS")
	var strip strings.Builder
	var took []float64
	for i := len(states) - 1; i >= 0; i-- { // the oldest first
		strip.WriteString(stateStyle(states[i], s.th).Render(stateGlyph(states[i])))
		took = append(took, seconds[i])
	}
	s.add(title(s.th, Visible(t.Title), "newest at the right", s.width),
		s.th.Muted.Render("  state     ")+strip.String(), s.th.Muted.Render("  duration  ")+chart.Sparkline(took, s.width-12, s.th), "")
	marked := withGlyphs(t, "STATE")
	s.add(newTable(marked.Columns, marked.Rows, s.width, s.th).draw(-1)...)
}

// drawDaily says whether the schedule is on and when it is due: as it is now
// where that is known, else as the step left it.
func (s *sheet) drawDaily() {
	off, known := s.st.Result.Facts["suspended"].(bool)
	now := s.f.Daily
	switch {
	case now != nil && now.Suspended:
		s.marked("◦", s.th.Running, s.plainStyle(), "Suspended: nothing runs by itself.")
		s.hint("t", "lets the graph run by the clock while the workbench is open")
		s.hint("d", "runs it once, now")
	case now != nil && now.Deployed:
		text := "On: never due by the clock."
		if !now.Next.IsZero() {
			text = "On: due " + Day(now.Next, s.f.Now) + ", while the workbench is open."
		}
		s.marked("▶", s.th.Good, s.plainStyle(), text)
		s.hint("t", "suspends it")
		s.hint("d", "runs it now")
	case now != nil:
		s.marked("!", s.th.Running, s.plainStyle(), "The graph is not deployed any more; enter deploys it.")
	case known && off:
		s.marked("◦", s.th.Running, s.plainStyle(), "Suspended: nothing runs by itself. willbuy dag resume starts the schedule, willbuy dag run runs it once.")
	case known:
		s.marked("▶", s.th.Good, s.plainStyle(), "The schedule is on. willbuy dag suspend stops it.")
	}
	s.gap()
}

// Day writes a time near another as people say it: today 18:30, Mon 23 Nov 06:30.
func Day(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	for day, name := range map[int]string{-1: "yesterday", 0: "today", 1: "tomorrow"} {
		if y, m, d := now.AddDate(0, 0, day).Date(); t.Year() == y && t.Month() == m && t.Day() == d {
			return name + t.Format(" 15:04")
		}
	}
	return t.Format("Mon 2 Jan 15:04")
}

func stateStyle(state string, th chart.Theme) lipgloss.Style {
	switch stateGlyph(state) {
	case "✓":
		return th.Good
	case "!":
		return th.Bad
	}
	return th.Running
}

// graphLines draws the nodes in a row with their steps below, or one below the
// other where the row does not fit.
func graphLines(t pipeline.Table, width int, th chart.Theme) []string {
	names, steps := words(t, "NODE"), words(t, "STEPS")
	const arrow = " ──▶ "
	top, below, used := "", "", 0
	for i, name := range names {
		lane := max(len([]rune(name)), len([]rune(steps[i])))
		if i > 0 {
			top += th.Grid.Render(arrow)
			below += strings.Repeat(" ", len([]rune(arrow)))
			used += len([]rune(arrow))
		}
		top += th.Title.Render(chart.Pad(name, lane))
		below += th.Muted.Render(chart.Pad(steps[i], lane))
		used += lane
	}
	if used <= width {
		return []string{top, below}
	}
	var out []string
	for i, name := range names {
		if i > 0 {
			out = append(out, th.Grid.Render("  │"))
		}
		out = append(out, "  "+th.Title.Render(chart.Pad(name, 18))+" "+th.Muted.Render(chart.Cut(steps[i], width-21)))
	}
	return out
}
