package tui

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// drainEvery is how often events of our own run reach the screen: a run may
// send hundreds a second, and each message costs a View.
const drainEvery = 33 * time.Millisecond

// drainEvery is that pace, or a calm one.
func (m *model) drainEvery() time.Duration {
	if m.still {
		return time.Second
	}
	return drainEvery
}

// lookEvery is how often the logs are looked at for runs of other processes;
// watchEvery while one of them is under way (its log is flushed every 250 ms).
const (
	lookEvery  = time.Second
	watchEvery = 250 * time.Millisecond
)

// ownRun is the run of this workbench: what the user started, or the graph.
type ownRun struct {
	inbox    *inbox
	cancel   context.CancelFunc
	graph    bool   // a run of the graph, which is a recorded run a node
	served   bool   // begun by the clock
	waits    string // who is in our way, until the run begins
	begun    bool   // its first event has come
	stopping bool
}

// inbox takes events from the run's goroutines until the next drain.
type inbox struct {
	mu     sync.Mutex
	events []pipeline.Event
	waits  string
}

func (b *inbox) put(e pipeline.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

func (b *inbox) wait(holder string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waits = holder
}

func (b *inbox) take() (events []pipeline.Event, waits string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	events, b.events = b.events, nil
	return events, b.waits
}

type (
	drainTick struct{}
	lookTick  struct{}
	runEnded  struct {
		outcome pipeline.Outcome
		err     error
	}
)

// start begins a run. Its events come by drainTick, its end by runEnded.
func (m *model) start(req pipeline.Request) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	box := &inbox{}
	req.Command, req.Version, req.Waiting = "workbench", m.version, box.wait
	m.begin(&ownRun{inbox: box, cancel: cancel})
	run := func() tea.Msg {
		defer m.jobs.Done()
		defer cancel()
		outcome, err := m.engine(ctx, req, box.put)
		return runEnded{outcome, err}
	}
	return tea.Batch(run, m.drainLater())
}

// begin shows a run that the user asked for. Its command calls m.jobs.Done.
func (m *model) begin(run *ownRun) {
	m.jobs.Add(1)
	m.run = run
	for _, w := range m.windows {
		w.follow = w == m.window
	}
	if m.tab != views.Log { // whoever watches the log goes on watching it
		m.chooseTab(views.Output)
	}
}

// drainLater arranges the next drain, unless it is arranged already.
func (m *model) drainLater() tea.Cmd {
	if m.draining {
		return nil
	}
	m.draining = true
	return m.later(m.drainEvery(), drainTick{})
}

// take folds in what our run has sent since the last time.
func (drainTick) take(m *model) tea.Cmd {
	m.draining = false
	if m.run == nil {
		return nil
	}
	return tea.Batch(m.fold(), m.drainLater())
}

func (m *model) fold() tea.Cmd {
	events, waits := m.run.inbox.take()
	m.run.waits = waits
	if len(events) > 0 {
		m.run.begun, m.run.waits = true, ""
	}
	judge := m.journal.apply(events)
	if running := m.journal.running(); m.run.begun && running != nil {
		m.lead(running)
	}
	if judge {
		return m.judge()
	}
	return nil
}

// take takes note of how our run ended.
func (msg runEnded) take(m *model) tea.Cmd {
	cmd := m.fold() // so that it is known how the steps stand
	text := m.done(msg.outcome)
	if m.newLab && msg.err == nil {
		text = "The lab's data is made. a runs all steps, n goes through them one by one."
	}
	m.newLab = false
	return tea.Batch(cmd, m.end(msg.outcome.Run, text, msg.err))
}

// done sums up a run that went well, and says what comes after it. The rail says
// which steps it ran.
func (m *model) done(o pipeline.Outcome) string {
	complete := m.doneSteps() == len(pipeline.Steps)
	if len(o.Finished) == 0 {
		if complete || atLast(m) != "" || m.state().Status != pipeline.Done {
			return o.Summary
		}
		return fmt.Sprintf("%s is done and fresh. n goes on to %s.", m.step.Title, m.next().Title)
	}
	text := fmt.Sprintf("%s done in %s.", pipeline.Plural(int64(len(o.Finished)), "step"), short(o.Seconds))
	switch {
	case o.Quarantined > 0 && m.step.ID != "parse":
		return text + fmt.Sprintf(" %s in quarantine: step 4 shows why.", pipeline.Plural(o.Quarantined, "record"))
	case o.Quarantined > 0:
		text += fmt.Sprintf(" %s in quarantine.", pipeline.Plural(o.Quarantined, "record"))
	}
	switch {
	case complete:
		text += fmt.Sprintf(" All %d steps are done.", len(pipeline.Steps))
	case atLast(m) == "":
		text += fmt.Sprintf(" n goes on to %s.", m.next().Title)
	}
	return text
}

// doneSteps is how many steps are done.
func (m *model) doneSteps() int {
	done := 0
	for _, s := range pipeline.Steps {
		if m.journal.shown.Step(s.ID).Status == pipeline.Done {
			done++
		}
	}
	return done
}

// next is the step after the one that is looked at, which is not the last.
func (m *model) next() *pipeline.Step { return pipeline.Steps[m.step.Number()] }

// end takes note of how our run ended: the recorded run that came last in it,
// what to say if it went well, and what it failed of.
func (m *model) end(run, text string, err error) tea.Cmd {
	cmd := m.fold()
	broken := m.journal.brokenIn(run)
	if broken != nil {
		m.lead(broken)
	}
	waited := !m.run.begun
	m.run = nil
	switch {
	case m.leaving:
		return tea.Quit
	case errors.Is(err, context.Canceled) && waited:
		m.say("Stopped before it began.")
	case errors.Is(err, context.Canceled):
		m.say("Stopped. What is done is kept; a goes on from here.")
	case err != nil && broken != nil && m.step == broken && m.tab == views.Output:
		m.warn(broken.Title + " failed; the pane says why. r tries again.")
	case err != nil:
		m.warn(sentence(err))
	default:
		m.say(text)
	}
	return tea.Batch(cmd, m.judge(), m.lookDaily(), m.nextTurn())
}

// judge asks for fresh verdicts, one question at a time.
func (m *model) judge() tea.Cmd {
	if m.judging {
		m.judgeAgain = true
		return nil
	}
	m.judging, m.judgeAgain = true, false
	return m.journal.judge(m.ctx, m.ws)
}

func (msg judged) take(m *model) tea.Cmd {
	m.judging = false
	if msg.err != nil && m.ctx.Err() == nil {
		m.warn(sentence(msg.err))
	}
	if msg.err == nil {
		m.journal.verdicts = msg.verdicts
		m.journal.refresh()
		if m.step == m.opened { // only now is it known what is stale
			m.step = m.journal.firstOpen()
		}
		m.opened = nil
		m.tellStale()
	}
	if m.judgeAgain {
		return m.judge()
	}
	return nil
}

func (lookTick) take(m *model) tea.Cmd {
	return tea.Batch(m.lookNow(), m.lookSettings(), m.lookDailyAgain(), m.lookJobs(), lookUsage)
}

// lookLater arranges the next look at the logs.
func (m *model) lookLater() tea.Cmd {
	after := lookEvery
	if m.run == nil && m.journal.underWay() != nil {
		after = watchEvery
	}
	return m.later(after, lookTick{})
}

// lookNow looks, unless our own run tells us everything: runs take turns.
func (m *model) lookNow() tea.Cmd {
	if m.run != nil && m.run.begun {
		return m.lookLater()
	}
	return m.journal.look(m.ws)
}

func (msg found) take(m *model) tea.Cmd {
	if msg.err != nil && !m.lookFailed { // once is enough: it looks every second
		m.warn(sentence(msg.err))
	}
	m.lookFailed = msg.err != nil
	judge := m.journal.take(msg)
	cmds := []tea.Cmd{m.lookLater()}
	if !m.loaded {
		m.loaded, judge = true, true
		m.step = m.journal.firstOpen()
		m.opened = m.step
		if m.newLab {
			m.opened = nil // it shows what is made, and stays there
			m.say("A new lab: step 1 makes its data.")
			cmds = append(cmds, m.start(pipeline.Request{Steps: []string{pipeline.Steps[0].ID}}))
		}
	}
	if judge {
		cmds = append(cmds, m.judge())
	}
	return tea.Batch(cmds...)
}

// firstOpen is the step to begin with: the one that runs, else the first that
// is not done, else the last.
func (j *journal) firstOpen() *pipeline.Step {
	if running := j.running(); running != nil {
		return running
	}
	for _, s := range pipeline.Steps {
		if j.shown.Step(s.ID).Status != pipeline.Done {
			return s
		}
	}
	return pipeline.Steps[len(pipeline.Steps)-1]
}

// cancelRun asks our run to stop.
func (m *model) cancelRun() {
	if m.run != nil && !m.run.stopping {
		m.run.stopping = true
		m.run.cancel()
		m.say("Stopping. What is done is kept.")
	}
}

// settle waits, no longer than limit, until no run of ours is left.
func (m *model) settle(limit time.Duration) {
	done := make(chan struct{})
	go func() { m.jobs.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// sentence is an error with the one thing to do next.
func sentence(err error) string {
	if hint := pipeline.HintOf(err); hint != "" {
		return fmt.Sprintf("%v. %s", err, hint)
	}
	return err.Error()
}

// askKeys answer the question whether to quit while a run is under way.
func askKeys() []binding {
	return []binding{
		{keys: []string{"enter", "y"}, label: "enter", in: inAsk, foot: word("cancel the run and quit"), act: func(m *model, _ string) tea.Cmd {
			m.modal, m.leaving = 0, true
			m.cancelRun()
			return nil
		}},
		{keys: []string{"esc", "alt+esc", "n", "q"}, label: "esc", in: inAsk, foot: word("stay"), act: func(m *model, _ string) tea.Cmd {
			m.modal = 0
			return nil
		}},
	}
}
