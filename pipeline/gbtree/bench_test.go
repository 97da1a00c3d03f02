package gbtree

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"willbuy/pipeline/encode"
)

// labCells are cells like those of 10 M rows of the lab: 1,156 page-load times
// in 256 bins, layout, product type, quality, and sentiment in 20 steps; about
// 55,000 of the possible cells.
func labCells(b *testing.B) (train, valid *encode.Cells) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	kinds := []int{1156, 3, 8, 3, 20}
	features := make([]encode.Feature, len(kinds))
	for f, n := range kinds {
		features[f].Name = string(rune('a' + f))
		for v := range n {
			features[f].Values = append(features[f].Values, encode.Frequency{Value: float64(v), Count: 100, Weight: 100})
		}
	}
	cuts, err := encode.NewCuts(features, 256, encode.XGBoost34)
	if err != nil {
		b.Fatal(err)
	}
	builders := []*encode.Builder{cuts.NewBuilder(), cuts.NewBuilder()}
	row := make([]float64, len(kinds))
	for i := range 80_000 {
		for f, n := range kinds {
			row[f] = float64(rng.IntN(n))
		}
		p := 1 / (1 + math.Exp(row[0]/300-row[1]/2-row[3]/3-row[4]/20+row[2]*row[4]/100))
		label := 0.0
		if rng.Float64() < p {
			label = 1
		}
		if err := builders[i/58_000].Add(row, label, 1, 1+rng.Int64N(90)); err != nil {
			b.Fatal(err)
		}
	}
	return builders[0].Cells(), builders[1].Cells()
}

func BenchmarkTrain50RoundsDepth8(b *testing.B) {
	train, valid := labCells(b)
	b.Logf("%d training cells, %d validation cells", train.Len(), valid.Len())
	p := DefaultParams(Logistic)
	p.MaxDepth, p.Rounds, p.Eta = 8, 50, 0.1
	for b.Loop() {
		if _, err := Train(context.Background(), p, input(train, valid), func(Round) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// rowCells are the worst case: 1 M rows of 20 continuous features, of which no
// two fall into one cell.
func rowCells(b *testing.B) *encode.Cells {
	b.Helper()
	const rows, features = 1_000_000, 20
	rng := rand.New(rand.NewPCG(3, 4))
	columns := make([]encode.Feature, features)
	for f := range columns {
		columns[f].Name = string(rune('a' + f))
		for v := range 2000 {
			columns[f].Values = append(columns[f].Values, encode.Frequency{Value: float64(v), Count: rows / 2000, Weight: rows / 2000})
		}
	}
	cuts, err := encode.NewCuts(columns, 256, encode.XGBoost34)
	if err != nil {
		b.Fatal(err)
	}
	c := &encode.Cells{Cuts: cuts, First: make([]int32, rows+1), Bins: make([]uint16, 0, rows*features)}
	for i := range rows {
		logit, first := 0.0, 0.0
		for f := range features {
			v := float64(rng.IntN(2000))
			c.Bins = append(c.Bins, cuts.Bin(f, float32(v)))
			x := v/1000 - 1
			if f == 0 {
				first = x
			}
			logit += x*float64(f%5-2)/3 + first*x/10
		}
		y := float32(0)
		if rng.Float64() < 1/(1+math.Exp(-logit)) {
			y = 1
		}
		c.Label, c.Weight, c.Count = append(c.Label, y), append(c.Weight, 1), append(c.Count, 1)
		c.First[i+1] = int32(i + 1)
	}
	return c
}

func BenchmarkTrainARoundOfAMillionRows(b *testing.B) {
	train := rowCells(b)
	p := DefaultParams(Logistic)
	p.MaxDepth, p.Rounds, p.Eta = 8, 5, 0.1
	for b.Loop() {
		if _, err := Train(context.Background(), p, Input{Train: train}, func(Round) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(p.Rounds), "s/round")
}
