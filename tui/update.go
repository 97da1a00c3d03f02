package tui

import (
	tea "charm.land/bubbletea/v2"
)

// taker is a message of ours: the answer of a command, or a tick. It knows how
// the workbench takes it in, so that what a room asks and what it makes of the
// answer stand together.
type taker interface {
	take(m *model) tea.Cmd
}

// Update takes in one message. It only dispatches; whatever could wait is in
// the command that it returns.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	before := m.work()
	switch msg := msg.(type) {
	case tea.FocusMsg:
		m.away = false
	case tea.BlurMsg:
		m.away = true
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.adopt(msg.IsDark())
	case tea.ColorProfileMsg:
		m.deepen(msg.Profile)
	case tea.KeyPressMsg:
		cmd = tea.Batch(m.cast(msg), m.press(msg))
	case tea.PasteMsg:
		cmd = m.paste(msg.Content)
	case tea.MouseClickMsg:
		cmd = m.click(msg.Mouse())
	case tea.MouseMotionMsg:
		m.drag(msg.Mouse())
	case tea.MouseReleaseMsg:
		cmd = m.release()
	case tea.MouseWheelMsg:
		m.wheel(msg.Mouse())
	case taker:
		if !m.hold(msg) {
			cmd = msg.take(m)
		}
	}
	cmds := []tea.Cmd{cmd, m.notify(before)}
	if _, ours := msg.(taker); !ours {
		cmds = append(cmds, m.quicken())
	}
	if m.replay == nil { // nothing is read for a recorded run
		cmds = append(cmds, m.wants())
	}
	return m, tea.Batch(cmds...)
}
