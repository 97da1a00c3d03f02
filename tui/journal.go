package tui

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
)

// journal is what the workbench knows of the lab. Events come from our own run
// and from the files of every run; one that comes both ways counts once.
type journal struct {
	shown   *pipeline.State // the fold with its verdicts: what panes draw
	version int             // counts the changes of shown

	fold     *pipeline.State     // what the logs say, no more
	verdicts map[string]verdict  // by step
	seen     map[string]int64    // last sequence number folded, by run
	offsets  map[string]int64    // bytes read of its log, by run
	ended    map[string]struct{} // runs that said so, or whose process is gone
}

// verdict is what comparing a step with today's parameters and data gave. It
// stands for as long as the log says the same of the step.
type verdict struct {
	of     pipeline.StepState // Status, Run and Fingerprint that were judged
	status pipeline.Status
	reason string
}

func newJournal() *journal {
	j := &journal{fold: &pipeline.State{}, verdicts: map[string]verdict{},
		seen: map[string]int64{}, offsets: map[string]int64{}, ended: map[string]struct{}{}}
	for _, id := range pipeline.StepIDs() {
		j.fold.Step(id) // so that each can be judged, also one that never ran
	}
	j.refresh()
	return j
}

// apply folds events in, and tells whether a step began or ended with them, so
// that the steps want to be judged anew.
func (j *journal) apply(events []pipeline.Event) (judge bool) {
	changed := false
	for _, e := range events {
		if e.Seq != 0 && e.Seq <= j.seen[e.Run] {
			continue
		}
		j.seen[e.Run] = max(j.seen[e.Run], e.Seq)
		j.fold.Apply(e)
		delete(j.ended, e.Run)
		changed = true
		switch e.Kind {
		case pipeline.KindStepStarted, pipeline.KindStepFinished, pipeline.KindStepFailed:
			judge = true
		case pipeline.KindRunFinished:
			j.ended[e.Run] = struct{}{}
			judge = true
		}
	}
	if changed {
		j.refresh()
	}
	return judge
}

// refresh makes shown from the fold and the verdicts. Panes get a copy of each
// step, so that a verdict never changes what the log says.
func (j *journal) refresh() {
	j.version++
	j.shown = &pipeline.State{Steps: map[string]*pipeline.StepState{}, Runs: j.fold.Runs, Events: j.fold.Events}
	for id, step := range j.fold.Steps {
		s := *step
		if v, ok := j.verdicts[id]; ok && v.of.Status == s.Status && v.of.Run == s.Run && v.of.Fingerprint == s.Fingerprint {
			s.Status, s.Reason = v.status, v.reason
		}
		j.shown.Steps[id] = &s
	}
}

// abandon marks what a run left behind whose process is gone.
func (j *journal) abandon(run string) {
	j.ended[run] = struct{}{}
	for _, step := range j.fold.Steps {
		if step.Run == run && step.Status == pipeline.Running {
			step.Status = pipeline.Interrupted
		}
	}
	j.refresh()
}

// underWay is the newest run, if it has not ended.
func (j *journal) underWay() *pipeline.RunState {
	if len(j.fold.Runs) == 0 {
		return nil
	}
	r := j.fold.Runs[len(j.fold.Runs)-1]
	if _, over := j.ended[r.ID]; over || r.End != nil {
		return nil
	}
	return r
}

// running is the step that runs now, or nil.
func (j *journal) running() *pipeline.Step {
	for _, s := range pipeline.Steps {
		if step, ok := j.shown.Steps[s.ID]; ok && step.Status == pipeline.Running {
			return s
		}
	}
	return nil
}

// brokenIn is the step that failed or stopped in a run, or nil.
func (j *journal) brokenIn(run string) *pipeline.Step {
	for _, s := range pipeline.Steps {
		st := j.shown.Step(s.ID)
		if run != "" && st.Run == run && (st.Status == pipeline.Failed || st.Status == pipeline.Interrupted) {
			return s
		}
	}
	return nil
}

// judged is the answer of judge.
type judged struct {
	verdicts map[string]verdict
	err      error
}

// judge compares the recorded steps with today's parameters and data. It reads
// the stage and outside files, so it works on a copy, in a command.
func (j *journal) judge(ctx context.Context, ws *pipeline.Workspace) tea.Cmd {
	copied := &pipeline.State{Steps: map[string]*pipeline.StepState{}}
	of := map[string]pipeline.StepState{}
	for id, step := range j.fold.Steps {
		s := *step
		copied.Steps[id], of[id] = &s, *step
	}
	return func() tea.Msg {
		if err := ws.Assess(ctx, copied); err != nil {
			return judged{err: err}
		}
		verdicts := map[string]verdict{}
		for id, step := range copied.Steps {
			verdicts[id] = verdict{of: of[id], status: step.Status, reason: step.Reason}
		}
		return judged{verdicts: verdicts}
	}
}

// found is what looking at the files of the runs gave.
type found struct {
	logs []logPart
	err  error
}

// logPart is what is new in the log of one run.
type logPart struct {
	run    string
	events []pipeline.Event
	offset int64 // up to where it is read
	gone   bool  // its process is not there any more
}

// look reads what is new in the logs: at first all of them, later the newest,
// which is the only one that can grow since runs take turns. A log that did
// not grow costs one stat. Whether the process lives is asked before reading:
// one that ends in between has then written everything.
func (j *journal) look(ws *pipeline.Workspace) tea.Cmd {
	offsets, ended := maps.Clone(j.offsets), maps.Clone(j.ended)
	newest := ""
	for run := range offsets {
		newest = max(newest, run)
	}
	return func() tea.Msg {
		runs, err := ws.Runs()
		if err != nil {
			return found{err: err}
		}
		var out found
		for _, run := range runs {
			_, over := ended[run]
			if over && run != newest || run < newest {
				continue
			}
			part := logPart{run: run, offset: offsets[run]}
			gone := !over && !ws.Alive(run)
			if grown(ws, run, part.offset) {
				part.events, part.offset, out.err = ws.Events(run, part.offset)
			}
			part.gone = gone && part.offset > 0 // an empty log may be a run just born
			if len(part.events) > 0 || part.gone {
				out.logs = append(out.logs, part)
			}
			if out.err != nil {
				return out
			}
		}
		return out
	}
}

// grown tells whether a run's log is longer than offset.
func grown(ws *pipeline.Workspace, run string, offset int64) bool {
	info, err := os.Stat(filepath.Join(ws.Dir, "runs", run, "events.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return err != nil || info.Size() != offset
}

// take folds in what look found, and tells whether to judge anew.
func (j *journal) take(f found) (judge bool) {
	for _, part := range f.logs {
		j.offsets[part.run] = part.offset
		judge = j.apply(part.events) || judge
		if _, over := j.ended[part.run]; part.gone && !over {
			j.abandon(part.run)
			judge = true
		}
	}
	return judge
}
