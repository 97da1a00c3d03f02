package gbtree

import (
	"cmp"
	"context"
	"slices"

	"willbuy/pipeline/encode"
)

// grower grows one tree after the other on the same cells.
type grower struct {
	rule
	params   *Params
	cells    *encode.Cells
	matrix   *matrix
	columns  *columns
	together interactions
	rows     []int32 // cells, those of a node next to each other
	scratch  []int32
	spare    [][]pair // histograms to use again
}

// node is a node of the tree that is being grown.
type node struct {
	id        int32
	depth     int
	lo, hi    int     // its cells are rows[lo:hi]
	sum       pair    // gradients of its cells
	limits    limits  // of its weight and those of its children
	gain      float32 // its own score
	ancestors []int32 // features that its ancestors split on, where interactions are constrained
	features  []int32 // that it may split on
	hist      []pair  // nil where no child's is wanted
	best      split
}

// grown is a tree with its splits in terms of bins.
type grown struct {
	Tree
	bound []int32 // per node: bins up to this one go left
	nodes []*node
}

func newGrower(p *Params, cells *encode.Cells, m *memory) (*grower, error) {
	features, compat := cells.Cuts.Features, cells.Cuts.Compat
	directions, err := p.directions(features)
	if err != nil {
		return nil, err
	}
	together, err := p.interactions(features)
	if err != nil {
		return nil, err
	}
	return &grower{
		rule: newRule(p, directions, compat), params: p, cells: cells, matrix: newMatrix(cells, m),
		columns: newColumns(p, len(features), compat), together: together,
		rows: array[int32](m, cells.Len()), scratch: array[int32](m, cells.Len()),
	}, nil
}

// grow grows a tree on the gradients of the cells. It ends early, with the
// context's error, between two batches of nodes.
func (g *grower) grow(ctx context.Context, gradients []pair) (*grown, error) {
	t := &grown{}
	g.columns.startTree()
	open := newFrontier(g.params)
	root, err := g.root(ctx, t, gradients)
	if err != nil {
		return nil, err
	}
	open.push(root)
	for {
		batch := open.pop()
		if len(batch) == 0 {
			break
		}
		var children []*node
		for _, n := range batch {
			left, right := g.apply(t, n)
			children = append(children, left, right)
		}
		g.partition(batch, children)
		if open.wants(batch[0].depth + 1) {
			if err := g.evaluate(ctx, batch, children, gradients); err != nil {
				return nil, err
			}
			open.push(children...)
		}
		for _, n := range batch {
			g.release(n)
		}
	}
	for _, n := range t.nodes {
		g.release(n)
	}
	return t, nil
}

// root starts the tree with a leaf that holds every cell.
func (g *grower) root(ctx context.Context, t *grown, gradients []pair) (*node, error) {
	for i := range g.rows {
		g.rows[i] = int32(i)
	}
	n := &node{hi: len(g.rows), hist: g.histogram(), limits: unlimited, features: g.columns.ofNode(0)}
	if err := g.build(ctx, []*node{n}, gradients); err != nil {
		return nil, err
	}
	if g.matrix.dense { // XGBoost sums the histogram of the first feature then
		for _, s := range n.hist[:g.matrix.bins[0]] {
			n.sum.add(s)
		}
	} else {
		for _, s := range gradients {
			n.sum.add(s)
		}
	}
	n.gain = g.gain(n.sum, n.limits)
	w := g.weight(n.sum, n.limits)
	t.push(-1, w, float32(w*g.params.Eta), n)
	g.search([]*node{n})
	return n, nil
}

// apply turns a leaf into a split with two leaves. Their weights and scores keep
// the limits of their parent, their own splits those of each.
func (g *grower) apply(t *grown, n *node) (left, right *node) {
	s := &n.best
	sum := s.left
	sum.add(s.right) // need not be n.sum to the last bit
	id := n.id
	t.Feature[id], t.bound[id] = s.feature, s.bound
	t.Cond[id] = g.cells.Cuts.Bounds[s.feature][s.bound]
	t.DefaultLeft[id] = s.defaultLeft
	t.Gain[id], t.Hess[id], t.Weight[id] = s.gain, float32(sum.h), g.weight(sum, n.limits)
	var ancestors []int32
	if g.together != nil {
		ancestors = append(append(ancestors, n.ancestors...), s.feature)
	}
	l, r := g.below(n.limits, s.feature, g.weight(s.left, n.limits), g.weight(s.right, n.limits))
	child := func(sum pair, own limits) *node {
		c := &node{depth: n.depth + 1, sum: sum, limits: own, gain: g.gain(sum, n.limits), ancestors: ancestors}
		leaf := float32(g.weight(sum, n.limits) * g.params.Eta)
		t.push(id, leaf, leaf, c)
		return c
	}
	left, right = child(s.left, l), child(s.right, r)
	t.Left[id], t.Right[id] = left.id, right.id
	return left, right
}

// push adds a leaf and gives it the next id.
func (t *grown) push(parent int32, weight, leaf float32, n *node) {
	n.id = int32(len(t.nodes))
	t.nodes = append(t.nodes, n)
	t.Left, t.Right, t.Parent = append(t.Left, -1), append(t.Right, -1), append(t.Parent, parent)
	t.Feature, t.bound = append(t.Feature, 0), append(t.bound, 0)
	t.Cond, t.DefaultLeft = append(t.Cond, leaf), append(t.DefaultLeft, false)
	t.Gain, t.Hess, t.Weight = append(t.Gain, 0), append(t.Hess, float32(n.sum.h)), append(t.Weight, weight)
}

// partition moves the cells of every parent that go left before those that go
// right, both in their old order, which keeps memory access forward. Large nodes
// are divided piece by piece.
func (g *grower) partition(parents, children []*node) {
	const piece = 1 << 15
	type task struct {
		n            *node
		lo, hi, left int
	}
	var tasks []task
	for _, n := range parents {
		for lo := n.lo; lo < n.hi; lo += piece {
			tasks = append(tasks, task{n: n, lo: lo, hi: min(lo+piece, n.hi)})
		}
	}
	inParallel(len(tasks), func(i int) {
		t := &tasks[i]
		s := &t.n.best
		t.left = g.matrix.divide(g.rows[t.lo:t.hi], g.scratch[t.lo:t.hi], int(s.feature), s.bound-1, s.defaultLeft)
	})
	next := 0
	for i, n := range parents {
		first := next
		for next < len(tasks) && tasks[next].n == n {
			next++
		}
		mine, at := tasks[first:next], n.lo
		for _, t := range mine {
			at += copy(g.rows[at:], g.rows[t.lo:t.lo+t.left])
		}
		left, right := children[2*i], children[2*i+1]
		left.lo, left.hi, right.lo, right.hi = n.lo, at, at, n.hi
		for _, t := range mine {
			at += copy(g.rows[at:], g.scratch[t.lo:t.hi-t.left])
		}
	}
}

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

// evaluatePairs builds the histogram of the lighter child of each parent; that of
// the other is what remains of the parent's, as XGBoost has it.
func (g *grower) evaluatePairs(ctx context.Context, parents, children []*node, gradients []pair) error {
	var light, heavy []*node
	for i, parent := range parents {
		l, h := children[2*i], children[2*i+1]
		if h.sum.h < l.sum.h {
			l, h = h, l
		}
		if h.sum.h < 2*g.minChild {
			continue // neither can be divided
		}
		l.hist = g.histogram()
		h.hist, parent.hist = parent.hist, nil
		light, heavy = append(light, l), append(heavy, h)
	}
	if err := g.build(ctx, light, gradients); err != nil {
		return err
	}
	inParallel(len(light), func(i int) {
		hist := heavy[i].hist
		for b, s := range light[i].hist[:len(hist)] {
			hist[b] = hist[b].minus(s)
		}
	})
	g.search(append(light, heavy...))
	for _, c := range children {
		if c.best.gain <= epsilon || !g.params.allows(c.depth+1) {
			g.release(c)
		}
	}
	return nil
}

// build sums the gradients of each node's cells by bin, every bin by one
// goroutine in cell order. Of few large nodes each is divided by features, of
// many features always some, whose part of a histogram stays in the cache.
func (g *grower) build(ctx context.Context, nodes []*node, gradients []pair) error {
	const large, cached = 1 << 14, 64 // numbers to add up, some 30 µs; features
	type task struct {
		n        *node
		from, to int // features
	}
	var tasks []task
	k := g.matrix.features
	for _, n := range nodes {
		step := min(k, cached)
		if len(nodes) < 4*workers() && (n.hi-n.lo)*k > large {
			step = min(step, (k+workers()-1)/workers())
		}
		for from := 0; from < k; from += step {
			tasks = append(tasks, task{n, from, min(from+step, k)})
		}
	}
	// The long ones first, or the last of them would be waited for.
	slices.SortStableFunc(tasks, func(a, b task) int { return cmp.Compare(b.n.hi-b.n.lo, a.n.hi-a.n.lo) })
	inParallel(len(tasks), func(i int) {
		if t := tasks[i]; ctx.Err() == nil {
			g.matrix.sum(t.n.hist, g.rows[t.n.lo:t.n.hi], gradients, t.from, t.to)
		}
	})
	return ctx.Err()
}

// search finds each node's best split over its features; of equals the lower
// feature wins.
func (g *grower) search(nodes []*node) {
	inParallel(len(nodes), func(i int) {
		n := nodes[i]
		for _, f := range n.features {
			from := g.matrix.offset[f]
			g.scan(&n.best, n, f, n.hist[from:from+g.matrix.bins[f]])
		}
	})
}

// histogram returns a cleared histogram.
func (g *grower) histogram() []pair {
	last := len(g.spare) - 1
	if last < 0 {
		return make([]pair, g.matrix.size)
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
