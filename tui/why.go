package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// why is the cover that says why a step is there.
type why struct {
	step *pipeline.Step
	top  int // lines scrolled away
	room int // lines there are for the text
	text memo[whyKey, []string]
}

// whyKey is everything that the text depends on.
type whyKey struct {
	width  int
	scheme scheme
}

func (w *why) mode() mode { return inWhy }

func (w *why) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	all := w.text.get(whyKey{width, m.scheme}, func() []string { return views.Why(w.step, width, *th) })
	w.room = max(1, height-2)
	w.top = clamp(w.top, 0, max(0, len(all)-w.room))
	end := min(len(all), w.top+w.room)
	count := ""
	if len(all) > w.room {
		count = fmt.Sprintf("[%d-%d of %d]", w.top+1, end, len(all))
	}
	title := fmt.Sprintf("%d %s  %s", w.step.Number(), w.step.Title, w.step.Question)
	return fit(append([]string{headed(th, title, count, width), ""}, all[w.top:end]...), height), nil
}

func (w *why) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

func (w *why) scroll(_ *model, by int) { w.top = max(0, w.top+by) }

// whyKeys are the one that asks why, and those of the answer.
func whyKeys() []binding {
	return []binding{
		{keys: []string{"w"}, label: "w", in: browsing, group: "Look", foot: word("why"),
			help: "Why the step is there: what it does, what to look for, and how the Snowflake lab does it.", act: func(m *model, _ string) tea.Cmd {
				m.cover = &why{step: m.step}
				return nil
			}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inWhy, foot: word("scroll"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown", "space"}, label: "pgup pgdn", in: inWhy, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "pgup", "pgdown space")*m.cover.(*why).room)
			return nil
		}},
		{keys: []string{"home", "end"}, label: "home end", in: inWhy, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "home", "end")*far)
			return nil
		}},
		{keys: []string{"n"}, label: "n", in: inWhy, foot: word("why the next step"), why: atLastWhy, act: func(m *model, _ string) tea.Cmd {
			next := pipeline.Steps[m.cover.(*why).step.Number()]
			m.choose(next)
			m.cover = &why{step: next}
			return nil
		}},
		{keys: []string{"w", "q", "esc", "alt+esc"}, label: "esc", in: inWhy, foot: word("close"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			return nil
		}},
	}
}

func atLastWhy(m *model) string {
	if m.cover.(*why).step.Number() == len(pipeline.Steps) {
		return "This is the last step."
	}
	return ""
}
