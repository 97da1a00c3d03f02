package gbtree

import (
	"context"

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
	spare    spare
	first    *node // the next tree's
}

// node is a node of the tree that is being grown.
type node struct {
	id        int32
	depth     int
	lo, hi    int     // its cells are rows[lo:hi]
	whole     bool    // they are not divided, although it is split: both children are leaves for good
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
	matrix := newMatrix(cells, m)
	return &grower{
		rule: newRule(p, directions, compat), params: p, cells: cells, matrix: matrix,
		columns: newColumns(p, len(features), compat), together: together,
		rows: array[int32](m, cells.Len()), scratch: array[int32](m, cells.Len()),
		spare: spare{size: matrix.size},
	}, nil
}

// grow grows the tree that has begun on the gradients of the cells. It ends
// early, with the context's error, between two batches of nodes.
func (g *grower) grow(ctx context.Context, gradients []pair) (*grown, error) {
	t := &grown{}
	g.columns.startTree()
	open := newFrontier(g.params)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	open.push(g.root(t, gradients))
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
		if open.wants(batch[0].depth + 1) {
			if err := g.evaluate(ctx, batch, children, gradients); err != nil {
				return nil, err
			}
			open.push(children...)
		} else {
			for _, n := range batch {
				n.whole = true
			}
		}
		for _, n := range batch {
			g.spare.take(n)
		}
	}
	for _, n := range t.nodes {
		g.spare.take(n)
	}
	return t, nil
}

// begin builds the histogram of the next tree's root, which holds every cell.
func (g *grower) begin(ctx context.Context, gradients []pair) {
	for i := range g.rows {
		g.rows[i] = int32(i)
	}
	g.first = &node{hi: len(g.rows), hist: g.spare.give(), limits: unlimited}
	g.build(ctx, []*node{g.first}, gradients)
}

// root starts the tree with a leaf that holds every cell.
func (g *grower) root(t *grown, gradients []pair) *node {
	n := g.first
	n.features = g.columns.ofNode(0)
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
	g.search(n)
	return n
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
