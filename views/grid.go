package views

import (
	"fmt"

	"willbuy/pipeline"
)

// drawGrid adds the step's table as a grid that fills the room left, with the
// chosen row in the middle where there is more above and below. Rows come from
// the event's preview and from the frame's page; those that neither holds show
// as not fetched yet.
func (s *sheet) drawGrid() {
	r := s.st.Result
	if len(r.Schema) == 0 || r.Rows == 0 {
		return
	}
	height := int64(max(3, s.left()-2)) // names may take two lines
	cursor := min(max(0, int64(s.f.Cursor)), r.Rows-1)
	from := max(0, min(cursor-height/2, r.Rows-height))
	to := min(r.Rows, from+height)
	rows := make([][]any, 0, to-from)
	for i := from; i < to; i++ {
		rows = append(rows, s.gridRow(i))
	}
	t := s.addList(r.Schema, rows, int(cursor-from), s.f.Left)
	s.list.first = int(from)
	s.count = rangeOf(from, to, r.Rows)
	if first, last := t.shown[0], t.shown[len(t.shown)-1]; len(t.shown) < len(r.Schema) {
		s.count = fmt.Sprintf("columns %d-%d of %d  %s", first+1, last+1, len(r.Schema), s.count)
	}
}

func (s *sheet) gridRow(i int64) []any {
	if p := s.f.Page; p != nil && p.Table == s.st.Result.Table && i >= p.Offset && i < p.Offset+int64(len(p.Rows)) {
		return p.Rows[i-p.Offset]
	}
	if i < int64(len(s.st.Result.Preview)) {
		return s.st.Result.Preview[i]
	}
	return nil
}

// fact is a number of step.finished by name.
func fact(st *pipeline.StepState, name string) (float64, bool) {
	return number(st.Result.Facts[name])
}
