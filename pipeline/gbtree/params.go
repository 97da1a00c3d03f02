package gbtree

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/nearest"
)

// Growth policies: which leaf is split next.
const (
	Depthwise = "depthwise" // all leaves of a level, then the next level
	Lossguide = "lossguide" // the leaf whose split gains most
)

// Params are the training parameters under XGBoost's names, float32 as there.
// Start from DefaultParams.
type Params struct {
	Objective      string // SquaredError, Logistic or Softprob
	NumClass       int    // of Softprob, whose labels are 0 … NumClass−1
	Rounds         int    // num_boost_round, ≥ 1: Softprob grows NumClass trees a round, the others one
	Eta            float32
	Lambda         float32   // L2 penalty on leaf weights, ≥ 0
	Alpha          float32   // L1 penalty on leaf weights, ≥ 0
	Gamma          float32   // least gain of a split, ≥ 0
	MinChildWeight float32   // least sum of hessians of a child, ≥ 0
	MaxDeltaStep   float32   // largest leaf weight before eta, 0 for no limit
	ScalePosWeight float32   // weight of rows with label 1; Softprob has none
	BaseScore      []float32 // one for all outputs, or one for each; nil: estimated from the labels

	GrowPolicy string // Depthwise or Lossguide
	MaxDepth   int    // 0 for no limit
	MaxLeaves  int    // 0 for no limit
	MaxBin     int    // for encode.NewCuts, which comes before training

	// MonotoneConstraints is "(1,0,-1)", by position, or {"name": 1}, by feature
	// name: predictions may only rise (1) or only fall (-1) with the feature.
	MonotoneConstraints string
	// InteractionConstraints is [["a","b"],["c"]], or positions for names: the
	// features on a path from root to leaf all stand in one of the groups.
	InteractionConstraints string

	// Shares in (0, 1] of the features that a tree, each of its levels and each
	// of its nodes may split on, drawn as XGBoost draws them from the seed.
	ColsampleByTree, ColsampleByLevel, ColsampleByNode float32
	// Subsample is the share in (0, 1] of the rows that a tree is grown on. Each
	// row is in or out independently, as in XGBoost, but XGBoost draws by row
	// number and thread, and cells have no rows: the trees follow the same law and
	// are not the same trees.
	Subsample float32
	Seed      int64 // of the column and row samples

	// EvalMetric lists what is measured after every round; the last one decides
	// early stopping. Empty: the objective's own, which decides, and a few that
	// are good to see beside it.
	EvalMetric          []string
	EarlyStoppingRounds int // stop after so many rounds without improvement; 0: never
}

// DefaultParams are XGBoost's defaults for an objective, with 50 rounds.
func DefaultParams(objective string) Params {
	return Params{
		Objective: objective, Rounds: 50, Eta: 0.3, MaxDepth: 6, MinChildWeight: 1, GrowPolicy: Depthwise,
		Lambda: 1, ScalePosWeight: 1, MaxBin: encode.DefaultMaxBin,
		ColsampleByTree: 1, ColsampleByLevel: 1, ColsampleByNode: 1, Subsample: 1,
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
	names, hint := ParamNames(), ""
	if near := nearest.Close(name, names); near != "" {
		hint = "the nearest is " + near + "; "
	}
	return fmt.Errorf("parameter %q is unknown; %ssupported are %s", name, hint, strings.Join(names, ", "))
}

// ParamNames lists the names that Set takes, aliases included.
func ParamNames() []string {
	var names []string
	for _, q := range settings {
		names = append(names, q.names...)
	}
	return names
}

// SameTrees tells whether XGBoost grows the same trees from these parameters.
// With subsample < 1 its trees only follow the same law.
func (p *Params) SameTrees() bool { return p.Subsample == 1 }

// Outputs is the number of margins of a row and of trees a round: NumClass for
// Softprob, else 1.
func (p *Params) Outputs() int {
	if p.Objective == Softprob {
		return p.NumClass
	}
	return 1
}

// mostClasses bounds the trees of a round, one a class.
const mostClasses = 4096

// Check refuses values outside XGBoost's ranges, as Train does. What depends on
// the features, CheckFeatures refuses.
func (p *Params) Check() error {
	if !slices.Contains(objectives, p.Objective) {
		return fmt.Errorf("objective %q is not one of %s", p.Objective, strings.Join(objectives, ", "))
	}
	switch {
	case p.Objective == Softprob && p.NumClass < 2:
		return fmt.Errorf("num_class = %d: %s needs at least 2 classes", p.NumClass, Softprob)
	case p.Objective == Softprob && p.NumClass > mostClasses:
		return fmt.Errorf("num_class = %d: every class takes a tree a round; at most %d classes are supported", p.NumClass, mostClasses)
	case p.Objective != Softprob && p.NumClass > 1:
		return fmt.Errorf("num_class = %d: %s has one output; classes need the objective %s", p.NumClass, p.Objective, Softprob)
	case p.Objective == Softprob && p.ScalePosWeight != 1:
		return fmt.Errorf("scale_pos_weight = %g: %s has no positive class; give sample weights", p.ScalePosWeight, Softprob)
	case p.Rounds < 1:
		return fmt.Errorf("num_boost_round = %d: at least one round is needed", p.Rounds)
	case p.MaxBin < 2 || p.MaxBin > encode.LargestMaxBin:
		return fmt.Errorf("max_bin = %d is outside 2…%d", p.MaxBin, encode.LargestMaxBin)
	case p.GrowPolicy != Depthwise && p.GrowPolicy != Lossguide:
		return fmt.Errorf("grow_policy = %q is neither %s nor %s", p.GrowPolicy, Depthwise, Lossguide)
	}
	for _, q := range []struct {
		name  string
		value int
	}{
		{"max_depth", p.MaxDepth}, {"max_leaves", p.MaxLeaves}, {"early_stopping_rounds", p.EarlyStoppingRounds},
	} {
		if q.value < 0 {
			return fmt.Errorf("%s = %d is not a number from 0 up", q.name, q.value)
		}
	}
	for _, q := range []struct {
		name        string
		value, most float32
	}{
		{"eta", p.Eta, math.MaxFloat32}, {"min_child_weight", p.MinChildWeight, math.MaxFloat32},
		{"lambda", p.Lambda, math.MaxFloat32}, {"alpha", p.Alpha, math.MaxFloat32},
		{"gamma", p.Gamma, math.MaxFloat32}, {"max_delta_step", p.MaxDeltaStep, math.MaxFloat32},
		{"scale_pos_weight", p.ScalePosWeight, math.MaxFloat32},
		{"colsample_bytree", p.ColsampleByTree, 1}, {"colsample_bylevel", p.ColsampleByLevel, 1},
		{"colsample_bynode", p.ColsampleByNode, 1}, {"subsample", p.Subsample, 1},
	} {
		switch {
		case q.most == 1 && !(q.value > 0 && q.value <= 1):
			return fmt.Errorf("%s = %g is not a share above 0 and up to 1", q.name, q.value)
		case !(q.value >= 0 && q.value <= q.most):
			return fmt.Errorf("%s = %g is not a number from 0 up", q.name, q.value)
		}
	}
	if err := p.checkBaseScore(); err != nil {
		return err
	}
	for _, name := range p.EvalMetric {
		if _, err := metricNamed(p.Objective, name); err != nil {
			return err
		}
	}
	return nil
}

// CheckFeatures refuses constraints that do not suit features of these names, as
// Train does.
func (p *Params) CheckFeatures(names []string) error {
	if _, err := p.directions(names); err != nil {
		return err
	}
	_, err := p.interactions(names)
	return err
}

func (p *Params) checkBaseScore() error {
	if n := len(p.BaseScore); n > 1 && n != p.Outputs() {
		return fmt.Errorf("base_score has %d values; %s has %d outputs", n, p.Objective, p.Outputs())
	}
	for _, b := range p.BaseScore {
		if math.IsNaN(float64(b)) || math.IsInf(float64(b), 0) {
			return fmt.Errorf("base_score = %g is not a finite number", b)
		}
		if p.Objective == Logistic && (b < 0 || b > 1) {
			return fmt.Errorf("base_score = %g is not a probability, which %s needs", b, Logistic)
		}
	}
	return nil
}
