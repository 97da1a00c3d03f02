package shap

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"

	"willbuy/pipeline/gbtree"
)

// maxDifferent is the most different features that a path may ask about: they
// are numbered as bits of a word.
const maxDifferent = 64

// tree is a regression tree prepared for explaining.
//
// At each point t of the quadrature, a walk carries down the product of the
// factors t·oⱼ + (1−t)·zⱼ and brings back H, the sum over the leaves below of
// value times product. A side of a split on feature i then owes i
// (oᵢ−zᵢ)·∫ H/factorᵢ for all its leaves at once, less what a split on i
// further up has paid for them already. Everything but the o is known
// beforehand, so that a side is entered with one multiplication a point and
// paid for with another.
//
// Once a row disagrees with its path about a feature, o is 0 for it on both
// sides of further splits, which owe nothing more. When that is so for all
// features that split below a node, H is the product times the mean below, and
// the walk turns back: that spares a quarter of a lab tree's nodes. (Tables of
// every leaf's contributions by the set of o, the usual way to be fast with few
// features, took about three times as long, waiting for memory.)
type tree struct {
	output int
	nodes  []node  // the left child follows its parent
	passes []pass  // over as many points as are needed
	cuts   []int32 // per node, for lines: the first interval right of a split on their feature, else noCut or, above such a split, 0
}

// pass is three points of the quadrature.
type pass struct {
	steps   []step // two a node: if the row takes this side, and if not
	inverse three  // of the points' weights; 0 for a point that only fills up
}

type node struct {
	cond        float32
	feature     int32   // index into the row
	right       int32   // index of the right child
	defaultLeft bool    // as in gbtree.Tree
	bit         uint64  // number of the feature among the different ones of the path, as a bit
	open        uint64  // bits of the features that split here or below; none for a leaf
	ratio       float64 // share of the parent's cover
	mean        float64 // of the leaves below, weighted by cover
}

func (n *node) goesLeft(row []float32) bool {
	x := row[n.feature]
	return x < n.cond || x != x && n.defaultLeft
}

// three holds something at three points of the quadrature. A pass over three
// points at a time needs no memory, and for paths of up to six features, all of
// the lab's, one pass is enough.
type three struct{ a, b, c float64 }

func (x three) plus(y three) three         { return three{x.a + y.a, x.b + y.b, x.c + y.c} }
func (x three) times(y three) three        { return three{x.a * y.a, x.b * y.b, x.c * y.c} }
func (x three) scaled(by float64) three    { return three{x.a * by, x.b * by, x.c * by} }
func (x three) integrated(w three) float64 { return x.a*w.a + x.b*w.b + x.c*w.c }

// step leads to one side of a split on a feature that the row agreed about so
// far.
type step struct {
	enter three // the feature's factor on this side over what it was above
	pay   three // makes the H of the side what the feature is owed
}

// newTree prepares t, whose covers are usable, for lines along a feature.
func newTree(t *gbtree.Tree, splits Splits, along int) (tree, error) {
	different := mostDifferent(t, 0, nil)
	if different > maxDifferent {
		return tree{}, fmt.Errorf("a path asks about %d different features, SHAP values can be had for %d at most", different, maxDifferent)
	}
	b := builder{source: t, splits: splits, along: int32(along)}
	b.output = int(t.Class)
	points, weights := gaussLegendre((different + 1) / 2)
	for len(points)%3 != 0 {
		points, weights = append(points, 0.5), append(weights, 0)
	}
	for ; len(points) > 0; points, weights = points[3:], weights[3:] {
		b.points = append(b.points, [3]float64(points))
		b.weights = append(b.weights, [3]float64(weights))
		var inverse [3]float64
		for p, w := range weights[:3] {
			if w > 0 {
				inverse[p] = 1 / w
			}
		}
		b.passes = append(b.passes, pass{make([]step, 2, 2*len(t.Left)), three{inverse[0], inverse[1], inverse[2]}}) // the root is no side of a split
	}
	b.add(0, 1, nil, nil)
	return b.tree, nil
}

// mostDifferent is the largest number of different features on a path that
// begins with these and goes on from a node.
func mostDifferent(t *gbtree.Tree, id int32, path []int32) int {
	if t.Left[id] < 0 {
		return len(path)
	}
	if !slices.Contains(path, t.Feature[id]) {
		path = append(slices.Clip(path), t.Feature[id])
	}
	return max(mostDifferent(t, t.Left[id], path), mostDifferent(t, t.Right[id], path))
}

// gaussLegendre returns n points on [0, 1] and their weights: exact for
// polynomials of degree below 2n.
func gaussLegendre(n int) (points, weights []float64) {
	points, weights = make([]float64, n), make([]float64, n)
	if n > 0 {
		quad.Legendre{}.FixedLocations(points, weights, 0, 1)
	}
	return points, weights
}

type builder struct {
	tree
	source          *gbtree.Tree
	splits          Splits
	along           int32
	points, weights [][3]float64 // per pass
}

// add appends a node and what is below it. The path to it asks about features,
// with products of cover ratios z. It returns the node's open and mean.
func (b *builder) add(id int32, ratio float64, features []int32, z []float64) (open uint64, mean float64) {
	t, index := b.source, len(b.nodes)
	n := node{cond: t.Cond[id], feature: t.Feature[id], defaultLeft: t.DefaultLeft[id], ratio: ratio, mean: float64(t.Cond[id])}
	b.nodes = append(b.nodes, n)
	b.cuts = append(b.cuts, noCut)
	if t.Left[id] < 0 {
		return n.open, n.mean
	}
	j := slices.Index(features, n.feature)
	if j < 0 {
		j = len(features)
		features, z = append(slices.Clip(features), n.feature), append(slices.Clip(z), 1)
	}
	side := func(child int32) (open uint64, part float64) {
		share := float64(t.Hess[child]) / float64(t.Hess[id])
		through := slices.Clone(z)
		through[j] *= share
		b.addSteps(z[j], through[j])
		open, mean := b.add(child, share, features, through)
		return open, share * mean
	}
	n.bit = 1 << j
	openLeft, left := side(t.Left[id])
	n.right = int32(len(b.nodes))
	openRight, right := side(t.Right[id])
	n.open, n.mean = n.bit|openLeft|openRight, left+right
	b.nodes[index] = n
	switch {
	case n.feature == b.along:
		b.cuts[index] = int32(b.splits.Interval(int(n.feature), n.cond))
	case b.cuts[index+1] != noCut || b.cuts[n.right] != noCut:
		b.cuts[index] = 0
	}
	return n.open, n.mean
}

// addSteps appends the steps to a side of a split: the product of the feature's
// cover ratios is above before the split and z on this side.
func (b *builder) addSteps(above, z float64) {
	for i := range b.passes {
		for _, o := range []float64{1, 0} {
			var enter, pay [3]float64
			for p, t := range b.points[i] {
				before, now := t+(1-t)*above, t*o+(1-t)*z
				enter[p] = now / before
				if now > 0 { // else H is 0: nobody of training went here, nor does the row
					pay[p] = b.weights[i][p] * ((o-z)/now - (1-above)/before)
				}
			}
			b.passes[i].steps = append(b.passes[i].steps, step{three{enter[0], enter[1], enter[2]}, three{pay[0], pay[1], pay[2]}})
		}
	}
}

// explain adds the tree's contributions for a row to out.
func (t *tree) explain(row []float32, out []float64) {
	for i := range t.passes {
		w := walk{t.nodes, t.passes[i].steps, row, out}
		w.below(0, ^uint64(0), three{1, 1, 1})
	}
}

// walk is one pass of a row through a tree.
type walk struct {
	nodes []node
	steps []step
	row   []float32
	out   []float64
}

// below returns the H of a node. The row agrees with the path about the
// features whose bits are set in agrees.
func (w *walk) below(at int32, agrees uint64, product three) three {
	if n := &w.nodes[at]; n.open&agrees == 0 {
		return product.scaled(n.mean)
	}
	return w.split(at, agrees, product)
}

// split returns the H of a split and pays its feature what both sides owe.
func (w *walk) split(at int32, agrees uint64, product three) three {
	n := &w.nodes[at]
	left, right := at+1, n.right
	if agrees&n.bit == 0 { // nothing is owed
		l := w.below(left, agrees, product.scaled(w.nodes[left].ratio))
		r := w.below(right, agrees, product.scaled(w.nodes[right].ratio))
		return l.plus(r)
	}
	taken, other := right, left
	if n.goesLeft(w.row) {
		taken, other = left, right
	}
	yes, no := &w.steps[2*taken], &w.steps[2*other+1]
	with := w.below(taken, agrees, product.times(yes.enter))
	without := w.below(other, agrees&^n.bit, product.times(no.enter))
	w.out[n.feature] += with.integrated(yes.pay) + without.integrated(no.pay)
	return with.plus(without)
}
