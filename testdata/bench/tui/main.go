// Command tui measures the workbench as it is, in a pseudo-terminal of 120×40:
// how soon a key shows, how soon the first frame is there, what it takes when
// nobody does anything. `make bench-tui` runs it.
//
// usage: tui WILLBUY CACHE     CACHE keeps the workspaces that are measured in
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: tui WILLBUY CACHE")
		os.Exit(2)
	}
	program, err := filepath.Abs(os.Args[1])
	if err == nil {
		err = measure(workspaces{os.Args[2], program})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-tui:", err)
		os.Exit(1)
	}
}

func measure(w workspaces) error {
	for _, part := range []struct {
		name, wanted string
		figure       func(workspaces) (string, error)
	}{
		{"first frame, a run of 10,000 events", "≤ 100 ms", firstFrame},
		{"key to frame while all cores classify", "p99 ≤ 20 ms", whileClassifying},
		{"key to frame in a grid of 10 million rows", "p99 ≤ 20 ms", asStored},
		{"… sorted by a column", "p99 ≤ 20 ms", sorted},
		{"… filtered by another", "p99 ≤ 20 ms", filtered},
		{"CPU over 30 s without a key", "≤ 1 %", idle},
		{"resident after a look at all panes", "≤ 150 MB", resident},
	} {
		figure, err := part.figure(w)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Printf("%-44s %-12s %s\n", part.name, part.wanted, figure)
	}
	return nil
}

// The keys that are pressed.
const (
	down, up, right, pageDown = "\x1b[B", "\x1b[A", "\x1b[C", "\x1b[6~"
)

// marked is in every frame in which another step is the chosen one, and in no
// other that a run brings.
const marked = "▸"

// presses are how often a key is pressed for a distribution.
const presses = 300

func firstFrame(w workspaces) (string, error) {
	workspace, err := w.eventful()
	if err != nil {
		return "", err
	}
	var first, whole []time.Duration
	for range 11 {
		t, err := open(".", w.willbuy, "--workspace", workspace)
		if err != nil {
			return "", err
		}
		f, err := t.wait(0, "Will they buy?", 10*time.Second)
		if err == nil {
			first = append(first, f.at.Sub(t.started))
			f, err = t.wait(0, "run 1", 10*time.Second)
			whole = append(whole, f.at.Sub(t.started))
		}
		t.close()
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("median %s, most %s; with what is recorded: median %s", milliseconds(at(first, 0.5)), milliseconds(at(first, 1)), milliseconds(at(whole, 0.5))), nil
}

func whileClassifying(w workspaces) (string, error) {
	workspace, err := w.finished()
	if err != nil {
		return "", err
	}
	workspace, remove, err := copyOf(workspace)
	if err != nil {
		return "", err
	}
	defer remove()
	if out, err := exec.Command(w.willbuy, "reset", "--from", "quality", "--yes", "--workspace", workspace).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	t, err := shown(w, workspace)
	if err != nil {
		return "", err
	}
	defer t.close()
	t.still(time.Second)
	t.pty.WriteString("5")
	t.still(300 * time.Millisecond)
	t.pty.WriteString("\r")
	if _, err := t.wait(t.count(), "worker", 20*time.Second); err != nil {
		return "", err
	}
	t.pty.WriteString("1")
	time.Sleep(time.Second)
	return distribution(t, func(i int) string {
		if i/7%2 == 0 {
			return down
		}
		return up
	}, marked)
}

// distribution presses keys and tells how long it took until a frame with the
// text was whole.
func distribution(t *terminal, key func(i int) string, text string) (string, error) {
	const between = 40 * time.Millisecond
	var took []time.Duration
	for i := range presses {
		d, err := t.press(key(i), text)
		if err != nil {
			return "", fmt.Errorf("key %d: %w", i, err)
		}
		took = append(took, d)
		time.Sleep(between)
	}
	return fmt.Sprintf("median %s, p99 %s, most %s of %d", milliseconds(at(took, 0.5)), milliseconds(at(took, 0.99)), milliseconds(at(took, 1)), len(took)), nil
}

func idle(w workspaces) (string, error) {
	const span = 30 * time.Second
	return looking(w, func(t *terminal) (string, error) {
		t.still(3 * time.Second)
		before, err := cpu(t.cmd.Process.Pid)
		if err != nil {
			return "", err
		}
		time.Sleep(span)
		after, err := cpu(t.cmd.Process.Pid)
		return fmt.Sprintf("%.2f %%", 100*(after-before).Seconds()/span.Seconds()), err
	})
}

func resident(w workspaces) (string, error) {
	return looking(w, func(t *terminal) (string, error) {
		for _, key := range append([]string{"1"}, slices.Repeat([]string{"n"}, 14)...) {
			t.pty.WriteString(key)
			t.still(300 * time.Millisecond)
		}
		now, _, err := memory(t)
		return fmt.Sprintf("%d MB", now), err
	})
}

// memory is what the program has resident, now and at most so far, in MB.
func memory(t *terminal) (now, most int, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		if name != "VmRSS" && name != "VmHWM" {
			continue
		}
		kb, err := strconv.Atoi(strings.Fields(value)[0])
		if err != nil {
			return 0, 0, err
		}
		if mb := kb * 1024 / 1_000_000; name == "VmRSS" {
			now = mb
		} else {
			most = mb
		}
	}
	return now, most, nil
}

// looking opens the finished lab and waits until it shows.
func looking(w workspaces, do func(*terminal) (string, error)) (string, error) {
	workspace, err := w.finished()
	if err != nil {
		return "", err
	}
	t, err := shown(w, workspace)
	if err != nil {
		return "", err
	}
	defer t.close()
	return do(t)
}

// shown opens a workspace and waits until its steps show.
func shown(w workspaces, workspace string) (*terminal, error) {
	t, err := open(".", w.willbuy, "--workspace", workspace)
	if err != nil {
		return nil, err
	}
	if _, err := t.wait(0, "Dashboard", 10*time.Second); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// cpu is the processor time that a process has used, in Linux's ticks of 10 ms.
func cpu(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
	ticks := 0
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// at is a quantile.
func at(took []time.Duration, quantile float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)-1, int(quantile*float64(len(sorted))))]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}
