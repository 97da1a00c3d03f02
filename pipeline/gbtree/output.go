package gbtree

import (
	"math"
	"slices"
)

// link is how XGBoost turns base scores into margins (ProbToMargin in its
// src/objective) and margins into predictions.
type link struct {
	probability bool // base_score lies between 0 and 1
	classes     bool // a margin for each of num_class classes, and no transform
	margin      func(base float32) float32
	transform
}

// transform makes a prediction of a margin (PredTransform), in three languages.
type transform struct {
	output func(margin float32) float32
	sql    string   // %s stands for the margin
	onnx   []string // operators, one after the other
}

var (
	unchanged   = transform{identity, "%s", []string{"Identity"}}
	odds        = transform{sigmoid, "1/(1+EXP(LEAST(-(%s),88.7)))", []string{"Sigmoid"}} // the exponential stays within range
	exponential = transform{expf, "EXP(%s)", []string{"Exp"}}
	step        = transform{hinge, "CASE WHEN %s>0 THEN 1 ELSE 0 END", []string{"Sign", "Relu"}}
)

// links are those of the objectives that models may have: all of XGBoost's for
// which a prediction is a function of a row's margins.
var links = map[string]link{
	SquaredError:           {margin: identity, transform: unchanged},
	Logistic:               {probability: true, margin: logit, transform: odds},
	Softprob:               {classes: true, margin: identity},
	softmaxObjective:       {classes: true, margin: identity},
	"reg:logistic":         {probability: true, margin: logit, transform: odds},
	"binary:logitraw":      {margin: identity, transform: unchanged},
	"binary:hinge":         {margin: identity, transform: step},
	"reg:squaredlogerror":  {margin: identity, transform: unchanged},
	"reg:pseudohubererror": {margin: identity, transform: unchanged},
	"reg:absoluteerror":    {margin: identity, transform: unchanged},
	"reg:quantileerror":    {margin: identity, transform: unchanged},
	"count:poisson":        {margin: logarithm, transform: exponential},
	"reg:gamma":            {margin: logarithm, transform: exponential},
	"reg:tweedie":          {margin: logarithm, transform: exponential},
	"survival:cox":         {margin: logarithm, transform: exponential},
	"survival:aft":         {margin: logarithm, transform: exponential},
	"rank:pairwise":        {margin: identity, transform: unchanged},
	"rank:ndcg":            {margin: identity, transform: unchanged},
	"rank:map":             {margin: identity, transform: unchanged},
}

// softmaxObjective predicts the number of the likeliest class.
const softmaxObjective = "multi:softmax"

// trained tells whether Train knows an objective.
func trained(objective string) bool { return slices.Contains(objectives, objective) }

// Width is the number of predictions of a row: one for each output, but a
// single one (the number of the class) for multi:softmax.
func (m *Model) Width() int {
	if m.Objective == softmaxObjective {
		return 1
	}
	return m.Outputs()
}

// Predictions turns margins, m.Outputs() a row, into predictions, m.Width() a
// row: what XGBoost's predict gives. For Softprob they are the probabilities of
// the classes.
func (m *Model) Predictions(margins, out []float32) {
	switch kind := links[m.Objective]; {
	case m.Objective == softmaxObjective:
		for i := range out {
			out[i] = float32(likeliest(margins[i*m.Outputs() : (i+1)*m.Outputs()]))
		}
	case kind.classes:
		softmax(m.Outputs(), margins, out, float32(math.Inf(-1)))
	default:
		for i, margin := range margins {
			out[i] = kind.output(margin)
		}
	}
}

// likeliest is the first class with the highest margin.
func likeliest(margins []float32) int {
	best := 0
	for i, margin := range margins {
		if margin > margins[best] {
			best = i
		}
	}
	return best
}

// toMargin is XGBoost's ProbToMargin.
func toMargin(objective string, base float32) float32 { return links[objective].margin(base) }

// clamp keeps the base_score of a probability away from 0 and 1, as XGBoost does
// since 3.2, so that one-class labels have a finite margin.
func clamp(probability float32) float32 { return min(max(probability, epsilon), 1-float32(epsilon)) }

func identity(x float32) float32 { return x }

func logit(base float32) float32 { return -logf(1/clamp(base) - 1) }

// logarithm of a base score, NaN unless that is above 0.
func logarithm(base float32) float32 {
	if base <= 0 {
		return float32(math.NaN())
	}
	return logf(base)
}

// sigmoid as XGBoost computes it: float32 throughout, glibc's expf.
func sigmoid(margin float32) float32 {
	const ceiling, tiny = float32(88.7), float32(1e-16)
	return 1 / (expf(min(-margin, ceiling)) + 1 + tiny)
}

func hinge(margin float32) float32 {
	if margin > 0 {
		return 1
	}
	return 0
}
