package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// workbench is the program in a terminal, and what that shows.
type workbench struct {
	t   *testing.T
	cmd *exec.Cmd
	pty *os.File

	mu   sync.Mutex
	vt   vt10x.Terminal
	rest []byte        // what has come and is not whole yet
	more chan struct{} // something has
}

// patience is how long a text may take to appear: far longer than any step of a
// small lab.
const patience = 20 * time.Second

// openWorkbench starts the program in dir, on a screen of 120×40.
func openWorkbench(t *testing.T, dir string, args ...string) *workbench {
	t.Helper()
	w := &workbench{t: t, cmd: exec.Command(program, args...), vt: vt10x.New(vt10x.WithSize(120, 40)), more: make(chan struct{}, 1)}
	w.cmd.Dir = dir
	w.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "NO_COLOR=", "EDITOR=", "VISUAL=")
	var err error
	if w.pty, err = pty.StartWithSize(w.cmd, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.cmd.Process.Kill()
		w.pty.Close()
	})
	go io.Copy(w, w.pty)
	return w
}

// The emulator takes the sequences of newer keyboards for others. What is no
// whole sequence waits for the rest of it.
var (
	keyboardMode = regexp.MustCompile(`\x1b\[[<>=?][0-9;]*u`)
	unfinished   = regexp.MustCompile(`\x1b(\[[<>=?]?[0-9;]*)?$`)
)

// Write takes what the program writes to its terminal.
func (w *workbench) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	came := append(w.rest, p...)
	end := len(came)
	if part := unfinished.FindIndex(came); part != nil {
		end = part[0]
	}
	for i := end - 1; i >= 0 && i > end-utf8.UTFMax; i-- {
		if utf8.RuneStart(came[i]) {
			if !utf8.FullRune(came[i:end]) {
				end = i
			}
			break
		}
	}
	w.rest = bytes.Clone(came[end:])
	w.vt.Write(keyboardMode.ReplaceAll(came[:end], nil))
	select {
	case w.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

// screen is what the terminal shows now.
func (w *workbench) screen() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.vt.String()
}

// until waits until the screen is as wanted.
func (w *workbench) until(wanted func(screen string) bool, what string) {
	w.t.Helper()
	deadline := time.After(patience)
	for !wanted(w.screen()) {
		select {
		case <-w.more:
		case <-deadline:
			w.t.Fatalf("%s does not come:\n%s", what, w.screen())
		}
	}
}

// shows waits until all texts are on the screen at once.
func (w *workbench) shows(texts ...string) {
	w.t.Helper()
	w.until(func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	}, strings.Join(texts, ", "))
}

// hides waits until a text is nowhere on the screen.
func (w *workbench) hides(text string) {
	w.t.Helper()
	w.until(func(screen string) bool { return !strings.Contains(screen, text) }, "the end of "+text)
}

// keyNames are the keys that have no letter.
var keyNames = map[string]string{"enter": "\r", "esc": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"home": "\x1b[H", "end": "\x1b[F", "backspace": "\x7f", "ctrl+p": "\x10", "ctrl+u": "\x15", "ctrl+c": "\x03", "space": " "}

// press types keys by their names; what has no name is typed as it is.
func (w *workbench) press(keys ...string) {
	w.t.Helper()
	for _, key := range keys {
		if typed, ok := keyNames[key]; ok {
			key = typed
		}
		if _, err := w.pty.WriteString(key); err != nil {
			w.t.Fatal(err)
		}
	}
}

// resize gives the terminal another size, and forgets what it showed: whoever
// draws on it must draw all of it anew.
func (w *workbench) resize(width, height int) {
	w.t.Helper()
	w.mu.Lock()
	w.vt = vt10x.New(vt10x.WithSize(width, height)) // its own Resize leaves it without tab stops
	w.mu.Unlock()
	if err := pty.Setsize(w.pty, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		w.t.Fatal(err)
	}
}

// quits leaves with q and asks for a clean end.
func (w *workbench) quits() {
	w.t.Helper()
	w.press("q")
	if code := end(w.t, w.cmd); code != 0 {
		w.t.Errorf("exit code %d", code)
	}
}
