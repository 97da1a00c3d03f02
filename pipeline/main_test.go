package pipeline

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"willbuy/store/duck"
)

// The test binary is also the process that tests kill and wait for: with one of
// these variables set it runs the lab in that folder, or a job of it.
const (
	runIn = "WILLBUY_TEST_RUN_IN"
	jobIn = "WILLBUY_TEST_JOB_IN"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(runIn); dir != "" {
		os.Exit(child(dir, func(ctx context.Context, w *Workspace) error {
			_, err := w.Run(ctx, Request{Command: "child", Steps: tabled}, func(e Event) { fmt.Println(e.Step, e.Kind) })
			return err
		}))
	}
	if dir := os.Getenv(jobIn); dir != "" {
		os.Exit(child(dir, func(ctx context.Context, w *Workspace) error {
			_, err := w.RunJob(ctx, os.Args[len(os.Args)-1], "test", func(e Event) { fmt.Println(e.Step, e.Kind) })
			return err
		}))
	}
	code := m.Run()
	if dir, err := finished(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func child(dir string, do func(context.Context, *Workspace) error) int {
	s := duck.New(dir, duck.Options{Command: "child"})
	defer s.Close()
	w, err := OpenWorkspace(dir, s)
	if err == nil {
		err = do(context.Background(), w)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// startChild runs the lab in a process of its own. Its events come as lines
// "step kind" from the scanner.
func startChild(t *testing.T, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runIn+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd, bufio.NewScanner(out)
}

// small are the settings of the labs that tests run: a shop that is trained on
// in seconds, with some damaged reviews and with trees that really split.
var small = []string{"setup.rows=60", "setup.dirty=0.1", "cluster.factor=1", "cluster.workers=2",
	"train.min_child_weight=2", "train.rounds=10"}

// tabled are the steps that tables come from, with all that they need. Runs of
// these leave out the measuring of the cluster.
var tabled = []string{"explain", "dashboard"}

// finished is a lab in which everything ran once, made by the first test that
// wants it. Tests work on copies: see newLab.
var finished = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "willbuy-lab-")
	if err != nil {
		return "", err
	}
	s := duck.New(dir, duck.Options{Command: "prepare"})
	w, err := OpenWorkspace(dir, s)
	if err != nil {
		return dir, err
	}
	for _, setting := range small {
		step, param, value, err := ParseSetting(setting)
		if err == nil {
			err = w.Set(step, param, value)
		}
		if err != nil {
			return dir, err
		}
	}
	_, err = w.Run(context.Background(), Request{Command: "prepare"}, nil)
	return dir, errors.Join(err, s.Close())
})

// newLab gives a copy of the finished lab, and the folder that it is in.
func newLab(t *testing.T) *Workspace {
	t.Helper()
	from, err := finished()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return openLab(t, dir)
}

// emptyLab gives a workspace with the small settings in which nothing ran yet.
func emptyLab(t *testing.T) *Workspace {
	t.Helper()
	w := openLab(t, t.TempDir())
	set(t, w, small...)
	return w
}

func openLab(t *testing.T, dir string) *Workspace {
	t.Helper()
	s := duck.New(dir, duck.Options{Command: t.Name()})
	t.Cleanup(func() { s.Close() })
	w, err := OpenWorkspace(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func set(t *testing.T, w *Workspace, settings ...string) {
	t.Helper()
	for _, setting := range settings {
		step, param, value, err := ParseSetting(setting)
		if err == nil {
			err = w.Set(step, param, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// run brings a lab up to date and gives the run's events.
func run(t *testing.T, w *Workspace, req Request) (Outcome, []Event) {
	t.Helper()
	outcome, events, err := try(t, w, req)
	if err != nil {
		t.Fatal(err)
	}
	return outcome, events
}

func try(t *testing.T, w *Workspace, req Request) (Outcome, []Event, error) {
	t.Helper()
	var events []Event
	outcome, err := w.Run(t.Context(), req, func(e Event) { events = append(events, e) })
	return outcome, events, err
}

// assess folds a workspace's log and marks what is stale.
func assess(t *testing.T, w *Workspace) *State {
	t.Helper()
	state, err := w.Recorded()
	if err == nil {
		err = w.Assess(t.Context(), state)
	}
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func statuses(state *State) map[string]Status {
	out := map[string]Status{}
	for _, s := range Steps {
		out[s.ID] = state.Step(s.ID).Status
	}
	return out
}

// body gives the bodies of one kind of events of a step.
func body[T any](t *testing.T, events []Event, step string, kind Kind) []T {
	t.Helper()
	var out []T
	for _, e := range events {
		if e.Step == step && e.Kind == kind {
			var b T
			if err := e.Decode(&b); err != nil {
				t.Fatal(err)
			}
			out = append(out, b)
		}
	}
	return out
}

func logged(t *testing.T, events []Event, step, text string) bool {
	t.Helper()
	return slices.ContainsFunc(body[Log](t, events, step, KindLog), func(l Log) bool { return strings.Contains(l.Text, text) })
}

// query gives all rows as text, a line each.
func query(t *testing.T, w *Workspace, text string, args ...any) []string {
	t.Helper()
	rows, err := w.Store.Query(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := rows.Collect(-1)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range all {
		lines = append(lines, strings.TrimSuffix(fmt.Sprintln(row...), "\n"))
	}
	return lines
}

// tables gives the content of every table of a lab, ordered. Which run made
// something is left out: it differs.
func tables(t *testing.T, w *Workspace) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range query(t, w, "SELECT table_name FROM information_schema.tables WHERE table_name <> 'WILLBUY_MARKERS'") {
		columns := "*"
		if name == ModelsTable {
			columns = "* EXCLUDE (RUN)"
		}
		out[name] = strings.Join(query(t, w, "SELECT "+columns+" FROM "+Ident(name)+" ORDER BY ALL"), "\n")
	}
	return out
}

// sameTables reports each table that differs.
func sameTables(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			a, b := strings.Split(got[name], "\n"), strings.Split(want[name], "\n")
			at := 0
			for at < min(len(a), len(b)) && a[at] == b[at] {
				at++
			}
			t.Errorf("table %s differs: %d rows, want %d; first in row %d\n got %.300q\nwant %.300q", name, len(a), len(b), at+1,
				strings.Join(a[min(at, len(a)-1):][:1], ""), strings.Join(b[min(at, len(b)-1):][:1], ""))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("there is a table %s too many", name)
		}
	}
}

// drop puts a file into a lab's stage, as a user would.
func drop(t *testing.T, w *Workspace, name, content string) {
	t.Helper()
	path := filepath.Join(w.Dir, duck.StageDir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// refused wants a sentence that names what is wrong, and a hint.
func refused(t *testing.T, err error, names, hint string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("no error; want one that says %q", names)
	case !strings.Contains(err.Error(), names):
		t.Errorf("error %q does not say %q", err, names)
	case strings.ContainsAny(err.Error(), "\n\x1b"):
		t.Errorf("error %q is not one clean line", err)
	case !strings.Contains(HintOf(err), hint):
		t.Errorf("the hint of %q is %q, want it to say %q", err, HintOf(err), hint)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// soon is how long something that should happen at once may take on a machine
// that is busy with other things.
const soon = 20 * time.Second
