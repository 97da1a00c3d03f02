package shap

import "math/bits"

// Interactions writes the SHAP interaction values of a row into out: for each
// output a matrix over the features, row by row. Φᵢⱼ is half of what knowing
// feature j changes about the contribution of feature i,
//
//	Φᵢⱼ = (φᵢ with j known − φᵢ with j averaged over) / 2,   Φᵢᵢ = φᵢ − Σ_{j≠i} Φᵢⱼ,
//
// so the matrix is symmetric, its rows add up to the contributions, and all of
// it with the bias to the margin; XGBoost's pred_interactions without its last
// row and column. The row has a value for every feature, NaN where missing. It
// panics if row or out does not have the right length.
//
// For a leaf, Φᵢⱼ is v/2·(oᵢ−zᵢ)(oⱼ−zⱼ)·∫₀¹ ∏_{k≠i,j} (t·oₖ + (1−t)·zₖ) dt,
// so one walk has all pairs, in the time of Contributions times the different
// features of a path; the matrix itself takes the square of all features.
func (e *Explainer) Interactions(row []float32, out []float64) {
	size := e.features * e.features
	e.mustFit(1, len(row), len(out), len(e.bias)*size)
	clear(out)
	for i := range e.trees {
		t := &e.trees[i]
		t.explainPairs(row, out[t.output*size:][:size])
	}
	e.settle(out)
}

// settle makes the matrices symmetric that the walks filled: what a pair is owed
// stands on one side of the diagonal or the other, contributions stand on it.
func (e *Explainer) settle(out []float64) {
	k := e.features
	for o := range e.bias {
		matrix := out[o*k*k:][:k*k]
		for i := range k {
			for j := range i {
				ij, ji := i*k+j, j*k+i
				half := (matrix[ij] + matrix[ji]) / 2
				matrix[ij], matrix[ji] = half, half
				matrix[i*k+i] -= half
				matrix[j*k+j] -= half
			}
		}
	}
}

// explainPairs adds what the tree's sides owe pairs, and features, of a row to
// out, a matrix over the features.
func (t *tree) explainPairs(row []float32, out []float64) {
	for _, p := range t.passes {
		w := pairWalk{pass: p, nodes: t.nodes, features: len(row), row: row, out: out}
		w.below(0, ^uint64(0), three{1, 1, 1}, 0)
	}
}

// pairWalk is one pass of a row through a tree for its interactions. As the
// product of factors is made up along the path, so are the factors' shares
// (oⱼ−zⱼ)/factorⱼ; a side of a split on i owes each pair of i and a feature j
// above what the split changes in the share of i times the share of j, times H.
// That adds up to the product of both shares, whichever of them changes last.
type pairWalk struct {
	pass
	nodes    []node
	features int
	row      []float32
	out      []float64           // a matrix over the features
	path     [maxDifferent]int32 // the features that the path has asked about
	owed     [maxDifferent]three // their shares, times the weights of the points
}

// below returns the H of a node, as walk.below does; count features stand in the
// path.
func (w *pairWalk) below(at int32, agrees uint64, product three, count int) three {
	n := &w.nodes[at]
	if n.open&agrees == 0 {
		return product.scaled(n.mean)
	}
	left, right := at+1, n.right
	if agrees&n.bit == 0 {
		l := w.below(left, agrees, product.scaled(w.nodes[left].ratio), count)
		r := w.below(right, agrees, product.scaled(w.nodes[right].ratio), count)
		return l.plus(r)
	}
	taken, other := right, left
	if n.goesLeft(w.row) {
		taken, other = left, right
	}
	with := w.side(n, taken, &w.steps[2*taken], agrees, product, count)
	without := w.side(n, other, &w.steps[2*other+1], agrees&^n.bit, product, count)
	return with.plus(without)
}

// side returns the H of a side of a split and pays what it owes.
func (w *pairWalk) side(n *node, at int32, s *step, agrees uint64, product three, count int) three {
	number := bits.TrailingZeros64(n.bit)
	if number == count {
		w.path[number], w.owed[number] = n.feature, three{}
		count++
	}
	before := w.owed[number]
	w.owed[number] = before.plus(s.pay)
	h := w.below(at, agrees, product.times(s.enter), count)
	w.owed[number] = before

	due := h.times(s.pay)
	row := w.out[int(n.feature)*w.features:][:w.features]
	row[n.feature] += due.a + due.b + due.c
	due = due.times(w.inverse)
	for j, feature := range w.path[:count] {
		if j != number {
			row[feature] += due.integrated(w.owed[j])
		}
	}
	return h
}
