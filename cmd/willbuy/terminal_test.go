package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// screenOf collects what a program writes to its terminal.
type screenOf struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (s *screenOf) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.text.Write(p)
}

func (s *screenOf) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waitFor waits until all parts have been written.
func (s *screenOf) waitFor(t *testing.T, parts ...string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		missing := ""
		for _, part := range parts {
			if !strings.Contains(s.String(), part) {
				missing = part
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-s.more:
		case <-deadline:
			t.Fatalf("%q does not appear on the screen:\n%q", missing, s.String())
		}
	}
}

// onTerminal starts the binary in a pseudo-terminal.
func onTerminal(t *testing.T, dir string, args ...string) (*exec.Cmd, *os.File, *screenOf) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		terminal.Close()
	})
	screen := &screenOf{more: make(chan struct{}, 1)}
	go io.Copy(screen, terminal)
	return cmd, terminal, screen
}

// end waits for the program and gives its exit code.
func end(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	timeout := time.AfterFunc(15*time.Second, func() { cmd.Process.Kill() })
	defer timeout.Stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

func TestWorkbenchOpensOnTheLabAndLeavesTheTerminalAsItWas(t *testing.T) {
	cmd, terminal, screen := onTerminal(t, ownLab(t))
	screen.waitFor(t, "Setup", "Quality", "Dashboard")
	terminal.WriteString("q")
	if code := end(t, cmd); code != 0 {
		t.Errorf("exit code %d", code)
	}
	screen.waitFor(t, "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h") // entered, left, cursor shown
}

func TestWorkbenchInAnEmptyFolderMakesTheDataAndNoMore(t *testing.T) {
	dir := t.TempDir()
	cmd, terminal, screen := onTerminal(t, dir)
	screen.waitFor(t, "Setup", "Dashboard", "1 of 15 done")
	terminal.WriteString("q")
	if code := end(t, cmd); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for step, state := range states(t, dir) {
		if done := state == "done"; done != (step == "setup") {
			t.Errorf("step %s is %s", step, state)
		}
	}
}

func TestWorkbenchEndsCleanlyWhenTerminated(t *testing.T) {
	cmd, _, screen := onTerminal(t, ownLab(t))
	screen.waitFor(t, "Dashboard")
	cmd.Process.Signal(syscall.SIGTERM)
	if code := end(t, cmd); code != 130 {
		t.Errorf("exit code %d", code)
	}
	screen.waitFor(t, "\x1b[?1049l")
}

func TestHelpOnATerminalIsStyledUnlessColoursAreRefused(t *testing.T) {
	for _, c := range []struct {
		args   []string
		styled bool
	}{{[]string{"run", "--help"}, true}, {[]string{"run", "--help", "--no-color"}, false}} {
		cmd, _, screen := onTerminal(t, t.TempDir(), c.args...)
		if code := end(t, cmd); code != 0 {
			t.Errorf("exit code %d", code)
		}
		screen.waitFor(t, "EXAMPLES")
		if styled := strings.Contains(screen.String(), "\x1b[38;"); styled != c.styled {
			t.Errorf("willbuy %v: colours %v", c.args, styled)
		}
	}
}

func TestResetAsksOnATerminal(t *testing.T) {
	dir := ownLab(t)
	cmd, terminal, screen := onTerminal(t, dir, "reset", "--plain")
	screen.waitFor(t, "[y/N]")
	terminal.WriteString("n\n")
	if code := end(t, cmd); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if states(t, dir)["train"] != "done" {
		t.Error("it was reset although the answer was no")
	}
}
