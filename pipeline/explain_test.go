package pipeline

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"willbuy/pipeline/metrics"
)

// shown gives the tables of a step as the last run recorded them.
func shown(t *testing.T, w *Workspace, step, name string) Table {
	t.Helper()
	table, ok := assess(t, w).Step(step).Table(name)
	if !ok || len(table.Rows) == 0 {
		t.Fatalf("step %s shows no table %q", step, name)
	}
	return table
}

// values gives the numbers of a column; what is none is NaN.
func values(table Table, name string) []float64 {
	at := -1
	for i, c := range table.Columns {
		if c.Name == name {
			at = i
		}
	}
	var out []float64
	for _, row := range table.Rows {
		x, ok := row[at].(float64)
		if !ok {
			x = math.NaN()
		}
		out = append(out, x)
	}
	return out
}

func TestTrainingShowsHowFarItsModelCanBeTrusted(t *testing.T) {
	w := newLab(t)
	m := shown(t, w, "train", "metrics")
	low, high, validation := values(m, "LOW"), values(m, "HIGH"), values(m, "VALIDATION")
	intervals := 0
	for i := range validation {
		if low[i] == low[i] {
			intervals++
			if !(low[i] <= validation[i] && validation[i] <= high[i]) {
				t.Errorf("%v: %v is not in %v … %v", m.Rows[i][0], validation[i], low[i], high[i])
			}
		}
	}
	if intervals < 3 {
		t.Errorf("%d metrics have an interval: %v", intervals, m.Rows)
	}
	total := 0.0
	for _, name := range []string{"TRUE_POSITIVE", "FALSE_POSITIVE", "FALSE_NEGATIVE", "TRUE_NEGATIVE"} {
		total += values(shown(t, w, "train", "confusion"), name)[0]
	}
	if total != validation[0] { // rows
		t.Errorf("the matrix counts %v customers of %v", total, validation[0])
	}
	gain := values(shown(t, w, "train", "gain"), "GAIN")
	if !slices.IsSorted(gain) || gain[len(gain)-1] != 1 {
		t.Errorf("the gain is %v", gain)
	}
	sum := 0.0
	for _, n := range values(shown(t, w, "train", "calibration"), "CUSTOMERS") {
		sum += n
	}
	if sum != validation[0] {
		t.Errorf("the calibration counts %v customers of %v", sum, validation[0])
	}
}

func TestExplanationsOfDistinctRowsAreThoseOfTheirCells(t *testing.T) {
	w := newLab(t)
	q, err := w.OpenWhatIf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"MARGIN", "BIAS"}
	for _, f := range DefaultLab().Features {
		columns = append(columns, "CAST("+f+" AS DOUBLE)", f+ExplanationSuffix)
	}
	rows, err := w.Store.Query(t.Context(), "SELECT "+strings.Join(columns, ", ")+" FROM EXPLAINED_CELLS")
	if err != nil {
		t.Fatal(err)
	}
	all, err := rows.Collect(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all {
		sum, input := row[1].(float64), make([]float32, len(q.Features))
		for f := range input {
			input[f] = float32(row[2+2*f].(float64))
			sum += row[3+2*f].(float64)
		}
		margin := float64(q.study.Model().Margin(input))
		if row[0].(float64) != margin || math.Abs(sum-margin) > additive {
			t.Fatalf("row %v: margin %v, the model's %v, contributions add up to %v", input, row[0], margin, sum)
		}
	}
}

func TestLeversStandBesideTheTruthOfSyntheticData(t *testing.T) {
	w := newLab(t)
	levers := shown(t, w, "explain", "levers")
	truth, low, per, high := values(levers, "TRUE_PER_1000"), values(levers, "LOW"), values(levers, "PER_1000"), values(levers, "HIGH")
	for i, row := range levers.Rows {
		if row[1] != "technical" && row[1] != "product" {
			t.Errorf("the lever %v is of the kind %v", row[0], row[1])
		}
		if per[i] > 0 && (truth[i] != truth[i] || !(low[i] <= high[i])) {
			t.Errorf("the lever %v has the truth %v and the interval %v … %v", row[0], truth[i], low[i], high[i])
		}
	}
	facts := assess(t, w).Step("explain").Result.Facts
	if answer, _ := facts["answer"].(string); !strings.Contains(answer, "technical") || !strings.Contains(answer, "product") {
		t.Errorf("the closing question is answered by %q", answer)
	}
	if caveat, _ := facts["caveat"].(string); !strings.Contains(caveat, "model") {
		t.Errorf("no word that this is the model's view: %q", caveat)
	}
}

func TestLikelyBuyersAreListedWithReasons(t *testing.T) {
	w := newLab(t)
	list := shown(t, w, "explain", "buyers")
	probability := values(list, "PROBABILITY")
	for i, row := range list.Rows {
		if i > 0 && probability[i] > probability[i-1] || !(probability[i] >= 0 && probability[i] <= 1) {
			t.Errorf("row %d: %v after %v", i+1, probability[i], probability[max(0, i-1)])
		}
		if reason, _ := row[4].(string); !strings.ContainsAny(reason, "+−") {
			t.Errorf("the first reason of %v is %q", row[0], reason)
		}
	}
	first := query(t, w, "SELECT UUID FROM PREDICTIONS ORDER BY PREDICTION DESC, UUID LIMIT 1")[0]
	if list.Rows[0][0] != first {
		t.Errorf("%v is listed first, %s scores best", list.Rows[0][0], first)
	}
}

func TestNobodyIsCalibratedOnAHandful(t *testing.T) {
	var groups []metrics.Group
	for i := range 100 {
		groups = append(groups, metrics.Group{Score: float64(i) / 100, Positive: float64(i % 2), Total: 1})
	}
	merged := coarse(groups)
	sum := 0.0
	for i, g := range merged {
		sum += g.Total
		if i < len(merged)-1 && g.Total < leastCalibrated {
			t.Errorf("group %d rests on %v customers", i, g.Total)
		}
	}
	if sum != 100 || merged[0].Score != 0.6 || merged[0].Total != 40 {
		t.Errorf("100 customers became %v", merged)
	}
}

func TestMonotoneTreesNeverPushTheOtherWay(t *testing.T) {
	w := newLab(t)
	constraints, err := json.Marshal(map[string]int{"PAGE_LOAD_TIME": -1})
	if err != nil {
		t.Fatal(err)
	}
	set(t, w, "train.monotone_constraints="+string(constraints), "train.grow_policy=lossguide", "train.max_leaves=6", "train.compat=3.2", "explain.refits=0")
	run(t, w, Request{To: "explain"})
	q := openWhatIf(t, w)
	a, err := q.Answer(t.Context(), Question{From: q.Usual(), To: q.Usual(), Feature: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range a.Curve.Points[1:] {
		if p.Mean > a.Curve.Points[i].Mean+1e-9 {
			t.Errorf("slower pages sell more: %v at %v, %v at %v", a.Curve.Points[i].Mean, a.Curve.Points[i].Value, p.Mean, p.Value)
		}
	}
	if low := values(shown(t, w, "explain", "levers"), "LOW"); low[0] == low[0] {
		t.Errorf("an interval without refits: %v", low)
	}
}
