package main

import (
	"fmt"
	"strings"
	"time"
)

// asStored scrolls through the rows as they lie in the store.
func asStored(w workspaces) (string, error) {
	return inLargeGrid(w, func(*terminal) error { return nil })
}

// sorted scrolls through them ordered by the time that a page took.
func sorted(w workspaces) (string, error) {
	return inLargeGrid(w, func(t *terminal) error {
		t.pty.WriteString(strings.Repeat(right, 3))
		t.still(500 * time.Millisecond)
		return t.arrange("o", "▲")
	})
}

// filtered scrolls through those that a condition leaves, some two thirds.
func filtered(w workspaces) (string, error) {
	return inLargeGrid(w, func(t *terminal) error {
		t.pty.WriteString("/")
		t.still(300 * time.Millisecond)
		return t.arrange("PRODUCT_RATING > 2\r", " of 10,000,000]")
	})
}

// arrange presses keys after which the rows are arranged anew, and waits until
// what tells of it is on the screen.
func (t *terminal) arrange(keys, told string) error {
	since := t.count()
	t.pty.WriteString(keys)
	if _, err := t.wait(since, told, time.Minute); err != nil {
		return err
	}
	t.still(time.Second)
	return nil
}

// inLargeGrid measures keys among ten million rows after they were arranged,
// and what stays resident when the keys have come to rest.
func inLargeGrid(w workspaces, arrange func(*terminal) error) (string, error) {
	workspace, err := w.large()
	if err != nil {
		return "", err
	}
	t, err := shown(w, workspace)
	if err != nil {
		return "", err
	}
	defer t.close()
	t.still(time.Second)
	t.pty.WriteString("8")
	t.still(500 * time.Millisecond)
	t.pty.WriteString("\t")
	t.still(500 * time.Millisecond)
	if err := arrange(t); err != nil {
		return "", err
	}
	keys, err := distribution(t, func(i int) string {
		if i%10 == 9 {
			return pageDown
		}
		return down
	}, "")
	if err != nil {
		return "", err
	}
	time.Sleep(3 * time.Second)
	now, most, err := memory(t)
	return fmt.Sprintf("%s; %d MB resident, %d at most", keys, now, most), err
}
