package tui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"willbuy/views"
)

// scaleKeys change how many workers there are, on the pane of the cluster.
func scaleKeys() []binding {
	return []binding{
		{keys: []string{"+", "-"}, label: "+ −", in: browsing, when: onCluster, group: "Parameters", foot: word("workers"),
			help: "On Cluster: one worker more or fewer.", why: notSaved, act: func(m *model, key string) tea.Cmd {
				return m.scale(sign(key, "-", "+"))
			}},
	}
}

func onCluster(m *model) bool { return m.step.ID == "cluster" && m.tab == views.Output }

func notSaved(m *model) string {
	if m.saving {
		return "The last change is still being saved; a moment."
	}
	return ""
}

// scale sets how many workers there are, as the form of the parameters would.
// What a worker is, and how many may be, is the engine's to say.
func (m *model) scale(by int) tea.Cmd {
	p, err := m.step.Param("workers")
	if err != nil {
		m.warn(sentence(err))
		return nil
	}
	to := strconv.FormatInt(max(1, m.workers()+int64(by)), 10)
	from := m.values[m.step.ID][p.Name]
	if to, err = p.Normal(to); err != nil {
		m.warn(sentence(err))
		return nil
	}
	if to == from {
		m.say("One worker is the least there can be.")
		return nil
	}
	return m.apply(change{m.step, []setting{{p, from, to}}}, false)
}
