package pipeline

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func openLog(t *testing.T, dir string) *LogWriter {
	t.Helper()
	w, err := OpenLog(dir, "r")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func appendLog(t *testing.T, w *LogWriter, step string, kind Kind, body any) Event {
	t.Helper()
	e, err := w.Append(noon, step, kind, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func readLog(t *testing.T, dir string, offset int64) ([]Event, int64) {
	t.Helper()
	events, next, err := ReadLog(dir, "r", offset)
	if err != nil {
		t.Fatal(err)
	}
	return events, next
}

func TestALineOfTheLogIsTheEnvelope(t *testing.T) {
	dir := t.TempDir()
	w := openLog(t, dir)
	appendLog(t, w, "read", KindStepFinished, StepFinished{Rows: 2, Summary: "Two."})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	line, err := os.ReadFile(filepath.Join(dir, "r", "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"v":1,"seq":1,"time":"2026-11-22T12:00:00Z","run":"r","step":"read","kind":"step.finished","body":{"fingerprint":"","seconds":0,"rows":2,"summary":"Two."}}` + "\n"
	if string(line) != want {
		t.Errorf("line\n%s want\n%s", line, want)
	}
}

func TestATornLastLineIsCutOffAndTheCountGoesOn(t *testing.T) {
	for _, torn := range []string{`{"v":1,"seq":3,"ti`, "{}", "\x00\x00\x00", strings.Repeat("x", 100_000)} {
		dir := t.TempDir()
		w := openLog(t, dir)
		first := appendLog(t, w, "read", KindLog, Log{Text: "one"})
		w.Close()
		path := filepath.Join(dir, "r", "events.jsonl")
		if err := appendTo(path, torn); err != nil {
			t.Fatal(err)
		}
		if events, _ := readLog(t, dir, 0); len(events) != 1 {
			t.Errorf("a reader saw %d events of a log torn at %.20q, want 1", len(events), torn)
		}
		w = openLog(t, dir)
		second := appendLog(t, w, "read", KindLog, Log{Text: "two"})
		w.Close()
		if second.Seq != 2 {
			t.Errorf("the event after the torn line has number %d, want 2", second.Seq)
		}
		if events, _ := readLog(t, dir, 0); !reflect.DeepEqual(events, []Event{first, second}) {
			t.Errorf("after %.20q the log reads %v", torn, events)
		}
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}

func TestAnEventIsInTheFileAfterAQuarterOfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := openLog(t, dir)
		defer w.Close()
		appendLog(t, w, "read", KindProgress, Progress{Done: 1})
		if events, _ := readLog(t, dir, 0); len(events) != 0 {
			t.Error("progress was written at once: that costs a system call an event")
		}
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		if events, _ := readLog(t, dir, 0); len(events) != 1 {
			t.Errorf("%d events after 250 ms, want 1", len(events))
		}
	})
}

func TestBeginningAndEndOfAStepAreInTheFileAtOnce(t *testing.T) {
	for _, kind := range []Kind{KindStepStarted, KindStepFinished, KindStepFailed, KindRunFinished} {
		dir := t.TempDir()
		w := openLog(t, dir)
		appendLog(t, w, "read", KindProgress, Progress{})
		appendLog(t, w, "read", kind, struct{}{})
		if events, _ := readLog(t, dir, 0); len(events) != 2 {
			t.Errorf("after %s the file has %d events, want 2", kind, len(events))
		}
		w.Close()
	}
}

func TestAFollowerReadsOnWhereItWas(t *testing.T) {
	dir := t.TempDir()
	if events, offset := readLog(t, dir, 0); len(events) != 0 || offset != 0 {
		t.Errorf("a log that is not there yet gave %v to %d", events, offset)
	}
	w := openLog(t, dir)
	defer w.Close()
	offset := int64(0)
	for i := range 3 {
		var events []Event
		appendLog(t, w, "read", KindStepStarted, StepStarted{Code: strings.Repeat("é", i)})
		events, offset = readLog(t, dir, offset)
		if len(events) != 1 || events[0].Seq != int64(i+1) {
			t.Errorf("the follower read %v after event %d", events, i+1)
		}
	}
	if events, same := readLog(t, dir, offset); len(events) != 0 || same != offset {
		t.Errorf("with nothing new it read %v", events)
	}
}

func TestALineThatIsNoEventIsNamed(t *testing.T) {
	dir := t.TempDir()
	w := openLog(t, dir)
	appendLog(t, w, "read", KindLog, Log{})
	w.Close()
	if err := appendTo(filepath.Join(dir, "r", "events.jsonl"), "what?\n"); err != nil {
		t.Fatal(err)
	}
	events, _, err := ReadLog(dir, "r", 0)
	if len(events) != 1 {
		t.Errorf("%d events before the bad line, want 1", len(events))
	}
	refused(t, err, "no event", "runs rm r")
}

func TestAFullDiskStopsTheLogWithASentence(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	w := openLog(t, t.TempDir())
	w.file.Close()
	w.file = full
	w.buf.Reset(full)
	_, err = w.Append(noon, "read", KindStepFinished, StepFinished{})
	refused(t, err, "no space left on device", "Free some disk space")
	if _, again := w.Append(noon, "read", KindLog, Log{}); again == nil {
		t.Error("the log went on after it had failed")
	}
	if w.Close() == nil {
		t.Error("closing said that all was well")
	}
}

// FuzzReadLog gives readers and the fold whatever bytes may stand in a log:
// they never panic, and a follower never reads past a line's end.
func FuzzReadLog(f *testing.F) {
	for _, kind := range []Kind{KindRunStarted, KindRunFinished, KindStepStarted, KindProgress, KindStepFinished, KindStepFailed,
		KindStepSkipped, KindCheck, KindTable, KindCurve, KindQuarantine, KindObject, KindWorker, KindLog, "unknown"} {
		for _, body := range []string{`{}`, `[]`, `"x"`, `{"rows":[[null]],"id":-1,"round":9e99}`, `{"status":"\u001b[2J"}`} {
			f.Add([]byte(`{"v":1,"seq":1,"time":"2026-11-22T00:33:01.123Z","run":"r","step":"read","kind":"` + string(kind) + `","body":` + body + "}\n"))
		}
	}
	f.Add([]byte("{}\n\n{\"body\":null}\n\xff\n"))
	f.Add([]byte(`{"kind":"run.started"}` + "\n" + `{"kind":"run.finished","body":{}}` + "\ntorn"))
	dir := f.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "r"), 0o755); err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(dir, "r", "events.jsonl")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		events, offset, err := ReadLog(dir, "r", 0)
		if offset > 0 && data[offset-1] != '\n' {
			t.Fatalf("offset %d is not at a line's end", offset)
		}
		if err == nil && bytes.Contains(data[offset:], []byte{'\n'}) {
			t.Fatal("a whole line was left unread")
		}
		state := &State{}
		for _, e := range events {
			state.Apply(e)
		}
		for _, s := range state.Steps {
			s.Table("x")
			s.Seconds(noon)
		}
		if _, err := json.Marshal(state); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAWholeLogIsParsed(t *testing.T) {
	whole := `{"v":1,"seq":1,"run":"a","kind":"run.started"}` + "\n" + `{"v":1,"seq":2,"run":"a","kind":"run.finished"}` + "\n"
	if events, err := ParseLog([]byte(whole + `{"torn`)); err != nil || len(events) != 2 || events[1].Seq != 2 {
		t.Errorf("got %d events, %v", len(events), err)
	}
	if _, err := ParseLog([]byte(whole + "no event\n")); err == nil || !strings.Contains(err.Error(), "the line at byte 95") {
		t.Errorf("a line that is no event gives %v", err)
	}
}
