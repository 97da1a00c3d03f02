package views

import (
	"slices"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// pinnedLines is how much of a pinned statement stands above its answer.
const pinnedLines = 4

// viewsOf are the pictures that a step has to choose from: its own, and after
// them one for each statement that was pinned to it. None where there is one
// only.
func viewsOf(f Frame) []view {
	p := pictures[f.Step.ID]
	all := p.views
	for _, k := range f.Pinned {
		if k.Step != f.Step.ID {
			continue
		}
		if len(all) == 0 {
			all = []view{{name: f.Step.Title, draw: p.draw, rows: p.rows}}
		}
		all = append(slices.Clip(all), view{name: chart.Cut(Visible(k.Name), 24), draw: drawPinned(k), grid: k.Name, pinned: &k})
	}
	return all
}

// PinnedView is the statement whose answer the frame shows; false where the
// frame shows what the step did.
func PinnedView(f Frame) (pipeline.Scratch, bool) {
	if v := viewOf(f); f.Tab == Output && v != nil && v.pinned != nil {
		return *v.pinned, true
	}
	return pipeline.Scratch{}, false
}

// drawPinned draws a statement and its answer, as it is now.
func drawPinned(k pipeline.Scratch) func(*sheet) {
	return func(s *sheet) {
		code := SQL(k.SQL, s.th)
		if len(code) > pinnedLines {
			code = append(slices.Clone(code[:pinnedLines-1]), s.th.Muted.Render("…"))
		}
		s.add(code...)
		s.gap()
		if s.f.Grid != nil { // else nobody may ask
			s.drawGrid()
		}
	}
}
