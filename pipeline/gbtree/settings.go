package gbtree

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// setting is one parameter that Set knows.
type setting struct {
	names []string // XGBoost's name as the documentation prefers it, then the aliases
	set   func(*Params, string) error
}

var settings = []setting{
	{[]string{"objective"}, func(p *Params, s string) error { p.Objective = s; return nil }},
	{[]string{"num_class"}, integer(func(p *Params) *int { return &p.NumClass })},
	{[]string{"num_boost_round", "n_estimators", "num_round"}, integer(func(p *Params) *int { return &p.Rounds })},
	{[]string{"eta", "learning_rate"}, number(func(p *Params) *float32 { return &p.Eta })},
	{[]string{"max_depth"}, integer(func(p *Params) *int { return &p.MaxDepth })},
	{[]string{"max_leaves"}, integer(func(p *Params) *int { return &p.MaxLeaves })},
	{[]string{"grow_policy"}, func(p *Params, s string) error { p.GrowPolicy = s; return only(Depthwise, Lossguide)(p, s) }},
	{[]string{"min_child_weight"}, number(func(p *Params) *float32 { return &p.MinChildWeight })},
	{[]string{"lambda", "reg_lambda"}, number(func(p *Params) *float32 { return &p.Lambda })},
	{[]string{"alpha", "reg_alpha"}, number(func(p *Params) *float32 { return &p.Alpha })},
	{[]string{"gamma", "min_split_loss"}, number(func(p *Params) *float32 { return &p.Gamma })},
	{[]string{"max_delta_step"}, number(func(p *Params) *float32 { return &p.MaxDeltaStep })},
	{[]string{"scale_pos_weight"}, number(func(p *Params) *float32 { return &p.ScalePosWeight })},
	{[]string{"base_score"}, setBaseScore},
	{[]string{"max_bin"}, integer(func(p *Params) *int { return &p.MaxBin })},
	{[]string{"colsample_bytree"}, number(func(p *Params) *float32 { return &p.ColsampleByTree })},
	{[]string{"colsample_bylevel"}, number(func(p *Params) *float32 { return &p.ColsampleByLevel })},
	{[]string{"colsample_bynode"}, number(func(p *Params) *float32 { return &p.ColsampleByNode })},
	{[]string{"subsample"}, number(func(p *Params) *float32 { return &p.Subsample })},
	{[]string{"seed", "random_state"}, setSeed},
	{[]string{"monotone_constraints"}, func(p *Params, s string) error {
		_, err := parseMonotone(s)
		p.MonotoneConstraints = s
		return err
	}},
	{[]string{"interaction_constraints"}, func(p *Params, s string) error {
		_, err := parseInteractions(s)
		p.InteractionConstraints = s
		return err
	}},
	{[]string{"eval_metric"}, setEvalMetric},
	{[]string{"early_stopping_rounds"}, integer(func(p *Params) *int { return &p.EarlyStoppingRounds })},
	// Threads change no result here, nor does what is printed or kept.
	{[]string{"nthread", "n_jobs", "verbosity", "max_cached_hist_node"}, integer(func(*Params) *int { return new(int) })},
	{[]string{"booster"}, only("gbtree")},
	{[]string{"tree_method"}, only("hist", "auto")},
	{[]string{"device"}, only("cpu")},
	{[]string{"sampling_method"}, only("uniform")},
	{[]string{"num_parallel_tree"}, only("1")},
	{[]string{"process_type"}, only("default")},
	{[]string{"updater"}, only("grow_quantile_histmaker")},
	{[]string{"multi_strategy"}, only("one_output_per_tree")},
	{[]string{"enable_categorical"}, only("false", "False", "0")},
	{[]string{"seed_per_iteration"}, only("false", "False", "0")},
	{[]string{"missing"}, only("nan", "NaN")},
}

// unsupported are parameters that XGBoost has and this package has not.
var unsupported = func() map[string]string {
	what := map[string]string{}
	for reason, names := range map[string]string{
		"the objectives are " + strings.Join(objectives, ", "): "tweedie_variance_power huber_slope quantile_alpha expectile_alpha " +
			"aft_loss_distribution aft_loss_distribution_scale lambdarank_pair_method lambdarank_num_pair_per_sample " +
			"lambdarank_normalization lambdarank_score_normalization lambdarank_unbiased lambdarank_bias_norm ndcg_exp_gain",
		"the booster is gbtree, whose trees all count; dart drops some":                                         "sample_type normalize_type rate_drop one_drop skip_drop",
		"the booster is gbtree; gblinear grows no trees":                                                        "feature_selector top_k lambda_bias",
		"categories are not split on; encode text columns by a label encoder":                                   "max_cat_to_onehot max_cat_threshold feature_types",
		"all features are drawn with equal chances by colsample_bytree, colsample_bylevel and colsample_bynode": "feature_weights",
		"trees are grown, not refreshed; to go on from a model, continue its training":                          "refresh_leaf",
		"name the metrics that you want in eval_metric":                                                         "disable_default_eval_metric",
		"the training data are cells, which hold every row":                                                     "sparse_threshold",
		"the device is cpu": "gpu_id predictor use_rmm use_cuda_async_pool",
	} {
		for name := range strings.FieldsSeq(names) {
			what[name] = reason
		}
	}
	return what
}()

func number(field func(*Params) *float32) func(*Params, string) error {
	return func(p *Params, s string) error {
		x, err := parseFloat32(s)
		*field(p) = x
		return err
	}
}

func integer(field func(*Params) *int) func(*Params, string) error {
	return func(p *Params, s string) error {
		n, err := strconv.Atoi(s)
		if err != nil {
			return errors.New("a whole number is expected")
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

func setSeed(p *Params, s string) error {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return errors.New("a whole number is expected")
	}
	p.Seed = n
	return nil
}

// setBaseScore takes "0.5", or "[0.2, 0.3, 0.5]", one for each output.
func setBaseScore(p *Params, s string) error {
	p.BaseScore = nil
	for _, word := range words(s) {
		x, err := strconv.ParseFloat(word, 32) // the nearest one: XGBoost reads this parameter by other means
		if err != nil || math.IsNaN(x) {
			return errors.New("a number is expected")
		}
		p.BaseScore = append(p.BaseScore, float32(x))
	}
	if p.BaseScore == nil {
		return errors.New("a number is expected")
	}
	return nil
}

// setEvalMetric takes "auc" or "auc,logloss", also in brackets and with quotes.
// Names are checked by Check, which knows the objective.
func setEvalMetric(p *Params, s string) error {
	p.EvalMetric = nil
	for _, word := range words(s) {
		p.EvalMetric = append(p.EvalMetric, strings.Trim(word, `"'`))
	}
	return nil
}

// words divides "[a, b]", "(a, b)" or "a, b" into its words.
func words(s string) []string {
	for _, brackets := range []string{"[]", "()"} {
		if inner, found := strings.CutPrefix(s, brackets[:1]); found {
			s = strings.TrimSuffix(inner, brackets[1:])
		}
	}
	var out []string
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}
