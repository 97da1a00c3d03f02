package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"willbuy/views/chart"
)

// helpKey is everything that the help depends on.
type helpKey struct {
	width   int
	scheme  scheme
	reasons string
}

// helpLines draws the help into the pane's place: every key of the table, by
// group; one that cannot act now is dim and says why.
func (m *model) helpLines(l layout) []string {
	th := m.scheme.theme()
	all := m.helpText(l.pane.width)
	room := l.body - 2
	m.help = clamp(m.help, 0, max(0, len(all)-room))
	end := min(len(all), m.help+room)
	title, count := "Keys", ""
	if len(all) > room {
		count = fmt.Sprintf("[%d-%d of %d]", m.help+1, end, len(all))
	}
	lines := []string{th.Title.Render(title) + th.Muted.Render(chart.PadLeft(count, l.pane.width-len(title))), ""}
	lines = append(lines, all[m.help:end]...)
	for len(lines) < l.body {
		lines = append(lines, "")
	}
	return lines
}

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
	if b.in&browsing == 0 {
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

// scrollHelp scrolls the help; helpLines keeps it within bounds.
func (m *model) scrollHelp(by int) { m.help = max(0, m.help+by) }
