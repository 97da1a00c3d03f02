// Package filelock orders processes around one file. A lock file is held with
// flock, so that a holder that dies lets go at once; inside it stands, for
// people, who holds it and who waits: lines of "waits", "holds" or "left", the
// process id, and what it does. The last line of a process counts; whoever
// takes the lock alone drops the old ones.
package filelock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pollEvery is how often a waiter tries again; flock has no deadline of its
// own. A waiter is seldom more than this late.
const pollEvery = 20 * time.Millisecond

// signAgain is how often a waiter repeats its line, in case a holder dropped
// old lines at that very moment.
const signAgain = time.Second

// Process is somebody at a lock.
type Process struct {
	PID     int
	Command string
	Waits   bool // in the queue, not a holder
}

func (p Process) String() string { return fmt.Sprintf("%s (process %d)", p.Command, p.PID) }

// Lock is a held lock.
type Lock struct {
	file    *os.File
	command string
}

// Acquire waits for the lock at path, exclusive or shared with other sharers,
// until it has it or ctx ends. Command says to others what we do. The first
// time that it has to wait, waiting (if not nil) is told who holds the lock.
func Acquire(ctx context.Context, path string, exclusive bool, command string, waiting func([]Process)) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("take the lock %s: %w", path, err)
	}
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	var signed time.Time // when we last wrote that we wait
	for {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if err == nil {
			l := &Lock{file: file, command: command}
			if err := l.sign(exclusive); err != nil {
				file.Close()
				return nil, fmt.Errorf("take the lock %s: %w", path, err)
			}
			return l, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, fmt.Errorf("take the lock %s: %w", path, err)
		}
		if signed.IsZero() && waiting != nil {
			waiting(holders(At(path)))
		}
		if time.Since(signed) > signAgain {
			signed = time.Now()
			appendLine(path, line("waits", command))
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// Release lets go.
func (l *Lock) Release() error {
	appendLine(l.file.Name(), line("left", l.command))
	return l.file.Close()
}

// Wanted tells whether another process waits for the lock at path.
func Wanted(path string) bool {
	for _, p := range At(path) {
		if p.Waits && p.PID != os.Getpid() {
			return true
		}
	}
	return false
}

// Held tells whether some process holds the lock at path exclusively now.
func Held(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	return errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// At reads who stands at the lock at path, in the order they came. Processes
// that have ended are left out; a lock that was never taken has nobody.
func At(path string) []Process {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var out []Process
	for text := range strings.Lines(string(data)) {
		state, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
		number, command, _ := strings.Cut(rest, " ")
		pid, err := strconv.Atoi(number)
		if err != nil || pid <= 0 || !alive(pid) {
			continue
		}
		out = slices.DeleteFunc(out, func(p Process) bool { return p.PID == pid })
		if state != "left" {
			out = append(out, Process{PID: pid, Command: command, Waits: state == "waits"})
		}
	}
	return out
}

func holders(all []Process) []Process {
	return slices.DeleteFunc(all, func(p Process) bool { return p.Waits })
}

// sign writes our line as a holder. A lone holder first drops the old lines,
// keeping those of processes that wait.
func (l *Lock) sign(exclusive bool) error {
	if exclusive {
		var keep bytes.Buffer
		for _, p := range At(l.file.Name()) {
			if p.Waits && p.PID != os.Getpid() {
				fmt.Fprintf(&keep, "waits %d %s\n", p.PID, p.Command)
			}
		}
		if err := l.file.Truncate(0); err != nil {
			return err
		}
		if _, err := l.file.WriteAt(keep.Bytes(), 0); err != nil {
			return err
		}
	}
	return appendLine(l.file.Name(), line("holds", l.command))
}

// line is one entry; a command cannot bring line breaks into the file.
func line(state, command string) string {
	return fmt.Sprintf("%s %d %s\n", state, os.Getpid(), strings.Join(strings.Fields(command), " "))
}

func appendLine(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString(text)
	return err
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
