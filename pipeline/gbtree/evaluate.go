package gbtree

import (
	"cmp"
	"context"
	"slices"
)

// evaluate finds the best split of every child, some pairs at a time, so that
// few of the histograms that have no further use are alive.
func (g *grower) evaluate(ctx context.Context, parents, children []*node, gradients []pair) error {
	const pairs = 32
	for _, c := range children {
		c.features = g.together.allow(g.columns.ofNode(c.depth), c.ancestors)
	}
	for lo := 0; lo < len(parents); lo += pairs {
		hi := min(lo+pairs, len(parents))
		if err := g.evaluatePairs(ctx, parents[lo:hi], children[2*lo:2*hi], gradients); err != nil {
			return err
		}
	}
	return nil
}

// siblings are the children of a node. The histogram of the lighter one is built,
// that of the other is what remains of the parent's, as XGBoost has it.
type siblings struct{ light, heavy *node }

// evaluatePairs finds the best splits of the children of some parents.
func (g *grower) evaluatePairs(ctx context.Context, parents, children []*node, gradients []pair) error {
	var open []siblings
	for i, parent := range parents {
		s := siblings{children[2*i], children[2*i+1]}
		if s.heavy.sum.h < s.light.sum.h {
			s.light, s.heavy = s.heavy, s.light
		}
		if s.heavy.sum.h < 2*g.minChild {
			continue // neither can be divided
		}
		s.light.hist = g.histogram()
		s.heavy.hist, parent.hist = parent.hist, nil
		open = append(open, s)
	}
	// The long ones first, or the last of them would be waited for.
	slices.SortStableFunc(open, func(a, b siblings) int { return cmp.Compare(b.light.hi-b.light.lo, a.light.hi-a.light.lo) })
	var large []*node
	for _, s := range open {
		if len(open) < 2*workers() && g.large(s.light) {
			large = append(large, s.light)
		}
	}
	g.build(ctx, large, gradients)
	inParallel(len(open), func(i int) {
		s := open[i]
		if ctx.Err() != nil {
			return
		}
		if i >= len(large) { // the others are the long ones
			g.add(s.light, gradients, 0, g.matrix.features)
		}
		hist := s.heavy.hist
		for b, sum := range s.light.hist[:len(hist)] {
			hist[b] = hist[b].minus(sum)
		}
		g.search(s.light)
		g.search(s.heavy)
	})
	for _, c := range children {
		if c.best.gain <= epsilon || !g.params.allows(c.depth+1) {
			g.release(c)
		}
	}
	return ctx.Err()
}

// large tells whether to build the histogram of a node takes so long, some 30
// µs, that several goroutines should.
func (g *grower) large(n *node) bool { return (n.hi-n.lo)*g.matrix.features > 1<<14 }

// build builds the histograms of nodes, each divided by features, so that every
// bin is summed by one goroutine in cell order.
func (g *grower) build(ctx context.Context, nodes []*node, gradients []pair) {
	k := g.matrix.features
	parts := min(workers(), k)
	inParallel(len(nodes)*parts, func(i int) {
		if part := i % parts; ctx.Err() == nil {
			g.add(nodes[i/parts], gradients, part*k/parts, (part+1)*k/parts)
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

// histogram returns a cleared histogram.
func (g *grower) histogram() []pair {
	last := len(g.spare) - 1
	if last < 0 {
		return make([]pair, g.matrix.size, g.matrix.size+len(reach{}))
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
