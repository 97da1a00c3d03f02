package views

import (
	"fmt"
	"math"
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
		s.add(s.along(w.Answer.Feature)...)
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
	name, value := widest(names, max(8, s.width/3)), max(20, widest(values, s.width/2))
	slide := min(40, s.width-2-name-2-2-value)
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
		lines = append(lines, chart.Cut(line+style.Render(text), s.width))
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
	const names = 21
	line := func(name, text, more string) string {
		return chart.Cut(chart.Pad(name, names)+text+s.th.Muted.Render(more), s.width)
	}
	first := s.th.Title.Render("buys with " + share(a.Before))
	if a.Set != nil {
		first = "buys with " + share(a.Before) + " → " + s.th.Title.Render(share(a.After)) + "  " + s.toward(100*(a.After-a.Before), 1, " points")
	}
	lines := []string{line(who, first, "")}
	if w.Flip != nil {
		lines = append(lines, line("smallest change", s.flipText(*w.Flip), ""))
	}
	if a.Set == nil {
		return append(lines, chart.Cut(s.th.Accent.Render("← →")+" change the chosen value, "+s.th.Accent.Render("=")+" types one", s.width))
	}
	lines = append(lines, line("if everybody had it", s.effectText(*a.Set), s.intervalText(*a.Set)))
	if a.Shift != nil {
		lines = append(lines, line("if all moved as far", s.effectText(*a.Shift), s.intervalText(*a.Shift)))
	}
	return lines
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

func (s *sheet) effectText(e whatif.Effect) string {
	unit := " per 1,000"
	if s.width >= 72 {
		unit = " purchases per 1,000 customers"
	}
	return s.toward(e.PerThousand(e.Change), 0, unit)
}

func (s *sheet) intervalText(e whatif.Effect) string {
	switch {
	case e.Interval != nil:
		return fmt.Sprintf("  90%% [%s, %s]", signed(e.PerThousand(e.Interval.Low), 0), signed(e.PerThousand(e.Interval.High), 0))
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

// along is the expected purchase along an input: of everybody, and of the
// customer with the other values as they are asked about.
func (s *sheet) along(f int) []string {
	if w := s.f.WhatIf; len(w.Features[f].Classes) > 0 || len(w.Answer.Curve.Points) <= fewPoints {
		return s.alongClasses(f)
	}
	return chart.Line(s.alongNumbers(f), s.width, min(16, max(7, s.left())), s.th)
}

// fewPoints is up to how many values an input has a bar each.
const fewPoints = 8

// alongNumbers is a curve.
func (s *sheet) alongNumbers(f int) chart.Plot {
	w := s.f.WhatIf
	line := func(name string, c whatif.Curve) chart.Series {
		out := chart.Series{Name: name, X: []float64{}}
		for i, p := range c.Points {
			if i > 0 { // trees answer in steps
				out.X, out.Values = append(out.X, float64(p.Value)), append(out.Values, out.Values[len(out.Values)-1])
			}
			out.X, out.Values = append(out.X, float64(p.Value)), append(out.Values, 100*p.Mean)
		}
		return out
	}
	feature := w.Features[f]
	plot := chart.Plot{Title: "Along " + oneLine(feature.String()), Note: "% expected to buy", XLabel: oneLine(feature.Unit),
		Series: []chart.Series{line("everybody", w.Answer.Curve)}}
	if len(w.Answer.Own.Points) > 0 {
		plot.Series = append(plot.Series, line("this customer", w.Answer.Own))
	}
	if x := float64(w.To[f]); !math.IsNaN(x) {
		plot.Mark = &chart.Mark{At: x, Name: inputValue(feature, w.To[f])}
	}
	return plot
}

// alongClasses is a bar a value: of the customer, with everybody's beside it, or
// of everybody.
func (s *sheet) alongClasses(f int) []string {
	w := s.f.WhatIf
	feature, own := w.Features[f], w.Answer.Own.Points
	head, bars := "everybody", []chart.Bar(nil)
	for i, p := range w.Answer.Curve.Points {
		name := inputValue(feature, p.Value)
		if p.Value == w.To[f] {
			name += " ◂"
		}
		bar := chart.Bar{Name: name, Value: p.Mean, Text: share(p.Mean)}
		if i < len(own) && own[i].Value == p.Value {
			head = "this customer  everybody"
			bar.Value, bar.Text = own[i].Mean, chart.PadLeft(share(own[i].Mean), 13)+chart.PadLeft(share(p.Mean), 11)
		}
		bars = append(bars, bar)
	}
	return append([]string{title(s.th, "Along "+oneLine(feature.String()), head, s.width)},
		chart.Bars(chart.BarChart{Bars: bars, Max: 1, Chosen: -1}, s.width, s.th)...)
}
