package views

import (
	"fmt"
	"maps"
	"strings"

	"charm.land/lipgloss/v2"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawCode is what really runs, parameters in place, with line numbers. Long
// lines go on below, indented.
func (s *sheet) drawCode() {
	if s.f.Step.Code == nil {
		s.say(s.th.Muted, "This step only shows what is there: it runs no code of its own.")
		return
	}
	code := s.f.Step.Code(s.f.Lab, s.f.Values)
	if s.st.Code != "" && s.st.Code != code {
		s.marked("~", s.th.Running, s.plainStyle(), "This is what will run now; the last run had other values.")
	}
	own := 0
	for _, p := range s.f.Step.Params {
		switch {
		case p.Kind != pipeline.SQLParam:
		case s.f.Values[p.Name] != "":
			s.marked("•", s.th.Running, s.plainStyle(), p.Name+" is edited: it is not the lab's own text. ctrl+r puts that back.")
		default:
			own++
		}
	}
	text := withMarks(s.f, code)
	switch {
	case text != code:
		s.say(s.th.Muted, "Underlined values are parameters: e edits them.")
	case own > 0:
		s.say(s.th.Muted, "E edits this SQL; it is checked and explained before you accept it.")
	}
	s.gap()
	s.add(numbered(SQL(strings.TrimRight(text, "\n"), s.th), s.marksOfEdits(code), s.width, s.th)...)
}

// marksOfEdits marks the lines that the code has only because its SQL was
// edited.
func (s *sheet) marksOfEdits(code string) map[int]string {
	values := maps.Clone(s.f.Values)
	edited := false
	for _, p := range s.f.Step.Params {
		if p.Kind == pipeline.SQLParam && values[p.Name] != "" {
			values[p.Name], edited = "", true
		}
	}
	if !edited {
		return nil
	}
	return newLines(code, s.f.Step.Code(s.f.Lab, values), s.th)
}

// newLines marks the lines of a text that another has not.
func newLines(text, own string, th chart.Theme) map[int]string {
	known := map[string]bool{}
	for line := range strings.SplitSeq(own, "\n") {
		known[strings.TrimRight(strings.TrimSpace(line), ";")] = true
	}
	marks := map[int]string{}
	for i, line := range strings.Split(text, "\n") {
		if !known[strings.TrimRight(strings.TrimSpace(line), ";")] {
			marks[i+1] = th.Running.Render("•")
		}
	}
	return marks
}

// numbered puts numbers before lines, from 1 on, and wraps those that are too
// long. Some have a mark of one cell behind their number.
func numbered(lines []string, marks map[int]string, width int, th chart.Theme) []string {
	digits := len(fmt.Sprint(len(lines)))
	room := max(8, width-digits-2)
	var out []string
	for i, line := range lines {
		number := fmt.Sprintf("%*d", digits, i+1)
		gutter := th.Muted.Render(number + "  ")
		if mark := marks[i+1]; mark != "" {
			gutter = th.Muted.Render(number) + mark + " "
		}
		parts := []string{line}
		if chart.Width(line) > room {
			parts = strings.Split(lipgloss.Wrap(line, room-2, " ,("), "\n")
		}
		for j, part := range parts {
			if j > 0 {
				gutter, part = strings.Repeat(" ", digits+2), "  "+part
			}
			out = append(out, gutter+part)
		}
	}
	return out
}
