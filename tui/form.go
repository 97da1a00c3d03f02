package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// form edits one parameter, below the list of them.
type form struct {
	step  *pipeline.Step
	param pipeline.Param
	was   string
	line  line
}

// formHeight is how many lines it takes from the pane.
const formHeight = 4

// edit shows the parameters, or opens the form for the chosen one.
func (m *model) edit() {
	first := m.tab != views.Parameters
	m.tab, m.focus, m.follow = views.Parameters, onPane, false
	if first && len(m.step.Params) > 1 {
		m.say("Choose a parameter with ↑ and ↓; e edits it.")
		return
	}
	p := m.step.Params[clamp(m.here().cursor, 0, len(m.step.Params)-1)]
	m.form = &form{step: m.step, param: p, was: m.values[m.step.ID][p.Name]}
	m.form.line.set(m.form.was)
	m.modal = inForm
}

// value is what the line says, in normal form.
func (f *form) value() (string, error) { return f.param.Normal(f.line.text()) }

// choices are the values there are, when they can be counted.
func (f *form) choices() []string {
	switch f.param.Kind {
	case pipeline.ChoiceParam:
		return f.param.Choices
	case pipeline.BoolParam:
		return []string{"true", "false"}
	}
	return nil
}

// turn goes to the choice before or after.
func (f *form) turn(by int) {
	all := f.choices()
	i := slices.Index(all, strings.TrimSpace(f.line.text()))
	f.line.set(all[(i+by+len(all))%len(all)])
}

// saved tells that a parameter is in the workspace's file, or why it is not.
type saved struct {
	step        *pipeline.Step
	name, value string
	err         error
}

// save writes the parameter, in a command: the file is synced to disk.
func (m *model) save() tea.Cmd {
	f := m.form
	value, err := f.value()
	if err != nil {
		return nil // the key table has said why
	}
	m.modal, m.form = 0, nil
	if value == f.was {
		m.say(fmt.Sprintf("%s stays %s.", f.param.Name, shownValue(value)))
		return nil
	}
	ws := m.ws
	m.saving = true
	return func() tea.Msg {
		return saved{f.step, f.param.Name, value, ws.Set(f.step, f.param.Name, value)}
	}
}

func (msg saved) take(m *model) tea.Cmd {
	m.saving = false
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	m.readSettings()
	m.changed = &msg
	m.say(fmt.Sprintf("%s is now %s.", msg.name, shownValue(msg.value)))
	return m.judge()
}

// tellStale says what a saved parameter made stale, once that is known.
func (m *model) tellStale() {
	if m.changed == nil || m.judgeAgain {
		return
	}
	var stale []string
	for _, s := range pipeline.Dependants(m.changed.step) {
		if m.journal.shown.Step(s.ID).Status == pipeline.Stale {
			stale = append(stale, s.Title)
		}
	}
	text := fmt.Sprintf("%s is now %s.", m.changed.name, shownValue(m.changed.value))
	if len(stale) > 0 {
		text += fmt.Sprintf(" Stale now: %s. a runs them.", strings.Join(stale, ", "))
	}
	m.say(text)
	m.changed = nil
}

// draw gives the form's lines and the column of the cursor in the second one.
func (f *form) draw(m *model, width int) (lines []string, cursor int) {
	th := m.scheme.theme()
	head := f.param.Name + " = "
	facts := "default " + shownValue(f.param.Default)
	for _, more := range []string{f.param.Range(), f.param.Unit} {
		if more != "" {
			facts += " · " + more
		}
	}
	room := max(8, width-ansi.StringWidth(head)-1)
	if with := room - ansi.StringWidth(facts) - 3; with >= 16 {
		room = with
	} else {
		facts = ""
	}
	text, at := f.line.draw(room)
	field := th.Title.Render(head) + chart.Pad(text, room)
	if facts != "" {
		field += "   " + th.Muted.Render(facts)
	}
	return []string{
		th.Grid.Render(strings.Repeat("─", width)),
		chart.Cut(field, width),
		th.Muted.Render(chart.Cut(f.param.Help, width)),
		chart.Cut(f.verdict(m, th), width),
	}, ansi.StringWidth(head) + at
}

// verdict says whether the value will do, and what saving it makes stale.
func (f *form) verdict(m *model, th *chart.Theme) string {
	value, err := f.value()
	switch {
	case err != nil:
		return th.Bad.Render("! " + views.Visible(err.Error()))
	case value == f.was:
		return th.Muted.Render("as it is now")
	}
	var stale []string
	for _, s := range pipeline.Dependants(f.step) {
		switch m.journal.shown.Step(s.ID).Status {
		case pipeline.Done, pipeline.Stale:
			stale = append(stale, s.Title)
		}
	}
	if len(stale) == 0 {
		return th.Good.Render("✓ fine")
	}
	return th.Good.Render("✓ fine") + th.Muted.Render("   makes stale: "+strings.Join(stale, ", "))
}

func shownValue(value string) string {
	if value == "" {
		return "(empty)"
	}
	return views.Visible(value)
}

// formKeys are those of editing a parameter.
func formKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: inForm, group: "Parameters", foot: word("save"),
			help: "Save the parameter.", why: invalid, act: func(m *model, _ string) tea.Cmd { return m.save() }},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inForm, group: "Parameters", foot: word("leave it as it was"),
			help: "Leave the parameter as it was.", act: func(m *model, _ string) tea.Cmd {
				m.modal, m.form = 0, nil
				return nil
			}},
		{keys: []string{"up", "down"}, label: "↑ ↓", in: inForm, group: "Parameters", foot: word("next choice"),
			help: "The value before or after, where there are choices.", why: noChoices, act: func(m *model, key string) tea.Cmd {
				m.form.turn(sign(key, "up", "down"))
				return nil
			}},
		{keys: []string{"ctrl+r"}, label: "ctrl+r", in: inForm, group: "Parameters", foot: word("default"),
			help: "Put the default in.", act: func(m *model, _ string) tea.Cmd {
				m.form.line.set(m.form.param.Default)
				return nil
			}},
	}
}
