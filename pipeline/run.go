package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"willbuy/store"
	"willbuy/store/filelock"
)

// Request says what to run. With no Steps it is the whole lab.
type Request struct {
	ID      string   // of the run; empty to make one
	Command string   // what the user typed, for the log
	Reason  string   // the job or schedule behind it, or ""
	Steps   []string // these, and what they need
	All     bool     // fresh ones too
	From    string   // this one and all after it, fresh ones too
	To      string   // only what this one needs, and itself
	Version string   // of willbuy
	// Waiting is told once, before the run waits for another process.
	Waiting func(holder string)
}

// Outcome is what became of a run.
type Outcome struct {
	Run         string
	Status      string // done, failed, interrupted, or nothing when all was fresh
	Finished    []string
	Quarantined int64
	Seconds     float64
	Summary     string
}

// scope is the set of steps that a request is about, and those among them that
// run even when they are fresh.
func (r Request) scope() (within, forced map[string]bool, err error) {
	within, forced = map[string]bool{}, map[string]bool{}
	add := func(s *Step) {
		for id := range ancestors(s) {
			within[id] = true
		}
	}
	for _, name := range r.Steps {
		s, err := FindStep(name)
		if err != nil {
			return nil, nil, err
		}
		add(s)
	}
	if r.To != "" {
		s, err := FindStep(r.To)
		if err != nil {
			return nil, nil, err
		}
		add(s)
	}
	if len(within) == 0 {
		for _, s := range Steps {
			within[s.ID] = true
		}
	}
	if r.From != "" {
		from, err := FindStep(r.From)
		if err != nil {
			return nil, nil, err
		}
		for _, s := range Steps[from.Number()-1:] {
			forced[s.ID] = true
		}
	}
	if r.All {
		for _, s := range Steps {
			forced[s.ID] = true
		}
	}
	return within, forced, nil
}

// engine is one run under way.
type engine struct {
	ws     *Workspace
	req    Request
	sink   func(Event)
	cancel context.CancelCauseFunc

	mu          sync.Mutex
	id          string
	log         *LogWriter // opened by the first step that has work
	began       time.Time
	finished    []string
	quarantined int64
	alive       *filelock.Lock
}

// Run brings the steps of a request up to date, in order, and records what
// happens. Each event goes to the log and then to sink. Only one process runs
// steps in a workspace at a time; others wait. Cancelling ctx stops within a
// second and keeps what is done. A run that finds nothing to do records
// nothing. The error is that of the step that failed, or ctx's.
func (w *Workspace) Run(ctx context.Context, req Request, sink func(Event)) (Outcome, error) {
	within, forced, err := req.scope()
	if err != nil {
		return Outcome{}, err
	}
	if err := os.MkdirAll(w.runsDir(), 0o755); err != nil {
		return Outcome{}, Hint(fmt.Errorf("open the workspace %s: %w", w.Dir, err), writableHint)
	}
	lock, err := filelock.Acquire(ctx, filepath.Join(w.Dir, "run.lock"), true, req.Command, func(p []filelock.Process) {
		if req.Waiting != nil && len(p) > 0 {
			req.Waiting(p[0].String())
		}
	})
	if err != nil && ctx.Err() == nil {
		err = Hint(fmt.Errorf("open the workspace %s: %w", w.Dir, err), writableHint)
	}
	if err != nil {
		return Outcome{}, err
	}
	defer lock.Release()

	recorded, err := w.Recorded()
	if err != nil {
		return Outcome{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e := &engine{ws: w, req: req, sink: sink, cancel: cancel, began: w.Clock()}
	err = e.steps(ctx, recorded, within, forced)
	return e.finish(ctx, err)
}

// steps runs what is not fresh, in order, until something fails.
func (e *engine) steps(ctx context.Context, recorded *State, within, forced map[string]bool) error {
	for i, s := range Steps {
		if !within[s.ID] {
			continue
		}
		prints, err := e.ws.Fingerprints(ctx)
		if err != nil {
			return err
		}
		print, was := prints[s.ID], recorded.Step(s.ID)
		committed, err := e.committed(ctx, s, print)
		if err != nil {
			return err
		}
		fresh := committed != nil && !forced[s.ID]
		if fresh && was.Status == Done && was.Fingerprint == print {
			continue
		}
		if err := e.start(recorded, prints, within, forced); err != nil {
			return err
		}
		if fresh {
			e.complete(s, committed)
			continue
		}
		if err := e.step(ctx, s, print); err != nil {
			for _, later := range Steps[i+1:] {
				if within[later.ID] && ancestors(later)[s.ID] {
					e.emit(later.ID, KindStepSkipped, StepSkipped{Reason: s.ID + " did not finish"})
				}
			}
			return err
		}
	}
	return nil
}

// start opens the log, once, and says what will run as far as it is known now:
// what is not fresh, and all that rests on it.
func (e *engine) start(recorded *State, prints map[string]string, within, forced map[string]bool) error {
	if e.log != nil {
		return nil
	}
	if e.id = e.req.ID; e.id == "" {
		e.id = e.ws.newRunID()
	}
	log, err := OpenLog(e.ws.runsDir(), e.id)
	if err != nil {
		return Hint(err, writableHint)
	}
	e.log = log
	e.alive, err = filelock.Acquire(context.Background(), e.ws.aliveFile(e.id), true, e.req.Command, nil)
	if err != nil {
		return err
	}
	var ids []string
	for _, s := range Steps {
		was := recorded.Step(s.ID)
		stale := forced[s.ID] || was.Status != Done || was.Fingerprint != prints[s.ID]
		if within[s.ID] && (stale || slices.ContainsFunc(ids, func(id string) bool { return ancestors(s)[id] })) {
			ids = append(ids, s.ID)
		}
	}
	e.emit("", KindRunStarted, RunStarted{Command: e.req.Command, Steps: ids, Version: e.req.Version,
		Store: e.ws.Store.Describe(), Reason: e.req.Reason})
	return nil
}

// newRunID is the time in UTC, its fraction of a second as four hex digits: ids
// sort by time. Where that one is taken, it is the next.
func (w *Workspace) newRunID() string {
	const tick = time.Second >> 16
	for at := w.Clock().UTC(); ; at = at.Add(tick) {
		id := fmt.Sprintf("%s-%04x", at.Format("20060102T150405Z"), at.Nanosecond()<<16/int(time.Second))
		if _, err := os.Lstat(filepath.Join(w.runsDir(), id)); err != nil {
			return id
		}
	}
}

// committed gives the marker of a step whose tables in the store are those of
// this fingerprint, or nil. Without it no step is fresh, whatever the log says:
// the tables may have been taken away.
func (e *engine) committed(ctx context.Context, s *Step, print string) (*store.Marker, error) {
	markers, err := e.ws.Store.Markers(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range markers {
		if m.Shard == "" && m.Input == print && json.Valid(m.Body) {
			return &m, nil
		}
	}
	return nil, nil
}

// complete brings into the log what a step committed when a crash came before
// it could say so.
func (e *engine) complete(s *Step, marker *store.Marker) {
	values := e.ws.Values(s)
	e.emit(s.ID, KindStepStarted, StepStarted{Fingerprint: marker.Input, Params: values, Code: s.Code(e.ws.Lab(), e.ws.Scope(s))})
	e.emit(s.ID, KindLog, Log{Level: "info", Text: "Committed by run " + marker.Run + ", which ended before it could say so."})
	e.emit(s.ID, KindStepFinished, json.RawMessage(marker.Body))
	e.finished = append(e.finished, s.ID)
}

// step runs one step, its checks, and commits its marker.
func (e *engine) step(ctx context.Context, s *Step, print string) (err error) {
	began := e.ws.Clock()
	x := &Exec{WS: e.ws, Store: e.ws.Store, Lab: e.ws.Lab(), Values: e.ws.Values(s), Run: e.id,
		Fingerprint: print, step: s, emit: e.emit}
	e.emit(s.ID, KindStepStarted, StepStarted{Fingerprint: print, Params: x.Values, Code: s.Code(e.ws.Lab(), e.ws.Scope(s))})
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("step %s broke: %v", s.ID, p)
		}
		if err == nil {
			return
		}
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			err = cause // what stopped the run, not what stopping caused
		}
		err = s.hinted(err)
		failed := StepFailed{Status: "failed", Error: err.Error(), Hint: HintOf(err), Seconds: e.ws.Clock().Sub(began).Seconds()}
		if errors.Is(err, context.Canceled) || ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
			err = context.Canceled
			failed = StepFailed{Status: "interrupted", Error: "stopped; what is done is kept",
				Hint: "Run again to go on from here.", Seconds: failed.Seconds}
		}
		e.emit(s.ID, KindStepFailed, failed)
		if err != context.Canceled {
			err = fmt.Errorf("step %s: %w", s.ID, err)
		}
	}()

	e.ws.Store.Spare(s.Spare)
	defer e.ws.Store.Spare(false)
	// From here until its end the step's tables are neither the old nor the
	// new ones: the old marker must not vouch for them after a crash.
	unmark := store.Marker{Run: e.id, Step: s.ID, Shard: "", Input: "running"}
	if err := e.ws.Store.Write(ctx, unmark, nil); err != nil {
		return err
	}
	result, err := s.Run(ctx, x)
	if s.Spare && errors.Is(err, store.ErrMemory) {
		x.Log("the texts are too long for the little memory that the database was given: again with more")
		e.ws.Store.Spare(false)
		result, err = s.Run(ctx, x) // a step can always begin again
	}
	if err != nil {
		return err
	}
	if err := x.check(ctx); err != nil {
		return err
	}
	result.Fingerprint = print
	result.Seconds = e.ws.Clock().Sub(began).Seconds()
	body, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("describe the result: %w", err)
	}
	marker := store.Marker{Run: e.id, Step: s.ID, Input: print, Body: body}
	if err := e.ws.Store.Write(ctx, marker, nil); err != nil {
		return err
	}
	e.emit(s.ID, KindStepFinished, result)
	e.mu.Lock()
	e.finished = append(e.finished, s.ID)
	e.mu.Unlock()
	return nil
}

// hinted gives a step's error a next step if it has none of its own.
func (s *Step) hinted(err error) error {
	switch {
	case HintOf(err) != "":
		return err
	case strings.Contains(strings.ToLower(err.Error()), "no space left on device"): // DuckDB says it in words only
		return Hint(err, diskHint)
	case len(s.Params) > 0:
		return Hint(err, "See what the step can be set to: willbuy params "+s.ID)
	}
	return err
}

// emit appends an event to the log and passes it on. A log that cannot be
// written stops the run.
func (e *engine) emit(step string, kind Kind, body any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if q, ok := body.(Quarantine); ok {
		e.quarantined += q.Count
	}
	event, err := e.log.Append(e.ws.Clock(), step, kind, body)
	if err != nil {
		e.cancel(err)
		return
	}
	if e.sink != nil {
		e.sink(event)
	}
}

// finish closes the log and sums the run up.
func (e *engine) finish(ctx context.Context, err error) (Outcome, error) {
	if cause := context.Cause(ctx); cause != nil && (err != nil || !errors.Is(cause, context.Canceled)) {
		err = cause // what stopped the run, not what stopping caused
	}
	out := Outcome{Run: e.id, Status: "nothing", Finished: e.finished, Quarantined: e.quarantined,
		Seconds: e.ws.Clock().Sub(e.began).Seconds(), Summary: "Nothing to do: every step is fresh."}
	switch {
	case errors.Is(err, context.Canceled):
		out.Status = "interrupted"
		out.Summary = "Stopped; what is done is kept. Run again to go on from here."
	case err != nil:
		out.Status = "failed"
		out.Summary = err.Error()
	case e.log != nil:
		out.Status = "done"
		out.Summary = fmt.Sprintf("%s done in %.1f s: %s.", Plural(int64(len(e.finished)), "step"), out.Seconds, strings.Join(e.finished, ", "))
	}
	if e.log == nil {
		return out, err
	}
	if e.quarantined > 0 {
		out.Summary += fmt.Sprintf(" %d records are in quarantine.", e.quarantined)
	}
	e.emit("", KindRunFinished, RunFinished{Status: out.Status, Seconds: out.Seconds, Quarantined: out.Quarantined, Summary: out.Summary})
	closeErr := e.log.Close()
	if e.alive != nil {
		e.alive.Release()
	}
	if err == nil {
		err = closeErr
	}
	return out, err
}

// Dependants gives the steps that rest on a step, itself first.
func Dependants(s *Step) []*Step {
	return slices.DeleteFunc(slices.Clone(Steps), func(t *Step) bool { return !ancestors(t)[s.ID] })
}
