package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"willbuy/views/chart"
)

// helpKey is everything that the help depends on.
type helpKey struct {
	width   int
	scheme  scheme
	sought  string
	reasons string
}

// help is the cover of all keys. Typing shows those in which each word occurs.
type help struct {
	line line
	top  int // lines scrolled away
	room int // lines there are for the keys
}

func (h *help) mode() mode { return inHelp }

// draw writes every key of the table, by group; one that cannot act now is dim
// and says why.
func (h *help) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	all := m.helpText(width, h.line.text())
	h.room = max(1, height-headLines)
	h.top = clamp(h.top, 0, max(0, len(all)-h.room))
	end := min(len(all), h.top+h.room)
	title, count := "Keys", ""
	if len(all) > h.room {
		count = fmt.Sprintf("[%d-%d of %d]", h.top+1, end, len(all))
	}
	typed, cursor := h.line.draw(width - 2)
	if typed == "" {
		typed = th.Muted.Render(chart.Cut("type to search", width-2))
	}
	lines := []string{th.Title.Render(title) + th.Muted.Render(chart.PadLeft(count, width-len(title))), th.Accent.Render("▸ ") + typed, ""}
	lines = append(lines, all[h.top:end]...)
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height], &tea.Position{X: 2 + cursor, Y: 1}
}

func (h *help) key(_ *model, msg tea.KeyPressMsg) tea.Cmd {
	was := h.line.text()
	h.line.key(msg)
	if h.line.text() != was {
		h.top = 0
	}
	return nil
}

func (h *help) scroll(_ *model, by int) { h.top = max(0, h.top+by) }

// helpText is the help as lines, of the keys in which each word sought occurs.
func (m *model) helpText(width int, sought string) []string {
	key := helpKey{width: width, scheme: m.scheme, sought: sought}
	for i := range table {
		key.reasons += table[i].reasonBrowsing(m) + "\n"
	}
	return m.drawn.help.get(key, func() []string { return m.drawHelp(width, sought) })
}

// reasonBrowsing is why a key of the rail and the pane cannot act now; keys of
// other modes have a reason only while they are in use.
func (b *binding) reasonBrowsing(m *model) string {
	if b.in&browsing == 0 || b.when != nil && !b.when(m) {
		return ""
	}
	return b.reason(m)
}

func (m *model) drawHelp(width int, sought string) []string {
	th := m.scheme.theme()
	var lines []string
	for _, group := range groups {
		var keys []string
		for _, b := range inOrder([]string{group}) {
			if b.says(m, sought) {
				keys = append(keys, b.draw(m, width)...)
			}
		}
		if keys == nil {
			continue
		}
		if lines != nil {
			lines = append(lines, "")
		}
		lines = append(append(lines, th.Title.Render(group)), keys...)
	}
	switch {
	case lines == nil:
		return strings.Split(th.Muted.Render(ansi.Wrap("No key does that. : finds steps, views, parameters and tables too.", width, " ")), "\n")
	case strings.TrimSpace(sought) != "":
		return lines
	}
	for _, line := range strings.Split(ansi.Wrap(mouseHelp, width, " "), "\n") {
		lines = append(lines, th.Muted.Render(line))
	}
	return lines
}

// inOrder gives the rows of the table that the help has, by group: those that
// the footer names, the others, and those of some panes only.
func inOrder(groups []string) []*binding {
	var rows []*binding
	for _, group := range groups {
		var other, special []*binding
		for i := range table {
			switch b := &table[i]; {
			case b.help == "" || b.group != group:
			case b.when == nil && b.foot != nil:
				rows = append(rows, b)
			case b.when == nil:
				other = append(other, b)
			default:
				special = append(special, b)
			}
		}
		rows = append(append(rows, other...), special...)
	}
	return rows
}

// mouseHelp stands below the keys.
const mouseHelp = "\nThe mouse works too: click a step, a tab, a view or a row; the wheel scrolls what is under it; text that is dragged over is copied."

// text is what the help says of a binding, and why it cannot act now.
func (b *binding) text(m *model) (text, why string) {
	text = b.help
	if b.in == inForm {
		text = "While editing: " + text
	}
	if why = b.reasonBrowsing(m); why != "" {
		text += " (" + why + ")"
	}
	return text, why
}

// says tells whether each of the words occurs in what the help says of a binding.
func (b *binding) says(m *model, words string) bool {
	text, _ := b.text(m)
	text = strings.ToLower(b.group + " " + b.label + " " + text)
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(words)), func(word string) bool { return !strings.Contains(text, word) })
}

// draw gives the lines of a binding in the help.
func (b *binding) draw(m *model, width int) []string {
	const indent = 12
	th := m.scheme.theme()
	text, why := b.text(m)
	keyStyle, label := th.Accent, b.label
	if why != "" {
		keyStyle = th.Muted
	}
	var lines []string
	for _, part := range strings.Split(ansi.Wrap(text, max(10, width-indent), " "), "\n") {
		if why != "" {
			part = th.Muted.Render(part)
		}
		lines = append(lines, "  "+keyStyle.Render(chart.Pad(label, indent-2))+part)
		label = ""
	}
	return lines
}

// helpKeys are those of the help.
func helpKeys() []binding {
	return []binding{
		{keys: []string{"up", "down"}, label: "↑ ↓", in: inHelp, foot: word("scroll"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up", "down"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown"}, label: "pgup pgdn", in: inHelp, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "pgup", "pgdown")*m.cover.(*help).room)
			return nil
		}},
		{keys: []string{"home", "end"}, label: "home end", in: inHelp, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "home", "end")*far)
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inHelp, foot: helpEscWord, act: func(m *model, _ string) tea.Cmd {
			if h := m.cover.(*help); h.line.text() != "" {
				h.line, h.top = line{}, 0
				return nil
			}
			m.close()
			return nil
		}},
		{keys: []string{"?"}, label: "?", in: inHelp, foot: word("close"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			return nil
		}},
	}
}

func helpEscWord(m *model) string {
	if m.cover.(*help).line.text() != "" {
		return "all keys"
	}
	return "close"
}
