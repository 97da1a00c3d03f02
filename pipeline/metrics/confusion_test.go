package metrics

import (
	"math"
	"testing"
)

// TestConfusionMatchesScikitLearn has its numbers from confusion_matrix,
// precision_score, recall_score and f1_score of scikit-learn 1.9.1 on
// score > 0.5.
func TestConfusionMatchesScikitLearn(t *testing.T) {
	for name, c := range map[string]struct {
		groups                []Group
		threshold             float64
		want                  Matrix
		precision, recall, f1 float64
	}{
		"ties":             {ties, 0.5, Matrix{11, 8, 4, 26}, 0.5789473684210527, 0.7333333333333333, 0.6470588235294118},
		"distinct":         {distinct, 0.5, Matrix{10, 0, 3, 7}, 1, 0.7692307692307693, 0.8695652173913043},
		"nothing above":    {ties, 0.9, Matrix{0, 0, 15, 34}, math.NaN(), 0, 0},
		"nothing to find":  {[]Group{{0.7, 0, 2}}, 0.5, Matrix{0, 2, 0, 0}, 0, math.NaN(), 0},
		"nothing whatever": {nil, 0.5, Matrix{}, math.NaN(), math.NaN(), math.NaN()},
	} {
		got := Confusion(c.groups, c.threshold)
		if got != c.want || !near(got.Precision(), c.precision) || !near(got.Recall(), c.recall) || !near(got.F1(), c.f1) {
			t.Errorf("%s: %+v, precision %g, recall %g, F1 %g", name, got, got.Precision(), got.Recall(), got.F1())
		}
	}
}

func TestConfusionTopSplitsTiesInProportion(t *testing.T) {
	groups := []Group{{0.1, 0, 2}, {0.9, 2, 2}, {0.5, 1, 4}}
	for k, want := range map[float64]Matrix{
		0:  {0, 0, 3, 5},
		1:  {1, 0, 2, 5},
		4:  {2.5, 1.5, 0.5, 3.5},
		8:  {3, 5, 0, 0},
		20: {3, 5, 0, 0},
	} {
		if got := ConfusionTop(groups, k); got != want {
			t.Errorf("of the top %g: %v, not %v", k, got, want)
		}
	}
}

func TestBestThresholdWeighsCosts(t *testing.T) {
	groups := []Group{{0.1, 0, 6}, {0.3, 1, 4}, {0.6, 2, 4}, {0.9, 3, 3}}
	for name, c := range map[string]struct {
		value     func(Matrix) float64
		threshold float64
		want      Matrix
	}{
		"letters cost nothing":      {func(m Matrix) float64 { return m.TruePositive }, 0.2, Matrix{6, 5, 0, 6}},
		"a letter is a third":       {func(m Matrix) float64 { return 3*m.TruePositive - (m.TruePositive + m.FalsePositive) }, 0.45, Matrix{5, 2, 1, 9}},
		"nothing is worth a letter": {func(m Matrix) float64 { return -m.TruePositive - m.FalsePositive }, 0.9, Matrix{0, 0, 6, 11}},
		"all or nothing":            {Matrix.Recall, 0.2, Matrix{6, 5, 0, 6}},
	} {
		threshold, at := BestThreshold(groups, c.value)
		if !near(threshold, c.threshold) || at != c.want || Confusion(groups, threshold) != at {
			t.Errorf("%s: threshold %g, %v, not %g, %v", name, threshold, at, c.threshold, c.want)
		}
	}
	if threshold, _ := BestThreshold(groups, func(m Matrix) float64 { return m.FalsePositive }); !(threshold < 0.1) || Confusion(groups, threshold).FalsePositive != 11 {
		t.Errorf("all above %g", threshold)
	}
	if threshold, _ := BestThreshold(nil, Matrix.F1); !math.IsNaN(threshold) {
		t.Errorf("without rows: %g", threshold)
	}
}

func TestSharesOfAMatrix(t *testing.T) {
	m := Confusion(ties, 0.5)
	if !near(m.Specificity(), 26./34) || !near(m.Accuracy(), 37./49) {
		t.Errorf("specificity %g, accuracy %g", m.Specificity(), m.Accuracy())
	}
}
