package metrics

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var nan = math.NaN()

var (
	ties = []Group{{0.3, 2, 9}, {0.8, 2, 3}, {0.1, 0, 6}, {0.5, 1, 1}, {0.9, 3, 4}, {0.05, 1, 12}, {0.8, 1, 2}, {0.6, 5, 10}, {0.5, 0, 2}}

	// twenty rows, a score each: (i+½)/20 with these labels
	distinct = func() (out []Group) {
		for i, y := range []float64{1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1} {
			out = append(out, Group{(float64(i) + 0.5) / 20, y, 1})
		}
		return out
	}()
	certain = []Group{{1, 4, 5}, {0, 1, 5}}
)

// TestBinaryMatchesReferences has its numbers from scikit-learn 1.9.1 on the
// rows that the groups stand for: roc_auc_score, average_precision_score,
// max |tpr−fpr| of roc_curve, log_loss of the score and of the mean label,
// brier_score_loss, 1−accuracy_score(score > 0.5), mean |prob_true−prob_pred|
// of calibration_curve(n_bins=10, strategy="quantile"). XGBoost 3.4.1 gives the
// same auc, logloss, error and rmse to float32's precision; scikit-learn clips
// certain predictions elsewhere, so their log loss is XGBoost's. Of tied scores
// ece is by hand.
func TestBinaryMatchesReferences(t *testing.T) {
	for name, c := range map[string]struct {
		groups []Group
		want   map[string]float64
	}{
		"ties": {ties, map[string]float64{
			"rows": 49, "base_rate": 0.30612244897959184, "auc": 0.8049019607843138, "pr_auc": 0.5933026428660676, "ks": 0.5058823529411764,
			"logloss": 0.5065058828703249, "logloss_base": 0.6159629337538381, "brier": 0.16714285714285712, "error": 0.24489795918367352,
			// bins by middle rank: .05, .1, .3, .5, .6, .8 and .9
			"ece": (12*math.Abs(0.05-1./12) + 6*0.1 + 9*math.Abs(0.3-2./9) + 3*math.Abs(0.5-1./3) + 10*0.1 + 9*math.Abs(7.6/9-6./9)) / 49}},
		"distinct": {distinct, map[string]float64{
			"rows": 20, "base_rate": 0.65, "auc": 0.9120879120879122, "pr_auc": 0.9671597633136093, "ks": 0.8461538461538461,
			"logloss": 0.5203682344639186, "logloss_base": 0.6474466390346324, "brier": 0.14562499999999995, "error": 0.15,
			"ece": (0.45 + 0.15 + 0.25 + 0.15 + 0.05 + 0.45 + 0.35 + 0.25 + 0.15 + 0.05) / 10}},
		"certain and sometimes wrong": {certain, map[string]float64{
			"rows": 10, "base_rate": 0.5, "auc": 0.8, "pr_auc": 0.74, "ks": 0.6,
			"logloss": 7.368272297580947, "logloss_base": 0.6931471805599453, "brier": 0.2, "error": 0.2, "ece": 0.2}},
		"all scores alike": {[]Group{{0.4, 3, 8}}, map[string]float64{
			"rows": 8, "base_rate": 0.375, "auc": 0.5, "pr_auc": 0.375, "ks": 0,
			"logloss": 0.6628750393065523, "logloss_base": 0.6615632381579821, "brier": 0.235, "error": 0.375, "ece": 0.025}},
		"no label 1": {[]Group{{0.4, 0, 3}, {0.6, 0, 1}}, map[string]float64{
			"rows": 4, "base_rate": 0, "auc": nan, "pr_auc": nan, "ks": nan,
			"logloss": -(3*math.Log(0.6) + math.Log(0.4)) / 4, "logloss_base": 0, "brier": 0.21, "error": 0.25, "ece": 0.45}},
		"only label 1": {[]Group{{0.5, 2, 2}}, map[string]float64{
			"rows": 2, "base_rate": 1, "auc": nan, "pr_auc": 1, "ks": nan,
			"logloss": math.Ln2, "logloss_base": 0, "brier": 0.25, "error": 1, "ece": 0.5}},
		"no rows": {[]Group{{0.5, 0, 0}}, map[string]float64{
			"rows": 0, "base_rate": nan, "auc": nan, "pr_auc": nan, "ks": nan,
			"logloss": nan, "logloss_base": nan, "brier": nan, "error": nan, "ece": nan}},
	} {
		same(t, name, Binary(c.groups, true), c.want)

		margin := maps.Clone(c.want)
		for _, name := range []string{"logloss", "logloss_base", "brier", "error", "ece"} {
			delete(margin, name)
		}
		margin["rmse"] = math.Sqrt(c.want["brier"])
		same(t, name+", not probabilities", Binary(c.groups, false), margin)
	}
}

func same(t *testing.T, name string, got, want map[string]float64) {
	t.Helper()
	for metric := range got {
		if _, expected := want[metric]; !expected || !slices.Contains(Names, metric) {
			t.Errorf("%s: unexpected metric %s", name, metric)
		}
	}
	for metric, value := range want {
		if v, found := got[metric]; !found || !near(v, value) {
			t.Errorf("%s: %s is %.17g, not %.17g", name, metric, v, value)
		}
	}
}

func near(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-12*max(1, math.Abs(b))
}

func TestGroupsCountAsTheirRows(t *testing.T) {
	var rows []Group
	for _, g := range ties {
		for i := range int(g.Total) {
			y := 0.0
			if float64(i) < g.Positive {
				y = 1
			}
			rows = append(rows, Group{g.Score, y, 1})
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	before := slices.Clone(rows)
	for _, probability := range []bool{true, false} {
		same(t, "rows", Binary(rows, probability), Binary(ties, probability))
	}
	if a, b := Lift(rows, 10), Lift(ties, 10); !slices.EqualFunc(a, b, func(a, b Part) bool {
		return near(a.Rows, b.Rows) && near(a.Positive, b.Positive) && near(a.Gain, b.Gain) && near(a.Lift, b.Lift)
	}) {
		t.Errorf("lift of rows %v, of groups %v", a, b)
	}
	if a, b := Confusion(rows, 0.5), Confusion(ties, 0.5); a != b {
		t.Errorf("confusion of rows %v, of groups %v", a, b)
	}
	if !slices.Equal(rows, before) {
		t.Error("the groups were changed")
	}
}

func TestLogLossOfTheMeanIsTheBaseline(t *testing.T) {
	m := Binary([]Group{{0.375, 1, 3}, {0.375, 2, 5}}, true)
	if !near(m["logloss"], m["logloss_base"]) {
		t.Errorf("log loss %g of the base rate is not its baseline %g", m["logloss"], m["logloss_base"])
	}
}
