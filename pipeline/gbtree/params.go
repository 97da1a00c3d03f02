package gbtree

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/nearest"
)

// Params are the training parameters under XGBoost's names, float32 as there.
// Start from DefaultParams.
type Params struct {
	Objective           string   // SquaredError or Logistic
	Rounds              int      // num_boost_round: the number of trees, ≥ 1
	Eta                 float32  // shrinkage of every leaf, ≥ 0
	MaxDepth            int      // 1…30
	MinChildWeight      float32  // least sum of hessians of a child, ≥ 0
	Lambda              float32  // L2 penalty on leaf weights, ≥ 0
	Alpha               float32  // L1 penalty on leaf weights, ≥ 0
	Gamma               float32  // least gain of a split, ≥ 0
	MaxDeltaStep        float32  // largest leaf weight before eta, 0 for no limit
	ScalePosWeight      float32  // weight of rows with label 1
	BaseScore           *float32 // nil: estimated from the labels
	MaxBin              int      // for encode.NewCuts, which comes before training
	EvalMetric          string   // decides early stopping: rmse, logloss, auc, error; "" for the objective's own
	EarlyStoppingRounds int      // stop after so many rounds without improvement; 0: never
}

// DefaultParams are XGBoost's defaults for an objective, with 50 rounds.
func DefaultParams(objective string) Params {
	return Params{
		Objective: objective, Rounds: 50, Eta: 0.3, MaxDepth: 6, MinChildWeight: 1,
		Lambda: 1, ScalePosWeight: 1, MaxBin: encode.DefaultMaxBin,
	}
}

// Set assigns one parameter by its XGBoost name or alias. A name that is
// unknown, or a feature of XGBoost that is not supported, is an error that says
// what is.
func (p *Params) Set(name, value string) error {
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	for _, q := range settings {
		if slices.Contains(q.names, name) {
			if err := q.set(p, value); err != nil {
				return fmt.Errorf("parameter %s = %q: %w", name, value, err)
			}
			return nil
		}
	}
	if what, known := unsupported[name]; known {
		return fmt.Errorf("parameter %s is not supported: %s", name, what)
	}
	names := ParamNames()
	return fmt.Errorf("parameter %q is unknown; the nearest is %s; supported are %s",
		name, nearest.Word(name, names), strings.Join(names, ", "))
}

// ParamNames lists the names that Set takes, aliases included.
func ParamNames() []string {
	var names []string
	for _, q := range settings {
		names = append(names, q.names...)
	}
	return names
}

// Check refuses values outside XGBoost's ranges, as Train does.
func (p *Params) Check() error {
	if p.Objective != SquaredError && p.Objective != Logistic {
		return fmt.Errorf("objective %q is not one of %s, %s", p.Objective, SquaredError, Logistic)
	}
	if p.Rounds < 1 {
		return fmt.Errorf("num_boost_round = %d: at least one round is needed", p.Rounds)
	}
	if p.MaxDepth < 1 || p.MaxDepth > 30 {
		return fmt.Errorf("max_depth = %d is outside 1…30 (0, no limit, needs grow_policy=lossguide, which is not supported)", p.MaxDepth)
	}
	if p.EarlyStoppingRounds < 0 {
		return fmt.Errorf("early_stopping_rounds = %d is negative", p.EarlyStoppingRounds)
	}
	for _, q := range []struct {
		name  string
		value float32
	}{
		{"eta", p.Eta}, {"min_child_weight", p.MinChildWeight}, {"lambda", p.Lambda}, {"alpha", p.Alpha},
		{"gamma", p.Gamma}, {"max_delta_step", p.MaxDeltaStep}, {"scale_pos_weight", p.ScalePosWeight},
	} {
		if !(q.value >= 0) || math.IsInf(float64(q.value), 0) {
			return fmt.Errorf("%s = %g is not a number from 0 up", q.name, q.value)
		}
	}
	if b := p.BaseScore; b != nil {
		if math.IsNaN(float64(*b)) || math.IsInf(float64(*b), 0) {
			return fmt.Errorf("base_score = %g is not a finite number", *b)
		}
		if p.Objective == Logistic && (*b < 0 || *b > 1) {
			return fmt.Errorf("base_score = %g is not a probability, which %s needs", *b, Logistic)
		}
	}
	var names []string
	for _, m := range metrics[p.Objective] {
		names = append(names, m.name)
	}
	if p.EvalMetric != "" && !slices.Contains(names, p.EvalMetric) {
		return fmt.Errorf("eval_metric %q is not one of %s, which %s has",
			p.EvalMetric, strings.Join(names, ", "), p.Objective)
	}
	return nil
}

// setting is one parameter that Set knows.
type setting struct {
	names []string // XGBoost's name as the documentation prefers it, then the aliases
	set   func(*Params, string) error
}

var settings = []setting{
	{[]string{"objective"}, func(p *Params, s string) error { p.Objective = s; return nil }},
	{[]string{"num_boost_round", "n_estimators", "num_round"}, integer(func(p *Params) *int { return &p.Rounds })},
	{[]string{"eta", "learning_rate"}, number(func(p *Params) *float32 { return &p.Eta })},
	{[]string{"max_depth"}, integer(func(p *Params) *int { return &p.MaxDepth })},
	{[]string{"min_child_weight"}, number(func(p *Params) *float32 { return &p.MinChildWeight })},
	{[]string{"lambda", "reg_lambda"}, number(func(p *Params) *float32 { return &p.Lambda })},
	{[]string{"alpha", "reg_alpha"}, number(func(p *Params) *float32 { return &p.Alpha })},
	{[]string{"gamma", "min_split_loss"}, number(func(p *Params) *float32 { return &p.Gamma })},
	{[]string{"max_delta_step"}, number(func(p *Params) *float32 { return &p.MaxDeltaStep })},
	{[]string{"scale_pos_weight"}, number(func(p *Params) *float32 { return &p.ScalePosWeight })},
	{[]string{"base_score"}, func(p *Params, s string) error {
		var x float32
		err := number(func(*Params) *float32 { return &x })(p, s)
		p.BaseScore = &x
		return err
	}},
	{[]string{"max_bin"}, integer(func(p *Params) *int { return &p.MaxBin })},
	{[]string{"eval_metric"}, func(p *Params, s string) error { p.EvalMetric = s; return nil }},
	{[]string{"early_stopping_rounds"}, integer(func(p *Params) *int { return &p.EarlyStoppingRounds })},
	// Nothing that is supported draws random numbers or changes with threads.
	{[]string{"seed", "random_state", "nthread", "n_jobs", "verbosity"}, integer(func(*Params) *int { return new(int) })},
	{[]string{"booster"}, only("gbtree")},
	{[]string{"tree_method"}, only("hist", "auto")},
	{[]string{"grow_policy"}, only("depthwise")},
	{[]string{"device"}, only("cpu")},
}

// unsupported are parameters that XGBoost has and this package has not.
var unsupported = map[string]string{
	"subsample":               "every row counts; rows are not sampled",
	"sampling_method":         "every row counts; rows are not sampled",
	"colsample_bytree":        "every feature is tried at every split",
	"colsample_bylevel":       "every feature is tried at every split",
	"colsample_bynode":        "every feature is tried at every split",
	"max_leaves":              "trees grow depthwise; limit them by max_depth",
	"monotone_constraints":    "splits are unconstrained",
	"interaction_constraints": "splits are unconstrained",
	"num_parallel_tree":       "one tree is grown in a round",
	"num_class":               "the objectives are " + SquaredError + " and " + Logistic,
	"multi_strategy":          "the objectives are " + SquaredError + " and " + Logistic,
	"enable_categorical":      "encode text columns by a label encoder",
	"max_cat_to_onehot":       "encode text columns by a label encoder",
	"max_cat_threshold":       "encode text columns by a label encoder",
	"process_type":            "a model is always trained from its first tree",
	"updater":                 "the updater is that of tree_method=hist",
	"rate_drop":               "the booster is gbtree",
	"skip_drop":               "the booster is gbtree",
}

func number(field func(*Params) *float32) func(*Params, string) error {
	return func(p *Params, s string) error {
		x, err := strconv.ParseFloat(s, 32)
		if err != nil || math.IsNaN(x) {
			return fmt.Errorf("a number is expected")
		}
		*field(p) = float32(x)
		return nil
	}
}

func integer(field func(*Params) *int) func(*Params, string) error {
	return func(p *Params, s string) error {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("a whole number is expected")
		}
		*field(p) = n
		return nil
	}
}

func only(values ...string) func(*Params, string) error {
	return func(_ *Params, s string) error {
		if !slices.Contains(values, s) {
			return fmt.Errorf("only %s is supported", strings.Join(values, " or "))
		}
		return nil
	}
}
