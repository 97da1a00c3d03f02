package views

import (
	"fmt"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/store"
)

// drawChecks lists what must be true after the step: what held, what did not
// and with which rows, and what has not been asked yet.
func (s *sheet) drawChecks() {
	for _, c := range s.st.Checks {
		if c.OK {
			s.marked("✓", s.th.Good, s.plainStyle(), Visible(c.Name))
			s.detail(c.Detail)
			continue
		}
		s.marked("!", s.th.Bad, s.th.Title, "does not hold: "+Visible(c.Name))
		s.detail(c.Detail)
		s.drawBreaking(c)
	}
	for _, rule := range s.f.Step.Checks {
		if !slices.ContainsFunc(s.st.Checks, func(c pipeline.Check) bool { return c.Name == rule.Name }) {
			s.marked("·", s.th.Muted, s.th.Muted, rule.Name+" (not checked yet)")
		}
	}
	if len(s.lines) == 0 {
		s.say(s.th.Muted, "This step declares no checks.")
	}
}

func (s *sheet) detail(text string) {
	if text != "" {
		for _, line := range wrapped(s.th.Muted, Visible(text), s.width-2) {
			s.add("  " + line)
		}
	}
}

// drawBreaking shows the rows that break a check.
func (s *sheet) drawBreaking(c pipeline.Check) {
	for _, row := range c.Rows {
		parts := make([]string, len(row))
		for i, v := range row {
			parts[i] = cell(v, store.String, 4)
		}
		s.add("    " + strings.Join(parts, " · "))
	}
	if len(c.Rows) > 0 {
		s.add("  " + s.th.Muted.Render(fmt.Sprintf("%s shown", pipeline.Plural(int64(len(c.Rows)), "row"))))
	}
}

// drawLog lists the lines worth reading later, the oldest first.
func (s *sheet) drawLog() {
	for _, l := range s.st.Log {
		if l.Level == "warning" {
			s.marked("!", s.th.Running, s.plainStyle(), "warning: "+Visible(l.Text))
		} else {
			s.marked("·", s.th.Muted, s.plainStyle(), Visible(l.Text))
		}
	}
	if len(s.lines) == 0 {
		s.say(s.th.Muted, "The step has logged nothing.")
	}
}
