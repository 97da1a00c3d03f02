package gbtree

import "willbuy/pipeline/encode"

// tracked is a set of cells with the margins that the trees so far give them.
type tracked struct {
	name               string
	cells              *encode.Cells
	outputs            int
	margins, predicted []float32 // of cell i at i·outputs
	weight             float64   // of all rows
	shares             bool      // all labels lie between 0 and 1
	plain              bool      // every cell is one row of weight 1 with label 0 or 1
}

// begin sets margins and predictions to those before the first new tree.
func (t *tracked) begin(m *Model) {
	_, t.weight, _ = weights(t.cells)
	t.shares, t.plain = true, len(t.cells.Label) == t.cells.Len()
	for e, y := range t.cells.Label {
		t.shares = t.shares && y >= 0 && y <= 1
		t.plain = t.plain && (y == 0 || y == 1) && t.cells.Weight[e] == 1 && t.cells.Count[e] == 1
	}
	if copy(t.margins, t.cells.Margin) == 0 {
		for i := range t.margins {
			t.margins[i] = m.BaseMargin(i % t.outputs)
		}
	}
	predictions(m.Objective, t.outputs, t.margins, t.predicted)
}
