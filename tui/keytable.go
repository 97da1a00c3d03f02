package tui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// The groups of the help, in its order.
var groups = []string{"Run", "Go", "Look", "What-if", "Parameters", "Leave"}

// table is every key there is. The footer shows those of the mode in this
// order, as many as fit.
var table []binding

func init() { // not a literal: the actions draw the help from the table
	table = []binding{
		{keys: []string{"left", "right"}, label: "← →", in: onWhatIf, group: "What-if", foot: turnWord,
			help: "The next customer, or the next value that makes a difference.", why: nothingAsked, act: func(m *model, key string) tea.Cmd {
				m.turn(sign(key, "left", "right"))
				return nil
			}},
		{keys: []string{"="}, label: "=", in: onWhatIf, group: "What-if", foot: word("type"),
			help: "Type a value for the chosen input, or a customer's id.", why: nothingAsked, act: func(m *model, _ string) tea.Cmd {
				m.typeValue()
				return nil
			}},
		{keys: []string{"f"}, label: "f", in: onWhatIf, group: "What-if", foot: word("smallest change"),
			help: "The smallest change that turns a no into a yes, or a yes into a no.", why: nobodyToFlip, act: func(m *model, _ string) tea.Cmd {
				return m.smallest()
			}},
		{keys: []string{"backspace"}, label: "bksp", in: onWhatIf, group: "What-if",
			help: "Put the chosen input back as it is.", why: nothingMoved, act: func(m *model, _ string) tea.Cmd {
				m.putBack(false)
				return nil
			}},
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
				m.choose(pipeline.Steps[m.step.Number()])
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
		{keys: []string{"r"}, label: "r", in: browsing, group: "Run", foot: word("retry"),
			help: "Run a step again that failed or was interrupted.", why: nothingToRetry, act: func(m *model, _ string) tea.Cmd {
				return m.start(pipeline.Request{Steps: []string{m.step.ID}})
			}},
		{keys: []string{"s"}, label: "s", in: browsing, group: "Run", foot: dailyWord,
			help: "On Automate: let the daily graph run by the clock, or suspend it.", why: noDaily, act: func(m *model, _ string) tea.Cmd {
				return m.toggleDaily()
			}},
		{keys: []string{"d"}, label: "d", in: browsing, group: "Run", foot: onAutomate("run graph"),
			help: "On Automate: run the daily graph now.", why: noGraphRun, act: func(m *model, _ string) tea.Cmd {
				return m.startGraph(m.daily.plan.Run)
			}},
		{keys: []string{"m"}, label: "m", in: browsing, group: "Run",
			help: "Catch up on a daily run that was missed.", why: nothingMissed, act: func(m *model, _ string) tea.Cmd {
				return m.startGraph(m.daily.plan.CatchUp)
			}},
		{keys: []string{"e"}, label: "e", in: browsing, group: "Parameters", foot: word("edit"),
			help: "Show the parameters; there, edit the chosen one.", why: noParameters, act: func(m *model, _ string) tea.Cmd {
				m.edit()
				return nil
			}},
		{keys: []string{"tab", "shift+tab"}, label: "tab", in: browsing, group: "Go", foot: focusWord,
			help: "Go between the steps and the pane.", act: func(m *model, _ string) tea.Cmd {
				m.focus ^= onRail | onPane
				return nil
			}},
		{keys: []string{"[", "]"}, label: "[ ]", in: browsing, group: "Look", foot: word("tab"),
			help: "The tab before, the tab after.", act: func(m *model, key string) tea.Cmd {
				n := len(views.Tabs)
				m.chooseTab(views.Tab((int(m.tab) + n + sign(key, "[", "]")) % n))
				return nil
			}},
		{keys: []string{"o", "c", "p", "h", "l"}, label: "o c p h l", in: browsing, group: "Look",
			help: "Output, code, parameters, checks, log.", act: func(m *model, key string) tea.Cmd {
				m.chooseTab(views.Tab(strings.Index("ocphl", key)))
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
			help: "A screenful up or down. Space is pgdn.", act: func(m *model, key string) tea.Cmd {
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
		{keys: []string{"g"}, label: "g 12", in: browsing, group: "Go",
			help: "Go to a step by its number.", act: func(m *model, _ string) tea.Cmd {
				m.modal, m.typed = inJump, ""
				return nil
			}},
		{keys: []string{"f"}, label: "f", in: onRail | onPane, group: "Go",
			help: "Follow the run: show the step that runs.", why: nothingToFollow, act: func(m *model, _ string) tea.Cmd {
				m.step, m.follow, m.tab = m.journal.running(), true, views.Output
				return nil
			}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: browsing, group: "Leave",
			help: "Leave one thing: a message, an offer, a what-if, the pane.", why: nothingToLeave, act: func(m *model, _ string) tea.Cmd {
				switch {
				case m.offer() != "":
					m.daily.missed = time.Time{}
				case m.mode() == onWhatIf && m.asking.moved():
					m.putBack(true)
				default:
					m.focus = onRail
				}
				return nil
			}},

		{keys: []string{"enter"}, label: "enter", in: inTyping, foot: word("ask"), why: notTyped, act: func(m *model, _ string) tea.Cmd { return m.takeTyped() }},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inTyping, foot: word("leave it as it was"), act: func(m *model, _ string) tea.Cmd {
			m.modal, m.asking.input = 0, nil
			return nil
		}},

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

		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inHelp, foot: word("scroll"), act: func(m *model, key string) tea.Cmd {
			m.scrollHelp(sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown", "space"}, label: "pgup pgdn", in: inHelp, act: func(m *model, key string) tea.Cmd {
			m.scrollHelp(sign(key, "pgup", "pgdown space") * m.screenful())
			return nil
		}},
		{keys: []string{"home", "end"}, label: "home end", in: inHelp, act: func(m *model, key string) tea.Cmd {
			m.scrollHelp(sign(key, "home", "end") * far)
			return nil
		}},
		{keys: []string{"?", "q", "esc", "alt+esc"}, label: "esc", in: inHelp, foot: word("close"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			return nil
		}},

		{keys: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, label: "0 … 9", in: inJump, foot: word("number of the step"), act: func(m *model, key string) tea.Cmd {
			m.jump(m.typed + key)
			return nil
		}},
		{keys: []string{"enter"}, label: "enter", in: inJump, foot: word("go"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			return nil
		}},
		{keys: []string{"esc", "alt+esc", "g"}, label: "esc", in: inJump, foot: word("stay"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			return nil
		}},

		{keys: []string{"enter", "y"}, label: "enter", in: inAsk, foot: word("cancel the run and quit"), act: func(m *model, _ string) tea.Cmd {
			m.modal, m.leaving = 0, true
			m.cancelRun()
			return nil
		}},
		{keys: []string{"esc", "alt+esc", "n", "q"}, label: "esc", in: inAsk, foot: word("stay"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			return nil
		}},

		{keys: []string{"q"}, label: "q", in: browsing, group: "Leave", foot: word("quit"),
			help: "Quit. Asks while a run of ours is under way.", act: func(m *model, _ string) tea.Cmd {
				if m.run == nil {
					return tea.Quit
				}
				m.modal = inAsk
				return nil
			}},
		{keys: []string{"ctrl+c"}, label: "ctrl+c", in: browsing | inHelp | inForm | inJump | inAsk | inTyping, group: "Leave",
			help: "Once: cancel the run. Twice: quit. What is done is kept.", act: func(m *model, _ string) tea.Cmd { return m.interrupt() }},
		{keys: []string{"?"}, label: "?", in: browsing, group: "Leave", foot: word("help"),
			help: "This help.", act: func(m *model, _ string) tea.Cmd {
				m.modal, m.help = inHelp, 0
				return nil
			}},
	}
}

func word(text string) func(*model) string { return func(*model) string { return text } }

func nextWord(m *model) string {
	if m.step.Number() == len(pipeline.Steps) {
		return "next"
	}
	return "next: " + pipeline.Steps[m.step.Number()].Title
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

// onAutomate gives words for the footer of that step only.
func onAutomate(text string) func(*model) string {
	return func(m *model) string {
		if m.step.ID != "automate" {
			return ""
		}
		return text
	}
}

func dailyWord(m *model) string {
	if now := m.daily.now; now != nil && now.Deployed && !now.Suspended {
		return onAutomate("suspend")(m)
	}
	return onAutomate("resume")(m)
}

func focusWord(m *model) string {
	if m.focus == onRail {
		return "pane"
	}
	return "steps"
}
