// Package shap explains predictions of gradient-boosted trees: how much each
// feature moved a row's margin away from the mean.
//
// The values are Shapley values of the game in which a coalition of features is
// known and the tree averages over the others by cover, the training weight
// below each node (path-dependent TreeSHAP: Lundberg, Erion and Lee 2018,
// "Consistent individualized feature attribution for tree ensembles"). They are
// exact, what XGBoost gives as pred_contribs, and add up to the margin.
//
// A leaf of value v whose path asks about features j contributes
//
//	φᵢ = v·(oᵢ−zᵢ)·∫₀¹ ∏_{j≠i} (t·oⱼ + (1−t)·zⱼ) dt
//
// where zⱼ is the product of the cover ratios at the splits on j, and oⱼ is 1
// if the row agrees with all of them and 0 otherwise. The integrand is a
// polynomial in t, so Gauss–Legendre quadrature gives the integral exactly, in
// time that grows with the product of
//
//	trees × nodes a tree × ⌈different features of a path / 6⌉
//
// a row: it does not matter how many features the model has. A batch of rows
// that are alike takes a fraction of that (Batch).
package shap

import (
	"fmt"
	"math"

	"willbuy/pipeline/gbtree"
)

// Explainer explains the predictions of one model. It is safe for concurrent
// use.
type Explainer struct {
	features int
	bias     []float64 // per output
	trees    []tree
	splits   Splits
	along    int // the feature with most split conditions, -1 without any: see lines
}

// New prepares the explanation of m, all trees counted as in m.Margin. It is an
// error if the covers do not tell how the training rows were spread: one that
// is negative or not finite, or zero at a split; or if a path asks about more
// than 64 different features.
func New(m *gbtree.Model) (*Explainer, error) {
	e := &Explainer{features: len(m.Features), splits: NewSplits(m)}
	e.along = e.splits.longest()
	for o := range m.Outputs() {
		e.bias = append(e.bias, float64(m.BaseMargin(o)))
	}
	for i := range m.Trees {
		err := checkCovers(&m.Trees[i])
		if err == nil {
			var t tree
			t, err = newTree(&m.Trees[i], e.splits, e.along)
			e.trees = append(e.trees, t)
		}
		if err != nil {
			return nil, fmt.Errorf("explain a model: tree %d: %w", i, err)
		}
		e.bias[e.trees[i].output] += e.trees[i].nodes[0].mean
	}
	return e, nil
}

// Bias is the mean margin that contributions of a model with one output start
// from: the base margin plus the mean of every tree's leaves, weighted by cover.
func (e *Explainer) Bias() float64 { return e.bias[0] }

// Biases are the mean margins of all outputs.
func (e *Explainer) Biases() []float64 { return e.bias }

// Contributions writes into out, for each output and within it for each feature
// of the model, what the row's value added to the margin: Bias plus their sum is
// the margin. The row has a value for every feature, NaN where missing. It
// panics if row or out does not have the right length.
func (e *Explainer) Contributions(row []float32, out []float64) {
	e.mustFit(1, len(row), len(out), len(e.bias)*e.features)
	clear(out)
	for i := range e.trees {
		t := &e.trees[i]
		t.explain(row, out[t.output*e.features:][:e.features])
	}
}

// mustFit panics if there are not as many values and as much room as rows need.
func (e *Explainer) mustFit(rows, values, room, width int) {
	if values != rows*e.features || room != rows*width {
		panic(fmt.Sprintf("shap: %d values and room for %d numbers for %d rows of %d features, %d numbers each", values, room, rows, e.features, width))
	}
}

func checkCovers(t *gbtree.Tree) error {
	for id, cover := range t.Hess {
		c := float64(cover)
		if c < 0 || math.IsNaN(c) || math.IsInf(c, 0) || c == 0 && t.Left[id] >= 0 {
			return fmt.Errorf("node %d has cover %g: without the covers of training (sum_hessian) there are no SHAP values; train it again or import the file that XGBoost saved", id, c)
		}
	}
	return nil
}
