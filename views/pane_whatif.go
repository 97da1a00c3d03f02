package views

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
	"willbuy/views/chart"
)

// WhatIfView is the name of the view that answers a user's own questions.
const WhatIfView = "What-if"

// WhatIf is a user's question and, once it is there, the answer. Nothing of it
// is recorded.
type WhatIf struct {
	Waiting string // what is being done, or why nothing can be asked; the rest is empty then

	Who       *pipeline.Customer // nil: everybody
	At, Of    int                // which of the customers at hand it is, from 1; 0 for one that was typed
	Total     int64              // customers
	Features  []whatif.Feature
	From, To  []float32    // values as they are and as they are asked about
	Places    [][2]float64 // of From and To among the values that make a difference, 0 to 1
	Answer    *pipeline.Answer
	Flip      *whatif.Flip // the smallest change to the other side, if it was asked for
	Refitting bool         // intervals are on their way
}

// whatIfRows are whom it is about and the inputs.
func whatIfRows(f Frame) int {
	if f.WhatIf == nil || f.WhatIf.Waiting != "" {
		return 0
	}
	return 1 + len(f.WhatIf.Features)
}

// drawWhatIf shows a question and its answer: whom it is about, the inputs with
// their values, what the model expects, and the curve of the chosen input.
func drawWhatIf(s *sheet) {
	w := s.f.WhatIf
	switch {
	case w == nil:
		s.add(title(s.th, "What if it were different?", "", s.width))
		s.say(s.th.Muted, "The workbench answers here as you move a value; on the command line it is willbuy whatif.")
		return
	case w.Waiting != "":
		s.say(s.plainStyle(), Visible(w.Waiting))
		return
	}
	cursor := s.cursor(1 + len(w.Features))
	s.choosable(1+len(w.Features), len(s.lines), 1, cursor)
	s.add(s.whoLine(cursor == 0))
	s.add(s.whatIfInputs(cursor - 1)...)
	if text := w.text(); text != "" && s.f.Height > 30 {
		s.gap()
		s.add(s.th.Muted.Render(chart.Cut("“"+oneLine(text)+"”", s.width)))
	}
	if s.f.Height >= 24 {
		s.gap()
	}
	lines := s.whatIfAnswer()
	if a := w.Answer; a != nil && !slices.EqualFunc(a.To, w.To, alike) { // another question by now
		for i, line := range lines {
			lines[i] = s.th.Muted.Render(ansi.Strip(line))
		}
	}
	s.add(lines...)
	if s.f.Height >= 24 {
		s.gap()
	}
	if w.Answer != nil {
		s.whatIfCharts()
	}
	s.gap()
	s.say(s.th.Muted, whatif.Caveat)
}

func (w *WhatIf) text() string {
	if w.Who == nil {
		return ""
	}
	return w.Who.Text
}

// whoLine says whom the question is about.
func (s *sheet) whoLine(chosen bool) string {
	w := s.f.WhatIf
	name, more, place := "everybody", counted(w.Total, "customers")+", from the medians", "all"
	if w.Who != nil {
		name = Visible(w.Who.ID)
		more = oneLine(w.Who.Group) + " · " + map[bool]string{true: "bought (truth)", false: "did not buy (truth)"}[w.Who.Bought]
		place = fmt.Sprintf("%d of %d", w.At, w.Of)
		if w.At == 0 {
			place = "typed"
		}
	}
	room := s.width - 2 - chart.Width(place) - 6
	if left := room - chart.Width(more) - 2; left < 12 {
		name = chart.Cut(name, room)
		more = ""
	} else {
		name = chart.Cut(name, left)
	}
	line := chart.Pad(name+"  "+more, room)
	if chosen {
		return s.th.Accent.Render("▸ ") + s.th.Title.Render(line) + s.th.Accent.Render("  ◂ "+place+" ▸")
	}
	return "  " + line + s.th.Muted.Render("  ◂ "+place+" ▸")
}

// whatIfInputs is a row an input: its name, where it lies among the values that
// make a difference, and what it is asked to be.
func (s *sheet) whatIfInputs(chosen int) []string {
	w := s.f.WhatIf
	names, values := make([]string, len(w.Features)), make([]string, len(w.Features))
	for f, feature := range w.Features {
		names[f] = oneLine(feature.String())
		values[f] = inputValue(feature, w.From[f])
		if !alike(w.From[f], w.To[f]) {
			values[f] += " → " + inputValue(feature, w.To[f])
		}
	}
	var pushes []float64 // what each does to the prediction, where no waterfall says it
	if a := w.Answer; a != nil && s.width < wideWhatIf {
		pushes = a.Phi
	}
	name, value, push := widest(names, max(8, s.width/3)), max(20, widest(values, s.width/2)), 0
	if pushes != nil && s.width >= 60 {
		push = 9
	}
	slide := min(40, s.width-2-name-2-2-value-push)
	var lines []string
	for f := range w.Features {
		mark, style := "  ", s.plainStyle()
		if f == chosen {
			mark, style = s.th.Accent.Render("▸ "), s.th.Title
		}
		line := mark + style.Render(chart.Pad(names[f], name)) + "  "
		if slide >= 8 {
			line += chart.Slider(w.Places[f][0], w.Places[f][1], slide, s.th) + "  "
		}
		text := values[f]
		if !alike(w.From[f], w.To[f]) {
			style = s.th.Title
		}
		line += style.Render(chart.Pad(text, value))
		if push > 0 {
			line += s.push(pushes[f], push)
		}
		lines = append(lines, chart.Cut(strings.TrimRight(line, " "), s.width))
	}
	return lines
}

// alike takes missing values for equal.
func alike(x, y float32) bool { return x == y || x != x && y != y }

// inputValue writes a value of an input for people.
func inputValue(f whatif.Feature, x float32) string {
	if len(f.Classes) > 0 || x != x {
		return shortWords(f.Value(x))
	}
	unit := oneLine(f.Unit)
	if x == 1 && len(unit) > 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return join(" ", shortNumber(float64(x)), unit)
}

// answerNames is the width of what stands before an answer.
func (s *sheet) answerNames() int {
	if s.width < twoColumns {
		return 20
	}
	return 23
}

// whatIfAnswer is what the model expects, in a line each for the customer, for
// everybody with these values, and for everybody moved as far.
func (s *sheet) whatIfAnswer() []string {
	w := s.f.WhatIf
	a := w.Answer
	if a == nil {
		return []string{s.th.Muted.Render("asking the model …")}
	}
	who := "on average"
	if w.Who != nil {
		who = "this customer"
	}
	names := s.answerNames()
	line := func(name, text, more string) string {
		return chart.Cut(chart.Pad(name, names)+text+s.th.Muted.Render(more), s.width)
	}
	first := s.th.Title.Render("buys with " + share(a.Before))
	if a.Set != nil {
		first = "buys with " + share(a.Before) + " → " + s.th.Title.Render(share(a.After)) + "  " + s.toward(100*(a.After-a.Before), 1, " points")
		if a.Truth != nil && s.width < twoColumns { // the truth matters more
			first = "buys with " + share(a.Before) + " → " + s.th.Title.Render(share(a.After))
		}
	}
	inTruth := func(before, after float64) string {
		if before == after {
			return "  truth " + share(before)
		}
		return "  truth " + share(before) + " → " + share(after)
	}
	truth := ""
	if a.Truth != nil {
		truth = inTruth(a.Truth.Before, a.Truth.After)
	}
	lines := []string{line(who, first, truth)}
	if w.Flip != nil {
		lines = append(lines, line("smallest change", s.flipText(*w.Flip), ""))
	}
	if a.Set == nil {
		hint := s.th.Accent.Render("← →") + " change the chosen value, " + s.th.Accent.Render("=") + " types one"
		if s.f.Cursor == 0 {
			hint = s.th.Accent.Render("← →") + " another customer, " + s.th.Accent.Render("↓") + " to the values to change them"
		}
		return append(lines, chart.Cut(hint, s.width))
	}
	everybody := func(name string, e whatif.Effect, truth float64) {
		text := map[bool]string{true: "purchase rate ", false: "rate "}[s.width >= 100] + share(e.Before/float64(e.Customers)) + " → " + s.th.Title.Render(share(e.After/float64(e.Customers)))
		more := s.intervalText(e)
		if a.Truth != nil {
			inTruth := inTruth(a.Truth.Everybody, truth)
			if room := s.width - names - chart.Width(text) - chart.Width(inTruth); chart.Width(more) > room {
				more = ""
			}
			more += inTruth
		}
		lines = append(lines, line(name, text, more))
	}
	set, shift := 0.0, 0.0
	if a.Truth != nil {
		set, shift = a.Truth.Set, a.Truth.Shift
	}
	everybody("if everybody had it", *a.Set, set)
	if a.Shift != nil {
		everybody(s.shifted(), *a.Shift, shift)
	}
	return lines
}

// shifted says how far everybody is moved, where it is along one input.
func (s *sheet) shifted() string {
	a, one := s.f.WhatIf.Answer, ""
	for f, feature := range s.f.WhatIf.Features {
		by := a.To[f] - a.From[f]
		if by != by || by == 0 || len(feature.Classes) > 0 {
			continue
		}
		if one != "" {
			return "if all moved as far"
		}
		one = join(" ", "all:", oneLine(feature.String()), signedShort(float64(by)), oneLine(feature.Unit))
	}
	if chart.Width(one) >= s.answerNames() {
		return "if all moved as far"
	}
	return one
}

// signedShort writes a change with three digits and its sign.
func signedShort(v float64) string {
	if v > 0 {
		return "+" + shortNumber(v)
	}
	return shortNumber(v)
}

// toward writes a change with its direction.
func (s *sheet) toward(v float64, decimals int, unit string) string {
	text := chart.Signed(v, decimals)
	style := s.th.Muted
	switch {
	case strings.HasPrefix(text, "▲"):
		style = s.th.Up
	case strings.HasPrefix(text, "▼"):
		style = s.th.Down
	}
	return style.Render(text + unit)
}

func (s *sheet) intervalText(e whatif.Effect) string {
	switch {
	case e.Interval != nil:
		n := float64(e.Customers)
		return fmt.Sprintf("  90%% [%.1f, %.1f]", 100*(e.Before+e.Interval.Low)/n, 100*(e.Before+e.Interval.High)/n)
	case s.f.WhatIf.Refitting:
		return "  interval …"
	}
	return ""
}

// flipText says which change takes the customer to the other side.
func (s *sheet) flipText(f whatif.Flip) string {
	if len(f.Steps) == 0 {
		return "none within what was seen leads to the other side"
	}
	var parts []string
	for _, step := range f.Steps {
		parts = append(parts, fmt.Sprintf("%s %s → %s", oneLine(step.Feature.String()), inputValue(step.Feature, step.From), inputValue(step.Feature, step.To)))
	}
	text := strings.Join(parts, " and ")
	if f.Proven {
		return text + ", proven"
	}
	return text + ", maybe not the smallest"
}
