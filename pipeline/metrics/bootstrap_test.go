package metrics

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// models are the outcomes of n rows under a model that knows their probability
// and under one that knows it through noise.
func models(n int, noise float64) (good, poor []Outcome) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range n {
		p := rng.Float64()
		label := 0.0
		if rng.Float64() < p {
			label = 1
		}
		blurred := min(max(p+noise*rng.NormFloat64(), 0.01), 0.99)
		good = append(good, Outcome{[]float64{p}, label, 1})
		poor = append(poor, Outcome{[]float64{blurred}, label, 1})
	}
	return good, poor
}

func TestCompareTellsWorseModelsFromTheSame(t *testing.T) {
	good, poor := models(1500, 0.4)
	r := Resampling{0.95, 200, 7}
	same, err := Compare(t.Context(), good, slices.Clone(good), Probability, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range same {
		if d.Difference != 0 || d.Low > 0 || d.High < 0 || d.Better != 0.5 {
			t.Errorf("a model against itself: %+v", d)
		}
	}
	worse, err := Compare(t.Context(), poor, good, Probability, r)
	if err != nil {
		t.Fatal(err)
	}
	if len(worse) != 6 {
		t.Errorf("%d metrics: %+v", len(worse), worse)
	}
	for _, d := range worse {
		if d.Low <= 0 && d.High >= 0 || d.Better > 0.01 {
			t.Errorf("a worse model against a good one: %+v", d)
		}
	}
}

func TestComparisonIsTheSameForASeedInAnyOrder(t *testing.T) {
	good, poor := models(300, 0.2)
	one, _ := Compare(t.Context(), good, poor, Probability, Resampling{0.9, 50, 3})
	slices.Reverse(good)
	slices.Reverse(poor)
	again, _ := Compare(t.Context(), good, poor, Probability, Resampling{0.9, 50, 3})
	other, _ := Compare(t.Context(), good, poor, Probability, Resampling{0.9, 50, 4})
	for i := range one {
		if !near(one[i].Difference, again[i].Difference) || !near(one[i].Low, again[i].Low) || !near(one[i].High, again[i].High) {
			t.Errorf("one seed: %+v and %+v", one[i], again[i])
		}
		if one[i].Method == byBootstrap && one[i].Interval == other[i].Interval {
			t.Errorf("two seeds: %+v and %+v", one[i], other[i])
		}
	}
}

// TestModelsThatRankAlikeHaveNoDifferenceInAUC, though one says 0.8 where the
// other says 0.64.
func TestModelsThatRankAlikeHaveNoDifferenceInAUC(t *testing.T) {
	a, _ := models(500, 0)
	b := slices.Clone(a)
	for i := range b {
		b[i].Scores = []float64{a[i].Scores[0] * a[i].Scores[0]}
	}
	differences, err := Compare(t.Context(), a, b, Probability, Resampling{0.95, 50, 1})
	if err != nil {
		t.Fatal(err)
	}
	if auc := differences[0]; *auc.P != 1 || auc.Low != 0 || auc.High != 0 || auc.Better != 0.5 {
		t.Errorf("%+v, p = %g", auc, *auc.P)
	}
}

// TestBootstrapAgreesWithTheCentralLimit: for a mean of many rows the
// percentiles are those of the normal distribution, also where rows come in
// groups of many.
func TestBootstrapAgreesWithTheCentralLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var outcomes []Outcome
	rows, sum, squares := 0.0, 0.0, 0.0
	for range 120 {
		off, n := rng.ExpFloat64(), float64(rng.IntN(40))
		outcomes = append(outcomes, Outcome{[]float64{3 + off}, 3, n})
		rows += n
		sum += n * off
		squares += n * off * off
	}
	mean := sum / rows
	half := 1.96 * math.Sqrt((squares/rows-mean*mean)/rows)
	estimates, err := Intervals(t.Context(), outcomes, Number, Resampling{0.95, 4000, 1})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(estimates, func(e Estimate) bool { return e.Metric == "mae" })
	e := estimates[i]
	if math.Abs(e.Value-mean) > 1e-12 || math.Abs(e.Low-(mean-half)) > 0.08*half || math.Abs(e.High-(mean+half)) > 0.08*half {
		t.Errorf("%+v, by the central limit theorem %g ± %g", e, mean, half)
	}
}

// TestIntervalsHoldTheirLevel draws many samples of a known truth: about 95 of
// 100 intervals hold it.
func TestIntervalsHoldTheirLevel(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	const samples, rows = 300, 120
	// A score uniform in 0…1 that is the probability: AUC = 5/6, Brier = 1/6.
	truth := map[string]float64{"auc": 5. / 6, "brier": 1. / 6, "error": 0.25}
	held := map[string]int{}
	for sample := range samples {
		var outcomes []Outcome
		for range rows {
			p, label := rng.Float64(), 0.0
			if rng.Float64() < p {
				label = 1
			}
			outcomes = append(outcomes, Outcome{[]float64{p}, label, 1})
		}
		estimates, err := Intervals(t.Context(), outcomes, Probability, Resampling{0.95, 200, uint64(sample)})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range estimates {
			if v, known := truth[e.Metric]; known && e.Low <= v && v <= e.High {
				held[e.Metric]++
			}
		}
	}
	for metric := range truth {
		if share := float64(held[metric]) / samples; share < 0.91 || share > 0.985 {
			t.Errorf("%s lies in %.1f %% of its 95 %% intervals", metric, 100*share)
		}
	}
}

func TestUndefinedMetricsAreLeftOut(t *testing.T) {
	r := Resampling{0.95, 20, 1}
	for name, c := range map[string]struct {
		outcomes []Outcome
		kind     Kind
		want     []string
	}{
		"no rows":           {nil, Probability, nil},
		"one row":           {[]Outcome{{[]float64{0.4}, 1, 1}}, Probability, []string{"pr_auc", "logloss", "brier", "error"}},
		"labels alike":      {[]Outcome{{[]float64{0.4}, 0, 5}, {[]float64{0.6}, 0, 2}}, Probability, []string{"logloss", "brier", "error"}},
		"a constant number": {[]Outcome{{[]float64{1}, 2, 5}}, Number, []string{"rmse", "mae"}},
		"scores of any scale": {[]Outcome{{[]float64{-3}, 0, 5}, {[]float64{7}, 0, 4}, {[]float64{7}, 1, 9}}, Ranking,
			[]string{"auc", "pr_auc", "ks", "rmse"}},
		"three classes": {[]Outcome{{[]float64{0.2, 0.5, 0.3}, 1, 3}, {[]float64{0.2, 0.5, 0.3}, 2, 1}}, Classes, []string{"mlogloss", "merror"}},
	} {
		estimates, err := Intervals(t.Context(), c.outcomes, c.kind, r)
		var got []string
		for _, e := range estimates {
			got = append(got, e.Metric)
			if !(e.Low <= e.High) {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v (%v)", name, got, c.want, err)
		}
	}
}

func TestCompareStopsWhenAsked(t *testing.T) {
	good, poor := models(200, 0.1)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Compare(ctx, good, poor, Probability, Resampling{0.95, 100, 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancel: %v", err)
	}
	if _, err := Compare(t.Context(), good, poor, Probability, Resampling{Level: 95, Samples: 100}); err == nil {
		t.Error("a level of 95 is taken")
	}
}

func TestIsotonicIsAStepFunction(t *testing.T) {
	c := Isotonic([]Group{{0.2, 1, 4}, {0.4, 0, 4}, {0.6, 3, 4}})
	for score, want := range map[float64]float64{-1: 0.125, 0.2: 0.125, 0.3: 0.125, 0.5: 0.125, 0.6: 0.75, 7: 0.75} {
		if got := c.At(score); got != want {
			t.Errorf("at %g: %g, not %g", score, got, want)
		}
	}
	if got := Isotonic(nil).At(0.5); !math.IsNaN(got) {
		t.Errorf("without rows: %g", got)
	}
	if got := c.At(math.NaN()); !math.IsNaN(got) {
		t.Errorf("of no score: %g", got)
	}
}
