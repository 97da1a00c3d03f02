package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/metrics"
	"willbuy/store"
)

// fewLeaves is the mean number of leaves a tree below which the pane warns:
// such trees are cut short by min_child_weight, not by what can be learned.
const fewLeaves = 8

var trainStep = &Step{
	ID: "train", Title: "Train", Version: 1, Needs: []string{"encode"},
	Question: "what can be predicted?",
	Why: `Grows gradient-boosted trees, XGBoost's hist method, on the five inputs.
One GROUP BY in the database turns the rows into cells of equal inputs; boosting on weighted cells gives exactly the trees that
boosting on all rows gives.

A fifth of the customers, chosen by a hash of their id, is kept apart: the curves show both parts, and where they leave each
other the model starts to learn by heart.`,
	Look: "The validation curve: does it still fall at the last round, or has it turned?",
	Params: []Param{
		{Name: "objective", Kind: ChoiceParam, Default: gbtree.SquaredError, Choices: []string{gbtree.SquaredError, gbtree.Logistic}, Help: "what a prediction is: the lab's squared error on 0 and 1, or a probability"},
		{Name: "rounds", Kind: IntParam, Default: "50", Min: 1, Max: 10000, Unit: "trees", Help: "boosting rounds"},
		{Name: "eta", Kind: FloatParam, Default: "0.1", Min: 0, Max: 1, Help: "how much of each tree counts"},
		{Name: "max_depth", Kind: IntParam, Default: "8", Min: 1, Max: 30, Help: "splits from root to leaf"},
		{Name: "min_child_weight", Kind: FloatParam, Default: "100", Min: 0, Max: 1e9, Help: "least sum of hessians in a leaf; for squared error, of customers"},
		{Name: "lambda", Kind: FloatParam, Default: "1", Min: 0, Max: 1e9, Help: "L2 penalty on leaves"},
		{Name: "alpha", Kind: FloatParam, Default: "0", Min: 0, Max: 1e9, Help: "L1 penalty on leaves"},
		{Name: "gamma", Kind: FloatParam, Default: "0", Min: 0, Max: 1e9, Help: "least gain of a split"},
		{Name: "max_bin", Kind: IntParam, Default: "256", Min: 2, Max: 65535, Help: "most bins a feature"},
		{Name: "early_stopping", Kind: IntParam, Default: "0", Min: 0, Max: 10000, Unit: "rounds", Help: "stop after so many rounds without improvement on the validation part; 0 never"},
		{Name: "valid", Kind: FloatParam, Default: "0.2", Min: 0, Max: 0.9, Help: "share of customers kept apart for validation"},
		{Name: "seed", Kind: StringParam, Default: "", Help: "text added to each id before it is hashed: another seed, another part kept apart"},
	},
	Code: func(l Lab, v Values) string {
		var names []string
		for _, p := range mustStep("train").Params {
			if p.Name != "valid" && p.Name != "seed" {
				names = append(names, p.Name+"="+v[p.Name])
			}
		}
		return "-- 1. the distinct values of each input give its bins\n" + SQL("values", splitText(l, v, l.Features[0])) +
			"\n\n-- 2. the cells\n" + SQL("cells", splitText(l, v, "")) +
			"\n\n-- 3. boosting on the cells\n-- " + strings.Join(names, ", ")
	},
	Run: train,
}

// splitting is the lab with what the texts about the split need.
type splitting struct {
	Lab
	Feature, Seed, Fold string
}

// splitText prepares the texts that tell training from validation rows: a row
// is for validation where the first eight hex digits of the hash of its id are
// below the share.
func splitText(l Lab, v Values, feature string) splitting {
	return splitting{l, feature, v["seed"], fmt.Sprintf("%08x", uint32(v.Float("valid")*math.Exp2(32)))}
}

// trained is what MODELS keeps beside the model itself.
type trained struct {
	Params         Values             `json:"params"`
	Metrics        map[string]float64 `json:"metrics"`
	Features       []string           `json:"features"`
	TrainRows      int64              `json:"train_rows"`
	ValidationRows int64              `json:"validation_rows"`
	Cells          int                `json:"cells"`
	Leaves         float64            `json:"leaves_per_tree"`
}

func train(ctx context.Context, x *Exec) (StepFinished, error) {
	if err := checkFeatures(x.Lab); err != nil {
		return StepFinished{}, err
	}
	params, err := treeParams(x.Values)
	if err != nil {
		return StepFinished{}, err
	}
	x.Phase("grouping rows into cells")
	cuts, err := x.cuts(ctx, params)
	if err != nil {
		return StepFinished{}, err
	}
	inner, outer, err := x.cells(ctx, cuts)
	if err != nil {
		return StepFinished{}, err
	}
	if inner.Rows() == 0 {
		return StepFinished{}, Hint(errors.New("there are no rows to train on"), "Lower train.valid, or look at the join: does it have rows?")
	}
	x.Log("%s rows in %s cells for training, %s rows for validation", Thousands(inner.Rows()), Thousands(int64(inner.Len())), Thousands(outer.Rows()))
	in := gbtree.Input{Train: inner}
	if outer.Rows() > 0 {
		in.Watch = []gbtree.Watch{{Name: "validation", Cells: outer}}
	}
	model, err := gbtree.Train(ctx, params, in, func(r gbtree.Round) error {
		x.Curve(Curve{Round: r.Round + 1, Train: r.Train, Validation: r.Validation})
		x.Progress(int64(r.Round+1), int64(params.Rounds), "rounds")
		return ctx.Err()
	})
	if err != nil {
		return StepFinished{}, err
	}
	report := trained{Params: x.Values, Features: x.Lab.Features, TrainRows: inner.Rows(), ValidationRows: outer.Rows(),
		Cells: inner.Len(), Leaves: leavesPerTree(model), Metrics: map[string]float64{}}
	if len(in.Watch) > 0 {
		addMetrics(report.Metrics, "validation_", model, outer)
	}
	addMetrics(report.Metrics, "train_", model, inner)
	if report.Leaves < fewLeaves {
		x.Warn("the trees have %.1f leaves on average: min_child_weight=%s leaves no room for more with %s rows; try train.min_child_weight=%d",
			report.Leaves, x.Values["min_child_weight"], Thousands(report.TrainRows), max(1, int(x.Values.Float("min_child_weight")/10)))
	}
	return x.keepModel(ctx, model, report)
}

// checkFeatures refuses names that would make nonsense of a model.
func checkFeatures(l Lab) error {
	seen := map[string]bool{}
	for _, f := range l.Features {
		switch {
		case strings.EqualFold(f, l.Label):
			return Hint(fmt.Errorf("the label %s stands among the features", f), "Take it out of features under [lab] in willbuy.toml.")
		case seen[strings.ToUpper(f)]:
			return Hint(fmt.Errorf("the feature %s is named twice", f), "Take one out of features under [lab] in willbuy.toml.")
		}
		seen[strings.ToUpper(f)] = true
	}
	return nil
}

// treeParams turns the step's parameters into the trainer's, which has
// XGBoost's names.
func treeParams(v Values) (gbtree.Params, error) {
	p := gbtree.DefaultParams(v["objective"])
	for name, as := range map[string]string{"rounds": "num_boost_round", "eta": "eta", "max_depth": "max_depth",
		"min_child_weight": "min_child_weight", "lambda": "lambda", "alpha": "alpha", "gamma": "gamma",
		"max_bin": "max_bin", "early_stopping": "early_stopping_rounds"} {
		if err := p.Set(as, v[name]); err != nil {
			return p, Usage(err)
		}
	}
	return p, nil
}

// cuts asks the store for the distinct values of each feature.
func (x *Exec) cuts(ctx context.Context, p gbtree.Params) (*encode.Cuts, error) {
	var features []encode.Feature
	for _, name := range x.Lab.Features {
		rows, err := x.Store.Query(ctx, SQL("values", splitText(x.Lab, x.Values, name)))
		if err != nil {
			return nil, fmt.Errorf("distinct values of %s: %w", name, err)
		}
		f := encode.Feature{Name: name}
		for rows.Next() {
			var value *float64
			var n float64
			if err := rows.Scan(&value, &n); err != nil {
				rows.Close()
				return nil, fmt.Errorf("distinct values of %s: %w", name, err)
			}
			f.Values = append(f.Values, encode.Frequency{Value: orNaN(value), Count: int64(n), Weight: n})
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, fmt.Errorf("distinct values of %s: %w", name, err)
		}
		features = append(features, f)
	}
	return encode.NewCuts(features, p.MaxBin, encode.XGBoost34)
}

// cells asks the store for the distinct rows of both parts.
func (x *Exec) cells(ctx context.Context, cuts *encode.Cuts) (inner, outer *encode.Cells, err error) {
	rows, err := x.Store.Query(ctx, SQL("cells", splitText(x.Lab, x.Values, "")))
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	builders := [2]*encode.Builder{cuts.NewBuilder(), cuts.NewBuilder()}
	values := make([]*float64, len(x.Lab.Features))
	into := make([]any, 0, len(values)+3)
	for i := range values {
		into = append(into, &values[i])
	}
	var label float64
	var fold int
	var n int64
	into = append(into, &label, &fold, &n)
	row := make([]float64, len(values))
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, nil, err
		}
		for i, v := range values {
			row[i] = orNaN(v)
		}
		if err := builders[fold].Add(row, label, 1, n); err != nil {
			return nil, nil, err
		}
	}
	return builders[0].Cells(), builders[1].Cells(), rows.Err()
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// scoredCells are the model's predictions with the labels below them.
func scoredCells(m *gbtree.Model, cells *encode.Cells) []metrics.Group {
	groups := make([]metrics.Group, cells.Len())
	row := make([]float32, len(m.Features))
	for i := range groups {
		cells.Values(i, row)
		g := metrics.Group{Score: float64(m.Predict(row))}
		for e := cells.First[i]; e < cells.First[i+1]; e++ {
			g.Total += float64(cells.Count[e])
			g.Positive += float64(cells.Count[e]) * float64(cells.Label[e])
		}
		groups[i] = g
	}
	return groups
}

func addMetrics(into map[string]float64, prefix string, m *gbtree.Model, cells *encode.Cells) {
	for name, value := range metrics.Binary(scoredCells(m, cells), m.Objective == gbtree.Logistic) {
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			into[prefix+name] = value
		}
	}
}

func leavesPerTree(m *gbtree.Model) float64 {
	leaves := 0
	for _, t := range m.Trees {
		leaves += (len(t.Left) + 1) / 2
	}
	return float64(leaves) / float64(max(1, len(m.Trees)))
}

// keepModel saves the model for the steps that follow and describes it.
func (x *Exec) keepModel(ctx context.Context, m *gbtree.Model, report trained) (StepFinished, error) {
	var text bytes.Buffer
	if err := gbtree.WriteJSON(&text, m); err != nil {
		return StepFinished{}, err
	}
	about, err := json.Marshal(report)
	if err != nil {
		return StepFinished{}, fmt.Errorf("describe the model: %w", err)
	}
	err = x.Write(ctx, "model", x.Fingerprint, func(w store.Writer) error {
		if _, err := w.Delete(ModelsTable, "", nil); err != nil {
			return err
		}
		_, err := w.Append(ModelsTable, one(x.Fingerprint, x.Run, text.String(), string(about)))
		return err
	})
	if err != nil {
		return StepFinished{}, err
	}
	x.Table("metrics", "Metrics", []store.Column{{Name: "METRIC", Type: store.String}, {Name: "TRAIN", Type: store.Float}, {Name: "VALIDATION", Type: store.Float}},
		metricRows(report.Metrics))
	out := StepFinished{Rows: report.TrainRows, Unit: "rows", Table: ModelsTable, Facts: map[string]any{
		"cells": report.Cells, "trees": len(m.Trees), "leaves_per_tree": report.Leaves, "best_round": m.BestRound + 1, "metrics": report.Metrics}}
	headline := ""
	if auc, ok := report.Metrics["validation_auc"]; ok {
		headline = fmt.Sprintf(" Validation AUC %.3f", auc)
		for _, name := range []string{"logloss", "rmse"} {
			if v, ok := report.Metrics["validation_"+name]; ok {
				headline += fmt.Sprintf(", %s %.3f", name, v)
				break
			}
		}
		headline += "."
	}
	out.Summary = fmt.Sprintf("%d trees with %.1f leaves on average from %s rows in %s cells.%s", len(m.Trees), report.Leaves,
		Thousands(report.TrainRows), Thousands(int64(report.Cells)), headline)
	return out, nil
}

func metricRows(m map[string]float64) [][]any {
	var rows [][]any
	for _, name := range metrics.Names {
		train, ok := m["train_"+name]
		if !ok {
			continue
		}
		row := []any{name, train, nil}
		if v, ok := m["validation_"+name]; ok {
			row[2] = v
		}
		rows = append(rows, row)
	}
	return rows
}

// model gives the model that training kept, with its report.
func (x *Exec) model(ctx context.Context) (*gbtree.Model, []byte, trained, string, error) {
	var report trained
	rows, err := x.Store.Query(ctx, "SELECT MODEL, REPORT, RUN, FINGERPRINT FROM "+ModelsTable)
	if err != nil {
		return nil, nil, report, "", err
	}
	all, err := rows.Collect(1)
	if err != nil {
		return nil, nil, report, "", err
	}
	if len(all) == 0 {
		return nil, nil, report, "", errors.New("no model has been trained yet")
	}
	text := []byte(all[0][0].(string))
	if err := json.Unmarshal([]byte(all[0][1].(string)), &report); err != nil {
		return nil, nil, report, "", fmt.Errorf("read the report of the model: %w", err)
	}
	m, err := gbtree.ReadJSON(bytes.NewReader(text))
	return m, text, report, fmt.Sprint(all[0][3]), err
}
