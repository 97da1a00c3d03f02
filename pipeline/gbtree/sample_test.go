package gbtree

import (
	"context"
	"math"
	"runtime"
	"testing"

	"willbuy/pipeline/encode"
)

func TestSampledRowsFollowTheBinomialLaw(t *testing.T) {
	for _, count := range []int64{1, 7, 40, 100_000} {
		for _, share := range []float32{0.1, 0.5, 0.9} {
			const entries = 20_000
			cells := &encode.Cells{Count: make([]int64, entries)}
			for e := range cells.Count {
				cells.Count[e] = count
			}
			p := Params{Subsample: share, Seed: 3}
			out := make([]int64, entries)
			sampleRows(&p, cells, 0, out)
			sum, squares := 0.0, 0.0
			for _, n := range out {
				if n < 0 || n > count {
					t.Fatalf("%d of %d rows", n, count)
				}
				sum += float64(n)
				squares += float64(n) * float64(n)
			}
			n, q := float64(count), float64(share)
			mean, variance := sum/entries, squares/entries-sum/entries*sum/entries
			if want := n * q; math.Abs(mean-want) > 5*math.Sqrt(n*q*(1-q)/entries) {
				t.Errorf("%g of %d: mean %g, want %g", share, count, mean, want)
			}
			if want := n * q * (1 - q); math.Abs(variance/want-1) > 0.06 {
				t.Errorf("%g of %d: variance %g, want %g", share, count, variance, want)
			}
		}
	}
}

func TestSamplesDependOnSeedAndTreeAndNotOnCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	values, labels := make([]float64, 400), make([]float64, 400)
	for i := range values {
		values[i], labels[i] = float64(i%50), float64(i*i%7%2)
	}
	cells := cellsOf(t, values, labels)
	grow := func(cores int, seed int64) *Model {
		runtime.GOMAXPROCS(cores)
		p := DefaultParams(Logistic)
		p.Subsample, p.Rounds, p.Seed = 0.6, 3, seed
		m, err := Train(context.Background(), p, Input{Train: cells}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	first := grow(1, 5)
	if d := difference(grow(4, 5), first); d != "" {
		t.Errorf("four cores: %s", d)
	}
	if difference(grow(1, 6), first) == "" {
		t.Error("two seeds give one model")
	}
	if total := first.Trees[0].Hess[0]; total == first.Trees[1].Hess[0] || total > 100*0.75 {
		t.Errorf("hessians of the roots %v, %v of rows with 100 in all", total, first.Trees[1].Hess[0])
	}
}
