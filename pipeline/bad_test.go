package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"willbuy/store"
	"willbuy/store/duck"
)

// badInput is something that goes wrong in a lab, and what the user is told.
type badInput struct {
	name  string
	spoil func(t *testing.T, w *Workspace)
	says  string
	hint  string
}

func TestBadInputIsASentenceWithTheNextStepAndNothingIsLost(t *testing.T) {
	empty := func(t *testing.T, w *Workspace) {
		if err := os.RemoveAll(filepath.Join(w.Dir, duck.StageDir)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []badInput{
		{"an empty stage", empty, "the stage is empty", "setup.reviews"},
		{"no file matches", func(t *testing.T, w *Workspace) { set(t, w, "read.pattern=*.csv") }, `matches "*.csv"`, "read.pattern"},
		{"a broken pattern", func(t *testing.T, w *Workspace) { set(t, w, "read.pattern=[") }, "no wildcard pattern", ""},
		{"only damaged lines", func(t *testing.T, w *Workspace) {
			empty(t, w)
			drop(t, w, "x.txt", "all\nis\nlost\n\x1b[2J\n")
		}, "none of 4 records could be parsed", "SELECT REASON"},
		{"an empty file", func(t *testing.T, w *Workspace) {
			empty(t, w)
			drop(t, w, "x.txt", "\n\n")
		}, "could be parsed", ""},
		{"no such model", func(t *testing.T, w *Workspace) { set(t, w, "quality.model=/no/such/model") }, "no such directory", "quality.model"},
		{"a model without config.json", func(t *testing.T, w *Workspace) { set(t, w, "quality.model="+t.TempDir()) }, "config.json", "quality.model"},
		{"a sentiment model without config.json", func(t *testing.T, w *Workspace) { set(t, w, "sentiment.model="+t.TempDir()) }, "config.json", "sentiment.model"},
		{"no labels", func(t *testing.T, w *Workspace) { set(t, w, "quality.labels=") }, "no candidate labels", ""},
		{"no folder of reviews", func(t *testing.T, w *Workspace) { set(t, w, "setup.reviews=/no/such/folder") }, "/no/such/folder", "setup.reviews"},
		{"no table of customers", func(t *testing.T, w *Workspace) { set(t, w, "setup.tabular=/no/such/file.csv") }, "no such file", "setup.tabular"},
		{"a folder for a table", func(t *testing.T, w *Workspace) { set(t, w, "setup.tabular="+t.TempDir()) }, "load ", "setup.tabular"},
		{"an unknown customer", func(t *testing.T, w *Workspace) { set(t, w, "explain.customer=nobody") }, `"nobody"`, "explain.customer"},
		{"a model name that is a path", func(t *testing.T, w *Workspace) { set(t, w, "register.name=../x") }, "no model name", ""},
		{"a schedule that is none", func(t *testing.T, w *Workspace) { set(t, w, "automate.cron=every day") }, "cron", "automate.cron"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newLab(t)
			reviews := query(t, w, "SELECT * FROM REVIEWS ORDER BY ALL")
			test.spoil(t, w)
			outcome, _, err := try(t, w, Request{})
			refused(t, err, test.says, test.hint)
			if HintOf(err) == "" {
				t.Errorf("%q says nothing of the next step", err)
			}
			if outcome.Status != "failed" {
				t.Errorf("the run is %s", outcome.Status)
			}
			if got := query(t, w, "SELECT * FROM REVIEWS ORDER BY ALL"); !slices.Equal(got, reviews) {
				t.Errorf("the reviews changed: %d rows, were %d", len(got), len(reviews))
			}
		})
	}
}

func TestDamagedLinesAreInQuarantineByteForByte(t *testing.T) {
	w := newLab(t)
	raw := "no quotes here \x1b[31m\xff $$ ''' \"; DROP TABLE x"
	drop(t, w, "zz.txt", raw+"\n")
	_, events := run(t, w, Request{To: "parse"})
	got := query(t, w, "SELECT LINE, CAST(RAW = ?::BLOB AS VARCHAR) FROM QUARANTINE WHERE FILE = 'zz.txt'", []byte(raw))
	if !slices.Equal(got, []string{"1 true"}) {
		t.Errorf("quarantine has %q", got)
	}
	for _, q := range body[Quarantine](t, events, "parse", KindQuarantine) {
		if strings.ContainsAny(q.Raw, "\x1b\n") || q.File == "" || q.Count < 1 {
			t.Errorf("the event is %+v", q)
		}
	}
}

// asNobody drops this thread's rights over files, which root has everywhere.
func asNobody(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	runtime.LockOSThread()
	if !fileUser(65534) {
		runtime.UnlockOSThread()
		t.Skip("as root every file can be read and written here")
	}
	t.Cleanup(func() {
		fileUser(0)
		runtime.UnlockOSThread()
	})
}

func TestAReadOnlyWorkspaceIsRefusedAndStillShown(t *testing.T) {
	w := newLab(t)
	want := statuses(assess(t, w))
	set(t, w, "train.eta=0.3")
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	readOnly(t, w.Dir)
	asNobody(t)
	_, err := w.Run(context.Background(), Request{}, nil)
	refused(t, err, "permission denied", "Choose a folder that you may write to")
	step, _ := FindStep("train")
	refused(t, w.Set(step, "eta", "0.5"), "permission denied", "Choose a folder that you may write to")
	state, err := w.Recorded()
	if err != nil {
		t.Fatal(err)
	}
	if len(state.Runs) != 1 || state.Step("setup").Status != want["setup"] {
		t.Errorf("its state is %v", statuses(state))
	}

	_, err = openLab(t, filepath.Join(w.Dir, "new")).Run(context.Background(), Request{}, nil)
	refused(t, err, "permission denied", "Choose a folder that you may write to")
}

// readOnly takes the right to write from a folder and all below it.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	chmod := func(change func(os.FileMode) os.FileMode) {
		filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
			if err == nil {
				err = os.Chmod(path, change(info.Mode()))
			}
			return err
		})
	}
	chmod(func(m os.FileMode) os.FileMode { return m &^ 0o222 })
	for up := filepath.Dir(dir); len(up) > len(os.TempDir()); up = filepath.Dir(up) {
		os.Chmod(up, 0o755) // so that somebody else comes this far
	}
	t.Cleanup(func() { chmod(func(m os.FileMode) os.FileMode { return m | 0o200 }) })
}

func TestAnUnreadableFileIsNamed(t *testing.T) {
	w := newLab(t)
	drop(t, w, "secret.txt", "x\n")
	secret := filepath.Join(w.Dir, duck.StageDir, "secret.txt")
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	x := &Exec{WS: w, Store: w.Store, step: mustStep("read"), emit: func(string, Kind, any) {}}
	files, err := w.Store.List(t.Context(), ReviewStage)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(files, func(f store.File) bool { return f.Name == "secret.txt" })
	for up := filepath.Dir(secret); len(up) > len(os.TempDir()); up = filepath.Dir(up) {
		os.Chmod(up, 0o755)
	}
	asNobody(t)
	err = x.readFile(context.Background(), nil, files[at], nil)
	refused(t, err, "secret.txt", "Make the file readable")
}

func TestAFullDiskStopsTheRunAndKeepsWhatIsDone(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	w := newLab(t)
	set(t, w, "train.eta=0.3")
	recorded := assess(t, w)
	log, err := OpenLog(t.TempDir(), "full")
	if err != nil {
		t.Fatal(err)
	}
	log.file.Close()
	log.file = full
	log.buf.Reset(full)
	ctx, cancel := context.WithCancelCause(t.Context())
	e := &engine{ws: w, cancel: cancel, began: noon, id: "full", log: log}
	within, forced, _ := Request{}.scope()
	err = e.steps(ctx, recorded, within, forced)
	outcome, err := e.finish(ctx, err)
	refused(t, err, "no space left on device", "Free some disk space")
	if outcome.Status != "failed" || len(outcome.Finished) > 1 {
		t.Errorf("the run is %+v", outcome)
	}
	run(t, w, Request{})
	for id, status := range statuses(assess(t, w)) {
		if status != Done {
			t.Errorf("once there is room %s is %s", id, status)
		}
	}
}

func TestADamagedLogDoesNotLockTheWorkspace(t *testing.T) {
	w := newLab(t)
	runs, _ := w.Runs()
	path := filepath.Join(w.runsDir(), runs[0], "events.jsonl")
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	half := len(log) / 2
	if err := os.WriteFile(path, append(log[:half:half], append([]byte("\n\x00\x00 damaged\n"), log[half:]...)...), 0o644); err != nil {
		t.Fatal(err)
	}
	_, events := run(t, w, Request{})
	if len(body[Curve](t, events, "train", KindCurve)) > 0 {
		t.Error("train ran again although the store knows its result")
	}
	for id, status := range statuses(assess(t, w)) {
		if status != Done {
			t.Errorf("%s is %s", id, status)
		}
	}
}
