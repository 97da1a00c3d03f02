package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// browseKeys are those of the rail and the pane.
func browseKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: browsing, group: "Run", foot: word("run"),
			help: "Run this step and what it needs.", why: busy, act: func(m *model, _ string) tea.Cmd {
				return m.start(pipeline.Request{Steps: []string{m.step.ID}})
			}},
		{keys: []string{"a"}, label: "a", in: browsing, group: "Run", foot: word("run all"),
			help: "Run everything that is new or stale.", why: busy, act: func(m *model, _ string) tea.Cmd {
				return m.start(pipeline.Request{})
			}},
		{keys: []string{"n"}, label: "n", in: browsing, group: "Go", foot: nextWord,
			help: "Go to the next step, with a hint of what to look at there.", why: atLast, act: func(m *model, _ string) tea.Cmd {
				m.choose(m.next())
				m.chooseTab(views.Output)
				if m.state().Status == pipeline.Done && m.deepest(m.frame()) > 0 { // else the pane has room to say it
					m.say("Look: " + m.step.Look)
				}
				return nil
			}},
		{keys: []string{"v", "V"}, label: "v", in: browsing, group: "Look", foot: viewWord,
			help: "The next view of the output, where there are several. V is the one before.", why: oneView, act: func(m *model, key string) tea.Cmd {
				m.turnView(sign(key, "V", "v"))
				return nil
			}},
		{keys: []string{"x"}, label: "x", in: browsing, group: "Run", foot: word("cancel"),
			help: "Cancel the run. What is done is kept.", why: nothingToCancel, act: func(m *model, _ string) tea.Cmd {
				m.cancelRun()
				return nil
			}},
		{keys: []string{"r"}, label: "r", in: browsing, group: "Run", foot: retryWord,
			help: "Run a step again that failed, was interrupted or is stale.", why: nothingToRetry, act: func(m *model, _ string) tea.Cmd {
				return m.start(pipeline.Request{Steps: []string{m.step.ID}})
			}},
		{keys: []string{"e"}, label: "e", in: browsing, group: "Parameters", foot: word("edit"),
			help: "Show the parameters; there, edit the chosen one.", why: noParameters, act: func(m *model, _ string) tea.Cmd {
				return m.edit()
			}},
		{keys: []string{"tab", "shift+tab"}, label: "tab", in: browsing, group: "Go", foot: focusWord,
			help: "Go round the steps and the panes.", act: func(m *model, key string) tea.Cmd {
				m.turnFocus(sign(key, "shift+tab", "tab"))
				return nil
			}},
		{keys: []string{"[", "]"}, label: "[ ]", in: browsing, group: "Look", foot: word("tab"),
			help: "The tab before, the tab after.", act: func(m *model, key string) tea.Cmd {
				n := len(views.Tabs)
				m.chooseTab(views.Tab((int(m.tab) + n + sign(key, "[", "]")) % n))
				return nil
			}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: browsing, group: "Go", foot: word("move"),
			help: "The step, row or line above or below. Also k and j.", act: func(m *model, key string) tea.Cmd {
				m.move(sign(key, "up k", "down j"))
				return nil
			}},
		{keys: []string{"right"}, label: "→", in: onRail | onPane, group: "Go",
			help: "To the pane; in a table, its next column.", why: nothingRight, act: func(m *model, _ string) tea.Cmd {
				m.goRight()
				return nil
			}},
		{keys: []string{"left"}, label: "←", in: onRail | onPane, group: "Go",
			help: "In a table, the column before; then to the steps.", why: nothingLeft, act: func(m *model, _ string) tea.Cmd {
				m.goLeft()
				return nil
			}},
		{keys: []string{"pgup", "pgdown", "space"}, label: "pgup pgdn", in: browsing, group: "Look",
			help: "Scroll a screenful up or down. Space is pgdn.", act: func(m *model, key string) tea.Cmd {
				m.moveContent(sign(key, "pgup", "pgdown space") * m.screenful())
				return nil
			}},
		{keys: []string{"home", "end"}, label: "home end", in: browsing, group: "Look",
			help: "The beginning or the end of what the pane shows.", act: func(m *model, key string) tea.Cmd {
				m.moveContent(sign(key, "home", "end") * far)
				return nil
			}},
		{keys: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, label: "1 … 9", in: browsing, group: "Go",
			help: "Go to that step.", act: func(m *model, key string) tea.Cmd {
				m.jump(key)
				return nil
			}},
		{keys: []string{"g"}, label: "g", in: browsing, group: "Go",
			help: "Go to a step by its number, or by the first letters of its name.", act: func(m *model, _ string) tea.Cmd {
				m.modal, m.typed = inJump, ""
				return nil
			}},
		{keys: []string{"f"}, label: "f", in: onRail | onPane, group: "Go",
			help: "Follow the run: show the step that runs.", why: nothingToFollow, act: func(m *model, _ string) tea.Cmd {
				m.step, m.follow, m.tab = m.journal.running(), true, views.Output
				return nil
			}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: browsing, group: "Leave",
			help: "Leave one thing: a message, an offer, a what-if, the zoom, the pane.", why: nothingToLeave, act: func(m *model, _ string) tea.Cmd {
				switch {
				case m.offer() != "":
					m.daily.missed = time.Time{}
				case m.mode() == onWhatIf && m.asking.moved():
					m.putBack(true)
				default:
					m.leavePane()
				}
				return nil
			}},
	}
}

// leaveKeys come last: the footer keeps room for them.
func leaveKeys() []binding {
	return []binding{
		{keys: []string{"q"}, label: "q", in: browsing, group: "Leave", foot: word("quit"),
			help: "Quit. Asks while a run of ours is under way.", act: func(m *model, _ string) tea.Cmd {
				if m.run == nil {
					return tea.Quit
				}
				m.modal = inAsk
				return nil
			}},
		{keys: []string{"ctrl+c"}, label: "ctrl+c", in: everywhere, group: "Leave",
			help: "Once: cancel the run. Twice: quit. What is done is kept.", act: func(m *model, _ string) tea.Cmd { return m.interrupt() }},
		{keys: []string{"?"}, label: "?", in: browsing, group: "Leave", foot: word("help"),
			help: "This help.", act: func(m *model, _ string) tea.Cmd {
				m.cover = &help{}
				return nil
			}},
	}
}

// retryWord says what running a step again is.
func retryWord(m *model) string {
	switch m.state().Status {
	case pipeline.Failed, pipeline.Blocked:
		return "retry"
	case pipeline.Interrupted:
		return "go on"
	}
	return "run again"
}

func word(text string) func(*model) string { return func(*model) string { return text } }

func nextWord(m *model) string {
	if m.step.Number() == len(pipeline.Steps) || m.width < withoutRail { // no room for its name
		return "next"
	}
	return "next: " + m.next().Title
}

// viewWord names the view that comes next.
func viewWord(m *model) string {
	f := m.frame()
	f.Tab = views.Output
	names := views.Views(f)
	if len(names) == 0 {
		return ""
	}
	return "view: " + names[(f.View)%len(names)]
}

// turnWord says what ← and → change.
func turnWord(m *model) string {
	if m.asking.model == nil || m.feature() < 0 {
		return "who"
	}
	return "value"
}

// onAutomate tells whether the step is the one with the daily graph.
func onAutomate(m *model) bool { return m.step.ID == "automate" }

func dailyWord(m *model) string {
	if now := m.daily.now; now != nil && now.Deployed && !now.Suspended {
		return "suspend"
	}
	return "resume"
}

func focusWord(m *model) string {
	switch {
	case m.focus == onRail:
		return "pane"
	case len(m.windows) == 2 && m.window == m.windows[0]:
		return "second pane"
	}
	return "steps"
}
