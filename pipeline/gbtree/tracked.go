package gbtree

import (
	"math"
	"sync"

	"willbuy/pipeline/encode"
)

// tracked is a set of cells with the margins that the trees so far give them.
type tracked struct {
	name               string
	cells              *encode.Cells
	outputs            int
	margins, predicted []float32 // of cell i at i·outputs
	weight             float64   // of all rows
	shares             bool      // all labels lie between 0 and 1
	plain              bool      // every cell is one row of weight 1 with label 0 or 1
	// Where all rows have label 0 or 1 and weight 1: how many of each label every
	// cell has. Nil where that is not so, or plain: then labels say as much.
	counts [][2]uint32

	ranking     sync.Mutex // for the next two
	order, room []uint64   // work space of rank
}

// begin sets margins and predictions to those before the first new tree.
func (t *tracked) begin(m *Model, room *memory) {
	c := t.cells
	_, t.weight, _ = weights(c)
	t.shares, t.plain = true, len(c.Label) == c.Len()
	countable := true
	for e, y := range c.Label {
		t.shares = t.shares && y >= 0 && y <= 1
		countable = countable && (y == 0 || y == 1) && c.Weight[e] == 1 && c.Count[e] <= math.MaxUint32
		t.plain = t.plain && countable && c.Count[e] == 1
	}
	if countable && !t.plain && t.outputs == 1 {
		t.counts = array[[2]uint32](room, c.Len())
		for i := range t.counts {
			for e := c.First[i]; e < c.First[i+1]; e++ {
				t.counts[i][int(c.Label[e])] = uint32(c.Count[e])
			}
		}
	}
	if copy(t.margins, t.cells.Margin) == 0 {
		for i := range t.margins {
			t.margins[i] = m.BaseMargin(i % t.outputs)
		}
	}
	predictions(m.Objective, t.outputs, t.margins, t.predicted)
}
