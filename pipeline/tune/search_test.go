package tune

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
)

// planted are rows whose label follows the exclusive or of two features, which
// trees of depth 1 cannot learn and trees of depth 2 learn wholly, a third
// feature that is noise, and one that is the row's number.
func planted(t *testing.T, n, folds int) *encode.Rows {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	rows := &encode.Rows{Features: []string{"a", "b", "noise", "id"}, LabelName: "y"}
	columns := make([][]float32, 5)
	fold, count := make([]int32, n), make([]int64, n)
	for i := range n {
		a, b := rng.IntN(8), rng.IntN(8)
		p := 0.1
		if (a < 4) != (b < 4) {
			p = 0.9
		}
		y := 0
		if rng.Float64() < p {
			y = 1
		}
		for c, v := range []int{a, b, rng.IntN(1000), i, y} {
			columns[c] = append(columns[c], float32(v))
		}
		fold[i], count[i] = int32(rng.IntN(folds)), 1
	}
	if err := rows.Append(columns, fold, count); err != nil {
		t.Fatal(err)
	}
	return rows
}

// only are the rows with some of their features.
func only(t *testing.T, rows *encode.Rows, names ...string) *encode.Rows {
	t.Helper()
	out := &encode.Rows{Features: names, LabelName: rows.LabelName}
	var columns [][]float32
	for _, name := range names {
		f := slices.Index(rows.Features, name)
		var column []float32
		for i := range rows.Len() {
			column = append(column, rows.Values[i*len(rows.Features)+f])
		}
		columns = append(columns, column)
	}
	if err := out.Append(append(columns, rows.Label), rows.Fold, rows.Count); err != nil {
		t.Fatal(err)
	}
	return out
}

func logistic(rounds int, settings ...string) gbtree.Params {
	p := gbtree.DefaultParams(gbtree.Logistic)
	p.Rounds = rounds
	for i := 0; i < len(settings); i += 2 {
		if err := p.Set(settings[i], settings[i+1]); err != nil {
			panic(err)
		}
	}
	return p
}

func ranges(t *testing.T, texts ...string) (space []Range) {
	t.Helper()
	for _, text := range texts {
		r, err := ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		space = append(space, r)
	}
	return space
}

func TestSearchFindsAPlantedOptimum(t *testing.T) {
	rows := planted(t, 1200, 4)
	s := Search{Params: logistic(20), Folds: 4, Metric: "auc", Seed: 1, Space: ranges(t, "max_depth=1,2", "min_child_weight=1,200,1000")}
	result, err := s.Run(t.Context(), only(t, rows, "a", "b", "noise"), nil, Events{})
	if err != nil {
		t.Fatal(err)
	}
	best := result.Runs[0]
	if len(result.Runs) != 6 || best.Params["max_depth"] != "2" || best.Params["min_child_weight"] != "1" {
		t.Errorf("of %d runs the best is %v", len(result.Runs), best)
	}
	// A perfect model has the AUC of p = 0.1 or 0.9, each half of the time.
	if math.Abs(best.Mean-0.9) > 0.03 || best.SD <= 0 || best.SD > 0.05 || len(best.Folds) != 4 {
		t.Errorf("the best run is %+v", best)
	}
	if worst := result.Runs[5]; worst.Mean > 0.6 {
		t.Errorf("the worst run is %+v", worst)
	}
	if !slices.IsSortedFunc(result.Runs, func(a, b Run) int { return result.compare(a, b) }) {
		t.Errorf("not the best first: %+v", result.Runs)
	}
}

// TestFoldsNeverLeak: a feature that is the row's own number separates the
// training rows as well as one likes and says nothing of others.
func TestFoldsNeverLeak(t *testing.T) {
	rows := planted(t, 1200, 3)
	s := Search{Params: logistic(30, "max_depth", "10", "min_child_weight", "0", "eval_metric", "auc"), Folds: 3, Metric: "auc", Space: ranges(t, "eta=0.5")}
	var learned float64
	parts, err := split(only(t, rows, "id"), 3, 0)
	if err != nil {
		t.Fatal(err)
	}
	train, _, err := parts.of(0, 256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gbtree.Train(t.Context(), s.Params, gbtree.Input{Train: train}, func(r gbtree.Round) error { learned = r.Train["auc"]; return nil }); err != nil {
		t.Fatal(err)
	}
	result, err := s.Run(t.Context(), only(t, rows, "id"), nil, Events{})
	if err != nil {
		t.Fatal(err)
	}
	if held := result.Runs[0].Mean; learned < 0.75 || math.Abs(held-0.5) > 0.04 {
		t.Errorf("the number of a row gains AUC %.3f where it is trained on, %.3f elsewhere", learned, held)
	}
}

// TestAFoldIsWhatTrainingOnTheOthersGives repeats a run by hand.
func TestAFoldIsWhatTrainingOnTheOthersGives(t *testing.T) {
	rows := planted(t, 600, 3)
	s := Search{Params: logistic(15), Folds: 3, Space: ranges(t, "max_bin=16,300")}
	result, err := s.Run(t.Context(), rows, nil, Events{})
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range result.Runs {
		curves := make([][]float64, 3)
		for fold := range int32(3) {
			others := func(f int32) bool { return f != fold }
			bins, _ := strconv.Atoi(run.Params["max_bin"])
			cuts, err := rows.Cuts(others, bins, 0)
			if err != nil {
				t.Fatal(err)
			}
			in := gbtree.Input{Train: rows.Cells(cuts, others),
				Watch: []gbtree.Watch{{Name: "held", Cells: rows.Cells(cuts, func(f int32) bool { return f == fold })}}}
			if _, err := gbtree.Train(t.Context(), s.Params, in, func(r gbtree.Round) error {
				curves[fold] = append(curves[fold], r.Validation["logloss"])
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		best, at := math.Inf(1), 0
		for round := range 15 {
			if mean := (curves[0][round] + curves[1][round] + curves[2][round]) / 3; mean < best {
				best, at = mean, round
			}
		}
		if math.Abs(run.Mean-best) > 1e-15 || run.Rounds != at+1 || run.Trained != 15 || run.Folds[1] != curves[1][at] {
			t.Errorf("%+v, by hand %g after %d rounds", run, best, at+1)
		}
	}
	if result.Metric != "logloss" || result.Higher {
		t.Errorf("the metric is %s, more is better: %v", result.Metric, result.Higher)
	}
}

// TestHalvingAgreesWithTheFullSearch where the order of the runs is the same
// after any number of rounds: the smaller the weight that a child needs, the
// better.
func TestHalvingAgreesWithTheFullSearch(t *testing.T) {
	rows := only(t, planted(t, 1200, 3), "a", "b")
	s := Search{Params: logistic(90), Folds: 3, Seed: 1, Space: ranges(t, "min_child_weight=5,60,90,110,130,150,170,190,210", "eta=0.05")}
	full, err := s.Run(t.Context(), rows, nil, Events{})
	if err != nil {
		t.Fatal(err)
	}
	s.Halving = true
	halved, err := s.Run(t.Context(), rows, nil, Events{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := full.Runs[0], halved.Runs[0]
	if !reflect.DeepEqual(a.Params, b.Params) || a.Rounds != b.Rounds || a.Mean != b.Mean {
		t.Errorf("best in full: %+v, by halving: %+v", a, b)
	}
	trained := map[int]int{}
	for _, run := range halved.Runs {
		trained[run.Trained]++
	}
	if want := map[int]int{10: 6, 30: 2, 90: 1}; !reflect.DeepEqual(trained, want) {
		t.Errorf("runs by the rounds they were trained: %v, not %v", trained, want)
	}
}

func TestASearchIsTheSameForASeed(t *testing.T) {
	rows := planted(t, 300, 2)
	s := Search{Params: logistic(5), Folds: 2, Random: 6, Seed: 9, Space: ranges(t, "eta=0.01..0.5:log", "max_depth=2..6", "min_child_weight=1,5")}
	run := func() []Run {
		result, err := s.Run(t.Context(), rows, nil, Events{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range result.Runs {
			result.Runs[i].Seconds = 0
		}
		return result.Runs
	}
	one, again := run(), run()
	if !reflect.DeepEqual(one, again) {
		t.Errorf("%+v\nand again\n%+v", one, again)
	}
	s.Random = 3
	few := run()
	for _, r := range few {
		if !slices.ContainsFunc(one, func(other Run) bool { return reflect.DeepEqual(r, other) }) {
			t.Errorf("of three draws %+v is not among six", r)
		}
	}
	s.Random, s.Seed = 6, 10
	if reflect.DeepEqual(run(), one) {
		t.Error("two seeds draw the same")
	}
}

// TestAnInterruptedSearchGoesOn: what was recorded is not trained again, and the
// result is that of one go.
func TestAnInterruptedSearchGoesOn(t *testing.T) {
	rows := planted(t, 300, 2)
	for _, halving := range []bool{false, true} {
		s := Search{Params: logistic(30), Folds: 2, Halving: halving, Space: ranges(t, "max_depth=1,2,3", "eta=0.1,0.3")}
		whole, err := s.Run(t.Context(), rows, nil, Events{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var kept []Run
		record := func(r Run) error {
			line, err := json.Marshal(r)
			var read Run
			if err = errors.Join(err, json.Unmarshal(line, &read)); err != nil {
				return err
			}
			kept = append(kept, read)
			if len(kept) == 4 {
				stop()
			}
			return nil
		}
		if _, err := s.Run(ctx, rows, nil, Events{Run: record}); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
		first := len(kept)
		var last Progress
		result, err := s.Run(t.Context(), rows, kept[:first:first], Events{Run: record, Progress: func(p Progress) { last = p }})
		if err != nil {
			t.Fatal(err)
		}
		for i := range result.Runs {
			result.Runs[i].Seconds, whole.Runs[i].Seconds = 0, 0
		}
		if !reflect.DeepEqual(result, whole) {
			t.Errorf("gone on: %+v\nin one go: %+v", result, whole)
		}
		runs := map[bool]int{false: 6, true: 6 + 2}[halving]
		if len(kept) != runs || last.Total != 2*runs || last.Done != 2*runs-1 {
			t.Errorf("%d runs were trained, %d of them at first; at the end %+v", len(kept), first, last)
		}
	}
}

func TestMetricIsTheOneThatWouldDecideEarlyStopping(t *testing.T) {
	rows := planted(t, 200, 2)
	for _, c := range []struct {
		params gbtree.Params
		metric string
		want   string
		higher bool
	}{
		{logistic(2), "", "logloss", false},
		{logistic(2, "eval_metric", "logloss,auc"), "", "auc", true},
		{logistic(2, "eval_metric", "logloss,auc"), "error", "error", false},
		{logistic(2, "objective", "reg:squarederror"), "", "rmse", false},
		{logistic(2, "objective", "multi:softprob", "num_class", "2"), "", "mlogloss", false},
		{logistic(2), "aucpr", "aucpr", true},
	} {
		s := Search{Params: c.params, Metric: c.metric, Folds: 2, Space: ranges(t, "eta=0.1")}
		result, err := s.Run(t.Context(), rows, nil, Events{})
		if err != nil || result.Metric != c.want || result.Higher != c.higher {
			t.Errorf("%s by %q: %s, more is better: %v (%v)", c.params.Objective, c.metric, result.Metric, result.Higher, err)
		}
	}
	s := Search{Params: logistic(2), Metric: "auc,logloss", Folds: 2, Space: ranges(t, "eta=0.1")}
	if _, err := s.Run(t.Context(), rows, nil, Events{}); err == nil || !contains(err.Error(), "one metric decides") {
		t.Errorf("two metrics: %v", err)
	}
}

func TestSearchRefusesWhatItCannotDo(t *testing.T) {
	rows := planted(t, 40, 2)
	alike := &encode.Rows{Features: []string{"a"}, LabelName: "y"}
	if err := alike.Append([][]float32{{1, 2, 3, 4}, {0, 0, 1, 0}}, []int32{0, 0, 1, 1}, []int64{1, 1, 1, 1}); err != nil {
		t.Fatal(err)
	}
	space := ranges(t, "max_depth=2")
	for want, c := range map[string]struct {
		s    Search
		rows *encode.Rows
	}{
		"at least 2":             {Search{Params: logistic(2), Folds: 1, Space: space}, rows},
		"fold 3 holds none":      {Search{Params: logistic(2), Folds: 3, Space: space}, rows},
		"has the fold 2":         {Search{Params: logistic(2), Folds: 2, Space: space}, &encode.Rows{Features: []string{"a"}, Values: []float32{0, 1}, Label: []float32{0, 1}, Weight: []float32{1, 1}, Fold: []int32{0, 2}, Count: []int64{1, 1}}},
		"no parameter to search": {Search{Params: logistic(2), Folds: 2}, rows},
		"given twice":            {Search{Params: logistic(2), Folds: 2, Space: slices.Concat(space, space)}, rows},
		"more than 10000 runs":   {Search{Params: logistic(2), Folds: 2, Space: ranges(t, "eta=0..1", "alpha=0..1", "lambda=0..1", "gamma=0..1", "min_child_weight=0..1", "max_delta_step=0..1")}, rows},
		"subsample":              {Search{Params: logistic(2), Folds: 2, Space: ranges(t, "subsample=1.5")}, rows},
		"auc is not defined":     {Search{Params: logistic(2), Folds: 2, Metric: "auc", Space: space}, alike},
	} {
		_, err := c.s.Run(t.Context(), c.rows, nil, Events{})
		if err == nil || !contains(err.Error(), want) {
			t.Errorf("%q is not in the error %v", want, err)
		}
	}
}
