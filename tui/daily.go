package tui

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/pipeline/schedule"
	"willbuy/store"
	"willbuy/views"
)

// daily is the daily graph: how it stands, and the schedule that runs it while
// the workbench is open.
type daily struct {
	plan    *schedule.Schedule
	now     *views.Daily // nil until it is known
	asked   bool         // whether a run was missed before we came
	missed  time.Time    // a missed run that is offered; zero for none
	waiting *nodeDue     // a run that became due while another was under way
	stop    context.CancelFunc
}

type (
	// dailyFound is how the daily graph stands.
	dailyFound struct {
		now    views.Daily
		missed time.Time
		err    error
	}
	// nodeDue asks for the turn to run a node that is due by the clock.
	nodeDue struct {
		ctx   context.Context
		grant chan<- *inbox // gets where its events go
	}
	// graphEnded tells how a run of the graph ended, or why one was left out.
	graphEnded struct {
		run schedule.GraphRun
		err error
	}
	// serveEnded tells that the schedule is not watched any more.
	serveEnded struct{ err error }
)

// lookDaily asks how the graph stands. It reads two small files.
func (m *model) lookDaily() tea.Cmd {
	plan, now, first := m.daily.plan, m.now(), !m.daily.asked
	return func() tea.Msg {
		var found dailyFound
		d, err := plan.Deployment()
		if errors.Is(err, schedule.ErrNotDeployed) {
			return found
		}
		var runs []schedule.GraphRun
		if err == nil {
			runs, err = plan.History()
		}
		if err == nil && first {
			found.missed, err = plan.Missed()
		}
		found.now = views.Daily{Deployed: true, Suspended: d.Suspended, History: historyTable(runs)}
		if err == nil && !d.Suspended {
			found.now.Next, err = d.Graph.When.Next(d.Since, now)
		}
		found.err = err
		return found
	}
}

// lookDailyAgain is for what other processes do to the graph, and for the due
// time once it has passed. Off the screen it can wait.
func (m *model) lookDailyAgain() tea.Cmd {
	now := m.daily.now
	if m.step.ID == "automate" || now != nil && !now.Next.IsZero() && m.now().After(now.Next) {
		return m.lookDaily()
	}
	return nil
}

func (msg dailyFound) take(m *model) tea.Cmd {
	if msg.err != nil {
		if !m.daily.asked {
			m.warn(sentence(msg.err))
		}
		m.daily.asked = true
		return nil
	}
	if !m.daily.asked {
		m.daily.asked, m.daily.missed = true, msg.missed
	}
	if m.daily.now == nil || !reflect.DeepEqual(*m.daily.now, msg.now) {
		m.daily.now = &msg.now
	}
	return nil
}

// historyShown is how many runs of the graph the pane gets.
const historyShown = 10

// historyTable lists the last runs of the graph, the newest first.
func historyTable(runs []schedule.GraphRun) pipeline.Table {
	t := pipeline.Table{Name: "history", Title: "Runs of the graph", Total: int64(len(runs)), Columns: []store.Column{
		{Name: "STATE", Type: store.String}, {Name: "CAUSE", Type: store.String}, {Name: "STARTED", Type: store.Instant},
		{Name: "SECONDS", Type: store.Float}, {Name: "NOTE", Type: store.String}}}
	for i := len(runs) - 1; i >= 0 && len(t.Rows) < historyShown; i-- {
		r := runs[i]
		began, seconds := r.Started, any(nil)
		if began.IsZero() {
			began = r.Due
		} else if !r.Ended.IsZero() {
			seconds = r.Ended.Sub(r.Started).Seconds()
		}
		t.Rows = append(t.Rows, []any{string(r.State), string(r.Cause), began.Format(time.RFC3339), seconds, r.Error})
	}
	return t
}

// serve runs the graph whenever it is due, until the workbench closes or its
// run is cancelled. Nobody runs a node without having been given the turn.
func (m *model) serve() tea.Cmd {
	ctx, stop := context.WithCancel(m.ctx)
	m.daily.stop = stop
	m.jobs.Add(1)
	exec := func(ctx context.Context, node schedule.Node) (string, error) {
		grant := make(chan *inbox, 1)
		m.send(nodeDue{ctx, grant})
		select {
		case box := <-grant:
			return m.node(box)(ctx, node)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	plan := m.daily.plan
	return func() tea.Msg {
		defer m.jobs.Done()
		defer stop()
		err := plan.Serve(ctx, exec, func(run schedule.GraphRun, err error) { m.send(graphEnded{run, err}) })
		return serveEnded{err}
	}
}

// take lets a node that is due run, or lets it wait for our own run.
func (due nodeDue) take(m *model) tea.Cmd {
	if due.ctx.Err() != nil {
		return nil
	}
	if m.run != nil && !m.run.served {
		m.daily.waiting = &due
		m.say("The daily run is due; it begins when this run has ended.")
		return nil
	}
	if m.run == nil {
		m.run = &ownRun{inbox: &inbox{}, cancel: m.daily.stop, graph: true, served: true}
		m.daily.missed = time.Time{} // this makes up for it
		for _, w := range m.windows {
			w.follow = false // nobody asked to be taken there
		}
		m.say("The daily run has begun: f follows it, x cancels it.")
	}
	due.grant <- m.run.inbox
	return m.drainLater()
}

// nextTurn goes to the run that waited for ours to end.
func (m *model) nextTurn() tea.Cmd {
	due := m.daily.waiting
	m.daily.waiting = nil
	if due == nil {
		return nil
	}
	return due.take(m)
}

// startGraph runs the graph at the user's wish.
func (m *model) startGraph(run func(context.Context, schedule.Exec) (schedule.GraphRun, error)) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	box := &inbox{}
	m.begin(&ownRun{inbox: box, cancel: cancel, graph: true})
	m.daily.missed = time.Time{}
	exec := m.node(box)
	return tea.Batch(m.drainLater(), func() tea.Msg {
		defer m.jobs.Done()
		defer cancel()
		done, err := run(ctx, exec)
		return graphEnded{done, err}
	})
}

// take takes note of how a run of the graph ended.
func (msg graphEnded) take(m *model) tea.Cmd {
	switch {
	case msg.run.State == schedule.Skipped:
		m.say(fmt.Sprintf("The daily run of %s was left out: another was under way.", views.Day(msg.run.Due, m.now())))
		return m.lookDaily()
	case msg.run.ID == "" && (m.run == nil || m.run.served): // the schedule cannot be read
		m.warn(sentence(msg.err))
		return nil
	case m.run == nil || !m.run.graph:
		return nil
	}
	var last string
	for _, n := range msg.run.Nodes {
		if n.Run != "" && n.KeptFrom == "" {
			last = n.Run
		}
	}
	text := "The graph ran; nothing had changed."
	if last != "" {
		text = fmt.Sprintf("The graph ran in %s.", short(msg.run.Ended.Sub(msg.run.Started).Seconds()))
	}
	if msg.err == nil && m.follow { // whoever followed it finds its history
		m.step = pipeline.Steps[slices.Index(pipeline.StepIDs(), "automate")]
		m.chooseTab(views.Output)
	}
	return m.end(last, text, msg.err)
}

// take watches on after the user cancelled a run that was due.
func (msg serveEnded) take(m *model) tea.Cmd {
	m.daily.waiting = nil
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	if m.ctx.Err() != nil || m.leaving {
		return nil
	}
	return m.serve()
}

// toggleDaily resumes or suspends the graph.
func (m *model) toggleDaily() tea.Cmd {
	set := m.daily.plan.Suspend
	m.say("Suspended: the graph runs only when told to.")
	if m.daily.now.Suspended {
		set = m.daily.plan.Resume
		m.say("Resumed: the graph runs by the clock while the workbench is open.")
	}
	look := m.lookDaily()
	return func() tea.Msg {
		if err := set(); err != nil {
			return dailyFound{err: err}
		}
		return look()
	}
}

// offer is the line about a missed run, "" when there is none.
func (m *model) offer() string {
	if m.daily.missed.IsZero() || m.run != nil {
		return ""
	}
	return fmt.Sprintf("The daily run of %s was missed: m catches up, esc leaves it.", views.Day(m.daily.missed, m.now()))
}

// dailyKeys are those of the daily graph.
func dailyKeys() []binding {
	return []binding{
		{keys: []string{"t"}, label: "t", in: browsing, when: onAutomate, group: "Run", foot: dailyWord,
			help: "On Automate: let the daily graph run by the clock, or suspend it.", why: noDaily, act: func(m *model, _ string) tea.Cmd {
				return m.toggleDaily()
			}},
		{keys: []string{"d"}, label: "d", in: browsing, when: onAutomate, group: "Run", foot: word("run graph"),
			help: "On Automate: run the daily graph now.", why: noGraphRun, act: func(m *model, _ string) tea.Cmd {
				return m.startGraph(m.daily.plan.Run)
			}},
		{keys: []string{"m"}, label: "m", in: browsing, group: "Run",
			help: "Catch up on a daily run that was missed.", why: nothingMissed, act: func(m *model, _ string) tea.Cmd {
				return m.startGraph(m.daily.plan.CatchUp)
			}},
	}
}
