package pipeline

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"willbuy/pipeline/metrics"
)

func TestTheRankingIsTheROCCurve(t *testing.T) {
	var groups []metrics.Group
	for i := range 1000 { // the higher the score, the likelier
		groups = append(groups, metrics.Group{Score: float64(i%500) / 500, Positive: float64(i % 500), Total: 500})
	}
	rows := ranking(groups)
	if n := len(rows); n < 40 || n > PreviewRows {
		t.Fatalf("the curve has %d points", n)
	}
	area, alarms, recall, score := 0.0, 0.0, 0.0, math.Inf(1)
	for _, row := range rows {
		x, y := row[1].(float64), row[2].(float64)
		if x < alarms || y < recall || row[0].(float64) >= score {
			t.Fatalf("the curve turns back at %v", row)
		}
		area += (x - alarms) * (y + recall) / 2
		alarms, recall, score = x, y, row[0].(float64)
	}
	if alarms != 1 || recall != 1 {
		t.Errorf("it ends at %v, %v", alarms, recall)
	}
	if auc := metrics.Binary(groups, true)["auc"]; math.Abs(area-auc) > 0.002 {
		t.Errorf("the area below is %v, the AUC %v", area, auc)
	}
	if rows := ranking([]metrics.Group{{Score: 1, Positive: 3, Total: 3}}); rows != nil {
		t.Errorf("where all bought there is a ranking: %v", rows)
	}
}

func TestRightAndWrongAreCountedAtEveryThreshold(t *testing.T) {
	w := newLab(t)
	table := shown(t, w, "train", "confusion")
	at, tp, fp := values(table, "THRESHOLD"), values(table, "TRUE_POSITIVE"), values(table, "FALSE_POSITIVE")
	fn, tn := values(table, "FALSE_NEGATIVE"), values(table, "TRUE_NEGATIVE")
	for i := range at {
		if i > 0 && (at[i] <= at[i-1] || tp[i] > tp[i-1] || fp[i] > fp[i-1] || tp[i]+fp[i]+fn[i]+tn[i] != tp[0]+fp[0]+fn[0]+tn[0]) {
			t.Errorf("row %d: %v after %v", i, table.Rows[i], table.Rows[i-1])
		}
	}
	if !slices.Contains(at, Threshold) || len(at) != thresholds {
		t.Errorf("the thresholds are %v", at)
	}
}

func TestSurprisesAreWrongAndTheSurestFirst(t *testing.T) {
	w := newLab(t)
	table := shown(t, w, "explain", "surprises")
	before := math.Inf(1)
	for i, p := range values(table, "PREDICTION") {
		truth := 0.0
		if table.Rows[i][3].(bool) {
			truth = 1
		}
		if miss := math.Abs(truth - p); miss > before || miss <= Threshold {
			t.Errorf("row %d is %v from the truth after %v", i, miss, before)
		} else {
			before = miss
		}
		if table.Rows[i][4] == "" {
			t.Errorf("nothing misled about %v", table.Rows[i])
		}
	}
}

func TestAnyCustomerCanBeExplained(t *testing.T) {
	w := newLab(t)
	id := strings.Fields(query(t, w, "SELECT UUID FROM ENCODED_DATA ORDER BY UUID LIMIT 1 OFFSET 7")[0])[0]
	c, err := w.Explain(t.Context(), strings.ToUpper(id))
	if err != nil || c.ID != id || c.Text == "" {
		t.Fatalf("explaining %s gives %+v, %v", id, c, err)
	}
	phi := values(c.Table, "CONTRIBUTION")
	sum := 0.0
	for _, by := range phi[:len(phi)-1] {
		sum += by
	}
	if math.Abs(sum-phi[len(phi)-1]) > additive {
		t.Errorf("contributions add up to %v, the margin is %v", sum, phi[len(phi)-1])
	}
	if _, err := w.Explain(t.Context(), "nobody"); !errors.Is(err, errNobodyThere) {
		t.Errorf("explaining nobody gives %v", err)
	}
	if review := shown(t, w, "explain", "review"); review.Rows[0][1] == "" {
		t.Errorf("the review of the customer that is shown is not recorded: %v", review.Rows)
	}
}

func TestCustomersAreFoundByIDAndByWords(t *testing.T) {
	w := newLab(t)
	all, err := w.SearchCustomers(t.Context(), "", 100)
	if err != nil || len(all) == 0 {
		t.Fatalf("everybody is %d customers, %v", len(all), err)
	}
	someone := all[len(all)/2]
	found, err := w.SearchCustomers(t.Context(), strings.ToUpper(someone.ID[:8]), 5)
	if err != nil || len(found) == 0 || found[0].ID != someone.ID || found[0].Prediction != found[0].Prediction {
		t.Errorf("the beginning of %s finds %+v, %v", someone.ID, found, err)
	}
	words := strings.Fields(someone.Text)
	found, err = w.SearchCustomers(t.Context(), words[len(words)-1]+" "+strings.ToUpper(words[0]), 100)
	if err != nil || !slices.ContainsFunc(found, func(m Match) bool { return m.ID == someone.ID }) {
		t.Errorf("two words of %q find %+v, %v", someone.Text, found, err)
	}
	if found, err := w.SearchCustomers(t.Context(), "%' OR 1=1 --", 5); err != nil || len(found) != 0 {
		t.Errorf("a text that looks like SQL finds %v, %v", found, err)
	}
}

func TestTreesReadAsConditions(t *testing.T) {
	w := newLab(t)
	trees, err := w.OpenTrees(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if trees.Len() != 10 {
		t.Fatalf("there are %d trees of 10", trees.Len())
	}
	var said strings.Builder
	for n := range trees.Len() {
		branches := trees.Tree(n)
		if branches[0].Below != len(branches)-1 {
			t.Errorf("below the root of tree %d are %d of %d", n, branches[0].Below, len(branches))
		}
		for i, b := range branches {
			said.WriteString(b.Condition + "\n")
			if b.Leaf != (b.Below == 0) || !b.Leaf && b.Gain <= 0 {
				t.Errorf("tree %d, node %d: %+v", n, i, b)
			}
			if b.Leaf {
				continue
			}
			left, right := branches[i+1], branches[i+2+branches[i+1].Below]
			if left.Last || !right.Last || math.Abs(left.Cover+right.Cover-b.Cover) > 1e-3*b.Cover {
				t.Errorf("tree %d, node %d: the sides %+v and %+v are not those of %+v", n, i, left, right, b)
			}
		}
	}
	for _, words := range []string{"page load below ", " s\n", "page load from ", "everybody"} {
		if !strings.Contains(said.String(), words) {
			t.Errorf("no condition says %q:\n%.600s", words, said.String())
		}
	}
}

func TestTreesSayWhereMissingValuesGo(t *testing.T) {
	w := newLab(t)
	trees, err := w.OpenTrees(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if conditions := fmt.Sprint(trees.Tree(0)); strings.Contains(conditions, "missing") {
		t.Errorf("nobody lacks a value, but the tree says %s", conditions)
	}
	for f := range trees.missing {
		trees.missing[f] = true
	}
	splits, missing := 0, 0
	for _, b := range trees.Tree(0) {
		if !b.Leaf {
			splits++
		}
		if strings.HasSuffix(b.Condition, ", or missing") {
			missing++
		}
	}
	if splits == 0 || missing != splits {
		t.Errorf("of %d splits %d say where missing values go", splits, missing)
	}
}

func TestDependenceStandsBesideTheTruth(t *testing.T) {
	w := newLab(t)
	truth := values(shown(t, w, "explain", "dependence_PAGE_LOAD_TIME"), "IN_TRUTH")
	for i := range truth[1:] {
		if !(truth[i+1] < truth[i]) {
			t.Errorf("in truth slower pages sell less, but the truth goes %v, %v", truth[i], truth[i+1])
		}
	}
	alone := 0
	for _, row := range shown(t, w, "explain", "interactions").Rows {
		if row[0] == row[1] {
			alone++
		}
	}
	if alone != len(DefaultLab().Features) {
		t.Errorf("%d inputs stand alone among the interactions", alone)
	}
}

func TestWhatIfAddsUpAndKnowsTheTruth(t *testing.T) {
	w := newLab(t)
	q := openWhatIf(t, w)
	to := slices.Clone(q.Customers[0].Row)
	to[2] += 3 // seconds
	a, err := q.Answer(t.Context(), Question{From: q.Customers[0].Row, To: to, One: true, Feature: 2})
	if err != nil {
		t.Fatal(err)
	}
	sum := a.Start
	for _, by := range a.Phi {
		sum += by
	}
	if math.Abs(sum-a.Margin) > additive || a.Of != a.After {
		t.Errorf("contributions add up to %v, the margin is %v", sum, a.Margin)
	}
	if truth := a.Truth; truth == nil || truth.After >= truth.Before || truth.Set == truth.Everybody || truth.Shift >= truth.Everybody {
		t.Errorf("three seconds more are in truth %+v", truth)
	}
}

func TestTheVersionKeepsWhatItsCardTells(t *testing.T) {
	w := newLab(t)
	versions, err := w.Versions()
	if err != nil || len(versions) != 1 {
		t.Fatalf("there are %d versions, %v", len(versions), err)
	}
	v := versions[0]
	if len(v.Encoders["PRODUCT_LAYOUT_OUT"]) == 0 || len(v.Intervals) == 0 {
		t.Errorf("it has the encoders %v and the intervals %v", v.Encoders, v.Intervals)
	}
	for name, i := range v.Intervals {
		if !(i[0] <= v.Metrics[name] && v.Metrics[name] <= i[1]) {
			t.Errorf("%s %v is not in %v", name, v.Metrics[name], i)
		}
	}
	if card, ok := assess(t, w).Step("register").Result.Facts["card"].(map[string]any); !ok || card["sha256"] != v.SHA256 {
		t.Errorf("the card that is recorded is %v", card)
	}
}
