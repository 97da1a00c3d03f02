package tui

import (
	"context"
	"os"
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
	ctx       context.Context
	ws        *pipeline.Workspace
	version   string // of willbuy
	now       func() time.Time
	later     func(time.Duration, tea.Msg) tea.Cmd
	engine    func(context.Context, pipeline.Request, func(pipeline.Event)) (pipeline.Outcome, error)
	node      func(*inbox) schedule.Exec
	send      func(tea.Msg)      // from goroutines that are no commands
	jobs      sync.WaitGroup     // what of ours has not ended
	clipboard func(string) error // of this machine; nil where it has none

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
	jobList    []pipeline.Job // as they stand now, the newest first; nil until it is known
	lab        pipeline.Lab
	values     map[string]pipeline.Values // parameters in force, by step
	settings   int                        // counts their changes
	stamp      stamp                      // of the file they are in
	usage      usage                      // of the machine, by us
	saving     bool                       // we are writing it
	history    []change                   // of ours, to take back
	editor     string                     // the user's own, for SQL; "" for none
	store      string                     // the engine, for people; "" until it is known
	asking     asking
	catalog    *pipeline.Catalog  // tables and columns, for typing SQL; nil until it was read
	pinned     []pipeline.Scratch // statements that are kept, each a view of its step
	presenter  presenter
	replay     *replay                          // a recorded run in place of all that; nil: none
	only       *Replay                          // the recorded run that the workbench was opened for, without its lab; nil: none
	demo       func() ([]pipeline.Event, error) // the run that willbuy carries

	// What is looked at.
	width, height int
	scheme        scheme
	fixed         bool // the ground was asked for; the terminal has no say
	colorless     bool // colours were refused
	ascii         bool // the terminal shows nothing else
	still         bool // nothing moves more than once a second
	focus         mode // rail or pane
	*window            // the one that the keys act on
	windows       []*window
	zoomed        bool           // that window has the whole screen
	selection     selection      // with the mouse
	opened        *pipeline.Step // chosen for the user at the start, until the first verdicts

	// What is on top.
	modal   mode  // a question or a form; 0: none
	cover   cover // over the pane; nil: none
	typed   string
	rest    string // of the name of a step that g went to before it was typed to its end
	note    note
	prompt  *prompt // typing about rows; nil: nothing
	changed *saved  // a parameter that was; say what became stale
	leaving bool    // quit as soon as our run has ended
	armed   bool    // ctrl+c was the last key

	away    bool // the terminal has not the focus
	pulse   pulse
	drawn   drawn
	touched int // counts what else is to be drawn anew
}

// note is what the rule above the footer says.
type note struct {
	text string
	bad  bool
}

func newModel(ctx context.Context, ws *pipeline.Workspace, version string, s scheme, fixed bool) *model {
	w := newWindow(pipeline.Steps[0])
	m := &model{ctx: ctx, ws: ws, version: version, now: ws.Clock, later: later, engine: ws.Run, clipboard: native(os.Getenv), editor: editorOf(os.Getenv),
		scheme: s, fixed: fixed, journal: newJournal(), window: w, windows: []*window{w}, focus: onRail}
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
	var present tea.Cmd
	if m.presenter.asked {
		present = m.present()
	}
	if m.only != nil {
		return tea.Batch(tea.RequestBackgroundColor, present, m.open(*m.only))
	}
	return tea.Batch(tea.RequestBackgroundColor, present, m.journal.look(m.ws), m.describe, m.readPinned, m.lookDaily(), m.serve())
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
func (m *model) here() place {
	p := m.places[m.looksAt()]
	if g := m.paneGrid(); g != nil {
		p.cursor, p.left = g.cursor, g.column
	}
	return p
}

func (m *model) setPlace(p place) {
	m.places[m.looksAt()] = p
	if g := m.paneGrid(); g != nil {
		g.move(p.cursor - g.cursor)
		g.column = clamp(p.left, 0, max(0, len(g.shown)-1))
	}
}

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
	m.lens.again()
}

// turnView goes to the view before or after, round the end.
func (m *model) turnView(by int) {
	m.tab = views.Output
	n := len(views.Views(m.frame()))
	m.chooseView((m.views[m.step.ID] + by + n) % n)
}
