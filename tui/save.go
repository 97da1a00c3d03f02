package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// figuresFolder is where charts are saved, in the lab's folder.
const figuresFolder = "figures"

// saveKeys copy the charts of the pane, and save them. Where rows are browsed,
// the grid has these keys.
func saveKeys() []binding {
	return []binding{
		{keys: []string{"y"}, label: "y", in: browsing &^ onGrid, group: "Copy", when: (*model).showsChart, foot: word("copy"),
			help: "Copy the data of the chart.", act: func(m *model, _ string) tea.Cmd {
				f := m.shownFigures()[0]
				return m.copy(chart.TSV(f), "the data of "+f.Name)
			}},
		{keys: []string{"Y"}, label: "Y", in: browsing &^ onGrid, group: "Copy", foot: saveWord,
			help: "Save a chart as SVG or CSV, or the screen as SVG.", act: func(m *model, _ string) tea.Cmd {
				m.cover = m.newSaving()
				return nil
			}},
		{keys: []string{"enter"}, label: "enter", in: inSaving, foot: word("do it"), act: func(m *model, _ string) tea.Cmd {
			s := m.cover.(*saving)
			m.close()
			return s.choices[s.at].do(m)
		}},
		{keys: []string{"up", "k", "down", "j"}, label: "↑ ↓", in: inSaving, foot: word("choose"), act: func(m *model, key string) tea.Cmd {
			m.cover.scroll(m, sign(key, "up k", "down j"))
			return nil
		}},
		{keys: []string{"Y", "q", "esc", "alt+esc"}, label: "esc", in: inSaving, foot: word("leave it"), act: func(m *model, _ string) tea.Cmd {
			m.close()
			return nil
		}},
	}
}

// shownFigures are the charts of the pane in use.
func (m *model) shownFigures() []views.Figure {
	m.pane() // it keeps what it drew
	return m.figures
}

func (m *model) showsChart() bool { return len(m.shownFigures()) > 0 }

func saveWord(m *model) string {
	if m.showsChart() {
		return "save"
	}
	return ""
}

// saving is the cover in which one chooses what to copy or save, and as what.
type saving struct {
	choices []saveChoice
	at      int
}

type saveChoice struct {
	text string
	do   func(*model) tea.Cmd
}

func (m *model) newSaving() *saving {
	s := &saving{}
	for _, f := range m.shownFigures() {
		s.choices = append(s.choices,
			saveChoice{"Save " + f.Name + " as SVG", func(m *model) tea.Cmd { return m.save(f.Name, ".svg", chart.SVG(f.Name, f)) }},
			saveChoice{"Save its data as CSV", func(m *model) tea.Cmd { return m.save(f.Name, ".csv", chart.CSV(f)) }},
			saveChoice{"Copy its data", func(m *model) tea.Cmd { return m.copy(chart.TSV(f), "the data of "+f.Name) }})
	}
	s.choices = append(s.choices, saveChoice{"Save the whole screen as SVG", func(m *model) tea.Cmd {
		return m.save("screen", ".svg", chart.Screen(m.windowTitle(), m.draw(), m.width, m.height, m.scheme.theme().Ground != chart.OnLight))
	}})
	return s
}

func (s *saving) mode() mode { return inSaving }

func (s *saving) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

func (s *saving) scroll(_ *model, by int) { s.at = clamp(s.at+by, 0, len(s.choices)-1) }

// draw is a line a choice, those of a chart together.
func (s *saving) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	lines := []string{th.Title.Render("Copy or save") + th.Muted.Render(chart.Cut("  files go to "+views.Visible(filepath.Join(m.ws.Dir, figuresFolder)), max(0, width-12))), ""}
	room := max(1, height-len(lines))
	top := clamp(s.at-room/2, 0, max(0, len(s.choices)-room))
	for i := top; i < min(len(s.choices), top+room); i++ {
		text := chart.Cut(s.choices[i].text, width-2)
		if i == s.at {
			lines = append(lines, th.Accent.Render("▸ ")+th.Title.Render(text))
		} else {
			lines = append(lines, "  "+text)
		}
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height], nil
}

// figureSaved tells that a file is written, or why it is not.
type figureSaved struct {
	path string
	err  error
}

// save writes a file about the chosen step into the folder of figures; no file
// is written over.
func (m *model) save(name, suffix, text string) tea.Cmd {
	folder, base := filepath.Join(m.ws.Dir, figuresFolder), fileName(m.step.ID+" "+name)
	return func() tea.Msg {
		path, err := writeNew(folder, base, suffix, text)
		return figureSaved{path, err}
	}
}

func (msg figureSaved) take(m *model) tea.Cmd {
	if msg.err != nil {
		m.warn(sentence(msg.err))
	} else {
		m.say("Saved " + views.Visible(msg.path) + ".")
	}
	return nil
}

// writeNew writes base+suffix in a folder, or base-2+suffix where that is there,
// and so on.
func writeNew(folder, base, suffix, text string) (path string, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of figures: %w", err)
	}
	for n := 1; ; n++ {
		path = filepath.Join(folder, base+suffix)
		if n > 1 {
			path = filepath.Join(folder, fmt.Sprintf("%s-%d%s", base, n, suffix))
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("save a figure: %w", err)
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(path)
			return "", pipeline.Hint(fmt.Errorf("save a figure: %w", err), "Is the disk full?")
		}
		return path, nil
	}
}

// longestName is how much of a chart's name its file has.
const longestName = 60

// fileName makes a name of small letters, digits and hyphens.
func fileName(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= longestName {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
