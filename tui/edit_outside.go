package tui

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// editorOf is the user's own editor, as other programs find it; "" for none.
func editorOf(getenv func(string) string) string {
	if e := strings.TrimSpace(getenv("VISUAL")); e != "" {
		return e
	}
	return strings.TrimSpace(getenv("EDITOR"))
}

// mostText is how many bytes of a text are read back: no SQL is longer.
const mostText = 1 << 20

// laidOut tells that the text lies in a file for the editor.
type laidOut struct {
	edit *sqlEdit
	path string
	err  error
}

// writtenOutside is the text as the editor left it.
type writtenOutside struct {
	edit *sqlEdit
	text string
	err  error
}

// writeOutside has the text edited in the user's editor, which gets the whole
// terminal for that time.
func (e *sqlEdit) writeOutside() tea.Cmd {
	e.waiting = true
	text, name := e.area.text(), e.step.ID
	return func() tea.Msg {
		f, err := os.CreateTemp("", "willbuy-"+name+"-*.sql")
		if err != nil {
			return laidOut{edit: e, err: err}
		}
		_, err = f.WriteString(text + "\n")
		if closed := f.Close(); err == nil {
			err = closed
		}
		return laidOut{e, f.Name(), err}
	}
}

func (msg laidOut) take(m *model) tea.Cmd {
	e := msg.edit
	if msg.err != nil {
		return func() tea.Msg { return writtenOutside{edit: e, err: msg.err} }
	}
	words := append(strings.Fields(e.editor), msg.path)
	return tea.ExecProcess(exec.Command(words[0], words[1:]...), func(err error) tea.Msg {
		defer os.Remove(msg.path)
		if err != nil {
			return writtenOutside{edit: e, err: fmt.Errorf("run %s: %w", e.editor, err)}
		}
		f, err := os.Open(msg.path)
		if err != nil {
			return writtenOutside{edit: e, err: err}
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, mostText))
		return writtenOutside{e, string(text), err}
	})
}

// take has what was written checked at once. Without a change there is nothing
// to accept; without an editor the text can still be written here.
func (msg writtenOutside) take(m *model) tea.Cmd {
	e := msg.edit
	if m.cover != e {
		return nil
	}
	e.waiting = false
	if msg.err != nil {
		e.outside, e.checked = false, false
		m.warn("The editor did not work: " + strings.TrimSuffix(sentence(msg.err), ".") + ". The text can be edited here.")
		return nil
	}
	text := strings.TrimRight(strings.ReplaceAll(msg.text, "\r\n", "\n"), "\n")
	if text == e.was && e.draft.Plan.Columns == nil && e.fault == nil {
		m.close()
		m.say(fmt.Sprintf("The SQL of %s stays as it was.", e.step.Title))
		return nil
	}
	e.area.set(text)
	e.outside = true
	return e.check(m)
}
