package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The tests drive the real binary, built once, as people and scripts do.

var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "willbuy-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "willbuy")
		build := exec.Command("go", "build", "-o", program, ".")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build willbuy:", err)
			return 1
		}
		labDir = filepath.Join(dir, "lab")
		return m.Run()
	}())
}

// result is what a command line left behind.
type result struct {
	out, err string
	code     int
}

// willbuy runs the program in dir with nothing on stdin.
func willbuy(t *testing.T, dir string, args ...string) result {
	t.Helper()
	return willbuyReading(t, dir, "", args...)
}

func willbuyReading(t *testing.T, dir, stdin string, args ...string) result {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must fails the test unless the command ended with 0.
func (r result) must(t *testing.T) result {
	t.Helper()
	if r.code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", r.code, r.out, r.err)
	}
	return r
}

// objects reads JSON lines.
func (r result) objects(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(r.out) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%q is no JSON object: %v", line, err)
		}
		all = append(all, o)
	}
	return all
}

// labDir holds a lab that ran once, from the first step to the last, and its
// output. Tests that change it take a copy.
var labDir string

var labRun = sync.OnceValues(func() (string, error) {
	if err := os.Mkdir(labDir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command(program, "run", "--set", "setup.rows=120", "--set", "setup.dirty=0.1", "--set", "train.min_child_weight=5")
	cmd.Dir = labDir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("run the lab: %w\n%s%s", err, out, errs.String())
	}
	return string(out), err
})

// lab gives a folder with a lab that is done, for looking only.
func lab(t *testing.T) string {
	t.Helper()
	if _, err := labRun(); err != nil {
		t.Fatal(err)
	}
	return labDir
}

// ownLab gives a copy to change.
func ownLab(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "willbuy-lab"), os.DirFS(filepath.Join(lab(t), "willbuy-lab"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// states gives the state of each step.
func states(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, step := range willbuy(t, dir, "status", "--json").must(t).objects(t) {
		out[step["step"].(string)] = step["state"].(string)
	}
	return out
}

// contains fails the test where a text lacks a part.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func TestNoColorIsRefusedAsTheFlagDoes(t *testing.T) {
	t.Setenv("NO_COLOR", "yes")
	c := newCLI(nil)
	newRoot(c)
	if !c.noColor {
		t.Error("NO_COLOR is set, and colours are wanted")
	}
}
