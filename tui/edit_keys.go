package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// editKeys are those of editing SQL: E, the text, and the draft.
func editKeys() []binding {
	return slices.Concat([]binding{
		{keys: []string{"E"}, label: "E", in: browsing, group: "Parameters", foot: sqlWord,
			help: "Edit the SQL of Join, Encode or Dashboard, in $VISUAL or $EDITOR where one is set. It is checked and explained before you accept it.",
			why:  noSQL, act: func(m *model, _ string) tea.Cmd { return m.chooseSQL() }},
		{keys: []string{"ctrl+r"}, label: "ctrl+r", in: browsing, when: hasEditedSQL, group: "Parameters", foot: word("the lab's own SQL"),
			help: "Put the lab's own SQL back in the place of an edited one; first it shows what that gives.",
			act:  func(m *model, _ string) tea.Cmd { return m.ownSQL() }},
	}, textKeys(), draftKeys())
}

// textKeys are those in the text; all others type.
func textKeys() []binding {
	return []binding{
		{keys: []string{"ctrl+s"}, label: "ctrl+s", in: inSQL, foot: word("check it"), why: notWaiting,
			act: func(m *model, _ string) tea.Cmd { return m.cover.(*sqlEdit).check(m) }},
		{keys: []string{"ctrl+o"}, label: "ctrl+o", in: inSQL, when: hasEditor, foot: word("in your editor"), why: notWaiting,
			act: func(m *model, _ string) tea.Cmd { return m.cover.(*sqlEdit).writeOutside() }},
		{keys: []string{"ctrl+r"}, label: "ctrl+r", in: inSQL, foot: word("the lab's own text"), why: notWaiting,
			act: func(m *model, _ string) tea.Cmd {
				e := m.cover.(*sqlEdit)
				e.area.set(e.own)
				e.fault = nil
				return nil
			}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inSQL, foot: word("leave it as it was"),
			act: func(m *model, _ string) tea.Cmd {
				e := m.cover.(*sqlEdit)
				if e.area.text() != e.was && !e.armed {
					e.armed = true
					m.say("Esc again throws away what you wrote; ctrl+s checks it.")
					return nil
				}
				m.close()
				return nil
			}},
	}
}

// draftKeys are those where the checked text can be accepted.
func draftKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: inDraft, foot: word("accept it"), why: willNotDo,
			act: func(m *model, _ string) tea.Cmd { return m.acceptSQL() }},
		{keys: []string{"e", "E"}, label: "e", in: inDraft, foot: word("edit on"),
			act: func(m *model, _ string) tea.Cmd {
				e := m.cover.(*sqlEdit)
				e.checked = false
				if e.outside {
					return e.writeOutside()
				}
				return nil
			}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inDraft, foot: word("scroll"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown", "space"}, label: "pgup pgdn", in: inDraft, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "pgup", "pgdown space")*m.cover.(*sqlEdit).room)
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inDraft, foot: word("leave it as it was"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			m.say("The SQL stays as it was.")
			return nil
		}},
	}
}

// sqlWord names E where there is SQL to edit.
func sqlWord(m *model) string {
	if len(m.sqlTexts()) == 0 {
		return ""
	}
	return "edit SQL"
}

func notWaiting(m *model) string {
	if m.cover.(*sqlEdit).waiting {
		return "The store is being asked; a moment."
	}
	return ""
}

func hasEditor(m *model) bool { return m.editor != "" }

func willNotDo(m *model) string {
	if m.cover.(*sqlEdit).fault != nil {
		return "This SQL cannot run as it is; e goes back to the text."
	}
	return ""
}
