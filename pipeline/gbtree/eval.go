package gbtree

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// metric is one of the numbers of a Round, weighted by sample weight and
// computed as xgboost.train prints it.
type metric struct {
	name   string
	higher bool   // whether higher is better
	needs  string // when it is defined
	of     func(s *tracked) (value float64, defined bool)
}

// Reasons why a metric may not be defined.
const (
	bothClasses = "it needs rows with label 0 and with label 1"
	eachClass   = "it needs rows of every class"
	shares      = "it needs labels between 0 and 1"
)

// scalar are the metrics of objectives with one output, classes those of
// Softprob. error takes a threshold: error@0.3.
var (
	scalar = []metric{
		{name: "rmse", of: func(s *tracked) (float64, bool) { return math.Sqrt(mean(s, squared)), true }},
		{name: "mae", of: func(s *tracked) (float64, bool) { return mean(s, absolute), true }},
		{name: "logloss", needs: shares, of: ofShares(func(s *tracked) (float64, bool) { return mean(s, logLoss), true })},
		{name: "error", needs: shares, of: wrongAt(0.5)},
		{name: "auc", higher: true, needs: bothClasses, of: ofShares(ofOutput(auc))},
		{name: "aucpr", higher: true, needs: bothClasses, of: ofShares(ofOutput(aucpr))},
	}
	classes = []metric{
		{name: "mlogloss", of: func(s *tracked) (float64, bool) { return meanOfClass(s, multiLogLoss), true }},
		{name: "merror", of: func(s *tracked) (float64, bool) { return meanOfClass(s, multiWrong), true }},
		{name: "auc", higher: true, needs: eachClass, of: overClasses(auc)},
		{name: "aucpr", higher: true, needs: eachClass, of: overClasses(aucpr)},
	}
)

// usual are the metrics of a round where eval_metric names none. The first is
// the objective's own, which decides early stopping. (Of 0/1 labels, as the
// lab's are, squared error's ranking and errors can be told, too.)
var usual = map[string][]string{
	SquaredError: {"rmse", "auc", "error"},
	Logistic:     {"logloss", "auc", "error"},
	Softprob:     {"mlogloss", "merror"},
}

// metricsOf returns the metrics of a round and the one that decides.
func metricsOf(p *Params) (list []metric, deciding metric, err error) {
	names, decides := p.EvalMetric, len(p.EvalMetric)-1
	if len(names) == 0 {
		names, decides = usual[p.Objective], 0
	}
	for i, name := range names {
		m, err := metricNamed(p.Objective, name)
		if err != nil {
			return nil, metric{}, err
		}
		if list = append(list, m); i == decides {
			deciding = m
		}
	}
	return list, deciding, nil
}

// metricNamed returns an objective's metric.
func metricNamed(objective, name string) (metric, error) {
	list := scalar
	if objective == Softprob {
		list = classes
	}
	base, threshold, hasThreshold := strings.Cut(name, "@")
	for _, m := range list {
		if m.name != base || hasThreshold && base != "error" {
			continue
		}
		if hasThreshold {
			t, err := strconv.ParseFloat(threshold, 32)
			if err != nil {
				return metric{}, fmt.Errorf("eval_metric %q: %q is not a threshold", name, threshold)
			}
			if t != 0.5 { // XGBoost calls error@0.5 error
				m.name = "error@" + strconv.FormatFloat(t, 'g', 6, 32)
			}
			m.of = wrongAt(float32(t))
		}
		return m, nil
	}
	var names []string
	for _, m := range list {
		names = append(names, m.name)
	}
	return metric{}, fmt.Errorf("eval_metric %q is not one of %s, which %s has", name, strings.Join(names, ", "), objective)
}

// evaluate computes the metrics of several sets of cells; one that is not
// defined, such as AUC where all labels are alike, is left out. A metric that is
// no longer finite is an error.
func evaluate(list []metric, sets []*tracked) ([]map[string]float64, error) {
	values := make([]float64, len(sets)*len(list))
	defined := make([]bool, len(values))
	inParallel(len(values), func(i int) {
		values[i], defined[i] = list[i%len(list)].of(sets[i/len(list)])
	})
	out := make([]map[string]float64, len(sets))
	for i := range values {
		set := i / len(list)
		if out[set] == nil {
			out[set] = map[string]float64{}
		}
		name := list[i%len(list)].name
		if math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
			return nil, fmt.Errorf("%s is %g; labels this large, or an eta this large, do not fit float32", name, values[i])
		}
		if defined[i] {
			out[set][name] = values[i]
		}
	}
	return out, nil
}

// mean averages a loss over all rows; its product with the sample weight is a
// float32 per row, as in XGBoost.
func mean(s *tracked, loss func(y, p float32) float32) float64 {
	c, sum := s.cells, 0.0
	for i, p := range s.predicted {
		for e := c.First[i]; e < c.First[i+1]; e++ {
			sum += float64(float64(c.Count[e]) * float64(float32(loss(c.Label[e], p)*c.Weight[e])))
		}
	}
	return sum / s.weight
}

// meanOfClass is mean for the probabilities of several classes.
func meanOfClass(s *tracked, loss func(label int, p []float32) float32) float64 {
	c, sum := s.cells, 0.0
	for i := range c.Len() {
		p := s.predicted[i*s.outputs : (i+1)*s.outputs]
		for e := c.First[i]; e < c.First[i+1]; e++ {
			sum += float64(float64(c.Count[e]) * float64(float32(loss(int(c.Label[e]), p)*c.Weight[e])))
		}
	}
	return sum / s.weight
}

func squared(y, p float32) float32 { return (y - p) * (y - p) }

func absolute(y, p float32) float32 { return max(y-p, p-y) }

// logLoss is XGBoost's LogLoss: probabilities no closer to 0 than 1e-16.
func logLoss(y, p float32) float32 {
	const tiny = float32(1e-16)
	loss := float32(0)
	if y != 0 {
		loss = float32(-y * logf(max(p, tiny)))
	}
	if y != 1 {
		loss += float32(-(1 - y) * logf(max(1-p, tiny)))
	}
	return loss
}

// wrongAt is the share of rows on the wrong side of a threshold.
func wrongAt(threshold float32) func(*tracked) (float64, bool) {
	return ofShares(func(s *tracked) (float64, bool) {
		return mean(s, func(y, p float32) float32 {
			if p > threshold {
				return 1 - y
			}
			return y
		}), true
	})
}

func multiLogLoss(label int, p []float32) float32 { return -logf(max(p[label], 1e-16)) }

// multiWrong is 1 for a row whose label is not the first most probable class.
func multiWrong(label int, p []float32) float32 {
	if slices.Index(p, slices.Max(p)) == label {
		return 0
	}
	return 1
}

// ofShares is a metric that is defined where all labels lie between 0 and 1.
func ofShares(of func(*tracked) (float64, bool)) func(*tracked) (float64, bool) {
	return func(s *tracked) (float64, bool) {
		if !s.shares {
			return 0, false
		}
		return of(s)
	}
}
