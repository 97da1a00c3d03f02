package tui

import (
	"willbuy/pipeline"
	"willbuy/views"
)

// window is a look at the lab: a step, one of its tabs, and where one left each
// of them. There is one, or two beside each other. The one in use is embedded in
// the model, so that m.step is the step that the keys act on; state that belongs
// to what is looked at, and not to the workbench, is a field here.
type window struct {
	step   *pipeline.Step
	tab    views.Tab
	views  map[string]int // the chosen one of a step's views, by step, from 0
	places map[view]place
	follow bool           // the chosen step is the one that runs
	grids  map[view]*grid // rows that were browsed, and how
	form   *form          // below the pane; nil: none
	shop   *shopFilter    // what its dashboard is filtered by; nil: nothing
	lens   lens           // how the model is looked at

	picture memo[paneKey, []string] // as it was drawn
	figures []views.Figure          // the charts in it
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

func newWindow(step *pipeline.Step) *window {
	return &window{step: step, views: map[string]int{}, places: map[view]place{}}
}

// lead takes the windows that follow the run to a step.
func (m *model) lead(to *pipeline.Step) {
	for _, w := range m.windows {
		if w.follow {
			w.step = to
		}
	}
}

// with does something as if w were the window in use.
func (m *model) with(w *window, do func()) {
	was := m.window
	m.window = w
	do()
	m.window = was
}
