package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
)

// onReasons tells whether the pane lists why records were put aside.
func onReasons(m *model) bool {
	f := m.frame()
	return m.replay == nil && m.step.ID == "parse" && m.views["parse"] == 0 && m.tab == views.Output && views.Rows(f) > 0 && len(views.Views(f)) > 0
}

// onQuarantine tells whether the pane shows the records in quarantine.
func onQuarantine(m *model) bool {
	g := m.paneGrid()
	return g != nil && g.title == pipeline.Quarantined
}

// recordAt is the record in quarantine under the cursor; false while it is being
// read.
func (m *model) recordAt() (r views.Record, ok bool) {
	g := m.paneGrid()
	if g == nil {
		return r, false
	}
	row := g.row(int64(g.cursor))
	for i, c := range g.columns {
		if i >= len(row) {
			return r, false
		}
		text, _ := row[i].(string)
		number, _ := row[i].(int64)
		switch c.Name {
		case "REASON":
			r.Reason = text
		case "FIXED":
			r.Fixed = text == "yes"
		case "FILE":
			r.File = text
		case "LINE":
			r.Line = number
		case "LINES":
			r.Lines = number
		case "RAW":
			r.Raw = text
		}
	}
	return r, row != nil
}

// openReason goes to the records that were put aside for the chosen reason.
func (m *model) openReason() {
	all := m.state().Quarantine
	reason := all[clamp(m.here().cursor, 0, len(all)-1)].Reason
	m.chooseView(1)
	m.focus = onPane
	if g := m.paneGrid(); g != nil {
		g.retry()
		g.wish.Filters = []pipeline.Filter{{Column: store.Column{Name: "REASON", Type: store.String}, Value: reason}}
		m.touch()
	}
}

// openRecord shows the record under the cursor in full.
func (m *model) openRecord() {
	m.cover = &fullText{
		title: func(m *model) (string, string) {
			g := m.paneGrid()
			return "Record in quarantine", fmt.Sprintf("%s of %s · F mends it", pipeline.Thousands(int64(g.cursor+1)), pipeline.Thousands(g.found.Rows))
		},
		lines: func(m *model, width int) []string {
			th := m.scheme.theme()
			r, ok := m.recordAt()
			if !ok {
				return []string{th.Muted.Render("…")}
			}
			return r.Draw(width, *th)
		},
		turn: func(m *model, by int) { m.moveRow(by) },
	}
}

// seekRecord has a part of a reason or of a text typed, and leaves the records
// that have it.
func (m *model) seekRecord() {
	if onReasons(m) {
		m.chooseView(1)
	}
	m.focus = onPane
	g := m.paneGrid()
	if g == nil {
		return
	}
	var reasons []string
	for _, q := range m.state().Quarantine {
		reasons = append(reasons, q.Reason)
	}
	p := &prompt{grid: g, label: "with", help: "A part of the reason, of the file's name or of the text; an empty one shows all again"}
	p.complete = func(text string, at int) (int, []string) {
		return 0, slices.DeleteFunc(slices.Clone(reasons), func(r string) bool { return !strings.Contains(r, text[:at]) })
	}
	p.accept = func(m *model, text string) tea.Cmd {
		g.retry()
		g.setTyped("")
		if text = strings.TrimSpace(text); text != "" {
			g.wish.Filters = append(g.wish.Filters, pipeline.RecordsWith(text))
		}
		m.endPrompt()
		return nil
	}
	m.openPrompt(p)
}

func notReadYet(m *model) string {
	if _, ok := m.recordAt(); !ok {
		return noRow(m)
	}
	return ""
}

// quarantineKeys are those of the records in quarantine.
func quarantineKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: onPane, when: onReasons, group: "Rows", foot: word("records"),
			help: "On Parse: the records that were put aside for the chosen reason.", act: func(m *model, _ string) tea.Cmd {
				m.openReason()
				return nil
			}},
		{keys: []string{"enter"}, label: "enter", in: onGrid, when: onQuarantine, group: "Rows", foot: word("in full"),
			help: "In quarantine: the record in full, with its bytes where they are no text.", why: notReadYet, act: func(m *model, _ string) tea.Cmd {
				m.openRecord()
				return nil
			}},
		{keys: []string{"F"}, label: "F", in: onGrid | inReading, when: onQuarantine, group: "Rows", foot: word("mend"),
			help: "In quarantine: correct the record and have it read again. What was sent stays as it is.", why: notReadYet, act: func(m *model, _ string) tea.Cmd {
				return m.openFix()
			}},
		{keys: []string{"/"}, label: "/", in: onPane, when: onReasons, group: "Rows", foot: word("find a record"),
			help: "On Parse: find records in quarantine by a part of their reason or text.", act: func(m *model, _ string) tea.Cmd {
				m.seekRecord()
				return nil
			}},
		{keys: []string{"/"}, label: "/", in: onGrid, when: onQuarantine, group: "Rows", foot: word("find"),
			help: "In quarantine: leave the records with a reason or a text that has this.", why: notRead, act: func(m *model, _ string) tea.Cmd {
				m.seekRecord()
				return nil
			}},
	}
}
