package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// pinnedRead is what was pinned to the steps before.
type pinnedRead struct{ kept []pipeline.Scratch }

func (msg pinnedRead) take(m *model) tea.Cmd {
	m.pin(msg.kept)
	return nil
}

// readPinned reads what was pinned. A book that cannot be read says so when the
// SQL prompt is opened.
func (m *model) readPinned() tea.Msg {
	book, err := m.ws.ScratchBook()
	if err != nil {
		return nil
	}
	return pinnedRead{book.Kept}
}

// pin has the steps show the answers of statements. A window on one that is
// gone goes back to what its step did.
func (m *model) pin(kept []pipeline.Scratch) {
	m.pinned = slices.Clone(kept)
	for _, w := range m.windows {
		m.with(w, func() {
			f := m.frame()
			f.Tab = views.Output
			if m.views[m.step.ID] >= max(1, len(views.Views(f))) {
				m.views[m.step.ID] = 0
			}
		})
	}
	m.touch()
}
