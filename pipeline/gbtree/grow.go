package gbtree

import (
	"willbuy/pipeline/encode"
)

// grower grows one tree after the other on the same cells.
type grower struct {
	rule
	params  *Params
	cells   *encode.Cells
	offset  []int32 // where a feature's bins start in a histogram
	size    int     // length of a histogram
	dense   bool    // no cell has a missing value
	rows    []int32 // cells, those of a node next to each other
	scratch []int32
	spare   [][]pair // histograms to use again
}

// node is a node of the tree that is being grown.
type node struct {
	id     int32
	lo, hi int     // its cells are rows[lo:hi]
	sum    pair    // gradients of its cells
	gain   float32 // its own score
	hist   []pair  // nil where children would be too deep
	best   split
}

// grown is a tree with its splits in terms of bins.
type grown struct {
	Tree
	bound []int32 // per node: bins up to this one go left
}

func newGrower(p *Params, cells *encode.Cells) *grower {
	g := &grower{rule: newRule(p, cells.Cuts.Compat), params: p, cells: cells, dense: true}
	for f := range cells.Cuts.Features {
		g.offset = append(g.offset, int32(g.size))
		g.size += cells.Cuts.Width(f)
	}
	k := len(g.offset)
	for i, bin := range cells.Bins {
		if int(bin) == cells.Cuts.Width(i%k)-1 {
			g.dense = false
			break
		}
	}
	g.rows, g.scratch = make([]int32, cells.Len()), make([]int32, cells.Len())
	return g
}

// grow grows a tree level by level on the gradients of the cells and adds its
// leaves to the margins of the cells.
func (g *grower) grow(gradients []pair, margins []float32) grown {
	t := grown{}
	level := []*node{g.root(&t, gradients)}
	for depth := 0; len(level) > 0; depth++ {
		var parents []*node
		for _, n := range level {
			if n.best.gain > epsilon && n.best.gain >= g.params.Gamma {
				parents = append(parents, n)
				continue
			}
			for _, r := range g.rows[n.lo:n.hi] {
				margins[r] += t.Cond[n.id]
			}
			g.release(n)
		}
		level = level[:0]
		for _, n := range parents {
			left, right := g.apply(&t, n)
			level = append(level, left, right)
		}
		inParallel(len(parents), func(i int) { g.partition(parents[i], level[2*i], level[2*i+1]) })
		if depth+1 < g.params.MaxDepth {
			g.evaluate(parents, level, gradients)
		} else {
			for _, n := range parents {
				g.release(n)
			}
		}
	}
	return t
}

// root starts the tree with a leaf that holds every cell.
func (g *grower) root(t *grown, gradients []pair) *node {
	for i := range g.rows {
		g.rows[i] = int32(i)
	}
	n := &node{hi: len(g.rows), hist: g.histogram()}
	g.build([]*node{n}, gradients)
	if g.dense { // XGBoost sums the histogram of the first feature then
		for _, s := range n.hist[:g.cells.Cuts.Width(0)] {
			n.sum.add(s)
		}
	} else {
		for _, s := range gradients {
			n.sum.add(s)
		}
	}
	n.gain = g.gain(n.sum)
	g.search(n)
	w := g.weight(n.sum)
	t.push(-1, w, float32(w*g.params.Eta), n.sum)
	return n
}

// apply turns a leaf into a split with two leaves.
func (g *grower) apply(t *grown, n *node) (left, right *node) {
	s := &n.best
	sum := s.left
	sum.add(s.right) // need not be n.sum to the last bit
	id := n.id
	t.Feature[id], t.bound[id] = s.feature, s.bound
	t.Cond[id] = g.cells.Cuts.Bounds[s.feature][s.bound]
	t.DefaultLeft[id] = s.defaultLeft
	t.Gain[id], t.Hess[id], t.Weight[id] = s.gain, float32(sum.h), g.weight(sum)
	child := func(sum pair) *node {
		leaf := float32(g.weight(sum) * g.params.Eta)
		return &node{id: t.push(id, leaf, leaf, sum), sum: sum, gain: g.gain(sum)}
	}
	left, right = child(s.left), child(s.right)
	t.Left[id], t.Right[id] = left.id, right.id
	return left, right
}

// push adds a leaf and returns its id.
func (t *grown) push(parent int32, weight, leaf float32, sum pair) int32 {
	t.Left, t.Right, t.Parent = append(t.Left, -1), append(t.Right, -1), append(t.Parent, parent)
	t.Feature, t.bound = append(t.Feature, 0), append(t.bound, 0)
	t.Cond, t.DefaultLeft = append(t.Cond, leaf), append(t.DefaultLeft, false)
	t.Gain, t.Hess, t.Weight = append(t.Gain, 0), append(t.Hess, float32(sum.h)), append(t.Weight, weight)
	return int32(len(t.Left) - 1)
}

// partition moves the cells that go left before those that go right, both in
// their old order, which keeps memory access forward.
func (g *grower) partition(n, left, right *node) {
	s, k := &n.best, len(g.offset)
	missing := uint16(g.cells.Cuts.Width(int(s.feature)) - 1)
	bins := g.cells.Bins[s.feature:]
	rows, away := g.rows[n.lo:n.hi], g.scratch[n.lo:n.hi]
	l, r := 0, 0
	for _, row := range rows {
		bin := bins[int(row)*k]
		if bin == missing && s.defaultLeft || bin != missing && int32(bin) <= s.bound {
			rows[l] = row
			l++
		} else {
			away[r] = row
			r++
		}
	}
	copy(rows[l:], away[:r])
	left.lo, left.hi, right.lo, right.hi = n.lo, n.lo+l, n.lo+l, n.hi
}

// evaluate finds the best split of every child. The lighter child's histogram
// is built, the other's is what remains of the parent's, as XGBoost has it.
func (g *grower) evaluate(parents, children []*node, gradients []pair) {
	var light []*node
	for i := range parents {
		left, right := children[2*i], children[2*i+1]
		if right.sum.h < left.sum.h {
			light = append(light, right)
		} else {
			light = append(light, left)
		}
		light[i].hist = g.histogram()
	}
	g.build(light, gradients)
	inParallel(len(parents), func(i int) {
		heavy := children[2*i]
		if heavy == light[i] {
			heavy = children[2*i+1]
		}
		heavy.hist, parents[i].hist = parents[i].hist, nil
		for b, s := range light[i].hist {
			heavy.hist[b] = heavy.hist[b].minus(s)
		}
		g.search(light[i])
		g.search(heavy)
	})
}

// build sums the gradients of each node's cells by bin. Large nodes are divided
// by features, so that every bin is summed by one goroutine in cell order.
func (g *grower) build(nodes []*node, gradients []pair) {
	const large = 1 << 14 // bins to add up, some 30 µs
	type task struct {
		n        *node
		from, to int // features
	}
	var tasks []task
	k := len(g.offset)
	for _, n := range nodes {
		step := k
		if (n.hi-n.lo)*k > large {
			step = (k + workers() - 1) / workers()
		}
		for from := 0; from < k; from += step {
			tasks = append(tasks, task{n, from, min(from+step, k)})
		}
	}
	inParallel(len(tasks), func(i int) {
		t := tasks[i]
		offset, hist := g.offset[t.from:t.to], t.n.hist
		for _, r := range g.rows[t.n.lo:t.n.hi] {
			s := gradients[r]
			for j, bin := range g.cells.Bins[int(r)*k+t.from : int(r)*k+t.to] {
				h := &hist[int(offset[j])+int(bin)]
				h.g += s.g
				h.h += s.h
			}
		}
	})
}

// search finds the node's best split over all features; of equals the lower
// feature wins.
func (g *grower) search(n *node) {
	for f, from := range g.offset {
		g.scan(&n.best, int32(f), n.hist[from:int(from)+g.cells.Cuts.Width(f)], n.sum, n.gain)
	}
}

// histogram returns a cleared histogram.
func (g *grower) histogram() []pair {
	last := len(g.spare) - 1
	if last < 0 {
		return make([]pair, g.size)
	}
	h := g.spare[last]
	g.spare = g.spare[:last]
	clear(h)
	return h
}

// release gives a node's histogram back.
func (g *grower) release(n *node) {
	if n.hist != nil {
		g.spare = append(g.spare, n.hist)
		n.hist = nil
	}
}

// addTo adds the tree's leaves to the margins of cells.
func (t *grown) addTo(margins []float32, cells *encode.Cells) {
	missing := make([]uint16, len(cells.Cuts.Features))
	for f := range missing {
		missing[f] = uint16(cells.Cuts.Width(f) - 1)
	}
	inChunks(len(margins), func(lo, hi int) {
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
			margins[i] += t.Cond[id]
		}
	})
}
