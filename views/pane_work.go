package views

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// jobsOf are the jobs that the pane of jobs lists: as they stand now, or as the
// step found them.
func jobsOf(f Frame) []pipeline.Job {
	if f.Jobs != nil {
		return f.Jobs
	}
	t, _ := f.State.Step(f.Step.ID).Table("jobs")
	var out []pipeline.Job
	names, states, summaries, seconds := words(t, "NAME"), words(t, "STATUS"), words(t, "SUMMARY"), numbers(t, "SECONDS")
	for i, id := range words(t, "ID") {
		j := pipeline.Job{ID: id, Name: names[i], Status: states[i], Summary: summaries[i]}
		began, _ := column(t, "SUBMITTED")[i].(string)
		for _, form := range []string{time.DateTime, time.RFC3339} {
			if at, err := time.Parse(form, began); err == nil {
				j.Submitted = at
			}
		}
		if seconds[i] >= 0 {
			j.Ended = j.Submitted.Add(time.Duration(seconds[i] * float64(time.Second)))
		}
		out = append(out, j)
	}
	return out
}

// jobRows are the jobs, and below them what can be submitted where that can be
// done here.
func jobRows(f Frame) int {
	n := len(jobsOf(f))
	if f.Jobs != nil {
		n += len(pipeline.JobKinds)
	}
	return n
}

// drawJobs lists the jobs, the newest first, and what can be submitted.
func drawJobs(s *sheet) {
	jobs, n := jobsOf(s.f), jobRows(s.f)
	if s.f.Jobs == nil && s.st.Result.Summary != "" {
		s.brief(Visible(s.st.Result.Summary))
		s.gap()
	} else if len(jobs) == 0 {
		s.say(s.plainStyle(), "No job was submitted yet.")
		s.gap()
	}
	if len(jobs) > 0 {
		s.add(title(s.th, "Jobs", pipeline.Plural(int64(len(jobs)), "job"), s.width))
		for i, j := range jobs {
			s.choice(i, n, s.jobLine(j))
		}
		s.gap()
		if at := s.cursor(n); at < len(jobs) {
			if text := join(": ", Visible(jobs[at].Summary), waitsFor(jobs[at])); text != "" {
				s.say(s.plainStyle(), text)
			}
			if s.f.Jobs != nil {
				s.inside("enter", "shows its log, x cancels one that runs")
			} else {
				s.say(s.th.Muted, "willbuy jobs logs "+Visible(jobs[at].ID))
			}
			s.gap()
		}
	}
	s.add(title(s.th, "What can be submitted", "", s.width))
	for i, k := range pipeline.JobKinds {
		line := chart.Pad(k.Name, 16) + s.th.Muted.Render(chart.Cut(k.What+": "+strings.Join(k.Steps, " → "), s.width-18))
		if s.f.Jobs != nil {
			s.choice(len(jobs)+i, n, line)
		} else {
			s.add("  " + line)
		}
	}
	if s.f.Jobs != nil && s.cursor(n) >= len(jobs) {
		s.gap()
		s.inside("enter", "submits "+pipeline.JobKinds[s.cursor(n)-len(jobs)].Name+"; it goes on when this is closed")
	}
}

func waitsFor(j pipeline.Job) string {
	if j.Waits == "" {
		return ""
	}
	return "waits for " + Visible(j.Waits)
}

// jobLine is a job in one line: its state, name, how long it took or has taken,
// when it was submitted, and its id where there is room.
func (s *sheet) jobLine(j pipeline.Job) string {
	took, when, end := "", "", j.Ended
	if !j.Submitted.IsZero() {
		when = Day(j.Submitted, s.f.Now)
	}
	if end.IsZero() && when != "" && (j.Status == pipeline.JobRunning || j.Status == pipeline.JobPending) {
		end = s.f.Now
	}
	if !end.IsZero() {
		took = duration(max(0, end.Sub(j.Submitted).Seconds()))
	}
	state := stateStyle(j.Status, s.th).Render(chart.Pad(stateGlyph(j.Status)+" "+Visible(j.Status), 17))
	line := state + chart.Pad(Visible(j.Name), 16) + chart.PadLeft(took, 8) + "   " + s.th.Muted.Render(chart.Pad(when, 18)+Visible(j.ID))
	return chart.Cut(line, s.width-2)
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
	case "CANCELLED", "INTERRUPTED", "INTERNAL_ERROR":
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
		s.add(s.graphLines(t)...)
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
	s.add(title(s.th, Visible(t.Title), "newest at the right", s.width))
	s.drawStrip(t)
	s.gap()
	marked := withGlyphs(t, "STATE")
	s.add(newTable(marked.Columns, marked.Rows, s.width, s.th).draw(-1)...)
}

// drawStrip is a mark a run of the graph, the oldest first, above how long each
// took, and what the marks mean.
func (s *sheet) drawStrip(t pipeline.Table) {
	states, seconds := words(t, "STATE"), numbers(t, "SECONDS")
	var marks, legend string
	var took []float64
	for i := len(states) - 1; i >= 0; i-- {
		letter := stateLetter(states[i])
		marks += stateStyle(states[i], s.th).Render(letter)
		took = append(took, seconds[i])
		if word := letter + " " + strings.ToLower(states[i]); !strings.Contains(legend, word) {
			legend = join("  ", legend, word)
		}
	}
	s.add(chart.Cut(s.th.Muted.Render("  state     ")+marks+s.th.Muted.Render("   "+legend), s.width),
		s.th.Muted.Render("  duration  ")+chart.Sparkline(took, s.width-12, s.th))
}

// stateLetter stands for the state of a run where there is room for one letter.
// One that was left out has the dash that it has elsewhere: S is for success.
func stateLetter(state string) string {
	if state == "" || stateGlyph(state) == "–" {
		return "–"
	}
	return strings.ToUpper(state[:1])
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

// graphLines draws the nodes in a row, with their states and their steps below,
// or one below the other where the row does not fit.
func (s *sheet) graphLines(t pipeline.Table) []string {
	names, steps := words(t, "NODE"), words(t, "STEPS")
	const arrow = " ──▶ "
	var top, below, last string
	used := 0
	for i, name := range names {
		state, style := s.nodeState(steps[i])
		lane := max(chart.Width(name), chart.Width(state), min(24, chart.Width(steps[i])))
		if i > 0 {
			top += s.th.Grid.Render(arrow)
			gap := strings.Repeat(" ", chart.Width(arrow))
			below, last = below+gap, last+gap
			used += chart.Width(arrow)
		}
		top += s.th.Title.Render(chart.Pad(name, lane))
		below += style.Render(chart.Pad(state, lane))
		last += s.th.Muted.Render(chart.Pad(chart.Cut(steps[i], lane), lane))
		used += lane
	}
	if used <= s.width {
		return []string{top, below, last}
	}
	var out []string
	for i, name := range names {
		state, style := s.nodeState(steps[i])
		if i > 0 {
			out = append(out, s.th.Grid.Render("  │"))
		}
		out = append(out, "  "+s.th.Title.Render(chart.Pad(name, 18))+style.Render(chart.Pad(state, 16))+s.th.Muted.Render(chart.Cut(steps[i], s.width-36)))
	}
	return out
}

// nodeState is the state of a node of the graph: that of its steps which asks for
// most attention, and of which step it is.
func (s *sheet) nodeState(steps string) (string, lipgloss.Style) {
	all := strings.Split(steps, ", ")
	for _, status := range []pipeline.Status{pipeline.Running, pipeline.Failed, pipeline.Interrupted, pipeline.Blocked, pipeline.Stale, pipeline.New} {
		for _, id := range all {
			if s.f.State.Step(id).Status != status {
				continue
			}
			glyph, style := StatusMark(status, s.th)
			text := glyph + " " + string(status)
			if status == pipeline.Running || status == pipeline.Failed {
				text = glyph + " " + id
				if p := s.f.State.Step(id).Progress; status == pipeline.Running && p.Total > 0 {
					text += fmt.Sprintf(" %d%%", 100*p.Done/p.Total)
				}
			}
			return text, style
		}
	}
	glyph, style := StatusMark(pipeline.Done, s.th)
	return glyph + " " + string(pipeline.Done), style
}
