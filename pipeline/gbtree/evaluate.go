package gbtree

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// evaluate divides the cells of every parent between its children and finds the
// best split of each.
func (g *grower) evaluate(ctx context.Context, parents, children []*node, gradients []pair) error {
	for _, c := range children {
		c.features = g.together.allow(g.columns.ofNode(c.depth), c.ancestors)
	}
	families := make([]family, len(parents))
	cells := 0
	for i, parent := range parents {
		families[i] = family{parent: parent, left: children[2*i], right: children[2*i+1]}
		cells += parent.hi - parent.lo
	}
	// The large ones first, or the last of them would be waited for.
	slices.SortStableFunc(families, func(a, b family) int { return cmp.Compare(b.parent.hi-b.parent.lo, a.parent.hi-a.parent.lo) })
	var large []*node
	for i := range families {
		f := &families[i]
		if f.shared = g.large(f.parent, cells); !f.shared {
			break
		}
		g.divideLarge(f.parent, f.left, f.right)
		if light, _ := f.byWeight(); g.goesOn(f) {
			light.hist = g.spare.give()
			large = append(large, light)
		}
	}
	g.build(ctx, large, gradients)
	inParallel(len(families), func(i int) {
		if ctx.Err() == nil {
			g.evaluateFamily(&families[i], gradients)
		}
	})
	return ctx.Err()
}

// family is a node with its two children.
type family struct {
	parent, left, right *node
	shared              bool // all cores have divided it and built the histogram of the lighter child
}

// byWeight tells which child is the lighter one. Its histogram is built, that of
// the other is what remains of the parent's, as XGBoost has it.
func (f *family) byWeight() (light, heavy *node) {
	if f.right.sum.h < f.left.sum.h {
		return f.right, f.left
	}
	return f.left, f.right
}

// goesOn tells whether one of the children can be divided.
func (g *grower) goesOn(f *family) bool { return max(f.left.sum.h, f.right.sum.h) >= 2*g.minChild }

// evaluateFamily divides the cells of a node and finds its children's splits.
func (g *grower) evaluateFamily(f *family, gradients []pair) {
	if !f.shared {
		g.divide(f.parent, f.left, f.right)
	}
	if !g.goesOn(f) {
		return
	}
	light, heavy := f.byWeight()
	if !f.shared {
		light.hist = g.spare.give()
		g.add(light, gradients, 0, g.matrix.features)
	}
	heavy.hist, f.parent.hist = f.parent.hist, nil
	hist := heavy.hist
	for b, sum := range light.hist[:len(hist)] {
		hist[b] = hist[b].minus(sum)
	}
	for _, c := range []*node{light, heavy} {
		g.search(c)
		if c.best.gain <= epsilon || !g.params.allows(c.depth+1) {
			g.spare.take(c)
		}
	}
}

// large tells whether several goroutines should share a node of a batch with so
// many cells: it is clearly more than the part of one of them, and takes long
// enough, some 30 µs. (Shared work costs more in all.)
func (g *grower) large(n *node, cells int) bool {
	own := n.hi - n.lo
	return own*g.matrix.features > 1<<14 && 2*own*workers() > 3*cells
}

// build builds the histograms of nodes, each divided by features, so that every
// bin is summed by one goroutine in cell order. Of three or four features that
// would take as long as of five (addNarrow).
func (g *grower) build(ctx context.Context, nodes []*node, gradients []pair) {
	k := g.matrix.features
	width := (k + workers() - 1) / workers()
	if width == 3 || width == 4 {
		width = 5
	}
	parts := (k + width - 1) / width
	inParallel(len(nodes)*parts, func(i int) {
		if from := i % parts * width; ctx.Err() == nil {
			g.add(nodes[i/parts], gradients, from, min(from+width, k))
		}
	})
}

// add sums the gradients of a node's cells by bin for the features from up to to.
func (g *grower) add(n *node, gradients []pair, from, to int) {
	const cached = 64 // features whose part of a histogram stays in the CPU's cache
	for ; from < to; from += cached {
		g.matrix.sum(n.hist, g.rows[n.lo:n.hi], gradients, from, min(from+cached, to))
	}
}

// search finds a node's best split over its features; of equals the lower feature
// wins.
func (g *grower) search(n *node) {
	for _, f := range n.features {
		from := g.matrix.offset[f]
		g.scan(&n.best, n, f, n.hist[from:from+g.matrix.bins[f]])
	}
}

// spare holds histograms to use again.
type spare struct {
	mu    sync.Mutex
	size  int
	hists [][]pair
}

// give returns a cleared histogram.
func (s *spare) give() []pair {
	s.mu.Lock()
	last := len(s.hists) - 1
	if last < 0 {
		s.mu.Unlock()
		return make([]pair, s.size, s.size+len(reach{}))
	}
	h := s.hists[last]
	s.hists = s.hists[:last]
	s.mu.Unlock()
	clear(h)
	return h
}

// take takes a node's histogram back.
func (s *spare) take(n *node) {
	if n.hist == nil {
		return
	}
	s.mu.Lock()
	s.hists = append(s.hists, n.hist)
	s.mu.Unlock()
	n.hist = nil
}
