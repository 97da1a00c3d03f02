package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
	"willbuy/pipeline/whatif"
	"willbuy/store"
)

// additive is how far the contributions of a row may be from its margin: the
// trees add in float32, the explanation in float64.
const additive = 1e-4

// explainBatch is how many cells are explained between two looks at whether to
// go on.
const explainBatch = 1 << 16

// dots is how many customers the beeswarm shows.
const dots = 2000

// explained is the model with the lab's customers as cells, and what moved the
// prediction of each. Its memory grows with the number of cells, not of rows.
type explained struct {
	kept
	explainer *shap.Explainer
	splits    shap.Splits
	rows      parts
	people    whatif.Population
	phi       []float64        // contributions, a row of features for each of people
	number    map[string]int32 // of people, by what the trees see of a row
	summary   *shap.Summary    // of all rows
	inputs    []whatif.Feature // the features in words
	truth     truth            // nil where nobody knows it
	distinct  int64            // distinct rows
}

// explained reads the model and the cells.
func (x *Exec) explained(ctx context.Context) (*explained, error) {
	k, err := readModel(ctx, x.Store)
	if err != nil {
		return nil, err
	}
	e := &explained{kept: k, splits: shap.NewSplits(k.model), summary: shap.NewSummary(len(k.model.Features), dots)}
	if e.explainer, err = shap.New(k.model); err != nil {
		return nil, err
	}
	if e.inputs, err = inputs(ctx, x.Store, x.Lab); err != nil {
		return nil, err
	}
	if e.truth, err = x.WS.truth(e.inputs); errors.Is(err, errOtherTruth) {
		x.Log("nothing is compared with the truth: %v", err)
	} else if err != nil {
		return nil, err
	}
	x.Phase("grouping rows into cells")
	if e.rows, err = readParts(ctx, x.Store, x.Lab, k.report.Params); err != nil {
		return nil, err
	}
	if e.people = e.rows.population(); e.people.Len() == 0 {
		return nil, errNobody
	}
	return e, nil
}

// contributions explains the cells.
func (e *explained) contributions(ctx context.Context, x *Exec) error {
	width, n := len(e.people.Features), e.people.Len()
	e.phi = make([]float64, len(e.people.Values))
	for done := 0; done < n; {
		end := min(n, done+explainBatch)
		if err := e.explainer.Batch(ctx, e.people.Values[done*width:end*width], e.phi[done*width:end*width], x.workers()); err != nil {
			return err
		}
		done = end
		x.Progress(int64(done), int64(n), "cells")
	}
	e.number = make(map[string]int32, n)
	worst, at := 0.0, 0
	var key []byte
	for i := range n {
		row := e.people.Row(i)
		key = e.splits.AppendKey(key[:0], row)
		e.number[string(key)] = int32(i)
		sum := e.explainer.Bias()
		for _, by := range e.of(i) {
			sum += by
		}
		if gap := math.Abs(sum - float64(e.model.Margin(row))); !(gap <= worst) { // NaN is worst
			worst, at = gap, i
		}
	}
	return x.Assert("explanations add up to the margin", worst <= additive,
		fmt.Sprintf("largest difference %.1g over %s cells, in cell %d", worst, Thousands(int64(n)), at+1), nil)
}

// of gives the contributions of one of people.
func (e *explained) of(i int) []float64 {
	width := len(e.people.Features)
	return e.phi[i*width : i*width+width]
}

// explain gives what moved the prediction of a row: that of its cell, or its own
// where it has none, as a row without a label.
func (e *explained) explain(row []float32, key *[]byte) []float64 {
	*key = e.splits.AppendKey((*key)[:0], row)
	if i, ok := e.number[string(*key)]; ok {
		return e.of(int(i))
	}
	phi := make([]float64, len(row))
	e.explainer.Contributions(row, phi)
	return phi
}

// save keeps the distinct rows with their predictions and contributions, and
// joins them back to customers. Rows pass by; none is held.
func (e *explained) save(ctx context.Context, x *Exec) error {
	x.Phase("saving explanations")
	columns := make([]store.Column, 0, 2*len(x.Lab.Features)+4)
	for _, f := range x.Lab.Features {
		columns = append(columns, store.Column{Name: f, Type: store.Float})
	}
	columns = append(columns, store.Column{Name: "N", Type: store.Int}, store.Column{Name: "MARGIN", Type: store.Float}, store.Column{Name: "PREDICTION", Type: store.Float})
	for _, f := range x.Lab.Features {
		columns = append(columns, store.Column{Name: f + ExplanationSuffix, Type: store.Float})
	}
	columns = append(columns, store.Column{Name: "BIAS", Type: store.Float})
	err := x.Write(ctx, "rows", x.Fingerprint, func(w store.Writer) error {
		_, err := w.Replace(ExplainedTable, columns, func(yield func([]any, error) bool) { e.stream(ctx, x, yield) })
		return err
	})
	if err != nil {
		return err
	}
	return x.Write(ctx, "customers", x.Fingerprint, func(w store.Writer) error {
		if _, err := w.CreateAs(PredictionsTable, SQL("predictions", splitText(x.Lab, e.report.Params, ""))); err != nil {
			return err
		}
		_, err := w.CreateAs(ExplanationsTable, SQL("explanations", x.Lab))
		return err
	})
}

// stream reads the distinct rows and yields each explained.
func (e *explained) stream(ctx context.Context, x *Exec, yield func([]any, error) bool) {
	result, err := x.Store.Query(ctx, SQL("distinct", x.Lab))
	if err != nil {
		yield(nil, err)
		return
	}
	defer result.Close()
	width := len(x.Lab.Features)
	input, row, key := make([]*float64, width), make([]float32, width), []byte(nil)
	var count int64
	into := make([]any, 0, width+1)
	for f := range input {
		into = append(into, &input[f])
	}
	into = append(into, &count)
	bias := e.explainer.Bias()
	for result.Next() {
		if err := result.Scan(into...); err != nil {
			yield(nil, err)
			return
		}
		values := make([]any, 0, 2*width+4)
		for f, v := range input {
			row[f] = float32(orNaN(v))
			if v == nil {
				values = append(values, nil)
			} else {
				values = append(values, *v)
			}
		}
		margin, phi := e.model.Margin(row), e.explain(row, &key)
		e.summary.Add(row, phi, count)
		e.distinct++
		values = append(values, count, float64(margin), float64(e.model.Output(margin)))
		for _, by := range phi {
			values = append(values, by)
		}
		if !yield(append(values, bias), nil) {
			return
		}
	}
	if err := result.Err(); err != nil {
		yield(nil, err)
	}
}

// loss is the mean loss of the rows of a cell, were this their margin: what the
// model was trained on.
func loss(objective string, margin float32, positive, total float64) float64 {
	if objective == gbtree.Logistic {
		// −ln σ(m) = ln(1+e^−m), without overflow
		softplus := func(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }
		m := float64(margin)
		return (positive*softplus(-m) + (total-positive)*softplus(m)) / total
	}
	m := float64(margin)
	return (positive*(1-m)*(1-m) + (total-positive)*m*m) / total
}
