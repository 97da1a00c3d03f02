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
	ID: "train", Title: "Train", Version: 3, Needs: []string{"encode"},
	Question: "what can be predicted?",
	Look:     "The validation curve: does it still fall at the last round, or has it turned?",
	Params: []Param{
		{Name: "objective", Group: "Model", Kind: ChoiceParam, Default: gbtree.SquaredError, Choices: []string{gbtree.SquaredError, gbtree.Logistic}, Help: "what a prediction is: the lab's squared error on 0 and 1, or a probability"},
		{Name: "rounds", Group: "Model", Kind: IntParam, Default: "50", Min: 1, Max: 10000, Unit: "trees", Help: "boosting rounds"},
		{Name: "eta", Group: "Model", Kind: FloatParam, Default: "0.1", Min: 0, Max: 1, Help: "how much of each tree counts"},
		{Name: "early_stopping", Group: "Model", Kind: IntParam, Default: "0", Min: 0, Max: 10000, Unit: "rounds", Help: "stop after so many rounds without improvement on the validation part; 0 never"},
		{Name: "compat", Group: "Model", Kind: ChoiceParam, Default: encode.XGBoost34.String(), Choices: []string{encode.XGBoost34.String(), encode.XGBoost32.String()}, Help: "the XGBoost whose trees these are, bit for bit: pip has 3.4 for Python 3.12 on, 3.2 for 3.10 and 3.11"},
		{Name: "max_depth", Group: "Trees", Kind: IntParam, Default: "8", Min: 0, Max: 30, Help: "most splits from root to leaf; 0 for no limit, with max_leaves"},
		{Name: "min_child_weight", Group: "Trees", Kind: FloatParam, Default: "100", Min: 0, Max: 1e9, Help: "least sum of hessians in a leaf; for squared error, of customers"},
		{Name: "grow_policy", Group: "Trees", Kind: ChoiceParam, Default: gbtree.Depthwise, Choices: []string{gbtree.Depthwise, gbtree.Lossguide}, Help: "which leaf is split next: all of a level, or the one that gains most"},
		{Name: "max_leaves", Group: "Trees", Kind: IntParam, Default: "0", Min: 0, Max: 1e6, Help: "most leaves of a tree; 0 for no limit"},
		{Name: "max_bin", Group: "Trees", Kind: IntParam, Default: "256", Min: 2, Max: 65535, Help: "most bins a feature"},
		{Name: "lambda", Group: "Restraint", Kind: FloatParam, Default: "1", Min: 0, Max: 1e9, Help: "L2 penalty on leaves"},
		{Name: "alpha", Group: "Restraint", Kind: FloatParam, Default: "0", Min: 0, Max: 1e9, Help: "L1 penalty on leaves"},
		{Name: "gamma", Group: "Restraint", Kind: FloatParam, Default: "0", Min: 0, Max: 1e9, Help: "least gain of a split"},
		{Name: "max_delta_step", Group: "Restraint", Kind: FloatParam, Default: "0", Min: 0, Max: 1e9, Help: "largest weight of a leaf before eta; 0 for no limit"},
		{Name: "monotone_constraints", Group: "Restraint", Kind: StringParam, Default: "", Help: `inputs that may only push one way: {"PAGE_LOAD_TIME": -1, "PRODUCT_RATING": 1}`},
		{Name: "colsample_bytree", Group: "Sampling", Kind: FloatParam, Default: "1", Min: 0.01, Max: 1, Help: "share of the inputs that a tree may split on"},
		{Name: "subsample", Group: "Sampling", Kind: FloatParam, Default: "1", Min: 0.01, Max: 1, Help: "share of the customers that a tree is grown on; below 1 the trees follow XGBoost's law and are not the same trees"},
		{Name: "sample_seed", Group: "Sampling", Kind: IntParam, Default: "0", Min: 0, Max: 1e9, Help: "XGBoost's seed: what is drawn for colsample_bytree and subsample"},
		{Name: "search", Group: "Search", Kind: StringParam, Default: "", Help: "parameters to try before training, on five folds of the training rows: max_depth=4,6,8; eta=0.05..0.3. The best are used"},
		{Name: "search_runs", Group: "Search", Kind: IntParam, Default: "0", Min: 0, Max: 10000, Unit: "settings", Help: "how many settings to draw at random; 0 tries the whole grid"},
		{Name: "scale_pos_weight", Group: "Rows", Kind: FloatParam, Default: "1", Min: 0, Max: 1e9, Help: "how much a customer who bought counts; above 1 where buyers are rare"},
		{Name: "valid", Group: "Rows", Kind: FloatParam, Default: "0.2", Min: 0, Max: 0.9, Help: "share of customers kept apart for validation"},
		{Name: "seed", Group: "Rows", Kind: StringParam, Default: "", Help: "text added to each id before it is hashed: another seed, another part kept apart"},
	},
	Code: func(l Lab, v Values) string {
		var names []string
		for _, p := range mustStep("train").Params {
			if p.Name == "compat" || treeParam(p.Name) != "" {
				names = append(names, p.Name+"="+v[p.Name])
			}
		}
		search := ""
		if v["search"] != "" {
			search = "-- 0. the search's rows, with their folds: " + v["search"] + "\n" + SQL("search_rows", searchText(l, v)) + "\n\n"
		}
		return search + "-- 1. the distinct values of each input give its bins\n" + SQL("values", splitText(l, v, l.Features[0])) +
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
	DistinctRows   int64              `json:"distinct_rows"` // of TrainRows, by inputs and label
	Cells          int                `json:"cells"`
	Leaves         float64            `json:"leaves_per_tree"`

	Intervals map[string]metrics.Interval `json:"intervals,omitempty"` // 95 %, of the metrics by which it is judged
}

func train(ctx context.Context, x *Exec) (StepFinished, error) {
	if err := checkFeatures(x.Lab); err != nil {
		return StepFinished{}, err
	}
	values, err := x.searched(ctx)
	if err != nil {
		return StepFinished{}, err
	}
	params, err := treeParams(values)
	if err != nil {
		return StepFinished{}, err
	}
	x.Phase("grouping rows into cells")
	rows, err := readParts(ctx, x.Store, x.Lab, values)
	if err != nil {
		return StepFinished{}, err
	}
	if rows.inner.Rows() == 0 {
		return StepFinished{}, Hint(errors.New("there are no rows to train on"), "Lower train.valid, or look at the join: does it have rows?")
	}
	x.Log("%s for training, %s rows for validation", rows.compression(), Thousands(rows.outer.Rows()))
	in := gbtree.Input{Train: rows.inner}
	if rows.outer.Rows() > 0 {
		in.Watch = []gbtree.Watch{{Name: "validation", Cells: rows.outer}}
	}
	model, err := gbtree.Train(ctx, params, in, func(r gbtree.Round) error {
		x.Curve(Curve{Round: r.Round + 1, Train: r.Train, Validation: r.Validation})
		x.Progress(int64(r.Round+1), int64(params.Rounds), "rounds")
		return ctx.Err()
	})
	if err != nil {
		return StepFinished{}, err
	}
	scores := measured{inner: scoredCells(model, rows.inner), probability: model.Objective == gbtree.Logistic}
	if len(in.Watch) > 0 {
		scores.outer = scoredCells(model, rows.outer)
	}
	report := trained{Params: values, Features: x.Lab.Features, TrainRows: rows.inner.Rows(), ValidationRows: rows.outer.Rows(),
		DistinctRows: rows.distinct, Cells: rows.inner.Len(), Leaves: leavesPerTree(model), Metrics: scores.all()}
	if !params.SameTrees() {
		x.Warn("with subsample below 1 the trees follow XGBoost's law and are not the same trees: cells have no rows to draw by number")
	}
	if report.Leaves < fewLeaves && roomForLeaves(params) {
		x.Warn("the trees have %.1f leaves on average: min_child_weight=%s leaves no room for more with %s rows; try train.min_child_weight=%d",
			report.Leaves, values["min_child_weight"], Thousands(report.TrainRows), max(1, int(values.Float("min_child_weight")/10)))
	}
	if report.Intervals, err = x.showMeasures(ctx, scores, report.Metrics); err != nil {
		return StepFinished{}, err
	}
	return x.keepModel(ctx, model, report)
}

// roomForLeaves tells whether depth and number allow more than a few leaves.
func roomForLeaves(p gbtree.Params) bool {
	return (p.MaxDepth == 0 || p.MaxDepth > 3) && (p.MaxLeaves == 0 || p.MaxLeaves > fewLeaves)
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
	p.EvalMetric = []string{"auc", "error", "rmse"} // curves; the last one decides early stopping
	if p.Objective == gbtree.Logistic {
		p.EvalMetric[2] = "logloss"
	}
	for _, q := range mustStep("train").Params {
		name := treeParam(q.Name)
		if name == "" || v[q.Name] == "" {
			continue
		}
		if err := p.Set(name, v[q.Name]); err != nil {
			return p, Usage(err)
		}
	}
	return p, nil
}

// treeParam is XGBoost's name of a parameter of the step, or "" for those that
// are about its rows.
func treeParam(name string) string {
	switch name {
	case "compat", "valid", "seed", "search", "search_runs":
		return ""
	case "sample_seed":
		return "seed"
	case "rounds":
		return "num_boost_round"
	case "early_stopping":
		return "early_stopping_rounds"
	}
	return name
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
	out := StepFinished{Rows: report.TrainRows, Unit: "rows", Table: ModelsTable, Facts: map[string]any{
		"distinct_rows": report.DistinctRows, "cells": report.Cells, "trees": len(m.Trees), "leaves_per_tree": report.Leaves, "best_round": m.BestRound + 1, "metrics": report.Metrics}}
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

// kept is the model that training kept.
type kept struct {
	model       *gbtree.Model
	text        []byte // as XGBoost's JSON
	report      trained
	fingerprint string // of the training
}

// readModel gives the model that training kept.
func readModel(ctx context.Context, s store.Store) (kept, error) {
	rows, err := s.Query(ctx, "SELECT MODEL, REPORT, FINGERPRINT FROM "+ModelsTable)
	if err != nil {
		return kept{}, err
	}
	all, err := rows.Collect(1)
	if err != nil {
		return kept{}, err
	}
	if len(all) == 0 {
		return kept{}, errors.New("no model has been trained yet")
	}
	k := kept{text: []byte(all[0][0].(string)), fingerprint: fmt.Sprint(all[0][2])}
	if err := json.Unmarshal([]byte(all[0][1].(string)), &k.report); err != nil {
		return k, fmt.Errorf("read the report of the model: %w", err)
	}
	k.model, err = gbtree.Read(k.text)
	return k, err
}
