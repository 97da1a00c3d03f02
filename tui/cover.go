package tui

import (
	tea "charm.land/bubbletea/v2"
)

// cover is what lies over the pane until esc takes it away: the help, a row in
// full. Its keys are rows of the table; one of them closes it.
type cover interface {
	mode() mode // in which its rows of the key table apply
	// draw gives exactly height lines of at most width cells, and where the
	// terminal's cursor is in them; nil for nowhere.
	draw(m *model, width, height int) (lines []string, cursor *tea.Position)
	// key takes a key that no row of the table has: typing, mostly. Pasted text
	// comes as one key.
	key(m *model, msg tea.KeyPressMsg) tea.Cmd
	scroll(m *model, by int) // by lines, as the wheel does
}

// close takes the cover away.
func (m *model) close() { m.cover = nil }
