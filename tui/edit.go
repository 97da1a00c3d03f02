package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
	"willbuy/views/chart"
)

// sqlEdit is the cover in which a step's SQL is edited: first the text, then
// what the store makes of it, which is accepted or goes back to the text. With
// an editor of the user's the text is written there.
type sqlEdit struct {
	step    *pipeline.Step
	param   pipeline.Param
	own     string // the step's own text
	was     string // the text in force
	editor  string // of the user's; "" for none
	outside bool   // the text was last written there
	area    area
	asked   int // counts checks; an answer to an earlier one is not for us

	checked bool // the draft is on the screen, not the text
	waiting bool // for the store
	draft   pipeline.Draft
	fault   error
	top     int  // lines of the draft scrolled away
	room    int  // lines it has
	armed   bool // esc was the last key: again throws the text away
}

// checkLimit is how long the store may take to check a text; a run of another
// process may have it for longer than one wants to wait.
const checkLimit = 15 * time.Second

// newEdit begins with the text in force.
func (m *model) newEdit(p pipeline.Param) *sqlEdit {
	e := &sqlEdit{step: m.step, param: p, own: pipeline.SQL(p.Text, m.lab), editor: m.editor}
	if e.was = m.values[m.step.ID][p.Name]; e.was == "" {
		e.was = e.own
	}
	e.area.set(e.was)
	return e
}

// editSQL opens the SQL of a parameter, in the user's editor where there is one.
func (m *model) editSQL(p pipeline.Param) tea.Cmd {
	e := m.newEdit(p)
	m.cover = e
	if e.editor != "" {
		return e.writeOutside()
	}
	return nil
}

// ownSQL shows what putting the step's own SQL back would do.
func (m *model) ownSQL() tea.Cmd {
	e := m.newEdit(m.editedSQL()[0])
	e.area.set(e.own)
	m.cover = e
	return e.check(m)
}

// editedSQL are the step's SQL texts that are not its own; the one chosen among
// the parameters comes first.
func (m *model) editedSQL() []pipeline.Param {
	var edited []pipeline.Param
	for i, p := range m.step.Params {
		switch {
		case p.Kind != pipeline.SQLParam || m.values[m.step.ID][p.Name] == "":
		case m.tab == views.Parameters && i == m.here().cursor:
			edited = slices.Insert(edited, 0, p)
		default:
			edited = append(edited, p)
		}
	}
	return edited
}

func hasEditedSQL(m *model) bool { return len(m.editedSQL()) > 0 }

// chooseSQL opens the step's SQL; of several texts, the one chosen among the
// parameters.
func (m *model) chooseSQL() tea.Cmd {
	texts := m.sqlTexts()
	if len(texts) > 1 {
		if i := m.here().cursor; m.tab == views.Parameters && i < len(m.step.Params) && m.step.Params[i].Kind == pipeline.SQLParam {
			return m.editSQL(m.step.Params[i])
		}
		m.tab, m.focus, m.follow = views.Parameters, onPane, false
		m.say("Choose one of the texts with ↑ and ↓; E edits it.")
		return nil
	}
	return m.editSQL(texts[0])
}

// sqlTexts are the step's parameters that are SQL.
func (m *model) sqlTexts() []pipeline.Param {
	return slices.DeleteFunc(slices.Clone(m.step.Params), func(p pipeline.Param) bool { return p.Kind != pipeline.SQLParam })
}

func noSQL(m *model) string {
	switch {
	case len(m.sqlTexts()) == 0:
		return "This step has no SQL to edit; Join, Encode and Dashboard have."
	case m.state().Result.Fingerprint == "":
		return fmt.Sprintf("Run %s once first: an edited SQL is checked against its tables.", m.step.Title)
	}
	return ""
}

// tried is what the store makes of a text.
type tried struct {
	edit  *sqlEdit
	asked int
	draft pipeline.Draft
	err   error
}

// check asks the store about the text, in a command.
func (e *sqlEdit) check(m *model) tea.Cmd {
	e.asked++
	e.waiting, e.armed = true, false
	ctx, ws, asked, text, p := m.ctx, m.ws, e.asked, e.area.text(), e.param
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, checkLimit)
		defer cancel()
		draft, err := ws.TryText(ctx, p, text)
		if err != nil && ctx.Err() != nil {
			err = errors.New("the store did not answer in time: something else is using it; try again")
		}
		return tried{e, asked, draft, err}
	}
}

func (msg tried) take(m *model) tea.Cmd {
	e := msg.edit
	if m.cover != e || msg.asked != e.asked {
		return nil
	}
	e.waiting, e.draft, e.fault, e.top = false, msg.draft, msg.err, 0
	e.checked = msg.err == nil || e.outside
	if at := e.line(); at > 0 && !e.checked && at != e.area.row+1 {
		e.area.goTo(at - 1)
	}
	return nil
}

// line is the one that the fault is in, from 1; 0 for none.
func (e *sqlEdit) line() int {
	var f store.Fault
	if errors.As(e.fault, &f) {
		return f.Line
	}
	return 0
}

// accept saves the draft.
func (m *model) acceptSQL() tea.Cmd {
	e := m.cover.(*sqlEdit)
	m.close()
	was := m.values[e.step.ID][e.param.Name]
	if e.draft.Value == was {
		m.say(fmt.Sprintf("The SQL of %s stays as it was.", e.step.Title))
		return nil
	}
	return m.apply(change{e.step, []setting{{e.param, was, e.draft.Value}}}, false)
}

func (e *sqlEdit) mode() mode {
	if e.checked {
		return inDraft
	}
	return inSQL
}

// name is what is edited, for people.
func (e *sqlEdit) name() string {
	name := fmt.Sprintf("%d %s", e.step.Number(), e.step.Title)
	if e.param.Name != "sql" {
		name += ": " + e.param.Name
	}
	return name
}

func (e *sqlEdit) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	title := "SQL of " + e.name()
	if e.checked {
		return e.drawDraft(m, title, width, height), nil
	}
	below := []string{th.Grid.Render(strings.Repeat("─", width)), e.verdict(m, width)}
	e.room = max(1, height-1-len(below))
	text, at := e.area.draw(width, e.room, e.line(), th)
	lines := append([]string{headed(th, title, fmt.Sprintf("line %d of %d", e.area.row+1, len(e.area.lines)), width)}, text...)
	at.Y++
	return fit(append(lines, below...), height), at
}

// verdict is the line below the text.
func (e *sqlEdit) verdict(m *model, width int) string {
	th := m.scheme.theme()
	switch {
	case e.waiting:
		return th.Muted.Render(chart.Cut("Asking the store …", width))
	case e.fault != nil:
		text := views.Visible(e.fault.Error())
		if at := e.line(); at > 0 {
			text = fmt.Sprintf("line %d: %s", at, text)
		}
		return th.Bad.Render(chart.Cut("! "+text, width))
	case e.area.text() == e.own:
		return th.Muted.Render(chart.Cut("The lab's own text. Nothing changes before you accept what ctrl+s shows.", width))
	}
	return th.Muted.Render(chart.Cut("Edited. Nothing changes before you accept what ctrl+s shows.", width))
}

func (e *sqlEdit) drawDraft(m *model, title string, width, height int) []string {
	th := m.scheme.theme()
	d := views.Draft{Text: e.area.text(), OwnText: e.own, Line: e.line(), Columns: e.draft.Plan.Columns, Plan: e.draft.Plan.Steps,
		Rows: e.draft.Rows, RowsNow: -1, Own: e.draft.Value == ""}
	if e.fault != nil {
		d.Fault = e.fault.Error()
	}
	if e.draft.Value != m.values[e.step.ID][e.param.Name] {
		d.Stale = m.makesStale(e.step)
	} else {
		d.Same = true
	}
	if st := m.journal.shown.Step(e.step.ID); st.Result.Table != "" { // its rows are the text's
		d.Now, d.RowsNow = st.Result.Schema, st.Result.Rows
	}
	all := views.DraftLines(d, width, *th)
	e.room = max(1, height-2)
	e.top = clamp(e.top, 0, max(0, len(all)-e.room))
	end := min(len(all), e.top+e.room)
	count := ""
	if len(all) > e.room {
		count = fmt.Sprintf("[%d-%d of %d]", e.top+1, end, len(all))
	}
	return fit(append([]string{headed(th, title, count, width), ""}, all[e.top:end]...), height)
}

func (e *sqlEdit) key(_ *model, msg tea.KeyPressMsg) tea.Cmd {
	if e.checked || e.waiting {
		return nil
	}
	e.armed = false
	if e.area.key(msg) {
		e.fault = nil
	}
	return nil
}

func (e *sqlEdit) scroll(_ *model, by int) {
	if e.checked {
		e.top = max(0, e.top+by)
		return
	}
	e.area.move(by)
}

// headed is the first line of a cover: its title, and something grey at the
// right.
func headed(th *chart.Theme, title, right string, width int) string {
	free := width - chart.Width(title) - chart.Width(right)
	if free < 2 {
		return th.Title.Render(chart.Cut(title, width))
	}
	return th.Title.Render(title) + strings.Repeat(" ", free) + th.Muted.Render(right)
}

// fit makes it exactly height lines.
func fit(lines []string, height int) []string {
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height]
}
