package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"willbuy/views"
	"willbuy/views/chart"
)

// fullText is the cover of something in full that is longer than its line in the
// pane: a review, a record in quarantine, the log of a job.
type fullText struct {
	title func(m *model) (text, right string)
	lines func(m *model, width int) []string
	turn  func(m *model, by int) // to the one before or after; nil: there is none
	ended func()                 // told when it is left; may be nil
	top   int
	room  int
	tail  bool // its end is in sight and stays so
}

func (r *fullText) mode() mode { return inReading }

func (r *fullText) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	r.room = max(1, height-2)
	all := r.lines(m, width)
	deepest := max(0, len(all)-r.room)
	if r.tail {
		r.top = deepest
	}
	r.top = clamp(r.top, 0, deepest)
	end := min(len(all), r.top+r.room)
	text, right := r.title(m)
	if len(all) > r.room {
		right = join("  ", right, fmt.Sprintf("[%d-%d of %d]", r.top+1, end, len(all)))
	}
	head := th.Title.Render(chart.Cut(text, max(0, width-chart.Width(right)-2)))
	head = chart.Pad(head, max(0, width-chart.Width(right))) + th.Muted.Render(chart.Cut(right, width))
	return fit(append([]string{head, ""}, all[r.top:end]...), height), nil
}

func (r *fullText) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

// scroll goes on by lines. Whoever goes back no longer follows the end.
func (r *fullText) scroll(_ *model, by int) {
	r.tail = r.tail && by > 0
	r.top = max(0, r.top+by)
}

// openReview shows the chosen review of the pane in full.
func (m *model) openReview() {
	all := views.Reviews(m.frame()) // as they are: the list of a step that runs changes under the reader
	at := clamp(m.here().cursor, 0, len(all)-1)
	m.cover = &fullText{
		title: func(*model) (string, string) {
			return "Review", fmt.Sprintf("%d of %d in this list", at+1, len(all))
		},
		lines: func(m *model, width int) []string { return all[at].Draw(width, *m.scheme.theme()) },
		turn: func(m *model, by int) {
			at = clamp(at+by, 0, len(all)-1)
			p := m.here()
			p.cursor = at
			m.setPlace(p)
		},
	}
}

// onReviews tells whether the pane lists reviews.
func onReviews(m *model) bool { return len(views.Reviews(m.frame())) > 0 }

// readingKeys are those of something in full, and of the lists whose rows are
// opened so.
func readingKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: onPane, when: onReviews, group: "Look", foot: word("in full"),
			help: "In a list of reviews: the chosen one in full, with all its scores.", act: func(m *model, _ string) tea.Cmd {
				m.openReview()
				return nil
			}},
		{keys: []string{"left", "right"}, label: "← →", in: inReading, foot: turnsWord, act: func(m *model, key string) tea.Cmd {
			if r := m.cover.(*fullText); r.turn != nil {
				r.top = 0
				r.turn(m, sign(key, "left", "right"))
			}
			return nil
		}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inReading, foot: word("scroll"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown", "space"}, label: "pgup pgdn", in: inReading, act: func(m *model, key string) tea.Cmd {
			r := m.cover.(*fullText)
			r.scroll(m, sign(key, "pgup", "pgdown space")*r.room)
			return nil
		}},
		{keys: []string{"home", "end"}, label: "home end", in: inReading, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "home", "end")*far)
			return nil
		}},
		{keys: []string{"enter", "q", "esc", "alt+esc"}, label: "esc", in: inReading, foot: word("back"), act: func(m *model, _ string) tea.Cmd {
			if r := m.cover.(*fullText); r.ended != nil {
				r.ended()
			}
			m.close()
			return nil
		}},
	}
}

func turnsWord(m *model) string {
	if r, ok := m.cover.(*fullText); !ok || r.turn == nil {
		return ""
	}
	return "the one before, after"
}
