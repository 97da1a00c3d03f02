package views

import (
	"willbuy/pipeline"
	"willbuy/pipeline/registry"
)

// Lens is how somebody looks at the model, beside what is recorded: which curve,
// threshold, tree, versions or customer. With none everything looks as at first.
type Lens struct {
	Metric     int // of the curves, from 1; 0: all of them
	Cross      int // round under the crosshair; 0: none
	LogX, LogY bool
	From, To   int        // rounds in sight; all of them where To is 0
	Earlier    []Training // earlier runs to compare with

	Threshold float64 // score above which somebody is called a buyer; 0: 0.5

	Tree   int             // the one that is shown, from 0
	Trees  *pipeline.Trees // nil while they are not read
	Folded map[int]bool    // branches of the tree whose sides are not shown
	NoTree string          // why there are none to read

	Versions []registry.Version // in the registry now, the oldest first; nil: as recorded
	Picked   []string           // two of them to compare, or fewer

	Measure  int                 // of importance, from 0
	Customer *pipeline.Explained // who was chosen; nil: the one that is recorded
}

// Training is an earlier run of step train.
type Training struct {
	Run    string
	Name   string // for people, as "22 Nov 09:31"
	Params map[string]string
	Curves []pipeline.Curve
}

// lens is the frame's.
func (s *sheet) lens() *Lens {
	if s.f.Lens == nil {
		return &Lens{}
	}
	return s.f.Lens
}
