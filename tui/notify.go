package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// longWork is how long something must have taken for its end to be told to
// somebody who looks elsewhere.
const longWork = 10 * time.Second

// work is what is under way: a step, and the run that it is one of.
type work struct {
	step *pipeline.Step
	run  *pipeline.RunState
}

func (m *model) work() work { return work{m.journal.running(), m.journal.underWay()} }

// notify tells whoever looks elsewhere that a long step or run has ended since:
// as a notification of the desktop (OSC 9) and by the bell.
func (m *model) notify(before work) tea.Cmd {
	if !m.away || m.replay != nil {
		return nil
	}
	now, text := m.work(), ""
	switch {
	case before.run != nil && now.run == nil:
		took := before.run.Last.Sub(before.run.Started)
		if took < longWork {
			return nil
		}
		status := string(pipeline.Interrupted)
		if before.run.End != nil {
			status = before.run.End.Status
		}
		text = fmt.Sprintf("The run is %s after %s.", status, short(took.Seconds()))
	case before.step != nil && before.step != now.step:
		st := m.journal.shown.Step(before.step.ID)
		if took := st.Finished.Sub(st.Started); took < longWork {
			return nil
		}
		text = fmt.Sprintf("%s is %s after %s.", before.step.Title, st.Status, short(st.Finished.Sub(st.Started).Seconds()))
	default:
		return nil
	}
	return tea.Raw("\x1b]9;willbuy: " + views.Visible(text) + "\x07\a")
}
