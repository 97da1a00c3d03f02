package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// item is something that the palette finds.
type item struct {
	kind string // what it is, in a word
	name string
	more string // about it
	key  string // that does the same; "": none
	why  string // why it cannot be done now; "" when it can
	do   func(*model) tea.Cmd
}

// items is everything that can be found: what can be done now first, what cannot
// last. Nothing is asked for it; tables and runs are those of the events.
func (m *model) items() []item {
	all := slices.Concat(m.commands(), m.steps(), m.looks(), m.parameters(), m.tables(), m.recorded(), themeItems())
	slices.SortStableFunc(all, func(a, b item) int {
		switch {
		case a.why == "" && b.why != "":
			return -1
		case a.why != "" && b.why == "":
			return 1
		}
		return 0
	})
	return all
}

// commands are the rows of the key table that are pressed while browsing, in the
// order of the help.
func (m *model) commands() []item {
	var items []item
	for _, b := range inOrder(groups) {
		if b.in&browsing == 0 || slices.Contains(b.keys, ":") {
			continue
		}
		it := item{kind: "command", name: b.help, key: b.label, do: func(m *model) tea.Cmd { return b.act(m, b.keys[0]) }}
		switch {
		case !b.applies(m, m.looking()):
			it.why = "It is no key of what is shown now."
		case b.ways():
			it.why = "Press " + strings.Join(strings.Fields(strings.ReplaceAll(b.label, "…", "to")), " ") + "."
			if why := b.reason(m); why != "" {
				it.why = why
			}
		default:
			it.why = b.reason(m)
		}
		items = append(items, it)
	}
	return items
}

// ways tells whether the keys of a row do different things, as up and down do,
// so that its name alone does not say which.
func (b *binding) ways() bool { return len(b.keys) > 1 && len(strings.Fields(b.label)) > 1 }

func (m *model) steps() []item {
	var items []item
	for i, s := range pipeline.Steps {
		key := fmt.Sprint(i + 1)
		if i >= 9 {
			key = "g " + key
		}
		items = append(items, item{kind: "step", name: s.Title, more: fmt.Sprintf("%d  %s", i+1, s.Question), key: key, do: func(m *model) tea.Cmd {
			m.goTo(s)
			return nil
		}})
	}
	return items
}

// looks are the tabs of all steps, and the views of those that have several.
func (m *model) looks() []item {
	var items []item
	for _, s := range pipeline.Steps {
		f := m.frame()
		f.Step, f.Tab = s, views.Output
		for i, name := range views.Views(f) {
			items = append(items, item{kind: "view", name: s.Title + ": " + name, do: func(m *model) tea.Cmd {
				m.choose(s)
				m.chooseView(i)
				m.focus = onPane
				return nil
			}})
		}
	}
	for _, s := range pipeline.Steps {
		for i, name := range views.Tabs {
			it := item{kind: "tab", name: s.Title + ": " + name, do: func(m *model) tea.Cmd {
				m.choose(s)
				m.chooseTab(views.Tab(i))
				m.focus = onPane
				return nil
			}}
			if views.Tab(i) == views.Parameters && len(s.Params) == 0 {
				it.why = s.Title + " has no parameters."
			}
			items = append(items, it)
		}
	}
	return items
}

// parameters open their form.
func (m *model) parameters() []item {
	var items []item
	for _, s := range pipeline.Steps {
		for i, p := range s.Params {
			now := shown(p, m.values[s.ID][p.Name])
			items = append(items, item{kind: "parameter", name: p.Name, more: fmt.Sprintf("%s, now %s: %s", s.Title, now, p.Help), do: func(m *model) tea.Cmd {
				m.choose(s)
				m.chooseTab(views.Parameters)
				at := m.here()
				at.cursor = i
				m.setPlace(at)
				return m.edit()
			}})
		}
	}
	return items
}

// tables are those that steps have made, and the others that there are. One that
// several have written is the last one's. Where a step shows its rows, they are
// browsed there, else at the SQL prompt.
func (m *model) tables() []item {
	var items []item
	listed := map[string]bool{}
	for i, s := range pipeline.Steps {
		result := m.journal.shown.Step(s.ID).Result
		later := func(s *pipeline.Step) bool { return m.journal.shown.Step(s.ID).Result.Table == result.Table }
		if result.Table == "" || slices.ContainsFunc(pipeline.Steps[i+1:], later) {
			continue
		}
		unit := result.Unit
		if unit == "" {
			unit = "rows"
		}
		listed[strings.ToUpper(result.Table)] = true
		items = append(items, item{kind: "table", name: views.Visible(result.Table), do: func(m *model) tea.Cmd {
			if name, _ := views.Grid(views.Frame{State: m.journal.shown, Step: s, View: 1}); name != result.Table && m.replay == nil {
				return m.browseTable(result.Table)
			}
			m.choose(s)
			m.chooseView(0)
			m.focus = onPane
			return nil
		}, more: fmt.Sprintf("%s %s, %s", pipeline.Thousands(result.Rows), unit, s.Title)})
	}
	if m.catalog == nil || m.replay != nil {
		return items
	}
	for _, t := range m.catalog.Tables {
		if !listed[strings.ToUpper(t.Name)] {
			items = append(items, item{kind: "table", name: views.Visible(t.Name), more: pipeline.Plural(int64(len(t.Columns)), "column"),
				do: func(m *model) tea.Cmd { return m.browseTable(t.Name) }})
		}
	}
	return items
}

// rowItem goes to a row of the grid in the pane.
func rowItem(n int) item {
	return item{kind: "row", name: fmt.Sprintf("row %s", pipeline.Thousands(int64(n))), key: "#", do: func(m *model) tea.Cmd {
		if g := m.paneGrid(); g != nil {
			g.move(n - 1 - g.cursor)
		}
		return nil
	}}
}

// recorded are the runs, the newest first; each can be played again.
func (m *model) recorded() []item {
	var items []item
	for i, r := range slices.Backward(m.journal.shown.Runs) {
		status := string(pipeline.Interrupted)
		if r.End != nil {
			status = r.End.Status
		}
		items = append(items, item{kind: "run", name: fmt.Sprintf("run %d", i+1), more: join(", ", status, r.Started.Local().Format("2 Jan 15:04"), views.Visible(r.Begin.Command), r.ID),
			do: func(m *model) tea.Cmd { return m.openRun(r.ID) }})
	}
	return items
}
