package metrics

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// Resampling says how sure intervals shall be and how they are drawn.
type Resampling struct {
	Level   float64 // such as 0.95
	Samples int     // of the bootstrap; 1000 is usual
	Seed    uint64
}

// Estimate is a metric with its interval.
type Estimate struct {
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	Interval
}

// Difference is a metric of two models on the same rows.
type Difference struct {
	Metric string   `json:"metric"`
	A      Estimate `json:"a"`
	B      Estimate `json:"b"`
	// A's value less B's, with an interval that knows that the rows are the same.
	Difference float64 `json:"difference"`
	Interval
	Better float64 `json:"a_better"` // share of the resamples in which A is better; equal ones count half
	// P is, for auc, the probability of as large a difference between equally
	// good models, from DeLong's test; nil for other metrics.
	P *float64 `json:"p,omitempty"`
}

// Intervals gives the metrics that tell good models from bad ones, each with an
// interval: DeLong's for auc, Wilson's for shares of wrong rows, and for the
// others the percentiles of a Poisson bootstrap, in which every row is drawn as
// often as a Poisson number of mean 1 says (Hanley and MacGibbon 2006; Chamandy
// et al. 2012): n alike rows together are one Poisson number of mean n, so that
// it costs what the outcomes cost, not the rows. The same seed gives the same
// numbers on any machine, in whatever order the outcomes come. What is not
// defined is left out.
//
// Rows are counts here: with sample weights the intervals would not hold.
func Intervals(ctx context.Context, outcomes []Outcome, kind Kind, r Resampling) ([]Estimate, error) {
	compared, err := Compare(ctx, outcomes, outcomes, kind, r)
	estimates := make([]Estimate, len(compared))
	for i, c := range compared {
		estimates[i] = c.A
	}
	return estimates, err
}

// Compare gives the metrics of Intervals for two models. Outcomes a[i] and b[i]
// are the same rows: they differ in their scores alone. It panics where they do
// not.
func Compare(ctx context.Context, a, b []Outcome, kind Kind, r Resampling) ([]Difference, error) {
	if len(a) != len(b) {
		panic(fmt.Sprintf("metrics: compare %d outcomes with %d", len(a), len(b)))
	}
	for i := range a {
		if a[i].Label != b[i].Label || a[i].Rows != b[i].Rows {
			panic(fmt.Sprintf("metrics: outcomes %d are not of the same rows: %v and %v", i, a[i], b[i]))
		}
	}
	if !(r.Level > 0 && r.Level < 1) || r.Samples < 1 {
		return nil, fmt.Errorf("estimate intervals: level %g with %d resamples; a level lies between 0 and 1, and one resample is needed", r.Level, r.Samples)
	}
	if len(a) == 0 {
		return nil, nil
	}
	a, b = inOneOrder(a, b)
	whole := measuredPair{kind.Measure(a), kind.Measure(b)}
	samples, err := resampled(ctx, a, b, kind, r)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, metric := range judged {
		if d, ok := compared(whole, samples, metric.name, metric.higher, r.Level); ok {
			sharpen(&d, a, b, kind, r.Level)
			out = append(out, d)
		}
	}
	return out, nil
}

// inOneOrder sorts copies of both by what they hold, so that each resample draws
// the same numbers for the same rows. A model compared with itself stays one.
func inOneOrder(a, b []Outcome) (sortedA, sortedB []Outcome) {
	order := make([]int, len(a))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(slices.Compare(a[i].Scores, a[j].Scores), slices.Compare(b[i].Scores, b[j].Scores),
			cmp.Compare(a[i].Label, a[j].Label), cmp.Compare(a[i].Rows, a[j].Rows))
	})
	sortedA = inOrder(a, order)
	if &a[0] == &b[0] {
		return sortedA, sortedA
	}
	return sortedA, inOrder(b, order)
}

// measuredPair holds the metrics of both models.
type measuredPair struct{ a, b map[string]float64 }

// compared makes the bootstrap's intervals of one metric.
func compared(whole measuredPair, samples []measuredPair, metric string, higher bool, level float64) (d Difference, ok bool) {
	a, b := whole.a[metric], whole.b[metric]
	if _, there := whole.a[metric]; !there || math.IsNaN(a) || math.IsNaN(b) {
		return d, false
	}
	var as, bs, differences []float64
	better := 0.0
	for _, s := range samples {
		x, y := s.a[metric], s.b[metric]
		if math.IsNaN(x) || math.IsNaN(y) {
			continue // such as auc of a resample without a label 1
		}
		as, bs, differences = append(as, x), append(bs, y), append(differences, x-y)
		switch {
		case x == y:
			better += 0.5
		case x > y == higher:
			better++
		}
	}
	if len(differences) == 0 {
		return d, false
	}
	return Difference{
		Metric:     metric,
		A:          Estimate{metric, a, percentiles(as, level)},
		B:          Estimate{metric, b, percentiles(bs, level)},
		Difference: a - b, Interval: percentiles(differences, level),
		Better: better / float64(len(differences)),
	}, true
}

// sharpen replaces intervals of the bootstrap by those of a formula, where the
// field has one.
func sharpen(d *Difference, a, b []Outcome, kind Kind, level float64) {
	switch d.Metric {
	case "error", "merror":
		if kind == Classes || zeroOneLabels(a) {
			rows := 0.0
			for _, o := range a {
				rows += o.Rows
			}
			d.A.Interval = Wilson(d.A.Value*rows, rows, level)
			d.B.Interval = Wilson(d.B.Value*rows, rows, level)
		}
	case "auc":
		if !zeroOneLabels(a) {
			return
		}
		ofA, ofB := placement(a), placement(b)
		apart := make([]float64, len(ofA))
		for i := range apart {
			apart[i] = ofA[i] - ofB[i]
		}
		between, p, ok := delong(a, apart, level)
		if !ok {
			return
		}
		d.Interval, d.P = between, &p
		d.A.Interval, _, _ = delong(a, ofA, level)
		d.B.Interval, _, _ = delong(b, ofB, level)
		d.A.Low, d.B.Low = max(d.A.Low, 0), max(d.B.Low, 0)
	}
}

func zeroOneLabels(outcomes []Outcome) bool {
	return !slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Label != 0 && o.Label != 1 })
}

// percentiles are those between which the level's share of the values lies. The
// values are sorted in place.
func percentiles(values []float64, level float64) Interval {
	slices.Sort(values)
	at := func(share float64) float64 {
		place := share * float64(len(values)-1)
		low := int(place)
		high := min(low+1, len(values)-1)
		return values[low] + (values[high]-values[low])*(place-float64(low))
	}
	return Interval{at((1 - level) / 2), at((1 + level) / 2), byBootstrap}
}

// resampled measures both models on r.Samples resamples of their rows, on all
// cores. Each resample has its own stream of random numbers.
func resampled(ctx context.Context, a, b []Outcome, kind Kind, r Resampling) ([]measuredPair, error) {
	byA, byB := byScore(a), byScore(b)
	out := make([]measuredPair, r.Samples)
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), r.Samples) {
		wait.Go(func() {
			counts := make([]float64, len(a))
			drawnA, drawnB := inOrder(a, byA), inOrder(b, byB)
			measure := func(drawn []Outcome, order []int) map[string]float64 {
				for to, i := range order {
					drawn[to].Rows = counts[i]
				}
				return kind.Measure(drawn)
			}
			for sample := range next {
				draw(a, rand.NewPCG(r.Seed, uint64(sample)), counts)
				out[sample].a = measure(drawnA, byA)
				out[sample].b = out[sample].a
				if &a[0] != &b[0] {
					out[sample].b = measure(drawnB, byB)
				}
			}
		})
	}
	for sample := range out {
		if ctx.Err() != nil {
			break
		}
		next <- sample
	}
	close(next)
	wait.Wait()
	return out, ctx.Err()
}

func inOrder(outcomes []Outcome, order []int) []Outcome {
	sorted := make([]Outcome, len(order))
	for to, i := range order {
		sorted[to] = outcomes[i]
	}
	return sorted
}

// draw writes how often the rows of each outcome are drawn.
func draw(outcomes []Outcome, source rand.Source, counts []float64) {
	for i, o := range outcomes {
		counts[i] = 0
		if o.Rows > 0 {
			counts[i] = distuv.Poisson{Lambda: o.Rows, Src: source}.Rand()
		}
	}
}

// byScore orders outcomes by falling first score, so that those of one score
// stand together and metrics find them sorted.
func byScore(outcomes []Outcome) []int {
	order := make([]int, len(outcomes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(outcomes[j].Scores[0], outcomes[i].Scores[0]) })
	return order
}
