package filelock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	holdFile = "FILELOCK_TEST_HOLD" // the process takes this lock, says so, and keeps it
	soon     = 20 * time.Second
)

func TestMain(m *testing.M) {
	if path := os.Getenv(holdFile); path != "" {
		_, err := Acquire(context.Background(), path, true, "the\nother", nil)
		fmt.Println("holds", err)
		if err == nil {
			bufio.NewReader(os.Stdin).ReadByte() // until the test ends us
		}
		return
	}
	os.Exit(m.Run())
}

// another process that holds, or waits for, the lock. Held closes when it has it.
func another(t *testing.T, path string) (cmd *exec.Cmd, held <-chan struct{}) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdFile+"="+path)
	stdin, err := cmd.StdinPipe() // left open: it keeps the lock
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Process.Kill(); cmd.Wait() })
	has := make(chan struct{})
	go func() {
		if bufio.NewScanner(out).Scan() {
			close(has)
		}
	}()
	return cmd, has
}

func acquire(t *testing.T, path string, exclusive bool) *Lock {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	l, err := Acquire(ctx, path, exclusive, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func wait(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(soon):
		t.Fatal(what)
	}
}

// until polls a claim about other processes.
func until(t *testing.T, what string, claim func() bool) {
	t.Helper()
	for deadline := time.Now().Add(soon); !claim(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

func TestTheWaiterIsToldWhoHoldsAndTheHolderWhoWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	mine := acquire(t, path, true)
	other, held := another(t, path)
	until(t, "nobody waits", func() bool { return Wanted(path) })
	at := At(path)
	if len(at) != 2 || at[0].Waits || at[0].PID != os.Getpid() || !at[1].Waits || at[1].PID != other.Process.Pid || at[1].Command != "the other" {
		t.Errorf("at the lock stand %v", at)
	}
	if err := mine.Release(); err != nil {
		t.Error(err)
	}
	wait(t, "the other never got the lock", held)
	if Wanted(path) || !Held(path) {
		t.Errorf("wanted %v, held %v", Wanted(path), Held(path))
	}
	told := make(chan string, 1)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Acquire(ctx, path, false, "test", func(p []Process) { told <- p[0].String(); cancel() })
	if want := fmt.Sprintf("the other (process %d)", other.Process.Pid); !errors.Is(err, context.Canceled) || <-told != want {
		t.Errorf("waiting ended with %v, want to hear of %s", err, want)
	}
}

func TestAHolderThatDiesLetsGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other, held := another(t, path)
	wait(t, "the other never got the lock", held)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	if at := At(path); len(at) != 0 {
		t.Errorf("the dead still stand there: %v", at)
	}
	acquire(t, path, true).Release()
}

func TestSharersHoldTogetherAndAloneIsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	a, b := acquire(t, path, false), acquire(t, path, false)
	if Held(path) {
		t.Error("shared counts as held alone")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*pollEvery)
	defer cancel()
	if _, err := Acquire(ctx, path, true, "test", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("alone beside two sharers: %v", err)
	}
	a.Release()
	b.Release()
	acquire(t, path, true).Release()
}

func TestALockThatWasNeverTakenHasNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if Held(path) || Wanted(path) || len(At(path)) != 0 {
		t.Error("somebody stands at a lock that is not there")
	}
}

func TestALockThatCannotBeMadeIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "lock")
	if _, err := Acquire(t.Context(), path, true, "test", nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("it gave %v", err)
	}
}

func TestOldLinesGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	for range 50 {
		acquire(t, path, true).Release()
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 200 {
		t.Errorf("after 50 holders the file is %v bytes", info.Size())
	}
}

// FuzzAt reads whatever stands in a lock file.
func FuzzAt(f *testing.F) {
	f.Add("holds 1 init\nwaits 1 x\nleft 1 y\n")
	f.Add("holds 0 everybody\nholds -1 all\nholds x\n\x00 9999999999999999999 z")
	path := filepath.Join(f.TempDir(), "lock")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, p := range At(path) {
			if p.PID <= 0 {
				t.Errorf("process %d would be a whole group to a signal", p.PID)
			}
		}
	})
}
