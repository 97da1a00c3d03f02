// Package views draws the lab: one file a pane, each a pure function from the
// folded state, a size and a theme to text. Nothing here runs work, reads a
// file or knows the terminal; so a pane can be drawn live, from a recorded
// run, or in a test from a few events.
package views

import (
	"fmt"
	"slices"
	"time"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// Tab is one of the views of a step.
type Tab int

// The tabs of a pane, in order.
const (
	Output Tab = iota
	Code
	Parameters
	Checks
	Log
)

// Tabs names the tabs in order.
var Tabs = []string{"Output", "Code", "Parameters", "Checks", "Log"}

// Frame is everything that a pane is drawn from.
type Frame struct {
	State  *pipeline.State // assessed: see Workspace.Assess
	Step   *pipeline.Step
	Lab    pipeline.Lab
	Values pipeline.Values // parameters in force, for the Parameters tab
	Now    time.Time
	Theme  chart.Theme
	Width  int // cells
	Height int // lines
	Tab    Tab
	View   int                // of the step's views on the Output tab, from 1; 0: all of them, one after another
	Top    int                // lines of the tab's content scrolled away above
	Cursor int                // chosen row of a grid, a list or the parameters
	Left   int                // columns of a grid scrolled away at the left
	Away   bool               // the keys are with the steps, not with the pane
	Grid   *DataGrid          // rows that somebody browses; nil where only what is recorded is there
	Pinned []pipeline.Scratch // statements that somebody pinned to steps
	Stage  *Stage             // before an audience; nil else
	Daily  *Daily             // nil where nobody can say, as for a recorded run
	Jobs   []pipeline.Job     // as they stand now, the newest first; nil where nobody can say
	Shop   *Shop              // how somebody filters the dashboard; nil: not at all
	WhatIf *WhatIf            // a user's own question; nil where nobody can ask
	Lens   *Lens              // how somebody looks at the model; nil: as at first
}

// Daily is how the daily graph stands now, which no log tells.
type Daily struct {
	Deployed  bool
	Suspended bool
	Next      time.Time      // when it is due; zero for never
	History   pipeline.Table // its runs, the newest first
}

// Pane draws a step: its title line, its tabs and the chosen tab's content, in
// exactly f.Height lines of at most f.Width cells. The content starts f.Top
// lines down. A cursor that was moved keeps its own line in sight, but on the
// last row it lets go upwards, so that what stands below can be reached.
func Pane(f Frame) string {
	text, _ := Drawn(f)
	return text
}

// Drawn is Pane with the charts that are in it.
func Drawn(f Frame) (string, []Figure) {
	if f.Width < 1 || f.Height < 1 {
		return "", nil
	}
	s := content(f)
	if f.Stage != nil && f.Stage.Spotlight {
		s.spotlight()
	}
	head, room := headRoom(f)
	top := s.top(room)
	end := min(len(s.lines), top+room)
	count := ""
	if len(s.lines) > room && room > 0 {
		count = fmt.Sprintf("[%d-%d of %d]", top+1, end, len(s.lines))
	}
	if s.count != "" {
		count = s.count
	}
	lines := header(f, head, count)
	return fill(append(lines, s.lines[top:end]...), f.Width, f.Height), s.figures
}

// top is the first line of the sheet that a pane with that much room shows.
func (s *sheet) top(room int) int {
	top := min(max(0, s.f.Top), max(0, len(s.lines)-room))
	if s.f.Cursor > 0 && s.chosen >= 0 {
		top = max(top, s.chosen-room+1)
		if int64(s.f.Cursor) < Rows(s.f)-1 {
			top = min(top, s.chosen)
		}
	}
	return top
}

// RowAt tells which row that the cursor could choose stands in a line of the
// pane, counted from its first; false where there is none.
func RowAt(f Frame, line int) (row int, ok bool) {
	if Rows(f) == 0 || f.Width < 1 || f.Height < 1 {
		return 0, false
	}
	s := content(f)
	head, room := headRoom(f)
	if line -= head; line < 0 || line >= room {
		return 0, false
	}
	if row = slices.Index(s.list.lines, s.top(room)+line); row < 0 {
		return 0, false
	}
	return s.list.first + row, true
}

// Length is how many lines the content of the frame's tab has at its width:
// how far one can scroll.
func Length(f Frame) int {
	if f.Width < 1 || f.Height < 1 {
		return 0
	}
	return len(content(f).lines)
}

// Room is how many lines of a pane are left for its content.
func Room(f Frame) int {
	_, room := headRoom(f)
	return room
}

// Rows is how many rows the cursor can choose among on the frame's tab; 0 when
// there is nothing to choose. For a grid it is all rows of the table.
func Rows(f Frame) int64 {
	switch f.Tab {
	case Parameters:
		return int64(len(f.Step.Params))
	case Output:
		if _, ok := Grid(f); ok {
			if f.Grid != nil {
				return f.Grid.Rows
			}
			return f.State.Step(f.Step.ID).Result.Rows
		}
		rows := pictures[f.Step.ID].rows
		if v := viewOf(f); v != nil {
			rows = v.rows
		}
		if rows != nil {
			return int64(rows(f))
		}
	}
	return 0
}

// Grid names what the Output tab shows as a grid that can be browsed: a table, or
// one of the questions of pipeline.SourceOf; false when it shows none.
func Grid(f Frame) (name string, ok bool) {
	if k, ok := PinnedView(f); ok {
		return k.Name, true
	}
	st := f.State.Step(f.Step.ID)
	none := st.Result.Table == "" || len(st.Result.Schema) == 0
	if st.Status == pipeline.Failed && len(st.Quarantine) > 0 { // when all is in quarantine, that is to be seen
		none = viewOf(f) == nil || viewOf(f).grid == ""
	}
	if f.Tab != Output || none {
		return "", false
	}
	p := pictures[f.Step.ID]
	if v := viewOf(f); v != nil && v.grid != "" {
		return v.grid, true
	}
	return st.Result.Table, p.grid
}

// picture is how a step shows what it did.
type picture struct {
	draw  func(s *sheet)  // adds the picture to a sheet
	rows  func(Frame) int // rows to choose among, when it lists some
	views []view          // where there is more than one picture, instead
	grid  bool            // it ends in a grid of the step's table

	telling bool         // it says all that the summary says
	early   func(*sheet) // adds what there is to see before the step ran; nil: nothing
}

// view is one of several pictures of a step.
type view struct {
	name string
	draw func(s *sheet)
	rows func(Frame) int
	grid string // the question whose answer it ends in; "": none

	pinned *pipeline.Scratch // the statement that it answers; nil: the step's own picture
}

// pictures are the steps' own. A step without one shows its summary.
var pictures map[string]picture

func init() { // not a literal: drawing one asks for what views there are
	pictures = map[string]picture{
		"setup":     {draw: drawSetup},
		"cluster":   {draw: drawCluster, early: (*sheet).drawWorkers},
		"read":      {draw: drawRead, rows: rowsOf("files")},
		"parse":     {views: parseViews},
		"quality":   {draw: drawQuality, rows: reviewRows},
		"save":      {draw: drawSave, grid: true},
		"sentiment": {draw: drawSentiment, rows: reviewRows},
		"join":      {views: joinViews, grid: true},
		"encode":    {views: encodeViews, grid: true},
		"train":     {views: trainViews},
		"register":  {views: registerViews},
		"explain":   {views: explainViews},
		"jobs":      {draw: drawJobs, rows: jobRows, telling: true},
		"automate":  {draw: drawAutomate, telling: true},
		"dashboard": {draw: drawDashboard, rows: reviewRows, telling: true},
	}
}

func rowsOf(table string) func(Frame) int {
	return func(f Frame) int {
		t, _ := f.State.Step(f.Step.ID).Table(table)
		return len(t.Rows)
	}
}

// Views names the views of a step's Output tab; nil where there is one only,
// or nothing to see yet.
func Views(f Frame) []string {
	st, all := f.State.Step(f.Step.ID), viewsOf(f)
	if f.Tab != Output || st.Status == pipeline.New || len(st.Tables)+len(st.Curves)+len(st.Result.Schema) == 0 {
		return nil
	}
	var names []string
	for _, v := range all {
		names = append(names, v.name)
	}
	return names
}

// Shows is the name of the view that the frame shows; "" where there is one only.
func Shows(f Frame) string {
	if v := viewOf(f); v != nil {
		return v.name
	}
	return ""
}

// viewOf is the view that the frame shows; nil for all of a step that has
// several, or the picture of one that has not.
func viewOf(f Frame) *view {
	if all := viewsOf(f); f.View > 0 && len(Views(f)) > 0 {
		return &all[min(f.View, len(all))-1]
	}
	return nil
}

// content draws the frame's tab.
func content(f Frame) *sheet {
	s := newSheet(f)
	switch f.Tab {
	case Code:
		s.drawCode()
	case Parameters:
		s.drawParameters()
	case Checks:
		s.drawChecks()
	case Log:
		s.drawLog()
	default:
		s.drawOutput()
	}
	if f.Stage != nil {
		s.spread()
	}
	return s
}
