package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"willbuy/views/chart"
)

// palette is the cover in which anything is found by a few letters of its name:
// commands, steps, views, parameters, tables, recorded runs.
type palette struct {
	line  line
	all   []item
	found []match
	at    int // the chosen one of those found
	top   int // of them scrolled away
	room  int // lines there are for them
	rows  int // of the grid that has the keys, each to be gone to by its number
}

// openPalette shows what is known, and asks which tables there are.
func (m *model) openPalette() tea.Cmd {
	p := &palette{all: m.items()}
	if m.mode() == onGrid {
		p.rows = int(m.paneGrid().found.Rows)
	}
	p.find()
	m.cover = p
	if m.catalog != nil || m.replay != nil {
		return nil
	}
	return m.readCatalog()
}

func (p *palette) mode() mode { return inPalette }

// find looks for what is typed.
func (p *palette) find() {
	p.found, p.at, p.top = search(p.all, p.line.text()), 0, 0
	if n, err := strconv.Atoi(p.line.text()); err == nil && n >= 1 && n <= p.rows {
		p.found = slices.Insert(p.found, 0, match{item: rowItem(n)})
	}
}

func (p *palette) key(_ *model, msg tea.KeyPressMsg) tea.Cmd {
	was := p.line.text()
	p.line.key(msg)
	if p.line.text() != was {
		p.find()
	}
	return nil
}

func (p *palette) scroll(_ *model, by int) {
	p.at = clamp(p.at+by, 0, max(0, len(p.found)-1))
}

// take does what the chosen line says, or says why it cannot be done now.
func (p *palette) take(m *model) tea.Cmd {
	if len(p.found) == 0 {
		return nil
	}
	it := p.found[p.at].item
	if it.why != "" {
		m.say(it.why)
		return nil
	}
	m.close()
	return it.do(m)
}

// headLines are those above the list.
const headLines = 3

// click takes the line under the mouse.
func (p *palette) click(m *model, _, y int) tea.Cmd {
	if at := p.top + y - headLines; y >= headLines && at < len(p.found) {
		p.at = at
		return p.take(m)
	}
	return nil
}

func (p *palette) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	p.room = max(1, height-headLines)
	p.top = clamp(p.top, max(0, p.at-p.room+1), p.at)
	end := min(len(p.found), p.top+p.room)

	count := fmt.Sprintf("%d of %d", len(p.found), len(p.all))
	if len(p.found) > p.room {
		count = fmt.Sprintf("[%d-%d of %d]", p.top+1, end, len(p.found))
	}
	lines := []string{th.Title.Render("Find") + th.Muted.Render(chart.PadLeft(count, width-4))}
	typed, cursor := p.line.draw(width - 2)
	if typed == "" {
		typed = th.Muted.Render(chart.Cut("a command, a step, a view, a parameter, a table, a run", width-2))
	}
	lines = append(lines, th.Accent.Render("▸ ")+typed, "")
	for i, found := range p.found[p.top:end] {
		lines = append(lines, found.draw(th, width, p.top+i == p.at))
	}
	if len(p.found) == 0 {
		lines = append(lines, th.Muted.Render(chart.Cut("Nothing is called that. Fewer letters find more; ctrl+u takes them away.", width)))
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height], &tea.Position{X: 2 + cursor, Y: 1}
}

// draw writes one line: what it is, its name with the letters that were found,
// more about it or why it cannot be done now, and its key.
func (f match) draw(th *chart.Theme, width int, chosen bool) string {
	const kindWidth, keyWidth = 10, 9
	it := f.item
	mark, name, more := "  ", lipgloss.NewStyle(), th.Muted
	if it.why != "" {
		name, more = th.Muted.Faint(true), th.Muted.Faint(true)
	}
	if chosen {
		mark, name = th.Accent.Render("▸ "), name.Bold(true)
	}
	room := width - 2
	kind, key := "", ""
	if room >= 50 {
		kind = th.Muted.Render(chart.Pad(it.kind, kindWidth)) + " "
		room -= kindWidth + 1
	}
	if it.key != "" && room >= 30 {
		key = " " + chart.PadLeft(it.key, keyWidth-1)
		room -= keyWidth
		if it.why == "" {
			key = th.Accent.Render(key)
		} else {
			key = more.Render(key)
		}
	}
	text := []rune(it.name)
	tail := it.more
	if it.why != "" {
		tail = it.why
	}
	if tail != "" && len(text)+4 < room {
		text = append(text, []rune("  "+tail)...)
	}
	shown := []rune(chart.Cut(string(text), room))
	var b strings.Builder
	for from := 0; from < len(shown); { // in runs of one style
		style, to := f.style(from, th, name, more), from+1
		for to < len(shown) && f.kindOf(to) == f.kindOf(from) {
			to++
		}
		b.WriteString(style.Render(string(shown[from:to])))
		from = to
	}
	return mark + kind + chart.Pad(b.String(), room) + key
}

// kindOf tells whether a rune of a line was found, or is of the name, or of what
// stands behind it.
func (f match) kindOf(i int) int {
	switch {
	case f.hit[i]:
		return 0
	case i < len([]rune(f.item.name)):
		return 1
	}
	return 2
}

func (f match) style(i int, th *chart.Theme, name, more lipgloss.Style) lipgloss.Style {
	return [...]lipgloss.Style{th.Accent.Underline(true), name, more}[f.kindOf(i)]
}

// paletteKeys open the palette, and are those of it.
func paletteKeys() []binding {
	return []binding{
		{keys: []string{"ctrl+p", ":"}, label: ":", in: browsing, group: "Go", foot: word("find"),
			help: "Find a command, step, view, parameter, table or run by a few letters. Also ctrl+p.", act: func(m *model, _ string) tea.Cmd {
				return m.openPalette()
			}},
		{keys: []string{"enter"}, label: "enter", in: inPalette, foot: word("take it"), why: nothingFound, act: func(m *model, _ string) tea.Cmd {
			return m.cover.(*palette).take(m)
		}},
		{keys: []string{"up", "ctrl+p", "down", "ctrl+n"}, label: "↑ ↓", in: inPalette, foot: word("move"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up ctrl+p", "down ctrl+n"))
			return nil
		}},
		{keys: []string{"pgup", "pgdown"}, label: "pgup pgdn", in: inPalette, act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "pgup", "pgdown")*m.cover.(*palette).room)
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inPalette, foot: word("close"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			return nil
		}},
	}
}

func nothingFound(m *model) string {
	if len(m.cover.(*palette).found) == 0 {
		return "Nothing is called that; esc closes."
	}
	return ""
}
