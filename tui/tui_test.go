package tui

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
)

// noStore is a store that holds nothing. It keeps the queries that it refuses.
type noStore struct {
	store.Store
	queries []string
}

var errNoRows = errors.New("no rows here")

func (s *noStore) Describe() string { return "NoDB 1.0, nowhere" }

func (s *noStore) List(context.Context, string) ([]store.File, error) { return nil, nil }

func (s *noStore) Query(_ context.Context, text string, _ ...any) (*store.Rows, error) {
	s.queries = append(s.queries, text)
	return nil, errNoRows
}

var began = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// bench is a workbench whose clock stands still, whose timers never fire and
// whose commands run at once.
type bench struct {
	t testing.TB
	*model
	store *noStore
	quit  bool
}

// newBench opens a workspace in dir, whose store has nothing, and reads its
// logs.
func newBench(t testing.TB, dir string) *bench {
	t.Helper()
	none := &noStore{}
	b := openBench(t, dir, none)
	b.store = none
	return b
}

// openBench opens a workspace on a store and reads its logs.
func openBench(t testing.TB, dir string, s store.Store) *bench {
	t.Helper()
	b := &bench{t: t}
	ws, err := pipeline.OpenWorkspace(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	b.model = newModel(t.Context(), ws, "test", dark, true)
	b.now = func() time.Time { return began.Add(time.Minute) }
	b.later = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	b.editor = "" // whatever the environment says
	b.engine = func(ctx context.Context, req pipeline.Request, sink func(pipeline.Event)) (pipeline.Outcome, error) {
		panic("a run was started; the test did not expect it")
	}
	b.model.send = func(msg tea.Msg) { panic("something was sent; the test did not expect it") }
	b.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	b.do(b.journal.look(ws))
	b.do(b.lookDaily())
	b.do(b.describe)
	b.do(b.readPinned)
	return b
}

func (b *bench) send(msg tea.Msg) {
	_, cmd := b.Update(msg)
	b.do(cmd)
}

// do runs a command and whatever follows from it.
func (b *bench) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			b.do(c)
		}
	case tea.QuitMsg:
		b.quit = true
	default:
		b.send(msg)
	}
}

// press types keys by their names.
func (b *bench) press(names ...string) {
	b.t.Helper()
	for _, name := range names {
		b.send(keyOf(b.t, name))
	}
}

func keyOf(t testing.TB, name string) tea.KeyPressMsg {
	t.Helper()
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome,
		"end": tea.KeyEnd, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete}
	var k tea.KeyPressMsg
	for rest := name; ; {
		if code, ok := special[rest]; ok {
			k.Code = code
		} else if rest == "space" {
			k.Code, k.Text = ' ', " "
		} else if after, ok := strings.CutPrefix(rest, "ctrl+"); ok {
			k.Mod |= tea.ModCtrl
			rest = after
			continue
		} else if after, ok := strings.CutPrefix(rest, "alt+"); ok {
			k.Mod |= tea.ModAlt
			rest = after
			continue
		} else if after, ok := strings.CutPrefix(rest, "shift+"); ok {
			k.Mod |= tea.ModShift
			rest = after
			continue
		} else if r := []rune(rest); len(r) == 1 {
			k.Code = r[0]
			if k.Mod == 0 {
				k.Text = rest
			}
		} else {
			t.Fatalf("no key is called %q", name)
		}
		if k.String() != name {
			t.Fatalf("key %q calls itself %q", name, k.String())
		}
		return k
	}
}

// screen is what the terminal shows, without colours.
func (b *bench) screen() string { return ansi.Strip(b.View().Content) }

func (b *bench) mustShow(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.screen(), text) {
			b.t.Fatalf("the screen lacks %q:\n%s", text, b.screen())
		}
	}
}

// entry is one event to record.
type entry struct {
	step string
	kind pipeline.Kind
	body any
}

const firstRun = "20261122T090000Z-0001"

// record appends events to the log of a run, a second apart.
func record(t testing.TB, dir, run string, entries ...entry) {
	t.Helper()
	log, err := pipeline.OpenLog(filepath.Join(dir, "runs"), run)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if _, err := log.Append(began.Add(time.Duration(i)*time.Second), e.step, e.kind, e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

// fresh are the fingerprints of steps that nothing has made stale.
func fresh(t testing.TB, dir string) map[string]string {
	t.Helper()
	ws, err := pipeline.OpenWorkspace(dir, &noStore{})
	if err != nil {
		t.Fatal(err)
	}
	prints, err := ws.Fingerprints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return prints
}

// finished are the events of a step that did its work on a table.
func finished(id, print string, rows int64) []entry {
	preview := make([][]any, min(rows, pipeline.PreviewRows))
	for i := range preview {
		preview[i] = []any{"id-" + string(rune('a'+i%26)), float64(i)}
	}
	return []entry{
		{id, pipeline.KindStepStarted, pipeline.StepStarted{Fingerprint: print, Code: "SELECT 1"}},
		{id, pipeline.KindProgress, pipeline.Progress{Done: rows, Total: rows, Unit: "rows"}},
		{id, pipeline.KindLog, pipeline.Log{Level: "warning", Text: "a line with \x1b[31mcolour\x1b[0m"}},
		{id, pipeline.KindCheck, pipeline.Check{Name: "rows add up", OK: true}},
		{id, pipeline.KindStepFinished, pipeline.StepFinished{Fingerprint: print, Seconds: 1.5, Table: "T_" + strings.ToUpper(id),
			Rows: rows, Unit: "rows", Summary: "Made some rows.", Preview: preview,
			Schema: []store.Column{{Name: "UUID", Type: store.String}, {Name: "X", Type: store.Float}}}},
	}
}

// lab records a lab in which the steps up to a place are done, the next has
// failed, and gives its folder.
func lab(t testing.TB, done int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "lab-of-tests")
	prints := fresh(t, dir)
	entries := []entry{{"", pipeline.KindRunStarted, pipeline.RunStarted{Command: "test", Store: "NoDB"}}}
	for _, s := range pipeline.Steps[:done] {
		entries = append(entries, finished(s.ID, prints[s.ID], 2000)...)
	}
	status := "done"
	if done < len(pipeline.Steps) {
		status = "failed"
		id := pipeline.Steps[done].ID
		entries = append(entries, entry{id, pipeline.KindStepStarted, pipeline.StepStarted{Fingerprint: prints[id]}},
			entry{id, pipeline.KindStepFailed, pipeline.StepFailed{Status: status, Error: "the disk is full", Hint: "Free some."}})
	}
	entries = append(entries, entry{"", pipeline.KindRunFinished, pipeline.RunFinished{Status: status, Summary: "so it went"}})
	record(t, dir, firstRun, entries...)
	return dir
}

func marshal(body any) json.RawMessage {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return raw
}
