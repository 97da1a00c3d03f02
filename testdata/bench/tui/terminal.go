package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
)

// terminal is the program in a pseudo-terminal that understands synchronized
// updates: what the program writes between the beginning and the end of one is a
// frame.
type terminal struct {
	cmd     *exec.Cmd
	pty     *os.File
	started time.Time

	mu     sync.Mutex
	rest   []byte // of a frame that is not whole
	frames []frame
	more   chan struct{}
}

// frame is what one update of the screen wrote, and when its last byte came.
type frame struct {
	at   time.Time
	text string
}

const (
	frameBegins = "\x1b[?2026h"
	frameEnds   = "\x1b[?2026l"
)

// answers are those of a modern terminal to what programs ask it.
var answers = map[string]string{
	"\x1b[?2026$p": "\x1b[?2026;2$y",
	"\x1b]11;?":    "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
	"\x1b[c":       "\x1b[?62;22c",
}

// open starts the program in dir, on a screen of 120×40.
func open(dir, program string, args ...string) (*terminal, error) {
	t := &terminal{cmd: exec.Command(program, args...), more: make(chan struct{}, 1), started: time.Now()}
	t.cmd.Dir = dir
	t.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=")
	var err error
	if t.pty, err = pty.StartWithSize(t.cmd, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go t.read()
	return t, nil
}

func (t *terminal) read() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := t.pty.Read(buffer)
		if err != nil {
			return
		}
		now := time.Now()
		for question, answer := range answers {
			if bytes.Contains(buffer[:n], []byte(question)) {
				t.pty.WriteString(answer)
			}
		}
		t.take(buffer[:n], now)
	}
}

// take cuts what came into frames. Until the terminal has answered that it knows
// synchronized updates, whatever comes is one.
func (t *terminal) take(came []byte, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest = append(t.rest, came...)
	for len(t.rest) > 0 {
		before, update, begun := bytes.Cut(t.rest, []byte(frameBegins))
		if len(before) > 0 {
			t.frames = append(t.frames, frame{now, string(before)})
		}
		text, rest, ended := bytes.Cut(update, []byte(frameEnds))
		switch {
		case !begun:
			t.rest = nil
		case !ended:
			t.rest = bytes.Clone(t.rest[len(before):])
		default:
			t.frames = append(t.frames, frame{now, string(text)})
			t.rest = bytes.Clone(rest)
		}
		select {
		case t.more <- struct{}{}:
		default:
		}
		if begun && !ended {
			return
		}
	}
}

// wait waits for a frame since the first so many that shows a text.
func (t *terminal) wait(since int, text string, limit time.Duration) (frame, error) {
	deadline := time.After(limit)
	for {
		t.mu.Lock()
		for ; since < len(t.frames); since++ {
			if strings.Contains(t.frames[since].text, text) {
				f := t.frames[since]
				t.mu.Unlock()
				return f, nil
			}
		}
		t.mu.Unlock()
		select {
		case <-t.more:
		case <-deadline:
			return frame{}, fmt.Errorf("no frame with %q within %v", text, limit)
		}
	}
}

func (t *terminal) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.frames)
}

// press writes a key and tells how long it took until a frame that shows the
// text was whole.
func (t *terminal) press(key, text string) (time.Duration, error) {
	since, before := t.count(), time.Now()
	if _, err := t.pty.WriteString(key); err != nil {
		return 0, err
	}
	f, err := t.wait(since, text, 5*time.Second)
	return f.at.Sub(before), err
}

// still waits until nothing has been drawn for a while.
func (t *terminal) still(quiet time.Duration) {
	for n := -1; n != t.count(); {
		n = t.count()
		time.Sleep(quiet)
	}
}

// close ends the program.
func (t *terminal) close() {
	t.cmd.Process.Kill()
	t.cmd.Wait()
	t.pty.Close()
}
