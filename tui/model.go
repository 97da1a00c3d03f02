package tui

import (
	"context"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/pipeline/schedule"
	"willbuy/views"
)

// model is the workbench. It is changed in Update only, by one goroutine;
// commands get copies.
type model struct {
	ctx     context.Context
	ws      *pipeline.Workspace
	version string // of willbuy
	now     func() time.Time
	later   func(time.Duration, tea.Msg) tea.Cmd
	engine  func(context.Context, pipeline.Request, func(pipeline.Event)) (pipeline.Outcome, error)
	node    func(*inbox) schedule.Exec
	send    func(tea.Msg)  // from goroutines that are no commands
	jobs    sync.WaitGroup // what of ours has not ended

	// What is known.
	journal    *journal
	loaded     bool // the logs have been read once
	lookFailed bool // the last look at the logs did
	judging    bool
	judgeAgain bool
	run        *ownRun // nil when we run nothing
	draining   bool    // a drain is arranged
	newLab     bool    // there was none; step 1 runs by itself
	daily      daily
	lab        pipeline.Lab
	values     map[string]pipeline.Values // parameters in force, by step
	settings   int                        // counts their changes
	stamp      stamp                      // of the file they are in
	saving     bool                       // we are writing it
	store      string                     // the engine, for people; "" until it is known
	pager      pager
	asking     asking

	// What is looked at.
	width, height int
	scheme        scheme
	fixed         bool // the scheme was asked for; the terminal has no say
	step          *pipeline.Step
	tab           views.Tab
	views         map[string]int // the chosen one of a step's views, by step, from 0
	focus         mode           // rail or pane
	places        map[view]place
	follow        bool           // the chosen step is the one that runs
	opened        *pipeline.Step // chosen for the user at the start, until the first verdicts

	// What is on top.
	modal   mode  // a question or a form; 0: none
	cover   cover // over the pane; nil: none
	typed   string
	form    *form
	note    note
	changed *saved // a parameter that was; say what became stale
	leaving bool   // quit as soon as our run has ended
	armed   bool   // ctrl+c was the last key

	drawn   drawn
	touched int // counts what else is to be drawn anew
}

// view is one tab of one step, and on it one view; place is where one left it.
type (
	view struct {
		step string
		tab  views.Tab
		view int
	}
	place struct {
		top    int // lines scrolled away
		cursor int // chosen row
		left   int // columns of a grid scrolled away
	}
)

// note is what the rule above the footer says.
type note struct {
	text string
	bad  bool
}

func newModel(ctx context.Context, ws *pipeline.Workspace, version string, s scheme, fixed bool) *model {
	m := &model{ctx: ctx, ws: ws, version: version, now: ws.Clock, later: later, engine: ws.Run, scheme: s, fixed: fixed,
		journal: newJournal(), step: pipeline.Steps[0], focus: onRail, views: map[string]int{}, places: map[view]place{}}
	m.node = func(box *inbox) schedule.Exec { return ws.RunNode(version, box.put, box.wait) }
	m.daily.plan = ws.Schedule()
	m.readSettings()
	return m
}

// later gives a message after a while.
func later(after time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(after, func(time.Time) tea.Msg { return msg })
}

// Init asks for everything that the first frame did not wait for.
func (m *model) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, m.journal.look(m.ws), m.describe, m.lookDaily(), m.serve())
}

// storeName is the name of the engine behind the store.
type storeName string

func (name storeName) take(m *model) tea.Cmd {
	m.store = string(name)
	return nil
}

func (m *model) describe() tea.Msg {
	name, _, _ := strings.Cut(m.ws.Store.Describe(), ",")
	return storeName(name)
}

// touch has the pane drawn anew, for what it shows beside the fold.
func (m *model) touch() { m.touched++ }

func (m *model) say(text string)  { m.note = note{text: text} }
func (m *model) warn(text string) { m.note = note{text: text, bad: true} }

// here is the place in what is looked at.
func (m *model) here() place                { return m.places[m.looksAt()] }
func (m *model) setPlace(p place)           { m.places[m.looksAt()] = p }
func (m *model) state() *pipeline.StepState { return m.journal.shown.Step(m.step.ID) }

// looksAt is what the pane shows.
func (m *model) looksAt() view {
	if m.tab != views.Output {
		return view{step: m.step.ID, tab: m.tab}
	}
	return view{m.step.ID, m.tab, m.views[m.step.ID]}
}

// choose goes to a step. Whoever chooses stops following the run.
func (m *model) choose(s *pipeline.Step) {
	m.step, m.follow = s, false
	if m.tab == views.Parameters && len(s.Params) == 0 {
		m.chooseTab(views.Output)
	}
}

// chooseTab goes to a tab of the step.
func (m *model) chooseTab(t views.Tab) { m.tab = t }

// chooseView goes to one of the views of the step's output, from 0.
func (m *model) chooseView(i int) {
	m.tab, m.views[m.step.ID] = views.Output, i
	m.asking.refused = source{}
}

// turnView goes to the view before or after, round the end.
func (m *model) turnView(by int) {
	m.tab = views.Output
	n := len(views.Views(m.frame()))
	m.chooseView((m.views[m.step.ID] + by + n) % n)
}
