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

// form edits the parameters of a step, below the list of them, which shows the
// values as they are typed. Nothing is saved before enter.
type form struct {
	step   *pipeline.Step
	fields []field
	at     int // the field in use
}

// field is one parameter. An SQL text has an editor of its own.
type field struct {
	param pipeline.Param
	was   string
	line  line
}

// formHeight is how many lines it takes from the pane.
const formHeight = 4

// edit shows the parameters, or opens the form at the chosen one.
func (m *model) edit() tea.Cmd {
	first := m.tab != views.Parameters
	m.tab, m.focus, m.follow = views.Parameters, onPane, false
	if first && len(m.step.Params) > 1 {
		m.say("Choose a parameter with ↑ and ↓; e edits it.")
		return nil
	}
	at := clamp(m.here().cursor, 0, len(m.step.Params)-1)
	if m.step.Params[at].Kind == pipeline.SQLParam {
		return m.editSQL(m.step.Params[at])
	}
	m.form = newForm(m.step, m.values[m.step.ID], at)
	m.modal = inForm
	m.touch()
	return nil
}

func newForm(s *pipeline.Step, values pipeline.Values, at int) *form {
	f := &form{step: s, fields: make([]field, len(s.Params)), at: at}
	for i, p := range s.Params {
		f.fields[i] = field{param: p, was: values[p.Name]}
		f.fields[i].line.set(values[p.Name])
	}
	return f
}

// leave closes the form.
func (m *model) leaveForm() {
	m.modal, m.form = 0, nil
	m.touch()
}

func (f *form) field() *field { return &f.fields[f.at] }

// value is what the line says, in normal form.
func (f *field) value() (string, error) {
	if f.param.Kind == pipeline.SQLParam {
		return f.was, nil
	}
	return f.param.Normal(f.line.text())
}

// changes are the fields with another value than they had; wrong is the first
// that will not do.
func (f *form) changes() (c change, wrong error) {
	c.step = f.step
	for i := range f.fields {
		value, err := f.fields[i].value()
		switch {
		case err != nil && wrong == nil:
			wrong = err
		case err == nil && value != f.fields[i].was:
			c.settings = append(c.settings, setting{f.fields[i].param, f.fields[i].was, value})
		}
	}
	return c, wrong
}

// values are the step's as they are typed, for the list above.
func (f *form) values(saved pipeline.Values) pipeline.Values {
	out := pipeline.Values{}
	for name, value := range saved {
		out[name] = value
	}
	for i := range f.fields {
		if p := f.fields[i].param; p.Kind != pipeline.SQLParam {
			out[p.Name] = f.fields[i].line.text()
		}
	}
	return out
}

// choices are the values there are, when they can be counted.
func (f *field) choices() []string {
	switch f.param.Kind {
	case pipeline.ChoiceParam:
		return f.param.Choices
	case pipeline.BoolParam:
		return []string{"true", "false"}
	}
	return nil
}

// turn goes to the choice before or after.
func (f *field) turn(by int) {
	all := f.choices()
	i := slices.Index(all, strings.TrimSpace(f.line.text()))
	f.line.set(all[(i+by+len(all))%len(all)])
}

// turnField goes to the field before or after, round the end.
func (m *model) turnField(by int) {
	f := m.form
	for n := len(f.fields); ; {
		f.at = (f.at + by + n) % n
		if f.field().param.Kind != pipeline.SQLParam { // the one we came from is none
			break
		}
	}
	p := m.here()
	p.cursor = f.at
	m.setPlace(p)
	m.touch()
}

// saveForm saves what was changed in the form.
func (m *model) saveForm() tea.Cmd {
	c, _ := m.form.changes() // the key table has said what is wrong
	f := m.form.field()
	m.leaveForm()
	if len(c.settings) == 0 {
		m.say(fmt.Sprintf("%s stays %s.", f.param.Name, shown(f.param, f.was)))
		return nil
	}
	return m.apply(c, false)
}

// draw gives the form's lines and the column of the cursor in the second one.
func (f *form) draw(m *model, width int) (lines []string, cursor int) {
	th, at := m.scheme.theme(), f.field()
	head := at.param.Name + " = "
	facts := "default " + shown(at.param, at.param.Default)
	for _, more := range []string{at.param.Range(), at.param.Unit} {
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
	text, column := at.line.draw(room)
	typed := th.Title.Render(head) + chart.Pad(text, room)
	if facts != "" {
		typed += "   " + th.Muted.Render(facts)
	}
	return []string{
		th.Grid.Render(strings.Repeat("─", width)),
		chart.Cut(typed, width),
		th.Muted.Render(chart.Cut(at.param.Help, width)),
		chart.Cut(f.verdict(m, th), width),
	}, ansi.StringWidth(head) + column
}

// verdict says whether the values will do, and what saving them makes stale.
func (f *form) verdict(m *model, th *chart.Theme) string {
	if _, err := f.field().value(); err != nil {
		return th.Bad.Render("! " + views.Visible(err.Error()))
	}
	c, wrong := f.changes()
	switch {
	case wrong != nil:
		return th.Bad.Render("! " + views.Visible(wrong.Error()))
	case len(c.settings) == 0:
		return th.Muted.Render("as it is now")
	}
	names := make([]string, len(c.settings))
	for i, s := range c.settings {
		names[i] = s.param.Name
	}
	text := th.Good.Render("✓ " + strings.Join(names, ", "))
	if stale := m.makesStale(f.step); len(stale) > 0 {
		text += th.Muted.Render("   makes stale: " + some(stale))
	}
	return text
}

func invalid(m *model) string {
	if _, err := m.form.changes(); err != nil {
		return err.Error() + "."
	}
	return ""
}

// hasChoices tells whether the field in use has a list of values.
func hasChoices(m *model) bool { return m.form != nil && len(m.form.field().choices()) > 0 }

// formKeys are those of editing parameters.
func formKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: inForm, group: "Parameters", foot: confirmWord,
			help: "Save what was changed.", why: invalid, act: func(m *model, _ string) tea.Cmd { return m.saveForm() }},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inForm, group: "Parameters", foot: word("leave all as it was"),
			help: "Leave all parameters as they were.", act: func(m *model, _ string) tea.Cmd {
				m.leaveForm()
				return nil
			}},
		{keys: []string{"tab", "down", "shift+tab", "up"}, label: "tab ↑ ↓", in: inForm, group: "Parameters", foot: word("next field"),
			help: "The parameter before or after; all are saved together.", act: func(m *model, key string) tea.Cmd {
				m.turnField(sign(key, "shift+tab up", "tab down"))
				return nil
			}},
		{keys: []string{"left", "right"}, label: "← →", in: inForm, when: hasChoices, group: "Parameters", foot: word("other value"),
			help: "The value before or after, where there are choices.", act: func(m *model, key string) tea.Cmd {
				m.form.field().turn(sign(key, "left", "right"))
				m.touch()
				return nil
			}},
		{keys: []string{"ctrl+r"}, label: "ctrl+r", in: inForm, group: "Parameters", foot: word("default"),
			help: "Put the default in.", act: func(m *model, _ string) tea.Cmd {
				f := m.form.field()
				f.line.set(f.param.Default)
				m.touch()
				return nil
			}},
	}
}

func confirmWord(m *model) string {
	if c, _ := m.form.changes(); len(c.settings) > 1 {
		return fmt.Sprintf("save %d changes", len(c.settings))
	}
	return "save"
}
