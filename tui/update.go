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
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.adopt(msg.IsDark())
	case tea.KeyPressMsg:
		cmd = m.press(msg)
	case tea.PasteMsg:
		cmd = m.paste(msg.Content)
	case tea.MouseClickMsg:
		cmd = m.click(msg.Mouse())
	case tea.MouseWheelMsg:
		m.wheel(msg.Mouse())
	case taker:
		cmd = msg.take(m)
	}
	return m, tea.Batch(cmd, m.fetch(), m.ask())
}
