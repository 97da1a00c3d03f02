package metrics

import (
	"slices"
	"testing"
)

// TestCalibrationMatchesScikitLearn has its rates from calibration_curve of
// scikit-learn 1.9.1, strategy="quantile".
func TestCalibrationMatchesScikitLearn(t *testing.T) {
	got := Calibration(distinct, 10)
	rates := []float64{0.5, 0, 0, 0.5, 0.5, 1, 1, 1, 1, 1}
	if len(got) != len(rates) {
		t.Fatalf("%d bins", len(got))
	}
	for i, b := range got {
		if b.Rows != 2 || !near(b.Score, 0.05+float64(i)/10) || !near(b.Rate, rates[i]) {
			t.Errorf("bin %d is %+v, its rate should be %g", i, b, rates[i])
		}
	}
}

func TestCalibrationKeepsTiesTogether(t *testing.T) {
	groups := []Group{{0.9, 3, 4}, {0.5, 4, 10}, {0.2, 1, 1}, {0.5, 1, 1}, {0.1, 0, 4}}
	for bins, want := range map[int][]Bin{
		1:  {{20, (3.6 + 5.5 + 0.2 + 0.4) / 20, 9. / 20}},
		2:  {{5, 0.6 / 5, 1. / 5}, {15, (3.6 + 5.5) / 15, 8. / 15}}, // the tie's middle rank is 10.5 of 20
		10: {{4, 0.1, 0}, {1, 0.2, 1}, {11, 0.5, 5. / 11}, {4, 0.9, 0.75}},
	} {
		got := Calibration(groups, bins)
		if !slices.EqualFunc(got, want, func(a, b Bin) bool {
			return a.Rows == b.Rows && near(a.Score, b.Score) && near(a.Rate, b.Rate)
		}) {
			t.Errorf("%d bins: %v, not %v", bins, got, want)
		}
	}
	if got := Calibration(nil, 10); len(got) != 0 {
		t.Errorf("no rows: %v", got)
	}
}

func TestLiftSplitsTiesInProportion(t *testing.T) {
	groups := []Group{{0.1, 0, 2}, {0.9, 2, 2}, {0.5, 1, 4}}
	base := 3. / 8
	for parts, want := range map[int][]Part{
		1: {{8, 3, 1, 1}},
		4: {{2, 2, 2. / 3, 1 / base}, {2, 0.5, 2.5 / 3, 0.25 / base}, {2, 0.5, 1, 0.25 / base}, {2, 0, 1, 0}},
		3: { // of 2⅔ rows: 2 + ⅔ of the tie's 4, 2⅔ of them, the rest
			{8. / 3, 2 + 1./6, (2 + 1./6) / 3, (2 + 1./6) / (8. / 3) / base},
			{8. / 3, 2. / 3, (2 + 5./6) / 3, 0.25 / base},
			{8. / 3, 1. / 6, 1, (1. / 6) / (8. / 3) / base}},
	} {
		got := Lift(groups, parts)
		if !slices.EqualFunc(got, want, func(a, b Part) bool {
			return near(a.Rows, b.Rows) && near(a.Positive, b.Positive) && near(a.Gain, b.Gain) && near(a.Lift, b.Lift)
		}) {
			t.Errorf("%d parts: %v, not %v", parts, got, want)
		}
	}
	if got := Lift([]Group{{0.5, 0, 0}}, 10); len(got) != 0 {
		t.Errorf("no rows: %v", got)
	}
}

func TestLiftPartsAddUp(t *testing.T) {
	for parts := 1; parts <= 60; parts++ {
		rows, positive := 0.0, 0.0
		got := Lift(ties, parts)
		for _, p := range got {
			rows += p.Rows
			positive += p.Positive
		}
		if !near(rows, 49) || !near(positive, 15) || !near(got[parts-1].Gain, 1) {
			t.Errorf("%d parts have %g rows, %g of them with label 1, and gain %g", parts, rows, positive, got[parts-1].Gain)
		}
	}
}
