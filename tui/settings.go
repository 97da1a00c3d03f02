package tui

import (
	"fmt"
	"os"
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// readSettings copies the parameters in force: asking the workspace for them
// can wait for a save.
func (m *model) readSettings() {
	m.lab, m.values = m.ws.Lab(), map[string]pipeline.Values{}
	for _, s := range pipeline.Steps {
		m.values[s.ID] = m.ws.Scope(s)
	}
	m.settings++
}

// stamp changes whenever a file does; the zero stamp is that of no file.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// settingsRead tells that the file of the parameters is another one than it
// was, and how reading it went.
type settingsRead struct {
	stamp stamp
	err   error
}

// lookSettings reads the parameters again if their file has changed, as by
// `willbuy run --set` beside us. Mostly it costs one stat.
func (m *model) lookSettings() tea.Cmd {
	if m.saving {
		return nil
	}
	ws, was := m.ws, m.stamp
	return func() tea.Msg {
		now := stampOf(ws.ConfigFile())
		if now == was {
			return nil
		}
		return settingsRead{now, ws.Reload()}
	}
}

// take says which parameters another process has changed.
func (msg settingsRead) take(m *model) tea.Cmd {
	if m.saving { // what was read may be ours; look again when it is written
		return nil
	}
	m.stamp = msg.stamp
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	lab, values := m.lab, m.values
	m.readSettings()
	var changed []string
	for _, s := range pipeline.Steps {
		for _, p := range s.Params {
			if now := m.values[s.ID][p.Name]; now != values[s.ID][p.Name] {
				changed = append(changed, fmt.Sprintf("%s.%s is now %s", s.ID, p.Name, shown(p, now)))
			}
		}
	}
	switch {
	case len(changed) > 0:
		text := "Changed outside: " + changed[0]
		if more := len(changed) - 1; more > 0 {
			text += fmt.Sprintf(" and %s", pipeline.Plural(int64(more), "more parameter"))
		}
		m.say(text + ".")
	case !reflect.DeepEqual(lab, m.lab):
		m.say("Changed outside: the lab's names in " + views.Visible(m.ws.ConfigFile()) + ".")
	default:
		return nil
	}
	return m.judge()
}
