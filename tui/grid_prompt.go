package tui

import (
	tea "charm.land/bubbletea/v2"

	"willbuy/views"
)

// prompt is a line in which something is typed about a grid: a condition, a row,
// the name of a file.
type prompt struct {
	grid     *grid
	label    string
	help     string
	line     line
	complete func(text string, at int) (from int, choices []string) // nil: nothing to offer
	accept   func(m *model, text string) tea.Cmd                    // ends the prompt, has it wait or names a fault

	waits   bool   // for what was asked; it ends when that is there
	stop    func() // what it waits for, where that is not the grid
	fault   string
	choices []string
	from    int // byte of the text that the choices begin at
	chosen  int // of choices; -1 for none yet
}

// open has something typed.
func (m *model) openPrompt(p *prompt) {
	m.prompt, m.modal = p, inPrompt
	p.offer()
	m.touch()
}

// endPrompt takes the line away.
func (m *model) endPrompt() {
	m.prompt = nil
	if m.modal == inPrompt {
		m.modal = 0
	}
	m.touch()
}

// offer finds what could stand at the cursor.
func (p *prompt) offer() {
	p.choices, p.chosen = nil, -1
	if p.complete != nil {
		p.from, p.choices = p.complete(p.line.text(), p.byteAt())
	}
}

// byteAt is where the cursor is in the text.
func (p *prompt) byteAt() int { return len(string(p.line.runes[:p.line.at])) }

// take puts the choice after or before into the text.
func (p *prompt) take(by int) {
	n := len(p.choices)
	if n == 0 {
		return
	}
	if p.chosen = (p.chosen + by + n) % n; by < 0 && p.chosen == n-2 {
		p.chosen = n - 1 // back from none is the last
	}
	p.line.replace(p.from, p.choices[p.chosen])
}

// key takes a key that is typed.
func (p *prompt) key(m *model, msg tea.KeyPressMsg) {
	p.fault = ""
	p.line.key(msg)
	p.offer()
	m.touch()
}

// insert takes pasted text.
func (p *prompt) insert(m *model, text string) {
	p.line.insert(text)
	p.offer()
	m.touch()
}

func (p *prompt) drawn() *views.Ask {
	return &views.Ask{Label: p.label, Line: p.line.draw, Choices: p.choices, Chosen: p.chosen, Fault: p.fault, Help: p.help}
}

// replace puts a word between a byte of the text and the cursor.
func (l *line) replace(from int, word string) {
	before := []rune(l.text()[:from])
	rest := l.runes[l.at:]
	l.runes = append(append(before, []rune(word)...), rest...)
	l.at = len(l.runes) - len(rest)
}

func nothingToComplete(m *model) string {
	if len(m.prompt.choices) == 0 {
		return "Nothing fits what is typed."
	}
	return ""
}

func waiting(m *model) string {
	if m.prompt.waits {
		return "The rows are on their way; esc stops."
	}
	return ""
}

// promptKeys are those of typing about a grid.
func promptKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: inPrompt, foot: word("take it"), why: waiting, act: func(m *model, _ string) tea.Cmd {
			return m.prompt.accept(m, m.prompt.line.text())
		}},
		{keys: []string{"tab", "shift+tab", "down", "up"}, label: "tab", in: inPrompt, foot: word("complete"), why: nothingToComplete, act: func(m *model, key string) tea.Cmd {
			m.prompt.take(sign(key, "shift+tab up", "tab down"))
			m.touch()
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inPrompt, foot: word("leave it as it was"), act: func(m *model, _ string) tea.Cmd {
			switch p := m.prompt; {
			case p.waits && p.stop != nil:
				p.stop()
				p.waits, p.stop = false, nil
				return nil
			case p.waits && p.grid.stop != nil:
				p.grid.cancel(m)
				return nil
			}
			m.endPrompt()
			return nil
		}},
	}
}
