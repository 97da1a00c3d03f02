package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// scratchKeys are those of the SQL prompt.
func scratchKeys() []binding {
	return []binding{
		{keys: []string{"s"}, label: "s", in: browsing, group: "SQL", foot: word("SQL"),
			help: "Ask the lab's tables in SQL.", act: func(m *model, _ string) tea.Cmd { return m.openScratch() }},
		{keys: []string{"enter"}, label: "enter", in: inScratch, foot: word("run"), why: noStatement, act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*scratch)
			return s.run(m, s.area.text())
		}},
		{keys: []string{"alt+enter", "shift+enter", "ctrl+j"}, label: "alt+enter", in: inScratch, foot: word("new line"), act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*scratch)
			s.area.split()
			s.offer(m)
			return nil
		}},
		{keys: []string{"tab"}, label: "tab", in: inScratch, foot: tabWord, why: nothingToTab, act: func(m *model, _ string) tea.Cmd {
			if s := m.cover.(*scratch); len(s.choices) > 0 {
				s.complete(1)
			} else {
				s.looking = true
			}
			return nil
		}},
		{keys: []string{"shift+tab"}, label: "shift+tab", in: inScratch, why: noAnswer, act: func(m *model, _ string) tea.Cmd {
			m.cover.(*scratch).looking = true
			return nil
		}},
		{keys: []string{"up", "down"}, label: "↑ ↓", in: inScratch, foot: word("history"), act: func(m *model, key string) tea.Cmd {
			s := m.cover.(*scratch)
			if row := s.area.row + sign(key, "up", "down"); row >= 0 && row < len(s.area.lines) {
				s.area.move(sign(key, "up", "down"))
			} else {
				s.recall(sign(key, "up", "down"))
			}
			return nil
		}},
		{keys: []string{"pgup", "pgdown"}, label: "pgup pgdn", in: inScratch, act: func(m *model, key string) tea.Cmd {
			s := m.cover.(*scratch)
			s.scroll(m, sign(key, "pgup", "pgdown")*max(1, s.room-3))
			return nil
		}},
		{keys: []string{"r"}, label: "r", in: onAnswer, foot: word("run again"), act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*scratch)
			return s.run(m, s.ran)
		}},
		{keys: []string{"ctrl+s"}, label: "ctrl+s", in: inScratch | onAnswer, foot: word("keep"), why: noStatement, act: func(m *model, _ string) tea.Cmd {
			m.typeName(m.cover.(*scratch))
			return nil
		}},
		{keys: []string{"ctrl+o"}, label: "ctrl+o", in: inScratch | onAnswer, foot: word("kept ones"), why: nothingKept, act: func(m *model, _ string) tea.Cmd {
			m.cover.(*scratch).listing = true
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inScratch, foot: leaveScratchWord, act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*scratch)
			switch {
			case s.runs():
				s.grid.cancel(m)
				return nil
			case len(s.choices) > 0 && s.chosen >= 0:
				s.choices, s.chosen = nil, -1
				return nil
			}
			m.close()
			m.touch()
			return closed(s.grid)
		}},
		{keys: []string{"esc", "alt+esc", "tab", "shift+tab", "e"}, label: "esc", in: onAnswer, foot: word("back to the statement"), act: func(m *model, key string) tea.Cmd {
			s := m.cover.(*scratch)
			if !strings.HasSuffix(key, "esc") || !m.undoGrid(s.grid) {
				s.looking = false
			}
			return nil
		}},

		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inKept, foot: word("choose"), act: func(m *model, key string) tea.Cmd {
			s := m.cover.(*scratch)
			s.kept = clamp(s.kept+sign(key, "up k", "down j"), 0, max(0, len(s.book.Kept)-1))
			return nil
		}},
		{keys: []string{"enter"}, label: "enter", in: inKept, foot: word("run it"), why: noneChosen, act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*scratch)
			text := s.book.Kept[s.kept].SQL
			s.put(text)
			s.listing = false
			return s.run(m, text)
		}},
		{keys: []string{"e"}, label: "e", in: inKept, foot: word("edit it"), why: noneChosen, act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*scratch)
			s.put(s.book.Kept[s.kept].SQL)
			s.listing, s.looking = false, false
			return nil
		}},
		{keys: []string{"d", "delete"}, label: "d", in: inKept, foot: word("delete"), why: noneChosen, act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*scratch)
			dropped := s.book.Kept[s.kept]
			s.dropped = &dropped
			s.book.Kept = slices.Delete(s.book.Kept, s.kept, s.kept+1)
			s.kept = clamp(s.kept, 0, max(0, len(s.book.Kept)-1))
			m.say(views.Visible(dropped.Name) + " is deleted; u puts it back.")
			return s.save(m)
		}},
		{keys: []string{"u"}, label: "u", in: inKept, foot: word("put it back"), why: nothingDropped, act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*scratch)
			s.book.Keep(*s.dropped)
			s.kept, s.dropped = len(s.book.Kept)-1, nil
			return s.save(m)
		}},
		{keys: []string{"esc", "alt+esc", "ctrl+o"}, label: "esc", in: inKept, foot: word("back to the statement"), act: func(m *model, _ string) tea.Cmd {
			m.cover.(*scratch).listing = false
			return nil
		}},
	}
}

// typeName has a name typed, and keeps the statement under it.
func (m *model) typeName(s *scratch) {
	p := &prompt{label: "keep as", help: "a short name; one that is there already is replaced"}
	p.accept = func(m *model, name string) tea.Cmd {
		if name = strings.TrimSpace(name); name == "" {
			p.fault = "a statement is kept under a name"
			return nil
		}
		s.book.Keep(pipeline.Scratch{Name: name, Step: m.step.ID, SQL: strings.TrimSpace(s.area.text())})
		m.endPrompt()
		m.say(views.Visible(name) + " is kept with the lab and pinned to " + m.step.Title + ", as a view of it; ctrl+o lists what is kept.")
		return s.save(m)
	}
	m.openPrompt(p)
}

func noStatement(m *model) string {
	if strings.TrimSpace(m.cover.(*scratch).area.text()) == "" {
		return "Type a statement first, such as SELECT * FROM REVIEWS."
	}
	return ""
}

func noAnswer(m *model) string {
	if !m.cover.(*scratch).answered() {
		return "There is no answer yet; enter runs the statement."
	}
	return ""
}

func nothingToTab(m *model) string {
	if s := m.cover.(*scratch); len(s.choices) == 0 && !s.answered() {
		return "Nothing fits what is typed."
	}
	return ""
}

func nothingKept(m *model) string {
	if len(m.cover.(*scratch).book.Kept) == 0 {
		return "Nothing is kept yet; ctrl+s keeps a statement under a name."
	}
	return ""
}

func noneChosen(m *model) string {
	if len(m.cover.(*scratch).book.Kept) == 0 {
		return "Nothing is kept; esc goes back."
	}
	return ""
}

func nothingDropped(m *model) string {
	if m.cover.(*scratch).dropped == nil {
		return "Nothing was deleted."
	}
	return ""
}

func tabWord(m *model) string {
	if s := m.cover.(*scratch); len(s.choices) == 0 && s.answered() {
		return "to the answer"
	}
	return "complete"
}

func leaveScratchWord(m *model) string {
	if m.cover.(*scratch).runs() {
		return "stop"
	}
	return "close"
}
