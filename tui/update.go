package tui

import (
	tea "charm.land/bubbletea/v2"
)

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
		m.paste(msg.Content)
	case tea.MouseClickMsg:
		cmd = m.click(msg.Mouse())
	case tea.MouseWheelMsg:
		m.wheel(msg.Mouse())
	case found:
		cmd = m.takeLogs(msg)
	case lookTick:
		cmd = tea.Batch(m.lookNow(), m.lookSettings(), m.lookDailyAgain())
	case drainTick:
		cmd = m.drain()
	case runEnded:
		cmd = m.endRun(msg)
	case judged:
		cmd = m.takeVerdicts(msg)
	case saved:
		cmd = m.takeSaved(msg)
	case settingsRead:
		cmd = m.takeSettings(msg)
	case dailyFound:
		m.takeDaily(msg)
	case nodeDue:
		cmd = m.giveTurn(msg)
	case graphEnded:
		cmd = m.endGraph(msg)
	case serveEnded:
		cmd = m.endServe(msg)
	case fetched:
		m.takePage(msg)
	case opened:
		cmd = m.takeOpened(msg)
	case refitted:
		m.takeRefitted(msg)
	case answered:
		m.takeAnswer(msg)
	case flipped:
		m.takeFlipped(msg)
	case foundCustomer:
		m.takeCustomer(msg)
	case storeName:
		m.store = string(msg)
	case strayLine:
		m.warn(string(msg))
	}
	return m, tea.Batch(cmd, m.fetch(), m.ask())
}
