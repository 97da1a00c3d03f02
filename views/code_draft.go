package views

import (
	"fmt"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// Draft is an edited SQL text before it is accepted: what the store makes of
// it, or why it will not do.
type Draft struct {
	Text    string
	OwnText string // the lab's
	Fault   string // a sentence; "" when it will do
	Line    int    // of the fault, from 1; 0 where it is in none
	Columns []store.Column
	Now     []store.Column // of the result as it is now; nil when nobody knows
	Rows    int64          // of the result; -1 when counting them took too long
	RowsNow int64          // -1 when nobody knows
	Plan    []store.PlanStep
	Stale   []string // titles of the steps that it would make stale
	Own     bool     // it is the lab's own text
	Same    bool     // it is the text in force
}

// DraftLines draws a draft at a width: what is wrong with it, or what it gives,
// how that comes about and what becomes stale; then the text.
func DraftLines(d Draft, width int, th chart.Theme) []string {
	s := &sheet{th: th, width: width, chosen: -1}
	if d.Fault != "" {
		text := Visible(d.Fault)
		if d.Line > 0 {
			text = fmt.Sprintf("line %d: %s", d.Line, text)
		}
		s.marked("!", th.Bad, th.Title, text)
		s.hint("e", "goes back to the text")
	} else {
		s.drawDraft(d)
	}
	s.gap()
	marks := newLines(d.Text, d.OwnText, th)
	if d.Line > 0 {
		marks = map[int]string{d.Line: th.Bad.Render("▸")}
	}
	s.add(numbered(SQL(d.Text, th), marks, width, th)...)
	return s.lines
}

func (s *sheet) drawDraft(d Draft) {
	result := pipeline.Plural(d.Rows, "row")
	switch {
	case d.Rows < 0:
		result = "the rows take too long to count"
	case d.RowsNow >= 0 && d.RowsNow != d.Rows:
		result += fmt.Sprintf(" (now %s)", pipeline.Thousands(d.RowsNow))
	}
	what := "It will do"
	if d.Own {
		what = "This is the lab's own text"
	}
	s.marked("✓", s.th.Good, s.th.Title, fmt.Sprintf("%s: %s, %s.", what, result, pipeline.Plural(int64(len(d.Columns)), "column")))
	switch {
	case d.Same:
		s.say(s.th.Muted, "  It is the text in force: accepting it changes nothing.")
	case len(d.Stale) > 0:
		s.marked("~", s.th.Running, s.plainStyle(), "Accepting it makes stale: "+strings.Join(d.Stale, ", ")+".")
	default:
		s.say(s.th.Muted, "  Nothing becomes stale: no result rests on it yet.")
	}
	s.gap()
	s.add(title(s.th, "Columns", "+ new  − gone", s.width))
	s.say(s.plainStyle(), strings.Join(changes(d.Columns, d.Now), " · "))
	s.gap()
	s.add(title(s.th, "How the store goes about it", "rows are estimates", s.width))
	for i, step := range d.Plan {
		rows := ""
		if step.Rows >= 0 {
			rows = "about " + pipeline.Plural(step.Rows, "row")
		}
		number := fmt.Sprintf("%2d  ", i+1)
		room := s.width - len(number) - len(rows) - 2
		s.add(s.th.Muted.Render(number) + chart.Pad(chart.Cut(oneLine(step.Does), room), room) + "  " + s.th.Muted.Render(rows))
	}
}

// changes lists columns with their types: those that are new and those that are
// gone with a sign, where it is known what there was.
func changes(columns, now []store.Column) []string {
	has := func(list []store.Column, name string) bool {
		return slices.ContainsFunc(list, func(c store.Column) bool { return strings.EqualFold(c.Name, name) })
	}
	var out []string
	for _, c := range columns {
		text := Visible(c.Name) + " " + strings.ToLower(string(c.Type))
		if now != nil && !has(now, c.Name) {
			text = "+ " + text
		}
		out = append(out, text)
	}
	for _, c := range now {
		if !has(columns, c.Name) {
			out = append(out, "− "+Visible(c.Name))
		}
	}
	return out
}
