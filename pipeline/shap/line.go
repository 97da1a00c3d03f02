package shap

import "math/bits"

// noCut marks the nodes with no split on the line's feature there or below.
const noCut = -1

// line explains, all at once, rows that differ in one feature only, the one
// that the model splits most often. Its values are intervals (see Splits), so
// that a walk carries a range of them down the tree: at splits on other features
// the range goes on whole, at splits on this one each side gets the part that
// agrees with it as a range, and what disagrees is, from there on, the same for
// the whole rest. A tree is thus walked a few times for all intervals together,
// where row by row it would be walked once for each.
//
// Contributions that hold for a range are added where it begins and taken away
// where it ends; sums from left to right make them those of each interval.
type line struct {
	*Explainer
	pairs    bool      // interactions, else contributions
	size     int       // numbers an output: features, or their square
	change   []float64 // per interval, and one more: per output
	tree     *tree
	pairWalk // through it; of contributions only the path. Out is room for a part of the tree
}

func newLine(e *Explainer, pairs bool) *line {
	l := &line{Explainer: e, pairs: pairs, size: e.features}
	if pairs {
		l.size *= e.features
	}
	l.change = make([]float64, (len(e.splits[e.along])+2)*len(e.bias)*l.size)
	l.pairWalk = pairWalk{features: e.features, out: make([]float64, l.size)}
	return l
}

// explain fills in change for a row, whichever the interval of the line's
// feature is, whose value in the row is not looked at.
func (l *line) explain(row []float32) {
	clear(l.change)
	l.row = row
	for i := range l.trees {
		l.tree = &l.trees[i]
		l.nodes = l.tree.nodes
		for _, l.pass = range l.tree.passes {
			l.descend(0, ^uint64(0), three{1, 1, 1}, 0, 0, len(l.splits[l.along])+1)
		}
	}
	width := len(l.bias) * l.size
	for i := width; i < len(l.change); i++ {
		l.change[i] += l.change[i-width]
	}
}

// at is what an interval has, once explain has been called.
func (l *line) at(interval int) []float64 {
	width := len(l.bias) * l.size
	return l.change[interval*width:][:width]
}

// descend goes on from a node for the intervals from lo up to hi. The row agrees
// with the path about the features whose bits are set in agrees; count features
// stand in the path.
func (l *line) descend(at int32, agrees uint64, product three, count, lo, hi int) {
	cut := l.tree.cuts[at]
	switch {
	case lo >= hi:
		return
	case cut == noCut:
		l.rest(at, agrees, product, count, lo, hi)
		return
	}
	n := &l.nodes[at]
	left, right := at+1, n.right
	if int(n.feature) == l.along {
		mid := min(max(int(cut), lo), hi)
		l.enter(n, left, true, agrees, product, count, lo, mid)
		l.enter(n, right, false, agrees, product, count, lo, mid)
		l.enter(n, left, false, agrees, product, count, mid, hi)
		l.enter(n, right, true, agrees, product, count, mid, hi)
		return
	}
	if agrees&n.bit == 0 {
		l.descend(left, agrees, product.scaled(l.nodes[left].ratio), count, lo, hi)
		l.descend(right, agrees, product.scaled(l.nodes[right].ratio), count, lo, hi)
		return
	}
	goesLeft := n.goesLeft(l.row)
	l.enter(n, left, goesLeft, agrees, product, count, lo, hi)
	l.enter(n, right, !goesLeft, agrees, product, count, lo, hi)
}

// enter goes on with a side of a split that the row agreed about so far, which
// it takes or not.
func (l *line) enter(n *node, side int32, taken bool, agrees uint64, product three, count, lo, hi int) {
	if lo >= hi {
		return
	}
	step := &l.steps[2*side]
	if !taken {
		step = &l.steps[2*side+1]
		agrees &^= n.bit
	}
	number := bits.TrailingZeros64(n.bit)
	if number == count {
		l.path[number], l.owed[number] = n.feature, three{}
		count++
	}
	before := l.owed[number]
	l.owed[number] = before.plus(step.pay)
	product = product.times(step.enter)
	if !taken && int(n.feature) == l.along {
		l.rest(side, agrees, product, count, lo, hi)
	} else {
		l.descend(side, agrees, product, count, lo, hi)
	}
	l.owed[number] = before
}

// rest is a part of the tree where all the intervals are alike: one walk. What
// lies above it is paid here, for all of the part at once.
func (l *line) rest(at int32, agrees uint64, product three, count, lo, hi int) {
	clear(l.out)
	if l.pairs {
		h := l.below(at, agrees, product, count)
		for i, feature := range l.path[:count] {
			row, due := l.out[int(feature)*l.pairWalk.features:], h.times(l.owed[i])
			row[feature] += due.a + due.b + due.c
			due = due.times(l.inverse)
			for j, other := range l.path[:i] {
				row[other] += due.integrated(l.owed[j])
			}
		}
	} else {
		w := walk{l.nodes, l.steps, l.row, l.out}
		h := w.below(at, agrees, product)
		for i, feature := range l.path[:count] {
			l.out[feature] += h.integrated(l.owed[i])
		}
	}
	width, output := len(l.bias)*l.size, l.tree.output*l.size
	begin, end := l.change[lo*width+output:][:l.size], l.change[hi*width+output:][:l.size]
	for i, x := range l.out {
		begin[i] += x
		end[i] -= x
	}
}
