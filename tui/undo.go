package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// setting is a parameter that was changed: from one value to another, both in
// normal form.
type setting struct {
	param    pipeline.Param
	from, to string
}

// change is what one confirmation changed of a step. It can be taken back as
// one.
type change struct {
	step     *pipeline.Step
	settings []setting
}

// back is the change that takes this one back.
func (c change) back() change {
	out := change{step: c.step}
	for _, s := range slices.Backward(c.settings) {
		out.settings = append(out.settings, setting{s.param, s.to, s.from})
	}
	return out
}

// say tells the change in a sentence. Again is for values that were before.
func (c change) say(again bool) string {
	tail := "."
	if again {
		tail = " again."
	}
	if n := len(c.settings); n > 1 {
		names := make([]string, n)
		for i, s := range c.settings {
			names[i] = s.param.Name
		}
		if again {
			return strings.Join(names, ", ") + " are as they were."
		}
		return fmt.Sprintf("Changed %d parameters: %s.", n, strings.Join(names, ", "))
	}
	s := c.settings[0]
	return fmt.Sprintf("%s is now %s", subject(c.step, s.param), shown(s.param, s.to)) + tail
}

// subject is a parameter at the beginning of a sentence.
func subject(s *pipeline.Step, p pipeline.Param) string {
	switch {
	case p.Kind != pipeline.SQLParam:
		return p.Name
	case p.Name == "sql":
		return "The SQL of " + s.Title
	}
	return fmt.Sprintf("The SQL %s of %s", p.Name, s.Title)
}

// shown is a value for people.
func shown(p pipeline.Param, value string) string {
	if value = p.Shown(value); value == "" {
		return "(empty)"
	}
	return views.Visible(value)
}

// makesStale names the steps that have a result which rests on a step: what
// changing it makes stale.
func (m *model) makesStale(s *pipeline.Step) []string {
	var names []string
	for _, s := range pipeline.Dependants(s) {
		switch m.journal.shown.Step(s.ID).Status {
		case pipeline.Done, pipeline.Stale:
			names = append(names, s.Title)
		}
	}
	return names
}

// some lists the first of many names.
func some(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:4], ", "), len(names)-4)
}

// saved tells that a change is in the workspace's file, or why it is not.
type saved struct {
	change change
	undone bool                       // it took another one back
	was    map[string]pipeline.Status // of the steps, before it
	err    error
}

// apply writes a change, in a command: the file is synced to disk. What was
// written before an error stays.
func (m *model) apply(c change, undone bool) tea.Cmd {
	was := map[string]pipeline.Status{}
	for _, s := range pipeline.Dependants(c.step) {
		was[s.ID] = m.journal.shown.Step(s.ID).Status
	}
	ws := m.ws
	m.saving = true
	return func() tea.Msg {
		for i, s := range c.settings {
			if err := ws.Set(c.step, s.param.Name, s.to); err != nil {
				return saved{change{c.step, c.settings[:i]}, undone, was, err}
			}
		}
		return saved{c, undone, was, nil}
	}
}

func (msg saved) take(m *model) tea.Cmd {
	m.saving = false
	if len(msg.change.settings) > 0 {
		m.readSettings()
		m.touch()
		if msg.undone {
			m.history = m.history[:len(m.history)-1]
		} else {
			m.history = append(m.history, msg.change)
		}
	}
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return m.judge()
	}
	m.changed = &msg
	m.say(msg.change.say(msg.undone))
	return m.judge()
}

// tellStale says what a saved change made stale or fresh, once that is known.
func (m *model) tellStale() {
	if m.changed == nil || m.judgeAgain {
		return
	}
	var stale, fresh []string
	for _, s := range pipeline.Dependants(m.changed.change.step) {
		switch now := m.journal.shown.Step(s.ID).Status; {
		case now == pipeline.Stale:
			stale = append(stale, s.Title)
		case now == pipeline.Done && m.changed.was[s.ID] == pipeline.Stale:
			fresh = append(fresh, s.Title)
		}
	}
	text := m.changed.change.say(m.changed.undone)
	if len(fresh) > 0 {
		text += fmt.Sprintf(" Fresh again: %s.", some(fresh))
	}
	if len(stale) > 0 {
		text += fmt.Sprintf(" Stale now: %s. a runs them", some(stale))
		if !m.changed.undone {
			text += ", u takes it back"
		}
		text += "."
	}
	m.say(text)
	m.changed = nil
}

// undo takes the last change of ours back, unless somebody changed the same
// since: that would be taken back with it.
func (m *model) undo() tea.Cmd {
	last := m.history[len(m.history)-1]
	for _, s := range last.settings {
		if now := m.values[last.step.ID][s.param.Name]; now != s.to {
			m.history = m.history[:len(m.history)-1]
			m.say(fmt.Sprintf("%s was changed outside since, to %s; that stays.", subject(last.step, s.param), shown(s.param, now)))
			return nil
		}
	}
	m.goTo(last.step)
	return m.apply(last.back(), true)
}

func nothingToUndo(m *model) string {
	switch {
	case m.saving:
		return "The last change is just being saved; a moment."
	case len(m.history) == 0:
		return "No parameter or SQL was changed here yet."
	}
	return ""
}

// undoWord names what would be taken back; there is no word while there is
// nothing.
func undoWord(m *model) string {
	if len(m.history) == 0 {
		return ""
	}
	last := m.history[len(m.history)-1]
	if n := len(last.settings); n > 1 {
		return fmt.Sprintf("undo %d changes", n)
	}
	return "undo " + last.settings[0].param.Name
}

// undoKeys is the one that takes a change back.
func undoKeys() []binding {
	return []binding{
		{keys: []string{"u"}, label: "u", in: browsing, group: "Parameters", foot: undoWord,
			help: "Take back the last change of a parameter or an SQL text, then the one before.", why: nothingToUndo,
			act: func(m *model, _ string) tea.Cmd { return m.undo() }},
	}
}
