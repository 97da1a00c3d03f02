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

// usual are the metrics of the objectives, as in XGBoost, where eval_metric names
// none. (Of a training on cells AUC, which sorts them, would be a sixth.)
var usual = map[string][]string{SquaredError: {"rmse"}, Logistic: {"logloss"}, Softprob: {"mlogloss"}}

// metricsOf returns the metrics of a round and the one that decides.
func metricsOf(p *Params) (list []metric, deciding metric, err error) {
	names := p.EvalMetric
	if len(names) == 0 {
		names = usual[p.Objective]
	}
	for _, name := range names {
		m, err := metricNamed(p.Objective, name)
		if err != nil {
			return nil, metric{}, err
		}
		list = append(list, m)
	}
	return list, list[len(list)-1], nil
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

// loss writes into out what rows of labels y lose that are predicted as p.
type loss func(y, p, out []float32)

// batch is how many losses are computed at a time.
const batch = 256

var allZeros, allOnes = make([]float32, batch), slices.Repeat([]float32{1}, batch)

// mean averages a loss over all rows; its product with the sample weight is a
// float32 per row, as in XGBoost.
func mean(s *tracked, of loss) float64 {
	if s.counts != nil {
		return meanOfCounts(s, of)
	}
	c, sum := s.cells, 0.0
	var p, lost [batch]float32
	next := 0 // the cell of the next entry
	for lo := 0; lo < len(c.Label); lo += batch {
		y := c.Label[lo:min(lo+batch, len(c.Label))]
		if s.plain {
			copy(p[:], s.predicted[lo:lo+len(y)])
		} else {
			for i := range y {
				for int(c.First[next+1]) <= lo+i {
					next++
				}
				p[i] = s.predicted[next]
			}
		}
		of(y, p[:len(y)], lost[:])
		for i := range y {
			sum += float64(float64(c.Count[lo+i]) * float64(float32(lost[i]*c.Weight[lo+i])))
		}
	}
	return sum / s.weight
}

// meanOfCounts is mean where there are but the labels 0 and 1, of weight 1.
func meanOfCounts(s *tracked, of loss) float64 {
	sum := 0.0
	var zero, one [batch]float32
	for lo := 0; lo < len(s.counts); lo += batch {
		counts := s.counts[lo:min(lo+batch, len(s.counts))]
		n := len(counts)
		of(allZeros[:n], s.predicted[lo:lo+n], zero[:])
		of(allOnes[:n], s.predicted[lo:lo+n], one[:])
		for i, c := range counts {
			sum += float64(float64(c[0])*float64(zero[i])) + float64(float64(c[1])*float64(one[i]))
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

func squared(y, p, out []float32) {
	for i, p := range p {
		d := y[i] - p
		out[i] = d * d
	}
}

func absolute(y, p, out []float32) {
	for i, p := range p {
		out[i] = max(y[i]-p, p-y[i])
	}
}

// logLoss is XGBoost's LogLoss: probabilities no closer to 0 than 1e-16.
func logLoss(y, p, out []float32) {
	for i, p := range p {
		y, lost := y[i], float32(0)
		if y != 0 {
			lost = float32(-y * logf(max(p, 1e-16)))
		}
		if y != 1 {
			lost += float32(-(1 - y) * logf(max(1-p, 1e-16)))
		}
		out[i] = lost
	}
}

// wrongAt is the share of rows on the wrong side of a threshold.
func wrongAt(threshold float32) func(*tracked) (float64, bool) {
	return ofShares(func(s *tracked) (float64, bool) {
		return mean(s, func(y, p, out []float32) {
			for i, p := range p {
				above := 0 // a branch would be guessed wrong too often
				if p > threshold {
					above = 1
				}
				out[i] = [2]float32{y[i], 1 - y[i]}[above]
			}
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
