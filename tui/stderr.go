package tui

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"
)

// strayLine is a line that something, perhaps a C library, wrote to stderr.
type strayLine string

func (line strayLine) take(m *model) tea.Cmd {
	m.warn(string(line))
	return nil
}

// strayKept is how many of them are printed after the screen is gone.
const strayKept = 100

// captureStderr sends what is written to file descriptor 2 to line, a line at
// a time, so that it cannot spoil the screen. The function it returns puts
// everything back and then prints the last lines for good. The report of a
// crash still goes to the real stderr.
func captureStderr(line func(string)) (restore func(), err error) {
	saved, err := unix.Dup(2)
	if err != nil {
		return nil, fmt.Errorf("keep stderr off the screen: %w", err)
	}
	real := os.NewFile(uintptr(saved), "stderr")
	r, w, err := os.Pipe()
	if err == nil {
		err = redirect(int(w.Fd()), 2)
	}
	if err != nil {
		return nil, fmt.Errorf("keep stderr off the screen: %w", err)
	}
	w.Close()
	debug.SetCrashOutput(real, debug.CrashOptions{})

	var kept []string
	var reader sync.WaitGroup
	reader.Go(func() {
		defer r.Close()
		lines := bufio.NewReader(r)
		for {
			text, _, err := lines.ReadLine() // a very long line comes in pieces
			if err != nil {
				return
			}
			kept = append(kept[max(0, len(kept)-strayKept+1):], string(text))
			line(string(text))
		}
	})
	return func() {
		redirect(saved, 2) // closes the pipe's last writing end
		debug.SetCrashOutput(nil, debug.CrashOptions{})
		reader.Wait()
		for _, text := range kept {
			fmt.Fprintln(os.Stderr, text)
		}
		real.Close()
	}, nil
}
