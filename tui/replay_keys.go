package tui

import (
	tea "charm.land/bubbletea/v2"
)

// onReplay tells whether a recorded run is shown.
func onReplay(m *model) bool { return m.replay != nil }

// onTransport tells whether ← →, + and − are those of the recorded run. While it
// is paused and the pane has the keys, they are the chart's that the pane shows.
func onTransport(m *model) bool {
	if m.replay == nil || m.replay.playing || m.focus != onPane {
		return m.replay != nil
	}
	return !m.onCurves() && !m.onThreshold() && !m.onTrees() && !m.onImportance()
}

// inReplay is why a key that runs or changes something cannot act on a recorded
// run.
const inReplay = "This is a replay; esc leaves it."

// harmless are the groups of keys that only look, and so act on a recorded run
// as on a live one.
var harmless = map[string]bool{"Go": true, "Look": true, "Copy": true, "Replay": true, "Present": true, "Leave": true}

func pauseWord(m *model) string {
	switch r := m.replay; {
	case r.playing:
		return "pause"
	case r.over(r.position):
		return "from the start"
	}
	return "play"
}

// replayKeys are those of a recorded run that is shown, and R, which lists them.
func replayKeys() []binding {
	row := func(b binding) binding {
		b.in, b.group = browsing, "Replay"
		if b.when == nil {
			b.when = onReplay
		}
		return b
	}
	return []binding{
		row(binding{keys: []string{"space"}, label: "space", foot: pauseWord,
			help: "In a replay: pause, or go on.", act: func(m *model, _ string) tea.Cmd { return m.pause() }}),
		row(binding{keys: []string{"left", "right"}, label: "← →", when: onTransport, foot: word("event"),
			help: "In a replay: pause, and go one event back or forth. Once it is paused, they and + − are the chart's in a pane that has the keys.", act: func(m *model, key string) tea.Cmd {
				m.nudge(sign(key, "left", "right"))
				return nil
			}}),
		row(binding{keys: []string{"p", "n", "shift+left", "shift+right"}, label: "p n", foot: word("step"),
			help: "In a replay: to where the step before or the next one begins. Also shift+← and shift+→.", act: func(m *model, key string) tea.Cmd {
				m.goBeside(sign(key, "p shift+left", "n shift+right"))
				return nil
			}}),
		row(binding{keys: []string{"-", "_", "+", "="}, label: "+ −", when: onTransport, foot: speedWord,
			help: "In a replay: faster, slower: 1×, 2×, 5×, 20× or as fast as it goes.", act: func(m *model, key string) tea.Cmd {
				m.faster(sign(key, "- _", "+ ="))
				return nil
			}}),
		row(binding{keys: []string{"home", "end"}, label: "home end", foot: word("first, last"),
			help: "In a replay: to the beginning or the end of the run.", act: func(m *model, key string) tea.Cmd {
				m.follow = true
				m.seek(sign(key, "home", "end") * far)
				return nil
			}}),
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: browsing, group: "Leave", foot: leaveWord,
			when: func(m *model) bool { return onReplay(m) && !m.zoomed && !(m.focus == onPane && m.looksClose()) },
			help: "Leave the replay; the lab is as it was.", act: func(m *model, _ string) tea.Cmd {
				if m.only != nil {
					return tea.Quit
				}
				return m.endReplay()
			}},
		{keys: []string{"R"}, label: "R", in: browsing, group: "Replay",
			help: "The recorded runs, to play one again without computing anything.", why: busy, act: func(m *model, _ string) tea.Cmd {
				return m.listRuns()
			}},
		{keys: []string{"enter"}, label: "enter", in: inRuns, foot: word("play"), why: noRunChosen, act: func(m *model, _ string) tea.Cmd {
			return m.openRun(m.cover.(*runList).chosen())
		}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inRuns, foot: word("choose"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"home", "end"}, label: "home end", in: inRuns, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "home", "end")*far)
			return nil
		}},
		{keys: []string{"R", "q", "esc", "alt+esc"}, label: "esc", in: inRuns, foot: word("close"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			return nil
		}},
	}
}

func speedWord(m *model) string { return speedText(m.replay.speed) }

func leaveWord(m *model) string {
	if m.only != nil { // it is the same as q
		return ""
	}
	return "back to the lab"
}
