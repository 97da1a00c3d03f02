package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/store/duck"
)

// hides asserts that a text is nowhere on the screen.
func (b *bench) hides(text string) {
	b.t.Helper()
	if strings.Contains(b.screen(), text) {
		b.t.Errorf("the screen shows %q:\n%s", text, b.screen())
	}
}

// broken is a lab in which parse has put three records aside, one of them with
// bytes that are no text, and went on to do its work, or failed.
func broken(t *testing.T, failed bool) *bench {
	t.Helper()
	dir := lab(t, 15)
	s := duck.New(dir, duck.Options{Command: t.Name()})
	t.Cleanup(func() { s.Close() })
	text, count := store.String, store.Int
	objects := []store.Object{
		{Kind: store.StageKind, Name: pipeline.ReviewStage},
		{Kind: store.TableKind, Name: pipeline.FilesTable, Columns: []store.Column{{Name: "FILE", Type: text}}},
		{Kind: store.TableKind, Name: pipeline.QuarantineTable, Columns: []store.Column{{Name: "STEP", Type: text}, {Name: "FILE", Type: text},
			{Name: "LINE", Type: count}, {Name: "LINES", Type: count}, {Name: "REASON", Type: text}, {Name: "RAW", Type: store.Binary}}}}
	if _, err := s.Ensure(t.Context(), objects); err != nil {
		t.Fatal(err)
	}
	rows := [][]any{
		{"parse", "a.txt", int64(3), int64(1), "not a UUID", []byte(`"nobody","It fits."`)},
		{"parse", "a.txt", int64(7), int64(1), "no comma between UUID and text", []byte(`"0f0f0f0f-0000-4000-8000-00000000beef" "\x1b[2J"`)},
		{"parse", "b.txt", int64(1), int64(1), "not text: neither UTF-8 nor Windows-1252", []byte("\xff\xfe\x81bytes")},
	}
	err := s.Write(t.Context(), store.Marker{Run: "r", Step: "parse", Shard: "all"}, func(w store.Writer) error {
		_, err := w.Append(pipeline.QuarantineTable, func(yield func([]any, error) bool) {
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	print := fresh(t, dir)["parse"]
	entries := []entry{{"", pipeline.KindRunStarted, pipeline.RunStarted{Command: "test", Store: "DuckDB"}},
		{"parse", pipeline.KindStepStarted, pipeline.StepStarted{Fingerprint: print}}}
	for _, row := range rows {
		entries = append(entries, entry{"parse", pipeline.KindQuarantine, pipeline.Quarantine{Reason: row[4].(string), Count: 1, File: row[1].(string), Line: row[2].(int64), Raw: "…"}})
	}
	entries = append(entries, entry{"parse", pipeline.KindTable, pipeline.Table{Name: "quarantine", Columns: []store.Column{{Name: "REASON", Type: text}}}})
	if failed {
		entries = append(entries, entry{"parse", pipeline.KindStepFailed, pipeline.StepFailed{Status: "failed", Error: "none of 3 records could be parsed"}},
			entry{"", pipeline.KindRunFinished, pipeline.RunFinished{Status: "failed"}})
	} else {
		entries = append(entries, entry{"parse", pipeline.KindStepFinished, pipeline.StepFinished{Fingerprint: print, Table: pipeline.ParsedTable, Rows: 5, Unit: "reviews",
			Schema: []store.Column{{Name: "FILE", Type: text}}, Summary: "5 reviews parsed."}},
			entry{"", pipeline.KindRunFinished, pipeline.RunFinished{Status: "done"}})
	}
	record(t, dir, "20261122T100000Z-0001", entries...)
	return openBench(t, dir, s)
}

func TestEveryRecordInQuarantineCanBeFoundAndReadInFull(t *testing.T) {
	b := broken(t, false)
	b.press("4", "tab", "enter") // the first reason
	b.mustShow("not a UUID", "a.txt", "1 of 3")
	b.press("esc")
	b.mustShow("of 3]")
	b.press("/", "B", "Y", "T", "E", "S", "enter")
	b.mustShow("of 1 of 3]", `\xff\xfe\x81bytes`)
	b.press("enter")
	b.mustShow("neither UTF-8", "b.txt line 1", "ff fe 81 62", "▪▪▪bytes")
	b.press("esc", "esc")
	b.mustShow("of 3]")
}

func TestWhenNothingParsedTheQuarantineIsStillToBeSeen(t *testing.T) {
	b := broken(t, true)
	b.press("4", "tab", "enter")
	b.mustShow("none of 3 records could be parsed", "not a UUID", "1 of 3", "r retries")
}

func TestMendingARecordPutsACorrectedCopyOnTheStageAndParsesAgain(t *testing.T) {
	b := broken(t, false)
	var asked []string
	b.engine = func(_ context.Context, req pipeline.Request, _ func(pipeline.Event)) (pipeline.Outcome, error) {
		asked = append(asked, req.Steps...)
		return pipeline.Outcome{}, nil
	}
	b.press("4", "tab", "enter", "esc", "home", "F")
	b.mustShow("Mend a.txt line 3", "still not a UUID")
	b.press("enter")
	if !strings.Contains(b.note.text, "not a UUID") || len(asked) > 0 {
		t.Fatalf("a record that does not read was taken: %q", b.note.text)
	}
	b.press("ctrl+u")
	b.send(tea.PasteMsg{Content: `"0f0f0f0f-0000-4000-8000-00000000beef","It fits."`})
	b.mustShow("reads as a review of 0f0f0f0f-0000-4000-8000-00000000beef", "fixed/a.txt-line3-")
	b.press("enter")
	name := pipeline.FixedFile("a.txt", 3, `"nobody","It fits."`)
	text, err := os.ReadFile(filepath.Join(b.ws.Dir, duck.StageDir, name))
	if err != nil || string(text) != "\"0f0f0f0f-0000-4000-8000-00000000beef\",\"It fits.\"\n" {
		t.Errorf("on the stage is %q, %v", text, err)
	}
	if fmt.Sprint(asked) != "[parse]" || b.cover != nil {
		t.Errorf("ran %v with the cover %v", asked, b.cover)
	}
}

func TestEscWarnsBeforeACorrectionIsThrownAway(t *testing.T) {
	b := broken(t, false)
	b.press("4", "tab", "enter", "F", "x", "esc")
	if _, open := b.cover.(*fixing); !open {
		t.Fatal("esc threw away what was typed without a word")
	}
	b.press("esc", "esc")
	if b.cover != nil {
		t.Fatal("esc does not leave the correction")
	}
}

func TestPlusAndMinusSetTheWorkersAndSayWhatBecomesStale(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("2")
	was := b.workers()
	b.press("+")
	if got := b.values["cluster"]["workers"]; got != fmt.Sprint(was+1) {
		t.Fatalf("+ set %q workers, there were %d", got, was)
	}
	b.press("-", "-")
	for range was + 1 {
		b.press("-")
	}
	if got := b.values["cluster"]["workers"]; got != "1" {
		t.Errorf("− went to %q workers; 1 is the least", got)
	}
}

func TestTypingAsksAboutTheNewestTextOnlyOnceItRests(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("5")
	x := &tryit{step: b.step, model: &pipeline.Tryout{}}
	x.ctx, x.leave = context.WithCancel(t.Context())
	b.cover = x
	b.press("a", "b")
	if cmd := (tryRest{x, 1}).take(b.model); cmd != nil {
		t.Error("a text was scored that somebody was still typing")
	}
	if cmd := (tryRest{x, 2}).take(b.model); cmd == nil || !x.busy {
		t.Error("a text at rest was not scored")
	}
	b.press("c")
	if cmd := (tryRest{x, 3}).take(b.model); cmd != nil {
		t.Error("two texts are being scored at once")
	}
	if cmd := (tryScored{x, pipeline.Tried{Text: "ab", Labels: []string{"good", "bad"}, Scores: []float64{0.25, 0.75}}, nil}).take(b.model); cmd == nil {
		t.Error("what was typed meanwhile was not scored")
	}
	b.mustShow("good", "0.250", "▸ bad", "0.750")
	x.leave()
	if cmd := (tryScored{x, pipeline.Tried{}, context.Canceled}).take(b.model); cmd == nil || x.model != nil {
		t.Error("the model was not let go after the line was left")
	}
}

func TestTheLogOfAJobFollowsItsEndUntilSomebodyGoesBack(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("g", "1", "3", "tab")
	job := pipeline.Job{ID: "20261122T100000Z-0009", Name: "retrain", Status: pipeline.JobRunning, Submitted: began}
	b.send(jobsFound{jobs: []pipeline.Job{job}})
	b.mustShow("RUNNING", "retrain", "1:00")
	l := &joblog{job: job}
	b.cover = &fullText{tail: true, ended: func() { l.closed = true },
		title: func(*model) (string, string) { return "Log", "" }, lines: func(m *model, width int) []string { return l.lines(m, width) }}
	for i := range 100 {
		b.send(jobPart{log: l, job: job, text: fmt.Sprintf("line %d\x1b[2J\n", i), offset: int64(i)})
	}
	b.mustShow(`line 99\x1b[2J`)
	b.press("up", "up")
	b.send(jobPart{log: l, job: job, text: "the last\n", offset: 100})
	b.hides("the last")
	b.press("esc")
	if !l.closed || b.cover != nil {
		t.Error("the log is still read after it was left")
	}
	b.send(jobsFound{err: errors.New("gone")})
	b.mustShow("retrain")
}

func TestAFilterIsSetSeenAndTakenAway(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("g", "1", "5", "/")
	b.send(shopChoices{shop: b.shop, choices: []pipeline.Choice{
		{Say: "product type", Column: store.Column{Name: "PRODUCT_TYPE", Type: store.String}, Op: "=", Values: []any{"laptop", "phone"}}}})
	b.mustShow("Filter the customers", "product type", "any")
	b.press("right", "right")
	b.mustShow("◂ phone ▸", errNoRows.Error())
	totals := pipeline.Table{Name: "totals", Columns: []store.Column{{Name: "CUSTOMERS"}, {Name: "PURCHASE_RATE"}}, Rows: [][]any{{float64(77), 0.125}}}
	b.send(shopFigures{shop: b.shop, of: b.shop.of, set: []int{1}, tables: []pipeline.Table{totals}})
	b.mustShow("12.5%", "77 of ")
	b.press("enter")
	b.mustShow("▾ product type phone")
	b.press("/", "left", "esc")
	b.mustShow("▾ product type phone")
	b.press("esc")
	b.hides("phone")
	if b.focus != onRail || b.mode() != onRail {
		t.Error("esc did more than take the filter away")
	}
}

func TestALineWrapsAtBlanksWithItsCursorInPlace(t *testing.T) {
	tests := []struct {
		text  string
		at    int
		lines string
		x, y  int
	}{
		{"", 0, "", 0, 0},
		{"one two three", 13, "one two |three", 5, 1},
		{"one two three", 4, "one two |three", 4, 0},
		{"one two three", 8, "one two |three", 0, 1},
		{"abcdefghijklm", 13, "abcdefghi|jklm", 4, 1},
		{"日本語日本語", 6, "日本語日|本語", 4, 1},
	}
	for _, test := range tests {
		var l line
		l.set(test.text)
		l.at = test.at
		lines, at := l.wrapped(10, 100)
		if got := strings.Join(lines, "|"); got != test.lines || at.X != test.x || at.Y != test.y {
			t.Errorf("%q at %d: %q with the cursor in %d, %d; want %q, %d, %d", test.text, test.at, got, at.X, at.Y, test.lines, test.x, test.y)
		}
	}
}
