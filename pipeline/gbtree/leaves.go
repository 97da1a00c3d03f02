package gbtree

import "willbuy/pipeline/encode"

// addLeaves adds the tree's leaves to one of the margins of every training cell.
func (g *grower) addLeaves(t *grown, margins []float32, output, outputs int) {
	inParallel(len(t.nodes), func(id int) {
		n := t.nodes[id]
		rows := g.rows[n.lo:n.hi]
		switch {
		case n.whole:
			s := &n.best
			leaves := [2]float32{t.Cond[t.Left[id]], t.Cond[t.Right[id]]}
			g.matrix.addEither(margins[output:], outputs, rows, leaves, int(s.feature), s.bound-1, s.defaultLeft)
		case t.Left[id] < 0: // without cells if its parent is whole
			for _, r := range rows {
				margins[int(r)*outputs+output] += t.Cond[id]
			}
		}
	})
}

// addTo adds the tree's leaves to one of the margins of every cell.
func (t *grown) addTo(margins []float32, output, outputs int, cells *encode.Cells) {
	missing := make([]uint16, len(cells.Cuts.Features))
	for f := range missing {
		missing[f] = uint16(cells.Cuts.Width(f) - 1)
	}
	inChunks(cells.Len(), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, id := cells.Row(i), int32(0)
			for t.Left[id] >= 0 {
				f := t.Feature[id]
				bin := row[f]
				if bin == missing[f] && t.DefaultLeft[id] || bin != missing[f] && int32(bin) <= t.bound[id] {
					id = t.Left[id]
				} else {
					id = t.Right[id]
				}
			}
			margins[i*outputs+output] += t.Cond[id]
		}
	})
}
