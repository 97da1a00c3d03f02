package tui

import (
	"errors"
	"fmt"
	"os"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/atotto/clipboard"
	"github.com/charmbracelet/x/ansi"

	"willbuy/views"
)

// native writes to the clipboard of the machine that the workbench runs on; nil
// where nothing can. Over SSH that is not the machine of who sits there.
func native(getenv func(string) string) func(string) error {
	if clipboard.Unsupported || getenv("SSH_TTY") != "" || getenv("SSH_CONNECTION") != "" {
		return nil
	}
	return clipboard.WriteAll
}

// most52 is how many bytes xterm and its kin take by OSC 52: 100,000 of base64.
const most52 = 74994

// copied tells how copying by the machine's own clipboard went.
type copied struct {
	what, text string
	err        error // also where there is no tool for it
}

// copy puts text on the clipboard, by the terminal (OSC 52) and by the machine's
// own means, and says what truly happened. What it is, is said as in "3 lines".
func (m *model) copy(text, what string) tea.Cmd {
	write := m.clipboard
	return tea.Batch(tea.SetClipboard(text), func() tea.Msg {
		err := errNoClipboard
		if write != nil {
			err = write(text)
		}
		return copied{what, text, err}
	})
}

var errNoClipboard = errors.New("no tool to copy with")

func (msg copied) take(m *model) tea.Cmd {
	if msg.err == nil {
		m.say(fmt.Sprintf("Copied %s to the clipboard.", views.Visible(msg.what)))
		return nil
	}
	text := fmt.Sprintf("Asked the terminal to copy %s (OSC 52); it does not answer, so this is not certain.", views.Visible(msg.what))
	switch {
	case len(msg.text) > most52:
		text += fmt.Sprintf(" It is %d kB; many terminals take %d at most.", (len(msg.text)+999)/1000, most52/1000)
	case os.Getenv("TMUX") != "":
		text += " In tmux it needs: set -g set-clipboard on."
	}
	m.say(text)
	return nil
}

// copyPane copies all that the pane has to show, as text.
func (m *model) copyPane() tea.Cmd {
	f := m.frame()
	f.Top, f.Height = 0, views.Length(f)+f.Height // room for all of it, whatever the head takes
	lines := strings.Split(views.Pane(f), "\n")[f.Height-views.Room(f):]
	for i, line := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(line), " ")
	}
	text := strings.TrimRight(strings.Join(lines, "\n"), "\n")
	return m.copy(text, amount(text))
}

// copyKeys are those of copying where nothing else is to be copied.
func copyKeys() []binding {
	return []binding{
		{keys: []string{"y"}, label: "y", in: browsing, group: "Copy",
			help: "Copy what the pane shows as text, all of it.", act: func(m *model, _ string) tea.Cmd { return m.copyPane() }},
	}
}
