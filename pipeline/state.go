package pipeline

import (
	"cmp"
	"slices"
	"time"
)

// Status is where a step stands, in the words of `willbuy status`.
type Status string

// What a step can be. Stale and blocked come from comparing the recorded
// state with today's parameters and data (Workspace.Assess); the others are in
// the log.
const (
	New         Status = "new"
	Done        Status = "done"
	Stale       Status = "stale"
	Running     Status = "running"
	Interrupted Status = "interrupted"
	Failed      Status = "failed"
	Blocked     Status = "blocked"
)

// logLines is how many log lines of a step the state keeps.
const logLines = 500

// paceKept is how many rates of a step the state keeps. When there are more, two
// become one, so that they always tell of the whole attempt.
const paceKept = 256

// StepState is what the log says of one step: its latest attempt.
type StepState struct {
	ID       string
	Status   Status
	Reason   string // why it is stale or blocked
	Run      string
	Started  time.Time
	Finished time.Time
	Params   map[string]string
	Code     string

	Fingerprint string // of the attempt
	Progress    Progress
	Pace        []float64 // the rates since it began, at most paceKept
	Workers     []Worker
	Checks      []Check
	Tables      []Table
	Curves      []Curve
	Quarantine  []Quarantine
	Objects     []Object
	Log         []Log
	Result      StepFinished
	Error, Hint string
	Skipped     string
}

// Table gives the latest table event of that name.
func (s *StepState) Table(name string) (Table, bool) {
	i := slices.IndexFunc(s.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return Table{}, false
	}
	return s.Tables[i], true
}

// Seconds is how long the latest attempt took, or has taken until now.
func (s *StepState) Seconds(now time.Time) float64 {
	switch {
	case s.Started.IsZero():
		return 0
	case s.Status == Running:
		return now.Sub(s.Started).Seconds()
	}
	return s.Finished.Sub(s.Started).Seconds()
}

// RunState is what the log says of one run.
type RunState struct {
	ID       string
	Started  time.Time
	Last     time.Time // of the newest event
	Begin    RunStarted
	End      *RunFinished // nil while it runs or when it was cut off
	Finished []string     // steps that it finished
}

// State is a fold over events: the same events give the same state, whatever
// produced them. The zero value is an empty workspace.
type State struct {
	Steps  map[string]*StepState
	Runs   []*RunState
	Events int64 // how many were applied
}

// Step gives the state of a step, a new one if nothing is recorded.
func (s *State) Step(id string) *StepState {
	if s.Steps == nil {
		s.Steps = map[string]*StepState{}
	}
	if s.Steps[id] == nil {
		s.Steps[id] = &StepState{ID: id, Status: New}
	}
	return s.Steps[id]
}

// Run gives the state of a run, or nil.
func (s *State) Run(id string) *RunState {
	for _, r := range slices.Backward(s.Runs) {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Clone gives a copy that events applied to either do not change in the other.
func (s *State) Clone() *State {
	c := &State{Steps: make(map[string]*StepState, len(s.Steps)), Events: s.Events}
	for id, step := range s.Steps {
		d := *step
		d.Workers, d.Checks, d.Tables = slices.Clone(d.Workers), slices.Clone(d.Checks), slices.Clone(d.Tables)
		d.Curves, d.Quarantine, d.Objects = slices.Clone(d.Curves), slices.Clone(d.Quarantine), slices.Clone(d.Objects)
		d.Log, d.Pace = slices.Clone(d.Log), slices.Clone(d.Pace)
		c.Steps[id] = &d
	}
	for _, run := range s.Runs {
		r := *run
		r.Finished = slices.Clone(r.Finished)
		c.Runs = append(c.Runs, &r)
	}
	return c
}

// Apply folds one event in. Kinds that are not known and bodies that do not
// read are left out: a log of a newer version is still worth showing.
func (s *State) Apply(e Event) {
	s.Events++
	if e.Step == "" {
		s.applyRun(e)
		return
	}
	run := s.Run(e.Run)
	if run != nil {
		run.Last = e.Time
	}
	step := s.Step(e.Step)
	if e.Kind == KindStepStarted {
		var b StepStarted
		if e.Decode(&b) == nil {
			*step = StepState{ID: e.Step, Status: Running, Run: e.Run, Started: e.Time,
				Finished: e.Time, Params: b.Params, Code: b.Code, Fingerprint: b.Fingerprint}
		}
		return
	}
	step.apply(e)
	if run != nil && e.Kind == KindStepFinished && e.Decode(&StepFinished{}) == nil {
		run.Finished = append(run.Finished, e.Step)
	}
}

func (s *State) applyRun(e Event) {
	switch e.Kind {
	case KindRunStarted:
		r := &RunState{ID: e.Run, Started: e.Time, Last: e.Time}
		if e.Decode(&r.Begin) == nil {
			s.Runs = append(s.Runs, r)
		}
	case KindRunFinished:
		var b RunFinished
		if r := s.Run(e.Run); r != nil && e.Decode(&b) == nil {
			r.End, r.Last = &b, e.Time
		}
	}
}

func (s *StepState) apply(e Event) {
	if e.Kind == KindStepSkipped { // its earlier result still stands
		var b StepSkipped
		if e.Decode(&b) == nil {
			s.Skipped = b.Reason
		}
		return
	}
	s.Finished = e.Time
	switch e.Kind {
	case KindStepFinished:
		var b StepFinished
		if e.Decode(&b) == nil {
			s.Status, s.Result, s.Fingerprint, s.Run = Done, b, b.Fingerprint, e.Run
			for i := range s.Workers {
				s.Workers[i].State = "done"
			}
		}
	case KindStepFailed:
		var b StepFailed
		if e.Decode(&b) == nil {
			s.Status, s.Error, s.Hint = Failed, b.Error, b.Hint
			switch Status(b.Status) {
			case Interrupted:
				s.Status = Interrupted
			case New: // it was reset
				*s = StepState{ID: s.ID, Status: New}
			}
		}
	case KindProgress:
		var b Progress
		if e.Decode(&b) == nil {
			s.Progress = b
			s.keepPace(b.Rate)
		}
	case KindWorker:
		keep(e, &s.Workers, func(a, b Worker) bool { return a.ID == b.ID })
		slices.SortFunc(s.Workers, func(a, b Worker) int { return cmp.Compare(a.ID, b.ID) })
	case KindCheck:
		keep(e, &s.Checks, func(a, b Check) bool { return a.Name == b.Name })
	case KindTable:
		keep(e, &s.Tables, func(a, b Table) bool { return a.Name == b.Name })
	case KindCurve:
		keep(e, &s.Curves, func(a, b Curve) bool { return a.Round == b.Round })
	case KindQuarantine:
		keep(e, &s.Quarantine, func(a, b Quarantine) bool { return a.Reason == b.Reason })
	case KindObject:
		keep(e, &s.Objects, func(a, b Object) bool { return a.Kind == b.Kind && a.Name == b.Name })
	case KindLog:
		var b Log
		if e.Decode(&b) == nil {
			s.Log = append(s.Log, b)
			s.Log = s.Log[max(0, len(s.Log)-logLines):]
		}
	}
}

// keepPace adds a rate, halving the list when it is full.
func (s *StepState) keepPace(rate float64) {
	if rate <= 0 {
		return
	}
	if len(s.Pace) == paceKept {
		half := make([]float64, 0, paceKept)
		for i := 0; i < paceKept; i += 2 {
			half = append(half, (s.Pace[i]+s.Pace[i+1])/2)
		}
		s.Pace = half
	}
	s.Pace = append(s.Pace, rate)
}

// keep puts an event's body into a list, in the place of the same one.
func keep[T any](e Event, list *[]T, same func(a, b T) bool) {
	var b T
	if e.Decode(&b) != nil {
		return
	}
	for i := range *list {
		if same((*list)[i], b) {
			(*list)[i] = b
			return
		}
	}
	*list = append(*list, b)
}
