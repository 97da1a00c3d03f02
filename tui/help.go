package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"willbuy/views/chart"
)

// helpKey is everything that the help depends on.
type helpKey struct {
	width   int
	scheme  scheme
	reasons string
}

// help is the cover of all keys.
type help struct {
	top  int // lines scrolled away
	room int // lines there are for the keys
}

func (h *help) mode() mode { return inHelp }

// draw writes every key of the table, by group; one that cannot act now is dim
// and says why.
func (h *help) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	all := m.helpText(width)
	h.room = max(1, height-2)
	h.top = clamp(h.top, 0, max(0, len(all)-h.room))
	end := min(len(all), h.top+h.room)
	title, count := "Keys", ""
	if len(all) > h.room {
		count = fmt.Sprintf("[%d-%d of %d]", h.top+1, end, len(all))
	}
	lines := []string{th.Title.Render(title) + th.Muted.Render(chart.PadLeft(count, width-len(title))), ""}
	lines = append(lines, all[h.top:end]...)
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height], nil
}

func (h *help) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

func (h *help) scroll(_ *model, by int) { h.top = max(0, h.top+by) }

// helpText is the help as lines.
func (m *model) helpText(width int) []string {
	key := helpKey{width: width, scheme: m.scheme}
	for i := range table {
		key.reasons += table[i].reasonBrowsing(m) + "\n"
	}
	return m.drawn.help.get(key, func() []string { return m.drawHelp(width) })
}

// reasonBrowsing is why a key of the rail and the pane cannot act now; keys of
// other modes have a reason only while they are in use.
func (b *binding) reasonBrowsing(m *model) string {
	if b.in&browsing == 0 || b.when != nil && !b.when(m) {
		return ""
	}
	return b.reason(m)
}

func (m *model) drawHelp(width int) []string {
	th := m.scheme.theme()
	const indent = 12
	var lines []string
	for _, group := range groups {
		if lines != nil {
			lines = append(lines, "")
		}
		lines = append(lines, th.Title.Render(group))
		for i := range table {
			b := &table[i]
			if b.help == "" || b.group != group {
				continue
			}
			text, keyStyle := b.help, th.Accent
			if b.in == inForm {
				text = "While editing: " + text
			}
			why := b.reasonBrowsing(m)
			if why != "" {
				keyStyle = th.Muted
				text += " (" + why + ")"
			}
			for j, part := range strings.Split(ansi.Wrap(text, max(10, width-indent), " "), "\n") {
				label := ""
				if j == 0 {
					label = b.label
				}
				line := "  " + keyStyle.Render(chart.Pad(label, indent-2))
				if why != "" {
					part = th.Muted.Render(part)
				}
				lines = append(lines, line+part)
			}
		}
	}
	return append(lines, "", th.Muted.Render("The mouse works too: click a step, a tab, a view or a row; the wheel scrolls what is under it."))
}

// helpKeys are those of the help.
func helpKeys() []binding {
	return []binding{
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inHelp, foot: word("scroll"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown", "space"}, label: "pgup pgdn", in: inHelp, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "pgup", "pgdown space")*m.cover.(*help).room)
			return nil
		}},
		{keys: []string{"home", "end"}, label: "home end", in: inHelp, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "home", "end")*far)
			return nil
		}},
		{keys: []string{"?", "q", "esc", "alt+esc"}, label: "esc", in: inHelp, foot: word("close"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			return nil
		}},
	}
}
