package tui

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/views"
	"willbuy/views/chart"
)

// notesFile is where a presenter's own notes are, in the workspace.
const notesFile = "presenter.md"

// labNotes are the notes on the lab that willbuy carries.
//
//go:embed presenter.md
var labNotes string

// castTime is how long a pressed key is shown; mostCast how many at a time.
const (
	castTime = 3 * time.Second
	mostCast = 6
)

// presenter is the workbench before an audience: what distracts is hidden, the
// keys that are pressed are shown, and the presenter has notes and a watch.
type presenter struct {
	asked    bool // to open with it
	on       bool
	notes    views.Notes
	own      bool // the notes are the workspace's
	strip    bool // they are shown; there is one screen only
	spot     bool // only the chosen row is bright
	pressed  []castKey
	watch    map[string]time.Duration // by step
	ticked   time.Time                // when the watch was last read
	watching bool                     // a tick is arranged
}

// castKey is a key that was pressed, and when.
type castKey struct {
	name string
	at   time.Time
}

type (
	// notesRead are the notes of the workspace, or those of the lab.
	notesRead struct {
		text string
		own  bool
		err  error
	}
	notesWritten struct {
		path string
		err  error
	}
	watchTick struct{}
	castTick  struct{}
)

// wall is what the clock on the wall says, also in a replay.
func (m *model) wall() time.Time {
	if m.replay != nil {
		return m.replay.lab.now()
	}
	return m.now()
}

// present begins or ends presenting. The watch goes on where it was.
func (m *model) present() tea.Cmd {
	p := &m.presenter
	p.on = !p.on
	p.spot, p.pressed = false, nil
	m.touch()
	if !p.on {
		return nil
	}
	p.ticked = m.wall()
	m.say("Presenting: N notes, * spotlight, P back, ? all keys.")
	path := filepath.Join(m.ws.Dir, notesFile)
	return tea.Batch(m.watchOn(), func() tea.Msg {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return notesRead{text: labNotes}
		}
		return notesRead{string(text), true, err}
	})
}

func (msg notesRead) take(m *model) tea.Cmd {
	if msg.err != nil {
		m.warn("The notes cannot be read: " + msg.err.Error() + ".")
		return nil
	}
	m.presenter.notes, m.presenter.own = views.ReadNotes(msg.text), msg.own
	return nil
}

// writeNotes puts the lab's notes into the workspace, to be edited; notes that
// are there already stay as they are.
func (m *model) writeNotes() tea.Cmd {
	dir := m.ws.Dir
	return func() tea.Msg {
		path := filepath.Join(dir, notesFile)
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return notesWritten{path, err}
		}
		_, err = file.WriteString(labNotes)
		return notesWritten{path, errors.Join(err, file.Close())}
	}
}

func (msg notesWritten) take(m *model) tea.Cmd {
	switch {
	case errors.Is(msg.err, fs.ErrExist):
		m.say(fmt.Sprintf("%s is there already; it stays as it is.", views.Visible(msg.path)))
	case msg.err != nil:
		m.warn("The notes cannot be written: " + msg.err.Error() + ".")
	default:
		m.presenter.own = true
		m.say(fmt.Sprintf("Wrote %s: edit it, and P twice reads it again.", views.Visible(msg.path)))
	}
	return nil
}

// watchOn arranges the next reading of the watch.
func (m *model) watchOn() tea.Cmd {
	if m.presenter.watching {
		return nil
	}
	m.presenter.watching = true
	return m.later(time.Second, watchTick{})
}

// take adds what has passed to the step that is shown.
func (watchTick) take(m *model) tea.Cmd {
	p := &m.presenter
	p.watching = false
	if !p.on {
		return nil
	}
	if p.watch == nil {
		p.watch = map[string]time.Duration{}
	}
	now := m.wall()
	p.watch[m.step.ID] += now.Sub(p.ticked)
	p.ticked = now
	return m.watchOn()
}

// cast shows a pressed key for a while.
func (m *model) cast(msg tea.KeyPressMsg) tea.Cmd {
	p := &m.presenter
	if !p.on {
		return nil
	}
	p.pressed = append(p.pressed, castKey{castName(msg), m.wall()})
	p.pressed = p.pressed[max(0, len(p.pressed)-mostCast):]
	return m.later(castTime, castTick{})
}

// take lets keys go that have been shown for long enough.
func (castTick) take(m *model) tea.Cmd {
	p := &m.presenter
	for len(p.pressed) > 0 && m.wall().Sub(p.pressed[0].at) >= castTime {
		p.pressed = p.pressed[1:]
	}
	return nil
}

// castName is a key as people read it.
func castName(msg tea.KeyPressMsg) string {
	return strings.NewReplacer("up", "↑", "down", "↓", "left", "←", "right", "→").Replace(msg.String())
}

// stage is how panes are drawn; nil without an audience.
func (m *model) stage() *views.Stage {
	if !m.presenter.on {
		return nil
	}
	return &views.Stage{Spotlight: m.presenter.spot}
}

// notesHeight is how much of the screen the notes may take: a third of it.
func (m *model) notesHeight() int { return max(3, m.height/3) }

// stripHeight is that of a screen which has room for the strip beside a pane.
const stripHeight = 16

// notesStrip is the strip below the panes; nil while it is hidden, or the screen
// too low.
func (m *model) notesStrip() []string {
	p := &m.presenter
	if !p.on || !p.strip || m.height < stripHeight {
		return nil
	}
	w := views.Watch{Step: p.watch[m.step.ID]}
	for _, spent := range p.watch {
		w.Whole += spent
	}
	lines := views.NotesStrip(p.notes, m.step, w, m.width-2, m.notesHeight(), *m.scheme.theme())
	return marked(lines, " ")
}

// castLine stands in place of the footer: the keys that were just pressed, at
// its right end.
func (m *model) castLine() string {
	th, p := m.scheme.theme(), &m.presenter
	var names []string
	for _, k := range p.pressed {
		names = append(names, th.Accent.Reverse(true).Render(" "+views.Visible(k.name)+" "))
	}
	text := strings.Join(names, " ")
	free := m.width - 1 - ansi.StringWidth(text)
	if text == "" || free < 0 {
		return ""
	}
	return strings.Repeat(" ", free) + text
}

// dimmed are lines that shall not be looked at now.
func dimmed(lines []string, th chart.Theme) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = views.Dimmed(th, line)
	}
	return out
}

func onStage(m *model) bool { return m.presenter.on }

func stripWord(m *model) string {
	if m.presenter.strip {
		return "hide notes"
	}
	return "notes"
}

// presenterKeys are those while presenting.
func presenterKeys() []binding {
	return []binding{
		{keys: []string{"N"}, label: "N", in: browsing, when: onStage, group: "Present", foot: stripWord,
			help: "Presenting: your notes on the step and the time against the plan, in a strip below where there is room. Whoever is in the room sees it too: there is one screen.", act: func(m *model, _ string) tea.Cmd {
				m.presenter.strip = !m.presenter.strip
				return nil
			}},
		{keys: []string{"*"}, label: "*", in: browsing, when: onStage, group: "Present", foot: word("spotlight"),
			help: "Presenting: the chosen row alone in the light, or the pane where it has no rows; in a grid the cell under the cursor stands out. Esc or * ends it.", act: func(m *model, _ string) tea.Cmd {
				return m.turnSpot()
			}},
		{keys: []string{"W"}, label: "W", in: browsing, when: onStage, group: "Present", why: notesInReplay,
			help: "Presenting: write the notes on the lab to presenter.md in the workspace, to make them yours. Notes that are there stay.", act: func(m *model, _ string) tea.Cmd {
				return m.writeNotes()
			}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: browsing, group: "Present",
			when: func(m *model) bool { return m.presenter.on && (m.presenter.spot || onReplay(m) && !m.zoomed) },
			help: "Presenting: end the spotlight; of a replay, presenting itself.", act: func(m *model, _ string) tea.Cmd {
				if m.presenter.spot {
					return m.turnSpot()
				}
				return m.present()
			}},
	}
}

// presentKeys begin and end it. A recorded run is often there to be shown, so
// the footer of a replay has room for them.
func presentKeys() []binding {
	return []binding{
		{keys: []string{"P"}, label: "P", in: browsing, group: "Present", foot: presentWord,
			help: "Present to a room, and back: fewer things on the screen, larger spacing, the keys you press shown.", act: func(m *model, _ string) tea.Cmd {
				return m.present()
			}},
	}
}

func presentWord(m *model) string {
	if m.replay == nil {
		return ""
	}
	return "present"
}

func (m *model) turnSpot() tea.Cmd {
	m.presenter.spot = !m.presenter.spot
	if m.presenter.spot {
		m.focus = onPane
	}
	m.touch()
	return nil
}

func notesInReplay(m *model) string {
	if m.replay != nil {
		return inReplay
	}
	return ""
}
