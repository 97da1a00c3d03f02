package views

import (
	"fmt"
	"strings"

	"willbuy/views/chart"
)

// drawParameters is a table of the step's parameters with the chosen one's
// help below. A value that differs from its default is marked and bold.
func (s *sheet) drawParameters() {
	params := s.f.Step.Params
	if len(params) == 0 {
		s.say(s.th.Muted, "This step has no parameters.")
		return
	}
	n := len(params)
	names, values, defaults, ranges := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, p := range params {
		value, ok := s.f.Values[p.Name]
		if !ok {
			value = p.Default
		}
		names[i], values[i], defaults[i], ranges[i] = p.Name, empty(Visible(p.Shown(value))), empty(Visible(p.Shown(p.Default))), join(" ", p.Range(), p.Unit)
	}
	const marks = 4 // the cursor's and that of a changed value
	name := widest(append(names, "PARAMETER"), 20)
	value := widest(append(values, "VALUE"), max(8, s.width/4))
	free := s.width - marks - name - 2 - value
	more := []struct {
		head  string
		texts []string
		width int
	}{{"DEFAULT", defaults, widest(append(defaults, "DEFAULT"), max(8, s.width/6))}, {"RANGE", ranges, widest(append(ranges, "RANGE"), 20)}}
	for k := range more {
		if free -= more[k].width + 2; free < 0 { // this one and those after it stay out
			more = more[:k]
			break
		}
	}
	help := free - 2
	row := func(cell func(k int) string, about string) string {
		line := ""
		for k, c := range more {
			line += "  " + chart.Pad(cell(k), c.width)
		}
		if help >= 24 {
			line += "  " + chart.Cut(about, help)
		}
		return s.th.Muted.Render(strings.TrimRight(line, " "))
	}
	s.add(s.th.Muted.Render(chart.Pad("    "+chart.Pad("PARAMETER", name)+"  VALUE", marks+name+2+value)) + row(func(k int) string { return more[k].head }, "WHAT IT DOES"))
	s.list = list{}
	for i, p := range params {
		if p.Group != "" && (i == 0 || p.Group != params[i-1].Group) {
			s.add("  " + s.th.Muted.Render(p.Group))
		}
		s.list.lines = append(s.list.lines, len(s.lines))
		cursor, changed, nameStyle, valueStyle := "  ", "  ", s.plainStyle(), s.plainStyle()
		if i == s.f.Cursor {
			cursor, nameStyle = s.th.Accent.Render("▸ "), s.th.Title
			s.chosen = len(s.lines)
		}
		if values[i] != defaults[i] {
			changed, valueStyle = s.th.Running.Render("• "), s.th.Title
		}
		s.add(cursor + changed + nameStyle.Render(chart.Pad(names[i], name)) + "  " + valueStyle.Render(chart.Pad(values[i], value)) + row(func(k int) string { return more[k].texts[i] }, p.Help))
	}
	if i := s.f.Cursor; i >= 0 && i < len(params) {
		p := params[i]
		s.gap()
		s.say(s.th.Title, p.Name+" = "+values[i])
		s.say(s.plainStyle(), p.Help)
		s.say(s.th.Muted, join(" · ", string(p.Kind), ranges[i], "default "+defaults[i]))
		s.say(s.th.Muted, fmt.Sprintf("willbuy run --set %s.%s=…", s.f.Step.ID, p.Name))
	}
}

func empty(value string) string {
	if value == "" {
		return "(empty)"
	}
	return value
}
