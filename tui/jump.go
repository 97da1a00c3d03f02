package tui

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
)

// jump goes to the step whose number was typed. While another digit could
// follow, it waits for it.
func (m *model) jump(typed string) {
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 || n > len(pipeline.Steps) {
		m.modal = 0
		m.say("There is no step " + typed + "; they go from 1 to " + strconv.Itoa(len(pipeline.Steps)) + ".")
		return
	}
	m.goTo(pipeline.Steps[n-1])
	m.typed = typed
	if n*10 > len(pipeline.Steps) {
		m.modal = 0
	}
}

// jumpByName goes to the step that begins with what was typed, as soon as there
// is only one. Letters that no step has are not taken.
func (m *model) jumpByName(typed string) {
	switch steps := named(typed); len(steps) {
	case 0:
	case 1:
		m.modal = 0
		m.goTo(steps[0])
		m.rest = strings.ToLower(steps[0].Title)[len(typed):]
	default:
		m.typed = typed
	}
}

// typesOn tells whether a key only goes on with the name of a step that was gone
// to already: who types it to its end must not set off what its letters do.
func (m *model) typesOn(key string) bool {
	rest, on := strings.CutPrefix(m.rest, key)
	if m.rest = ""; on {
		m.rest = rest
	}
	return on
}

// named are the steps whose titles begin with a few letters.
func named(letters string) []*pipeline.Step {
	return slices.DeleteFunc(slices.Clone(pipeline.Steps), func(s *pipeline.Step) bool {
		return !strings.HasPrefix(strings.ToLower(s.Title), letters)
	})
}

// jumping is what the message line says after g: what was typed, and which steps
// it can become.
func (m *model) jumping() string {
	text := "Go to step " + m.typed + "_"
	if m.typed == "" {
		return text + "   its number, or the first letters of its name"
	}
	var titles []string
	for i, s := range pipeline.Steps {
		if strings.HasPrefix(strings.ToLower(s.Title), m.typed) || strings.HasPrefix(strconv.Itoa(i+1), m.typed) {
			titles = append(titles, strconv.Itoa(i+1)+" "+s.Title)
		}
	}
	return text + "   " + strings.Join(titles, " · ")
}

// jumpKeys are those after g.
func jumpKeys() []binding {
	return []binding{
		{keys: strings.Split("0123456789", ""), label: "0 … 9", in: inJump, foot: word("number of the step"), act: func(m *model, key string) tea.Cmd {
			if m.typed != "" && len(named(m.typed)) > 0 {
				m.typed = "" // letters before a number were none of it
			}
			m.jump(m.typed + key)
			return nil
		}},
		{keys: strings.Split("abcdefghijklmnopqrstuvwxyz", ""), label: "a … z", in: inJump, when: noNumber, foot: word("its first letters"), act: func(m *model, key string) tea.Cmd {
			m.jumpByName(m.typed + key)
			return nil
		}},
		{keys: []string{"backspace"}, label: "bksp", in: inJump, act: func(m *model, _ string) tea.Cmd {
			m.typed = m.typed[:max(0, len(m.typed)-1)]
			return nil
		}},
		{keys: []string{"enter"}, label: "enter", in: inJump, foot: word("go"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			if steps := named(m.typed); m.typed != "" && len(steps) > 0 {
				m.goTo(steps[0])
			}
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inJump, foot: word("stay"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			return nil
		}},
	}
}

// noNumber tells whether letters can still follow: after a number, a letter is a
// command again.
func noNumber(m *model) bool { return m.typed == "" || len(named(m.typed)) > 0 }
