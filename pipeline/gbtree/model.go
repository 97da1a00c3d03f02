// Package gbtree trains gradient-boosted trees as XGBoost's tree_method=hist
// does, bit for bit, but on weighted cells (package encode) instead of rows, and
// reads and writes XGBoost's model files.
//
// All arithmetic repeats XGBoost's: gradients in float32, histograms in float64,
// gains and weights rounded to float32 where XGBoost rounds. Products stand in
// explicit conversions, which the Go specification forbids to fuse with an
// addition, so that every CPU gives the same trees.
package gbtree

import "fmt"

// Objectives that this package trains.
const (
	SquaredError = "reg:squarederror"
	Logistic     = "binary:logistic"
	Softprob     = "multi:softprob"
)

// Model is a boosted ensemble of regression trees: a margin of a row is the
// base margin plus one leaf of every tree, added in float32 in tree order.
// Softprob has a margin for each of its classes, and each tree counts for one of
// them; the other objectives have one margin (or, from a file, one a target).
type Model struct {
	Features   []string          // names, in the order of a row's values
	Objective  string            // SquaredError, Logistic, Softprob, or another one that a file had
	BaseScore  []float32         // per output, as XGBoost's base_score: a mean, a probability, or (Softprob) a margin
	Trees      []Tree            // in boosting order
	Round      int               // trees a round: one for each output, or several in a forest from a file
	Attributes map[string]string // as in XGBoost's file: best_iteration, best_score, …
	BestRound  int               // index of the round with the best validation score; the last one without early stopping
	Notes      []string          // what a file had that is not trained here, or lacked: clauses without a full stop
}

// Outputs is the number of margins of a row: of classes for Softprob, of targets
// in a file that has several, else 1.
func (m *Model) Outputs() int { return len(m.BaseScore) }

// Tree is one regression tree as parallel arrays over its nodes; node 0 is the
// root and children always have higher ids than their parent.
type Tree struct {
	Class               int32     // the output that it counts for; 0 where there is one
	Left, Right, Parent []int32   // node ids; -1 for a leaf's children and for the root's parent
	Feature             []int32   // index into Model.Features; 0 on leaves
	Cond                []float32 // go left iff value < Cond; on leaves the leaf's value (eta applied)
	DefaultLeft         []bool    // where a missing value goes
	Gain                []float32 // loss_changes: reduction of the loss by this split; 0 on leaves
	Hess                []float32 // sum_hessian: cover
	Weight              []float32 // base_weights: optimal weight of the node before eta; on leaves the leaf's value
}

// Leaf returns the id of the leaf that row falls into. NaN is a missing value.
// The row must have a value for every feature of the model.
func (t *Tree) Leaf(row []float32) int32 {
	id := int32(0)
	for t.Left[id] >= 0 {
		x := row[t.Feature[id]]
		switch {
		case x < t.Cond[id]:
			id = t.Left[id]
		case x >= t.Cond[id]:
			id = t.Right[id]
		case t.DefaultLeft[id]: // neither: x is NaN
			id = t.Left[id]
		default:
			id = t.Right[id]
		}
	}
	return id
}

// BaseMargin is a margin before the first tree: BaseScore for squared error and
// Softprob, its logit for logistic.
func (m *Model) BaseMargin(output int) float32 { return toMargin(m.Objective, m.BaseScore[output]) }

// Margin returns the raw score of one row, len(m.Features) values with NaN for
// missing, of a model with one output. All trees count: to predict with the best
// round only, use m.Truncate(m.BestRound + 1) once.
func (m *Model) Margin(row []float32) float32 {
	var margin [1]float32
	m.Margins(row, margin[:])
	return margin[0]
}

// Margins writes the margins of every row into out, m.Outputs() a row. rows
// holds as many rows of len(m.Features) values each, one after the other.
func (m *Model) Margins(rows []float32, out []float32) {
	k, outputs := len(m.Features), m.Outputs()
	if len(rows)*outputs != k*len(out) {
		panic(fmt.Sprintf("gbtree: %d values for %d margins of %d features", len(rows), len(out), k))
	}
	for o := range outputs {
		base := m.BaseMargin(o)
		for at := o; at < len(out); at += outputs {
			out[at] = base
		}
	}
	for i := range m.Trees { // a tree at a time stays in the cache
		t := &m.Trees[i]
		for at, row := int(t.Class), 0; at < len(out); at, row = at+outputs, row+k {
			out[at] += t.Cond[t.Leaf(rows[row:row+k])]
		}
	}
}

// Predict returns the prediction of one row, of a model with one output: the
// margin for squared error, the probability of label 1 for logistic. Predictions
// is for several outputs.
func (m *Model) Predict(row []float32) float32 { return m.Output(m.Margin(row)) }

// Output turns the margin of a model with one output into a prediction.
func (m *Model) Output(margin float32) float32 { return links[m.Objective].output(margin) }

// Truncate returns the model of the first n rounds, sharing the trees.
func (m *Model) Truncate(n int) *Model {
	cut := *m
	cut.Trees = m.Trees[:min(n*m.Round, len(m.Trees))]
	cut.BestRound = min(m.BestRound, n-1)
	return &cut
}
