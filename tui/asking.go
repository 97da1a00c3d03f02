package tui

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
	"willbuy/views"
)

// openLimit is how long reading the customers for what-if may take.
const openLimit = time.Minute

// asking is the user's own question on the What-if view. The model and the
// customers are read once, when the view is first looked at, and again when the
// step has run again.
type asking struct {
	model   *pipeline.WhatIf
	of      source // what the model was read for
	refused source // could not be read; not tried again before the view is chosen again
	why     string
	opening bool
	sure    bool // it has intervals, or will not get them

	at       int                // customer, from 1; 0: everybody
	typed    *pipeline.Customer // found by id, in place of at
	from, to []float32
	flip     *whatif.Flip
	answer   *pipeline.Answer
	busy     bool // an answer is on its way
	again    bool // the question has changed since
	along    int  // the input whose curve was asked for last
	version  int  // counts what is to be drawn anew

	input *line // a value or an id being typed
}

// onWhatIf tells whether the pane shows the What-if view.
func (m *model) onWhatIf() bool {
	return m.tab == views.Output && m.views[m.step.ID] > 0 && views.Shows(m.frame()) == views.WhatIfView
}

// opened is the model with the customers, or why they could not be read.
type opened struct {
	of    source
	model *pipeline.WhatIf
	err   error
}

// answered is the answer to a question.
type answered struct {
	of     source
	answer pipeline.Answer
	err    error
}

// refitted is the model with intervals.
type refitted struct {
	of    source
	model *pipeline.WhatIf
	err   error
}

// flipped is the smallest change to the other side.
type flipped struct {
	from []float32
	flip whatif.Flip
	err  error
}

// foundCustomer is who was asked for by id.
type foundCustomer struct {
	customer pipeline.Customer
	err      error
}

// ask does what the What-if view waits for: reading the model and the
// customers, asking a question that has changed, or asking it again with
// intervals once it stays the same.
func (m *model) ask() tea.Cmd {
	if m.width == 0 || m.run != nil || !m.onWhatIf() {
		return nil
	}
	a, of := &m.asking, m.source(views.WhatIfView)
	switch {
	case a.opening || a.refused == of:
		return nil
	case a.model == nil || a.of != of:
		a.opening = true
		ctx, ws := m.ctx, m.ws
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(ctx, openLimit)
			defer cancel()
			model, err := ws.OpenWhatIf(ctx)
			return opened{of, model, err}
		}
	case a.busy:
		return nil
	}
	quick := a.again || a.along != m.along()
	if unsure := a.answer != nil && !a.answer.Sure && a.model.Refitted(); !quick && !unsure {
		return nil
	}
	a.busy, a.again, a.along = true, false, m.along()
	ctx, model := m.ctx, a.model
	question := pipeline.Question{From: slices.Clone(a.from), To: slices.Clone(a.to), One: a.who() != nil, Feature: a.along, Sure: !quick}
	return func() tea.Msg {
		answer, err := model.Answer(ctx, question)
		return answered{of, answer, err}
	}
}

func (msg opened) take(m *model) tea.Cmd {
	a := &m.asking
	a.opening = false
	a.version++
	if msg.err != nil {
		a.refused, a.why = msg.of, sentence(msg.err)
		return nil
	}
	a.model, a.of, a.sure = msg.model, msg.of, false
	a.choose(min(1, len(a.model.Customers)))
	ctx := m.ctx
	return func() tea.Msg {
		model, err := msg.model.Refit(ctx)
		return refitted{msg.of, model, err}
	}
}

func (msg refitted) take(m *model) tea.Cmd {
	a := &m.asking
	if a.of != msg.of {
		return nil
	}
	a.model, a.sure = msg.model, true
	a.version++
	if msg.err != nil && !errors.Is(msg.err, context.Canceled) && m.onWhatIf() {
		m.say("No intervals here: " + sentence(msg.err))
	}
	return nil
}

func (msg answered) take(m *model) tea.Cmd {
	a := &m.asking
	a.busy = false
	switch {
	case msg.err != nil && !errors.Is(msg.err, context.Canceled):
		m.warn(sentence(msg.err))
	case msg.of == a.of && slices.EqualFunc(msg.answer.From, a.from, alike): // else it is about somebody else
		a.answer = &msg.answer
		a.version++
	}
	return nil
}

// alike takes missing values for equal.
func alike(x, y float32) bool { return x == y || x != x && y != y }

// whatIf is what the view draws.
func (m *model) whatIf() *views.WhatIf {
	a := &m.asking
	switch {
	case m.run != nil:
		return &views.WhatIf{Waiting: "A run is under way; what-if answers when it has ended."}
	case a.refused == m.source(views.WhatIfView):
		return &views.WhatIf{Waiting: "The model and the customers cannot be read just now: " + a.why + ". Come back to this view to try again."}
	case a.model == nil || a.of != m.source(views.WhatIfView):
		return &views.WhatIf{Waiting: "Reading the model and the customers …"}
	}
	w := &views.WhatIf{Who: a.who(), At: a.at, Of: len(a.model.Customers), Total: a.model.Total, Features: a.model.Features,
		From: a.from, To: a.to, Answer: a.answer, Flip: a.flip,
		Refitting: !a.sure || a.model.Refitted() && a.answer != nil && !a.answer.Sure}
	if a.typed != nil {
		w.At = 0
	}
	for f := range a.from {
		w.Places = append(w.Places, [2]float64{a.model.Place(f, a.from[f]), a.model.Place(f, a.to[f])})
	}
	return w
}
