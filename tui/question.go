package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
)

// who is the customer that is asked about, nil for everybody.
func (a *asking) who() *pipeline.Customer {
	switch {
	case a.typed != nil:
		return a.typed
	case a.at > 0:
		return &a.model.Customers[a.at-1]
	}
	return nil
}

// choose asks about a customer, from 1, or with 0 about everybody.
func (a *asking) choose(at int) {
	a.at, a.typed = at, nil
	a.begin()
}

// begin starts from the values as they are.
func (a *asking) begin() {
	a.from = a.model.Usual()
	if who := a.who(); who != nil {
		a.from = slices.Clone(who.Row)
	}
	a.to, a.answer, a.flip = slices.Clone(a.from), nil, nil
	a.changed()
}

// changed says that the question is another one.
func (a *asking) changed() {
	a.again = true
	a.version++
}

// moved tells whether a value is asked to be another one.
func (a *asking) moved() bool { return a.model != nil && !slices.EqualFunc(a.from, a.to, alike) }

// feature is the input that the cursor is on, -1 for the row of whom.
func (m *model) feature() int {
	return clamp(m.here().cursor, 0, len(m.asking.to)) - 1
}

// along is the input whose curve is shown: the chosen one, or the first.
func (m *model) along() int { return max(0, m.feature()) }

// turn changes what the cursor is on: the next customer, or the next value that
// makes a difference.
func (m *model) turn(by int) {
	a, f := &m.asking, m.feature()
	if f < 0 {
		a.choose(clamp(a.at+by, 0, len(a.model.Customers)))
		return
	}
	a.to[f], _ = a.model.Step(f, a.to[f], by > 0)
	a.flip = nil
	a.changed()
}

// putBack takes back what was asked: of the chosen input, or all of it.
func (m *model) putBack(all bool) {
	a, f := &m.asking, m.feature()
	if all || f < 0 {
		copy(a.to, a.from)
	} else {
		a.to[f] = a.from[f]
	}
	a.flip = nil
	a.changed()
}

// smallest asks for the smallest change to the other side.
func (m *model) smallest() tea.Cmd {
	ctx, model, from := m.ctx, m.asking.model, slices.Clone(m.asking.from)
	m.say("Looking for the smallest change …")
	return func() tea.Msg {
		flip, err := model.Flip(ctx, from)
		return flipped{from, flip, err}
	}
}

func (msg flipped) take(m *model) tea.Cmd {
	a := &m.asking
	if !slices.EqualFunc(msg.from, a.from, alike) {
		return nil
	}
	m.note = note{}
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	copy(a.to, a.from)
	for _, step := range msg.flip.Steps {
		a.to[step.Index] = step.To
	}
	a.flip = &msg.flip
	a.changed()
	return nil
}

// typeValue opens the line in which a value or an id is typed.
func (m *model) typeValue() {
	m.asking.input = &line{}
	m.modal = inTyping
}

// typing is what stands before the line.
func (m *model) typing() string {
	if f := m.feature(); f >= 0 {
		return m.asking.model.Features[f].String() + " = "
	}
	return "Customer's id, or its beginning: "
}

// typedValue reads what was typed, of the chosen input.
func (m *model) typedValue() (float32, error) {
	feature, text := m.asking.model.Features[m.feature()], strings.TrimSpace(m.asking.input.text())
	for code, class := range feature.Classes {
		if text != "" && strings.HasPrefix(strings.ToLower(class), strings.ToLower(text)) {
			return float32(code), nil
		}
	}
	x, err := strconv.ParseFloat(text, 32)
	if err != nil {
		if len(feature.Classes) > 0 {
			return 0, fmt.Errorf("it is one of %s", strings.Join(feature.Classes, ", "))
		}
		return 0, errors.New("a number is expected")
	}
	return float32(x), nil
}

// takeTyped asks with what was typed.
func (m *model) takeTyped() tea.Cmd {
	text, a := strings.TrimSpace(m.asking.input.text()), &m.asking
	if f := m.feature(); f >= 0 {
		a.to[f], _ = m.typedValue()
		a.flip = nil
		a.changed()
	}
	f := m.feature()
	m.modal, a.input = 0, nil
	if f >= 0 {
		return nil
	}
	ctx, ws := m.ctx, m.ws
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		customer, err := ws.FindCustomer(ctx, text)
		return foundCustomer{customer, err}
	}
}

func (msg foundCustomer) take(m *model) tea.Cmd {
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	m.asking.typed = &msg.customer
	m.asking.begin()
	return nil
}

// whatIfKeys are those of the What-if view, and of typing a value for it.
func whatIfKeys() []binding {
	return []binding{
		{keys: []string{"left", "right"}, label: "← →", in: onWhatIf, group: "What-if", foot: turnWord,
			help: "The next customer, or the next value that makes a difference.", why: nothingAsked, act: func(m *model, key string) tea.Cmd {
				m.turn(sign(key, "left", "right"))
				return nil
			}},
		{keys: []string{"="}, label: "=", in: onWhatIf, group: "What-if", foot: word("type"),
			help: "Type a value for the chosen input, or a customer's id.", why: nothingAsked, act: func(m *model, _ string) tea.Cmd {
				m.typeValue()
				return nil
			}},
		{keys: []string{"f"}, label: "f", in: onWhatIf, group: "What-if", foot: word("smallest change"),
			help: "The smallest change that turns a no into a yes, or a yes into a no.", why: nobodyToFlip, act: func(m *model, _ string) tea.Cmd {
				return m.smallest()
			}},
		{keys: []string{"backspace"}, label: "bksp", in: onWhatIf, group: "What-if",
			help: "Put the chosen input back as it is.", why: nothingMoved, act: func(m *model, _ string) tea.Cmd {
				m.putBack(false)
				return nil
			}},
		{keys: []string{"enter"}, label: "enter", in: inTyping, foot: word("ask"), why: notTyped, act: func(m *model, _ string) tea.Cmd { return m.takeTyped() }},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inTyping, foot: word("leave it as it was"), act: func(m *model, _ string) tea.Cmd {
			m.modal, m.asking.input = 0, nil
			return nil
		}},
	}
}
