package tui

import (
	"fmt"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// rounds are the first and the last round that there is a curve for.
func (m *model) rounds() (first, last int) {
	curves := m.state().Curves
	return curves[0].Round, curves[len(curves)-1].Round
}

// inSight are the first and the last round that are shown.
func (m *model) inSight() (from, to int) {
	from, to = m.rounds()
	if l := &m.lens; l.To > l.From {
		return max(from, l.From), min(to, l.To)
	}
	return from, to
}

// crosshair moves the crosshair; it begins at the last round. What is zoomed in
// goes along with it.
func (m *model) crosshair(by int) {
	l := &m.lens
	first, last := m.rounds()
	from, to := m.inSight()
	if l.Cross == 0 {
		l.Cross = to + 1
		if by > 0 {
			l.Cross = from - 1
		}
	}
	l.Cross = clamp(l.Cross+by, first, last)
	if l.To > l.From {
		along := min(0, l.Cross-from) + max(0, l.Cross-to)
		l.From, l.To = from+along, to+along
	}
	m.touch()
}

// leastRounds is how many rounds are shown at least.
const leastRounds = 5

// zoomRounds shows half as many rounds, or twice as many, about the crosshair or
// at the end.
func (m *model) zoomRounds(in bool) {
	first, last := m.rounds()
	from, to := m.inSight()
	n := 2 * (to - from + 1)
	if in {
		n = max(leastRounds, (to-from+1)/2)
	}
	l := &m.lens
	if n >= last-first+1 {
		l.From, l.To = 0, 0
	} else {
		centre := to
		if l.Cross > 0 {
			centre = l.Cross
		}
		l.From = clamp(centre-n/2, first, last-n+1)
		l.To = l.From + n - 1
	}
	m.touch()
}

// turnLog goes through the axes that can be logarithmic: rounds, values, both,
// none.
func (m *model) turnLog() {
	l := &m.lens
	n := 1
	if l.LogX {
		n++
	}
	if l.LogY {
		n += 2
	}
	l.LogX, l.LogY = n%4&1 > 0, n%4&2 > 0
	m.say([]string{"Both axes are linear.", "The axis of rounds is logarithmic.", "The axis of values is logarithmic.", "Both axes are logarithmic."}[n%4])
	m.touch()
}

// turnMetric goes to the curves of the next metric, and after the last to all.
func (m *model) turnMetric() {
	m.lens.Metric = (m.lens.Metric + 1) % (len(views.CurveMetrics(m.frame())) + 1)
	m.touch()
}

func metricWord(m *model) string {
	names := views.CurveMetrics(m.frame())
	if m.lens.Metric < len(names) {
		return names[m.lens.Metric]
	}
	return "all metrics"
}

// looksClose tells whether there is a crosshair or a zoom to leave.
func (m *model) looksClose() bool { return m.onCurves() && (m.lens.Cross > 0 || m.lens.To > 0) }

// mostEarlier is how many earlier runs are offered.
const mostEarlier = 40

// readTrainings reads the earlier runs of step train from their logs, the newest
// first.
func (m *model) readTrainings() tea.Cmd {
	ctx, ws, now := m.ctx, m.ws, m.state().Run
	return func() tea.Msg {
		runs, err := ws.Runs()
		if err != nil {
			return trainings{err: err}
		}
		var out trainings
		for _, run := range slices.Backward(runs) {
			if ctx.Err() != nil || len(out.runs) == mostEarlier {
				break
			}
			events, _, _ := ws.Events(run, 0) // a damaged log counts as far as it reads
			if t, ok := training(run, events); ok && run != now {
				out.runs = append(out.runs, t)
			}
		}
		return out
	}
}

// training is a run of step train as its log tells it; false where it has none.
func training(run string, events []pipeline.Event) (views.Training, bool) {
	state := &pipeline.State{}
	for _, e := range events {
		if e.Step == "train" && (e.Kind == pipeline.KindStepStarted || e.Kind == pipeline.KindCurve) {
			state.Apply(e)
		}
	}
	st := state.Step("train")
	return views.Training{Run: run, Name: when(st.Started), Params: st.Params, Curves: st.Curves}, len(st.Curves) > 0
}

// trainings are the earlier runs that were found.
type trainings struct {
	runs []views.Training
	err  error
}

func (msg trainings) take(m *model) tea.Cmd {
	c, ok := m.cover.(*comparison)
	switch {
	case !ok: // it was closed meanwhile
	case msg.err != nil:
		m.close()
		m.warn(sentence(msg.err))
	default:
		c.known, c.runs = true, msg.runs
	}
	return nil
}

// differing names the parameters of an earlier run that are not this run's.
func differing(params, now map[string]string) string {
	step, _ := pipeline.FindStep("train")
	text := ""
	for _, p := range step.Params {
		if was, ok := params[p.Name]; ok && was != now[p.Name] {
			if text != "" {
				text += " · "
			}
			text += p.Name + " " + views.Visible(was)
		}
	}
	if text == "" {
		return "the same parameters"
	}
	return text
}

// judgement is the last value of the curve by which a run is judged.
func judgement(t views.Training) string {
	last := t.Curves[len(t.Curves)-1]
	part := last.Validation
	if len(part) == 0 {
		part = last.Train
	}
	for _, name := range []string{"auc", "logloss", "rmse"} {
		if v, ok := part[name]; ok {
			return fmt.Sprintf("%s %s", name, strconv.FormatFloat(v, 'f', 4, 64))
		}
	}
	return ""
}

// curveKeys are those of the curves, and of choosing runs to compare with.
func curveKeys() []binding {
	on := func(b binding) binding {
		b.when, b.group = (*model).onCurves, "Look"
		if b.in == 0 {
			b.in = onRail | onPane
		}
		return b
	}
	return []binding{
		on(binding{keys: []string{"left", "right"}, label: "← →", in: onPane, foot: word("crosshair"),
			help: "Move the crosshair along the rounds of training.", act: func(m *model, key string) tea.Cmd {
				m.crosshair(sign(key, "left", "right"))
				return nil
			}}),
		on(binding{keys: []string{"c"}, label: "c", foot: word("compare"),
			help: "Compare training with earlier runs: their curves, and what was different.", act: func(m *model, _ string) tea.Cmd {
				m.cover = &comparison{}
				return m.readTrainings()
			}}),
		on(binding{keys: []string{"m"}, label: "m", foot: metricWord,
			help: "The curves of another metric, or of all.", act: func(m *model, _ string) tea.Cmd {
				m.turnMetric()
				return nil
			}}),
		on(binding{keys: []string{"+", "=", "-", "_"}, label: "+ −", foot: word("rounds"),
			help: "Fewer rounds of training in sight, or more.", act: func(m *model, key string) tea.Cmd {
				m.zoomRounds(sign(key, "- _", "+ =") > 0)
				return nil
			}}),
		on(binding{keys: []string{"l"}, label: "l", foot: word("log"),
			help: "Logarithmic axes: of rounds, of values, both, none.", act: func(m *model, _ string) tea.Cmd {
				m.turnLog()
				return nil
			}}),
		on(binding{keys: []string{"0"}, label: "0",
			help: "All rounds of training, and no crosshair.", act: func(m *model, _ string) tea.Cmd {
				m.lens.From, m.lens.To, m.lens.Cross = 0, 0, 0
				m.touch()
				return nil
			}}),
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: onPane, when: (*model).looksClose, group: "Leave",
			help: "Take the crosshair away, then the zoom of the curves.", act: func(m *model, _ string) tea.Cmd {
				if m.lens.Cross > 0 {
					m.lens.Cross = 0
				} else {
					m.lens.From, m.lens.To = 0, 0
				}
				m.touch()
				return nil
			}},
		{keys: []string{"space"}, label: "space", in: inComparison, foot: word("choose"), why: noTraining, act: func(m *model, _ string) tea.Cmd {
			m.cover.(*comparison).toggle(m)
			return nil
		}},
		{keys: []string{"enter"}, label: "enter", in: inComparison, foot: word("compare"), why: noTraining, act: func(m *model, _ string) tea.Cmd {
			if len(m.lens.Earlier) == 0 {
				m.cover.(*comparison).toggle(m)
			}
			m.close()
			return nil
		}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inComparison, foot: word("move"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"0", "backspace"}, label: "0", in: inComparison, foot: word("none"), act: func(m *model, _ string) tea.Cmd {
			m.lens.Earlier = nil
			m.touch()
			return nil
		}},
		{keys: []string{"esc", "alt+esc", "c", "q"}, label: "esc", in: inComparison, foot: word("close"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			return nil
		}},
	}
}

func noTraining(m *model) string {
	c := m.cover.(*comparison)
	switch {
	case !c.known:
		return "Still reading what is recorded; a moment."
	case len(c.runs) == 0:
		return "There is no earlier run of training yet; esc closes."
	}
	return ""
}
