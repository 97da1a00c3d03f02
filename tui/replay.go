package tui

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
)

// DemoRun is the name of the recorded run that willbuy carries.
const DemoRun = "demo"

// speeds are those that + and − go through.
var speeds = []float64{1, 2, 5, 20, math.Inf(1)}

// Replay is a recorded run to open the workbench with, in place of the lab.
type Replay struct {
	Run   string  // an id, or DemoRun
	Speed float64 // times the run's own; +Inf is without any waiting
	Step  string  // id of the only step to play, or ""
}

// replay is a recorded run that is shown in place of the lab. The model's
// journal is then the recording's fold and its clock the recording's, so that
// nothing that draws can tell it from a live run.
type replay struct {
	*recording
	position
	until   int // events after which it pauses by itself
	speed   float64
	playing bool
	ticking bool      // a tick is arranged
	ticked  time.Time // when it last came, by the wall's clock
	lab     standing
	held    []taker // what came for the lab meanwhile
}

// standing is the live lab as it was left.
type standing struct {
	journal *journal
	now     func() time.Time
	values  map[string]pipeline.Values
	window  *window
	windows []*window
	zoomed  bool
	focus   mode
	note    note
}

type (
	// recorded is a run that was read, to be played.
	recorded struct {
		recording *recording
		how       Replay
		err       error
	}
	replayTick struct{}
)

// openRun plays a recorded run, by its id or DemoRun.
func (m *model) openRun(id string) tea.Cmd { return m.open(Replay{Run: id, Speed: 1}) }

// open reads a recorded run, in a command.
func (m *model) open(how Replay) tea.Cmd {
	ctx, ws, demo := m.ctx, m.ws, m.demo
	return func() tea.Msg {
		recording, err := readRecording(ctx, ws, demo, how.Run)
		return recorded{recording, how, err}
	}
}

// readRecording reads a run, and what the runs before it left.
func readRecording(ctx context.Context, ws *pipeline.Workspace, demo func() ([]pipeline.Event, error), id string) (*recording, error) {
	if id == DemoRun {
		events, err := demo()
		if err != nil {
			return nil, err
		}
		return newRecording("demo", &pipeline.State{}, events), nil
	}
	events, _, err := ws.Events(id, 0)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, fmt.Errorf("run %s has recorded nothing", id)
	}
	runs, err := ws.Runs()
	if err != nil {
		return nil, err
	}
	before := &pipeline.State{}
	for _, run := range runs {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if run == id {
			break
		}
		earlier, _, _ := ws.Events(run, 0) // a damaged log counts as far as it reads
		for _, e := range earlier {
			before.Apply(e)
		}
	}
	for _, step := range before.Steps {
		if step.Status == pipeline.Running {
			step.Status = pipeline.Interrupted
		}
	}
	return newRecording("run "+id, before, events), nil
}

// take begins to play what was read.
func (msg recorded) take(m *model) tea.Cmd {
	switch {
	case msg.err != nil:
		m.warn(sentence(msg.err))
		return nil
	case m.run != nil:
		m.say("A run has begun meanwhile; it can be replayed when it has ended.")
		return nil
	}
	if m.replay != nil {
		m.endReplay()
	}
	m.replay = &replay{recording: msg.recording, position: msg.recording.at(0), speed: msg.how.Speed, playing: true, until: len(msg.recording.events),
		lab: standing{m.journal, m.now, m.values, m.window, m.windows, m.zoomed, m.focus, m.note}}
	r := m.replay
	m.cover, m.note, m.loaded = nil, note{}, true
	m.journal = newJournal()
	r.rewind(m.journal, 0)
	m.journal.version += r.lab.journal.version // what was drawn of the lab is not of this
	m.now = func() time.Time { return r.clock }
	m.values = r.values(m.values)
	m.window = newWindow(pipeline.Steps[0])
	m.windows = []*window{m.window}
	m.zoomed, m.follow = false, true
	if len(r.begins) > 0 {
		m.step = r.begins[0].step
	}
	if step, err := pipeline.FindStep(msg.how.Step); err == nil {
		r.until = r.end(step)
		m.replayStep(step)
	}
	return m.roll()
}

// values are the parameters of the lab, with those that the run had.
func (r *recording) values(lab map[string]pipeline.Values) map[string]pipeline.Values {
	all := map[string]pipeline.Values{}
	for id, values := range lab {
		all[id] = pipeline.Values{}
		for name, value := range values {
			all[id][name] = value
		}
	}
	for _, b := range r.begins {
		var started pipeline.StepStarted
		if r.events[b.event].Decode(&started) != nil || all[b.step.ID] == nil {
			continue
		}
		for name, value := range started.Params {
			all[b.step.ID][name] = value
		}
	}
	return all
}

// endReplay goes back to the lab as it was left, and takes in what came for it
// meanwhile.
func (m *model) endReplay() tea.Cmd {
	r := m.replay
	lab := r.lab
	lab.journal.version = m.journal.version + 1
	m.replay, m.journal, m.now, m.values = nil, lab.journal, lab.now, lab.values
	m.window, m.windows, m.zoomed, m.focus, m.note = lab.window, lab.windows, lab.zoomed, lab.focus, lab.note
	m.cover = nil
	m.touch()
	var cmds []tea.Cmd
	for _, msg := range r.held {
		cmds = append(cmds, msg.take(m))
	}
	return tea.Batch(append(cmds, m.nextTurn())...)
}

// hold keeps a message for the lab while a recorded run is shown in its place;
// it tells whether it did.
func (m *model) hold(msg taker) bool {
	if m.replay == nil {
		return false
	}
	switch msg.(type) {
	case found, judged, lookTick, drainTick, runEnded, saved, settingsRead, dailyFound, graphEnded, serveEnded, nodeDue:
		m.replay.held = append(m.replay.held, msg)
		return true
	}
	return false
}

// seek goes to where n events have happened.
func (m *model) seek(n int) {
	r := m.replay
	n = clamp(n, 0, len(r.events))
	m.reach(r.at(n))
}

// reach shows a position.
func (m *model) reach(to position) {
	r := m.replay
	if to.next != r.next {
		r.show(m.journal, r.next, to.next)
	}
	r.position = to
	if running := m.journal.running(); running != nil {
		m.lead(running)
	} else if step := r.last(to.next); step != nil { // between two steps it stays with the one that ended
		m.lead(step)
	}
}

// roll goes on playing, unless it is playing already, has been paused or has
// come to its end.
func (m *model) roll() tea.Cmd {
	r := m.replay
	if r.ticking || !r.playing {
		return nil
	}
	r.ticking, r.ticked = true, r.lab.now()
	return m.later(m.drainEvery(), replayTick{})
}

func (replayTick) take(m *model) tea.Cmd {
	r := m.replay
	if r == nil || !r.ticking {
		return nil
	}
	r.ticking = false
	if !r.playing {
		return nil
	}
	to := r.after(r.position, r.lab.now().Sub(r.ticked), r.speed)
	if r.next < r.until && to.next >= r.until {
		to = r.at(r.until)
	}
	m.reach(to)
	r.playing = r.next != r.until
	return m.roll()
}

// pause stops playing, or goes on; at the end it begins again.
func (m *model) pause() tea.Cmd {
	r := m.replay
	r.playing = !r.playing
	if r.playing && r.over(r.position) {
		m.seek(0)
		m.follow = true
	}
	if r.next >= r.until {
		r.until = len(r.events)
	}
	return m.roll()
}

// nudge pauses and goes some events back or forth.
func (m *model) nudge(by int) {
	m.replay.playing = false
	m.follow = true
	m.seek(m.replay.next + by)
}

// goBeside goes to where the step before or after begins.
func (m *model) goBeside(by int) {
	m.follow = true
	m.seek(m.replay.beside(m.replay.position, by))
}

// goTo goes to a step; in a replay, to where it begins.
func (m *model) goTo(step *pipeline.Step) {
	if m.replay != nil {
		m.replayStep(step)
		return
	}
	m.choose(step)
}

// replayStep goes to where a step begins in the recording; one that did not run
// in it can be looked at all the same.
func (m *model) replayStep(step *pipeline.Step) {
	event, ok := m.replay.begin(step)
	if !ok {
		m.say(step.Title + " did not run in this recording.")
		return
	}
	m.follow = true
	m.seek(event + 1)
}

// faster goes to the next speed, or the one before.
func (m *model) faster(by int) {
	r := m.replay
	i, exact := slices.BinarySearch(speeds, r.speed)
	if by > 0 && !exact { // between two of them
		i--
	}
	r.speed = speeds[clamp(i+by, 0, len(speeds)-1)]
}
