package gbtree

// divide moves the cells of a parent that go left before those that go right,
// both in their old order, which keeps memory access forward.
func (g *grower) divide(parent, left, right *node) {
	rows, away := g.rows[parent.lo:parent.hi], g.scratch[parent.lo:parent.hi]
	s := &parent.best
	n := g.matrix.divide(rows, away, int(s.feature), s.bound-1, s.defaultLeft)
	copy(rows[n:], away)
	share(parent, left, right, n)
}

// divideLarge is divide on all cores, piece by piece.
func (g *grower) divideLarge(parent, left, right *node) {
	const piece = 1 << 13
	lefts := make([]int, (parent.hi-parent.lo+piece-1)/piece)
	bounds := func(i int) (lo, hi int) {
		lo = parent.lo + i*piece
		return lo, min(lo+piece, parent.hi)
	}
	s := &parent.best
	inParallel(len(lefts), func(i int) {
		lo, hi := bounds(i)
		lefts[i] = g.matrix.divide(g.rows[lo:hi], g.scratch[lo:hi], int(s.feature), s.bound-1, s.defaultLeft)
	})
	at := parent.lo
	for i, n := range lefts {
		lo, _ := bounds(i)
		at += copy(g.rows[at:], g.rows[lo:lo+n])
	}
	share(parent, left, right, at-parent.lo)
	for i, n := range lefts {
		lo, hi := bounds(i)
		at += copy(g.rows[at:], g.scratch[lo:hi-n])
	}
}

// share gives the left child the first n cells of its parent, the right one the
// others.
func share(parent, left, right *node, n int) {
	left.lo, left.hi = parent.lo, parent.lo+n
	right.lo, right.hi = left.hi, parent.hi
}
