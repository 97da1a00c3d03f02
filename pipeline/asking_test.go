package pipeline

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"willbuy/pipeline/whatif"
)

// openWhatIf reads a lab's model and customers.
func openWhatIf(t *testing.T, w *Workspace) *WhatIf {
	t.Helper()
	q, err := w.OpenWhatIf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestWhatIfExpectsOfCustomersWhatTheLabPredicted(t *testing.T) {
	w := newLab(t)
	q := openWhatIf(t, w)
	if n := query(t, w, "SELECT COUNT(*) FROM ENCODED_DATA")[0]; n != strconv.FormatInt(q.Total, 10) || len(q.Customers) != int(q.Total) {
		t.Errorf("%d customers, %d at hand; the table has %s", q.Total, len(q.Customers), n)
	}
	predicted := map[string]float64{}
	for _, line := range query(t, w, "SELECT UUID, PREDICTION FROM PREDICTIONS") {
		id, value, _ := strings.Cut(line, " ")
		predicted[id], _ = strconv.ParseFloat(value, 64)
	}
	for _, c := range q.Customers {
		a, err := q.Answer(t.Context(), Question{From: c.Row, To: c.Row, One: true})
		if err != nil {
			t.Fatal(err)
		}
		if want := min(max(predicted[c.ID], 0), 1); math.Abs(a.Before-want) > 1e-6 || a.After != a.Before || a.Set != nil || a.Shift != nil {
			t.Fatalf("%s: %v expected, the lab predicted %v; set %v, shift %v", c.ID, a.Before, want, a.Set, a.Shift)
		}
	}
}

func TestAWhatIfOfEverybodyIsTheSumOverCustomers(t *testing.T) {
	q := openWhatIf(t, newLab(t))
	load := slices.IndexFunc(q.Features, func(f whatif.Feature) bool { return f.Name == "PAGE_LOAD_TIME" })
	from := q.Customers[0].Row
	to := slices.Clone(from)
	to[load] = from[load] + 1
	a, err := q.Answer(t.Context(), Question{From: from, To: to, One: true, Feature: load})
	if err != nil {
		t.Fatal(err)
	}
	set, shift := 0.0, 0.0
	for _, c := range q.Customers {
		row := slices.Clone(c.Row)
		before := whatif.Purchase(q.study.Model(), row)
		row[load] = to[load]
		set += whatif.Purchase(q.study.Model(), row) - before
		row[load] = c.Row[load] + (to[load] - from[load])
		shift += whatif.Purchase(q.study.Model(), row) - before
	}
	if math.Abs(a.Set.Change-set) > 1e-6 || math.Abs(a.Shift.Change-shift) > 1e-6 {
		t.Errorf("set %v, one by one %v; shift %v, one by one %v", a.Set.Change, set, a.Shift.Change, shift)
	}
	if a.Set.Interval != nil || len(a.Curve.Points) == 0 || len(a.Own.Points) == 0 {
		t.Errorf("interval %v before any refit, %d and %d points", a.Set.Interval, len(a.Curve.Points), len(a.Own.Points))
	}
	sure, err := q.Refit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.Question.Sure = true
	again, err := sure.Answer(t.Context(), a.Question)
	if err != nil {
		t.Fatal(err)
	}
	if i := again.Set.Interval; i == nil || i.Low > i.High || again.Set.Change != a.Set.Change || !sure.Refitted() || q.Refitted() {
		t.Errorf("after refits %+v, before %+v", again.Set, a.Set)
	}
}

func TestEachStepMakesADifferenceToTheModel(t *testing.T) {
	q := openWhatIf(t, newLab(t))
	for f, feature := range q.Features {
		x, n := q.steps[f][0], 1
		for {
			next, ok := q.Step(f, x, true)
			if !ok {
				break
			}
			if back, ok := q.Step(f, next, false); !ok || back != x || next <= x {
				t.Fatalf("%s: from %v up to %v and down to %v", feature.Name, x, next, back)
			}
			x = next
			n++
		}
		if n != len(q.steps[f]) || q.Place(f, x) != 1 || q.Place(f, q.steps[f][0]) != 0 && n > 1 {
			t.Errorf("%s: %d of %d steps, from %v to %v", feature.Name, n, len(q.steps[f]), q.Place(f, q.steps[f][0]), q.Place(f, x))
		}
		if first, ok := q.Step(f, float32(math.NaN()), true); !ok || first != q.steps[f][0] {
			t.Errorf("%s: from missing it goes to %v", feature.Name, first)
		}
	}
}

func TestTheSmallestChangeReallyTurnsTheCustomer(t *testing.T) {
	q := openWhatIf(t, newLab(t))
	turned := 0
	for _, c := range q.Customers[:20] {
		flip, err := q.Flip(t.Context(), c.Row)
		if err != nil {
			t.Fatal(err)
		}
		row := slices.Clone(c.Row)
		for _, s := range flip.Steps {
			row[s.Index] = s.To
		}
		before, after := q.study.Model().Predict(c.Row) > Threshold, q.study.Model().Predict(row) > Threshold
		if len(flip.Steps) > 0 {
			turned++
			if before == after {
				t.Errorf("%s stays on the same side after %v", c.ID, flip.Steps)
			}
		}
	}
	if turned == 0 {
		t.Error("nobody was turned, so nothing was tested")
	}
}

func TestCustomersAreFoundByTheBeginningOfTheirID(t *testing.T) {
	w := newLab(t)
	want := openWhatIf(t, w).Customers[7]
	got, err := w.FindCustomer(t.Context(), " "+strings.ToUpper(want.ID[:13]))
	if err != nil || got.ID != want.ID || !slices.Equal(got.Row, want.Row) || got.Text == "" || got.Group == "" {
		t.Errorf("found %+v (%v), want %+v", got, err, want)
	}
	if _, err := w.FindCustomer(t.Context(), "no'body"); err == nil || !strings.Contains(err.Error(), `"no'body"`) {
		t.Errorf("nobody's id gives %v", err)
	}
}

func TestWhatIfWithoutAModelSaysSo(t *testing.T) {
	w := emptyLab(t)
	run(t, w, Request{To: "setup"})
	if _, err := w.OpenWhatIf(t.Context()); err == nil || !strings.Contains(err.Error(), "no model") {
		t.Errorf("it says %v", err)
	}
}
