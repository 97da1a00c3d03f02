package tui

import (
	"math"
	"slices"
	"time"

	"willbuy/pipeline"
)

// markEvery is how many events lie between two states that a recording keeps:
// so many have to be folded at most to be anywhere in it.
const markEvery = 250

// idleLimit is how long a stretch without events may take on the screen; a
// longer one is shortened to it.
const idleLimit = 2 * time.Second

// recording is a run as it was recorded, ready to be shown at any of its
// events. It is not changed once it is made.
type recording struct {
	run    string
	name   string // as the user called it
	events []pipeline.Event
	times  []time.Time       // of the events, never going back
	places []time.Duration   // of the events on the scale, on which no gap is longer than idleLimit
	marks  []*pipeline.State // before each event whose index is a multiple of markEvery
	begins []beginning       // of the steps, in order
}

// beginning is where a step begins: its started event.
type beginning struct {
	step  *pipeline.Step
	event int
}

// newRecording makes a recording of a run's events, which there must be some
// of. Before is the state that the run began from; it is used up.
func newRecording(name string, before *pipeline.State, events []pipeline.Event) *recording {
	r := &recording{run: events[0].Run, name: name, events: events}
	at, place := events[0].Time, time.Duration(0)
	for i, e := range events {
		if i%markEvery == 0 {
			r.marks = append(r.marks, before.Clone())
		}
		before.Apply(e)
		if gap := e.Time.Sub(at); gap > 0 {
			at = e.Time
			place += min(gap, idleLimit)
		}
		r.times, r.places = append(r.times, at), append(r.places, place)
		if step, err := pipeline.FindStep(e.Step); err == nil && e.Kind == pipeline.KindStepStarted {
			r.begins = append(r.begins, beginning{step, i})
		}
	}
	return r
}

// position is a moment of a recording: how many events have happened, and what
// the clock says, which lies between the last of them and the next.
type position struct {
	next  int
	clock time.Time
}

// at is the position just after the first n events.
func (r *recording) at(n int) position {
	n = clamp(n, 0, len(r.events))
	return position{n, r.times[max(0, n-1)]}
}

// over tells whether all of it has happened.
func (r *recording) over(p position) bool { return p.next == len(r.events) }

// gap is the stretch without events that a position lies in.
func (r *recording) gap(p position) time.Duration {
	if p.next == 0 || r.over(p) {
		return 0
	}
	return r.times[p.next].Sub(r.times[p.next-1])
}

// pace is how fast the clock goes in a gap: by the speed, or faster where the
// gap would last longer than idleLimit.
func pace(gap time.Duration, speed float64) float64 {
	return max(speed, float64(gap)/float64(idleLimit))
}

// mostAtOnce is how many events happen at once at boundless speed.
const mostAtOnce = 100

// after is where a position is a while later.
func (r *recording) after(p position, while time.Duration, speed float64) position {
	if math.IsInf(speed, 1) {
		return r.at(p.next + mostAtOnce)
	}
	for !r.over(p) {
		faster := pace(r.gap(p), speed)
		left := time.Duration(float64(r.times[p.next].Sub(p.clock)) / faster)
		if left > while {
			p.clock = p.clock.Add(time.Duration(float64(while) * faster))
			break
		}
		while -= left
		p = r.at(p.next + 1)
	}
	return p
}

// place is where a position lies on the scale, from 0 to 1.
func (r *recording) place(p position) float64 {
	whole, at := r.places[len(r.places)-1], r.places[max(0, p.next-1)]
	if gap := r.gap(p); gap > 0 {
		at += time.Duration(float64(p.clock.Sub(r.times[p.next-1])) / float64(gap) * float64(min(gap, idleLimit)))
	}
	if whole == 0 {
		return float64(p.next) / float64(len(r.events))
	}
	return float64(at) / float64(whole)
}

// begin gives the event that a step begins with; false where the run has none.
func (r *recording) begin(step *pipeline.Step) (event int, ok bool) {
	i := slices.IndexFunc(r.begins, func(b beginning) bool { return b.step == step })
	if i < 0 {
		return 0, false
	}
	return r.begins[i].event, true
}

// beside is how many events have happened when the next step has begun, or with
// by = -1 the one before.
func (r *recording) beside(p position, by int) int {
	if by > 0 {
		for _, b := range r.begins {
			if b.event >= p.next {
				return b.event + 1
			}
		}
		return len(r.events)
	}
	for _, b := range slices.Backward(r.begins) {
		if b.event+1 < p.next {
			return b.event + 1
		}
	}
	return 0
}

// last is the step of the newest of the first n events that is about one; nil
// where none is.
func (r *recording) last(n int) *pipeline.Step {
	for _, e := range slices.Backward(r.events[:n]) {
		if step, err := pipeline.FindStep(e.Step); e.Step != "" && err == nil {
			return step
		}
	}
	return nil
}

// end is how many events have happened when a step has ended.
func (r *recording) end(step *pipeline.Step) int {
	last := len(r.events)
	for i, e := range r.events {
		if e.Step == step.ID && (e.Kind == pipeline.KindStepFinished || e.Kind == pipeline.KindStepFailed) {
			last = i + 1
		}
	}
	return last
}

// show takes a journal of the recording from one position to another.
func (r *recording) show(j *journal, from, to int) {
	if mark := min(to/markEvery, len(r.marks)-1); to < from || mark > from/markEvery {
		r.rewind(j, mark)
		from = mark * markEvery
	}
	j.apply(r.events[from:to])
	if run := j.fold.Run(r.run); to == len(r.events) && (run == nil || run.End == nil) {
		j.abandon(r.run) // the recording breaks off
	}
}

// rewind makes a journal that of a mark.
func (r *recording) rewind(j *journal, mark int) {
	j.fold, j.seen = r.marks[mark].Clone(), map[string]int64{}
	delete(j.ended, r.run)
	for _, id := range pipeline.StepIDs() {
		j.fold.Step(id)
	}
	j.refresh()
}
