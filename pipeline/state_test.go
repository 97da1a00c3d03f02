package pipeline

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// story makes events of one run, a second apart.
func story(run string, at time.Time, lines ...any) []Event {
	var events []Event
	step := ""
	for _, line := range lines {
		if s, ok := line.(string); ok {
			step = s
			continue
		}
		kind := map[reflect.Type]Kind{
			reflect.TypeFor[RunStarted](): KindRunStarted, reflect.TypeFor[RunFinished](): KindRunFinished,
			reflect.TypeFor[StepStarted](): KindStepStarted, reflect.TypeFor[StepFinished](): KindStepFinished,
			reflect.TypeFor[StepFailed](): KindStepFailed, reflect.TypeFor[StepSkipped](): KindStepSkipped,
			reflect.TypeFor[Progress](): KindProgress, reflect.TypeFor[Worker](): KindWorker, reflect.TypeFor[Check](): KindCheck,
			reflect.TypeFor[Table](): KindTable, reflect.TypeFor[Curve](): KindCurve, reflect.TypeFor[Quarantine](): KindQuarantine,
			reflect.TypeFor[Object](): KindObject, reflect.TypeFor[Log](): KindLog,
		}[reflect.TypeOf(line)]
		raw, _ := json.Marshal(line)
		id := step
		if kind == KindRunStarted || kind == KindRunFinished {
			id = ""
		}
		at = at.Add(time.Second)
		events = append(events, Event{V: EventVersion, Seq: int64(len(events) + 1), Time: at, Run: run, Step: id, Kind: kind, Body: raw})
	}
	return events
}

func fold(events ...Event) *State {
	s := &State{}
	for _, e := range events {
		s.Apply(e)
	}
	return s
}

func TestTheFoldKeepsTheLatestAttemptOfEachStep(t *testing.T) {
	events := story("a", noon, RunStarted{Command: "run"}, "train", StepStarted{Fingerprint: "1", Params: map[string]string{"eta": "0.1"}},
		Curve{Round: 1}, Curve{Round: 2}, Worker{ID: 1, Done: 3, State: "busy"}, Worker{ID: 1, Done: 5, State: "busy"}, StepFailed{Status: "failed", Error: "no"})
	events = append(events, story("b", noon.Add(time.Hour), RunStarted{Command: "run"}, "train", StepStarted{Fingerprint: "2"}, Worker{ID: 1, State: "busy"},
		Curve{Round: 1}, StepFinished{Fingerprint: "2", Rows: 7}, "explain", StepSkipped{Reason: "train did not finish"}, RunFinished{Status: "done"})...)
	state := fold(events...)
	train := state.Step("train")
	if train.Status != Done || train.Run != "b" || train.Fingerprint != "2" || train.Result.Rows != 7 || train.Error != "" {
		t.Errorf("train is %+v", train)
	}
	if len(train.Curves) != 1 || len(train.Workers) != 1 || train.Workers[0].State != "done" {
		t.Errorf("train keeps %d curves and workers %v of both attempts", len(train.Curves), train.Workers)
	}
	if e := state.Step("explain"); e.Status != New || e.Skipped == "" {
		t.Errorf("a step that was skipped is %s, %q", e.Status, e.Skipped)
	}
	if len(state.Runs) != 2 || state.Runs[0].End != nil || state.Runs[1].End == nil || !reflect.DeepEqual(state.Runs[1].Finished, []string{"train"}) {
		t.Errorf("runs %+v %+v", state.Runs[0], state.Runs[1])
	}
}

func TestTheSameEventsGiveTheSameState(t *testing.T) {
	w := newLab(t)
	runs, err := w.Runs()
	if err != nil {
		t.Fatal(err)
	}
	events, _, err := w.Events(runs[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	once := fold(events...)
	if !reflect.DeepEqual(once, fold(events...)) {
		t.Error("two folds of one log differ")
	}
	var noisy []Event
	for _, e := range events {
		noisy = append(noisy, e, Event{V: 9, Run: e.Run, Step: e.Step, Kind: "from.tomorrow", Time: e.Time, Body: []byte(`{"a":1}`)})
	}
	got := fold(noisy...)
	got.Events = once.Events
	if !reflect.DeepEqual(once, got) {
		t.Error("kinds of another version changed the state")
	}
}

func TestABodyThatDoesNotReadChangesNothing(t *testing.T) {
	before := story("a", noon, RunStarted{}, "train", StepStarted{}, Curve{Round: 1}, StepFinished{Rows: 7})
	for _, kind := range []Kind{KindStepStarted, KindStepFinished, KindStepFailed, KindCurve, KindTable, KindCheck, KindWorker, KindLog, KindProgress, KindQuarantine} {
		bad := Event{Run: "a", Step: "train", Kind: kind, Time: before[len(before)-1].Time, Body: []byte(`[1]`)}
		want, got := fold(before...), fold(append(before, bad)...)
		got.Events = want.Events
		if !reflect.DeepEqual(want, got) {
			t.Errorf("a %s with a foreign body changed the state", kind)
		}
	}
}

func TestAStatusThatNobodyKnowsIsFailed(t *testing.T) {
	for status, want := range map[string]Status{"failed": Failed, "interrupted": Interrupted, "done": Failed, "\x1b[2J": Failed} {
		state := fold(story("a", noon, RunStarted{}, "train", StepStarted{}, StepFailed{Status: status})...)
		if got := state.Step("train").Status; got != want {
			t.Errorf("step.failed with %q gave %q, want %q", status, got, want)
		}
	}
}

func TestTheStateKeepsTheLastLogLines(t *testing.T) {
	lines := []any{RunStarted{}, "train", StepStarted{}}
	for range logLines + 10 {
		lines = append(lines, Log{Text: "x"})
	}
	lines = append(lines, Log{Text: "last"})
	log := fold(story("a", noon, lines...)...).Step("train").Log
	if len(log) != logLines || log[len(log)-1].Text != "last" {
		t.Errorf("%d lines kept, the last %q", len(log), log[len(log)-1].Text)
	}
}

func TestACloneAndItsOriginalGoTheirOwnWays(t *testing.T) {
	events := story("a", noon, RunStarted{Command: "run"}, "train", StepStarted{Fingerprint: "1"}, Curve{Round: 1}, Worker{ID: 1, State: "busy"},
		Table{Name: "t", Total: 1}, Log{Text: "one"}, Curve{Round: 1, Train: map[string]float64{"auc": 1}}, Worker{ID: 1, State: "idle"},
		Table{Name: "t", Total: 2}, Log{Text: "two"}, StepFinished{Rows: 7}, RunFinished{Status: "done"})
	for at := range events {
		original := fold(events[:at]...)
		clone := original.Clone()
		for _, e := range events[at:] {
			original.Apply(e)
		}
		if before := fold(events[:at]...); !reflect.DeepEqual(clone.Runs, before.Runs) || !reflect.DeepEqual(clone.Step("train"), before.Step("train")) {
			t.Fatalf("events from %d on changed the clone", at)
		}
		for _, e := range events[at:] {
			clone.Apply(e)
		}
		if !reflect.DeepEqual(clone, original) {
			t.Fatalf("cloned before event %d the fold ends in another state", at)
		}
	}
}
