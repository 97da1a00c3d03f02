package metrics

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// peers are testdata/metrics/cases.json: what scikit-learn, scipy, XGBoost and
// the definition of DeLong's variance in numpy say (make.py beside it).
type peers struct {
	Binary []struct {
		A        []float64 `json:"score_a"`
		B        []float64 `json:"score_b"`
		Positive []float64 `json:"positive"`
		Total    []float64 `json:"total"`

		AUC, AP, AUCPR float64
		DeLong         struct {
			A, B, Difference [3]float64 // value, low, high at 95 %
			P                float64
		}
		Isotonic [2][]float64 // scores, rates
		BestF1   struct {
			F1     float64
			Above  float64
			Matrix [4]float64 // true negatives, false positives, false negatives, true positives
		} `json:"best_f1"`
		Wilson [3]float64 // of the error
	}
	Number struct {
		Score, Label  []float64
		RMSE, MAE, R2 float64
	}
	Classes struct {
		Scores           [][]float64
		Label            []float64
		MLogLoss, MError float64
		Confusion        [][]float64
	}
}

func readPeers(t *testing.T) (p peers) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/metrics/cases.json")
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func equal(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.17g, not %.17g", what, got, want)
	}
}

func TestRankingMatchesPeers(t *testing.T) {
	for _, c := range readPeers(t).Binary {
		groups := make([]Group, len(c.A))
		for i := range groups {
			groups[i] = Group{c.A[i], c.Positive[i], c.Total[i]}
		}
		m := Binary(groups, true)
		equal(t, "auc", m["auc"], c.AUC, 1e-12)
		equal(t, "average precision", m["pr_auc"], c.AP, 1e-12)
		equal(t, "XGBoost's aucpr", AUCPR(groups), c.AUCPR, 1e-6) // theirs on float32 probabilities

		threshold, at := BestThreshold(groups, Matrix.F1)
		equal(t, "best F1", at.F1(), c.BestF1.F1, 1e-12)
		if want := (Matrix{c.BestF1.Matrix[3], c.BestF1.Matrix[1], c.BestF1.Matrix[2], c.BestF1.Matrix[0]}); at != want || Confusion(groups, threshold) != want {
			t.Errorf("at the best threshold %g: %v, by Confusion %v, not %v", threshold, at, Confusion(groups, threshold), want)
		}
		if threshold <= c.BestF1.Above {
			t.Errorf("the best threshold %g is not above the score %g", threshold, c.BestF1.Above)
		}

		calibrated := Isotonic(groups)
		for i, score := range c.Isotonic[0] {
			equal(t, "isotonic rate", calibrated.At(score), c.Isotonic[1][i], 1e-6) // theirs are float32
		}
	}
}

func TestIntervalsMatchPeers(t *testing.T) {
	for _, c := range readPeers(t).Binary {
		var a, b []Outcome
		for i := range c.A {
			for label, rows := range []float64{c.Total[i] - c.Positive[i], c.Positive[i]} {
				a = append(a, Outcome{[]float64{c.A[i]}, float64(label), rows})
				b = append(b, Outcome{[]float64{c.B[i]}, float64(label), rows})
			}
		}
		differences, err := Compare(t.Context(), a, b, Probability, Resampling{0.95, 1, 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range differences {
			switch d.Metric {
			case "auc":
				for i, got := range [3][3]float64{{d.A.Value, d.A.Low, d.A.High}, {d.B.Value, d.B.Low, d.B.High}, {d.Difference, d.Low, d.High}} {
					for j, want := range [][3]float64{c.DeLong.A, c.DeLong.B, c.DeLong.Difference}[i] {
						equal(t, "DeLong's", got[j], want, 1e-12)
					}
				}
				equal(t, "DeLong's p", *d.P, c.DeLong.P, 1e-12)
			case "error":
				for i, got := range []float64{d.A.Value, d.A.Low, d.A.High} {
					equal(t, "Wilson's", got, c.Wilson[i], 1e-12)
				}
			}
		}
	}
}

func TestNumbersMatchScikitLearn(t *testing.T) {
	c := readPeers(t).Number
	var outcomes []Outcome
	for i, score := range c.Score {
		outcomes = append(outcomes, Outcome{[]float64{score}, c.Label[i], 1})
	}
	m := Number.Measure(outcomes)
	equal(t, "rmse", m["rmse"], c.RMSE, 1e-12)
	equal(t, "mae", m["mae"], c.MAE, 1e-12)
	equal(t, "r2", m["r2"], c.R2, 1e-12)
}

func TestClassesMatchScikitLearn(t *testing.T) {
	c := readPeers(t).Classes
	var outcomes []Outcome
	for i, scores := range c.Scores {
		outcomes = append(outcomes, Outcome{scores, c.Label[i], 1})
	}
	m := Classes.Measure(outcomes)
	equal(t, "mlogloss", m["mlogloss"], c.MLogLoss, 1e-12)
	equal(t, "merror", m["merror"], c.MError, 1e-12)
	for i, row := range ConfusionClasses(outcomes) {
		for j, n := range row {
			equal(t, "confusion", n, c.Confusion[i][j], 0)
		}
	}
}
