package gbtree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"willbuy/pipeline/encode"
)

// cellsOf bins rows of one feature; labels[i] belongs to values[i].
func cellsOf(t *testing.T, values, labels []float64) *encode.Cells {
	t.Helper()
	d := table{features: []string{"x"}, label: labels}
	for _, v := range values {
		d.rows, d.weight, d.fold = append(d.rows, []float64{v}), append(d.weight, 1), append(d.fold, 0)
	}
	cells, _ := d.cells(t, encode.DefaultMaxBin, encode.XGBoost34)
	return cells
}

// input watches the validation cells, if there are any.
func input(train, valid *encode.Cells) Input {
	in := Input{Train: train}
	if valid != nil {
		in.Watch = []Watch{{"validation", valid}}
	}
	return in
}

func TestTrainingRefusesWhatItCannotTrain(t *testing.T) {
	good := cellsOf(t, []float64{1, 2, 3}, []float64{0, 1, 1})
	odd := cellsOf(t, []float64{1, 2}, []float64{0, 3})
	huge := cellsOf(t, []float64{1, 2}, []float64{-3e38, 3e38})
	same := good.Cuts.NewBuilder()
	if err := same.Add([]float64{1}, 1, 1, 5); err != nil {
		t.Fatal(err)
	}
	oneClass := same.Cells()
	light := good.Cuts.NewBuilder()
	if err := light.Add([]float64{1}, 1, 0, 5); err != nil {
		t.Fatal(err)
	}
	for _, q := range []struct {
		says         string
		set          string // name=value
		train, valid *encode.Cells
	}{
		{"no training rows", "", nil, nil},
		{"no training rows", "", good.Cuts.NewBuilder().Cells(), nil},
		{"no validation rows", "", good, good.Cuts.NewBuilder().Cells()},
		{"training rows: every row has the weight 0", "", light.Cells(), nil},
		{"training rows: label 3", "", odd, nil},
		{"other cuts", "", good, odd},
		{"needs validation rows", "early_stopping_rounds=3", good, nil},
		{"auc of the validation rows is not defined", "early_stopping_rounds=3 eval_metric=auc", good, oneClass},
		{"max_depth = 0 is outside 1…30", "max_depth=0", good, nil},
		{"eta = -1 is not", "eta=-1", good, nil},
		{"lambda = +Inf is not", "lambda=Inf", good, nil},
		{"at least one round", "num_boost_round=0", good, nil},
		{"base_score = 2 is not a probability", "base_score=2", good, nil},
		{`objective "rank:ndcg" is not one of`, "objective=rank:ndcg", good, nil},
		{`eval_metric "mae" is not one of logloss, auc, error`, "eval_metric=mae", good, nil},
		{"rmse is +Inf", "objective=reg:squarederror", huge, nil},
	} {
		p := DefaultParams(Logistic)
		for _, assignment := range strings.Fields(q.set) {
			name, value, _ := strings.Cut(assignment, "=")
			if err := p.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Train(context.Background(), p, input(q.train, q.valid), nil); err == nil || !strings.Contains(err.Error(), q.says) {
			t.Errorf("%s: got %v, want an error that says %q", q.set, err, q.says)
		}
	}
}

func TestTrainingEndsWithTheContextOrTheCaller(t *testing.T) {
	cells := cellsOf(t, []float64{1, 2, 3}, []float64{0, 1, 1})
	ctx, cancel := context.WithCancel(context.Background())
	rounds := 0
	_, err := Train(ctx, DefaultParams(Logistic), input(cells, nil), func(Round) error {
		if rounds++; rounds == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || rounds != 3 {
		t.Errorf("cancelled in round 3: %v after %d rounds", err, rounds)
	}
	full := errors.New("disk full")
	if _, err := Train(context.Background(), DefaultParams(Logistic), input(cells, nil), func(Round) error { return full }); err != full {
		t.Errorf("the caller's error came back as %v", err)
	}
}

func TestOneRowTrainsALoneLeaf(t *testing.T) {
	m, err := Train(context.Background(), DefaultParams(SquaredError), input(cellsOf(t, []float64{1}, []float64{580}), nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Trees) != 50 || len(m.Trees[0].Left) != 1 || m.Predict([]float32{7}) != 580 || m.BestRound != 49 {
		t.Errorf("%d trees, the first of %d nodes, predict %v", len(m.Trees), len(m.Trees[0].Left), m.Predict([]float32{7}))
	}
}

func TestValidationValuesOutsideTheTrainingRangeFollowTheTree(t *testing.T) {
	c := caseNamed(t, "holes") // missing values learn directions
	data := readTable(t, c.Data)
	p := DefaultParams(c.Objective)
	for _, compat := range []encode.Compat{encode.XGBoost34, encode.XGBoost32} {
		train, _ := data.cells(t, p.MaxBin, compat)
		b := train.Cuts.NewBuilder()
		rows := [][]float64{
			{-1e9, -1e9, -1e9, -1e9}, {1e9, 1e9, 1e9, 1e9}, {7.5, 0, math.NaN(), math.NaN()}, {7.5, 1e-6, 0, 4.5},
		}
		for i, row := range rows {
			if err := b.Add(row, float64(i), 1, 1); err != nil {
				t.Fatal(err)
			}
		}
		valid := b.Cells()
		var last Round
		m, err := Train(context.Background(), p, input(train, valid), func(r Round) error { last = r; return nil })
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, row := range rows {
			d := float64(m.Predict(float32s(row))) - float64(i)
			sum += d * d
		}
		if want := math.Sqrt(sum / 4); math.Abs(last.Validation["rmse"]-want) > 1e-6*want {
			t.Errorf("%s: rmse of the bins %v, of the values %v", compat, last.Validation["rmse"], want)
		}
	}
}

func TestTheNumberOfCoresChangesNothing(t *testing.T) {
	c := caseNamed(t, "lab_logistic")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var models []*Model
	for _, cores := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(cores)
		m, _, _ := trainCase(t, c, encode.XGBoost34)
		models = append(models, m)
	}
	for _, m := range models[1:] {
		if d := difference(m, models[0]); d != "" {
			t.Error(d)
		}
	}
}

func TestParametersHaveXGBoostsNames(t *testing.T) {
	p := DefaultParams(Logistic)
	for _, q := range []struct {
		name, value string
		got         func() any
		want        any
	}{
		{"learning_rate", "0.1", func() any { return p.Eta }, float32(0.1)},
		{"eta", " 0.2 ", func() any { return p.Eta }, float32(0.2)},
		{"reg_lambda", "2", func() any { return p.Lambda }, float32(2)},
		{"reg_alpha", "3", func() any { return p.Alpha }, float32(3)},
		{"min_split_loss", "4", func() any { return p.Gamma }, float32(4)},
		{"n_estimators", "7", func() any { return p.Rounds }, 7},
		{"max_bin", "64", func() any { return p.MaxBin }, 64},
		{"base_score", "0.25", func() any { return *p.BaseScore }, float32(0.25)},
		{"seed", "42", func() any { return p.Rounds }, 7},
		{"tree_method", "hist", func() any { return p.MaxDepth }, 6},
	} {
		if err := p.Set(q.name, q.value); err != nil {
			t.Errorf("%s=%s: %v", q.name, q.value, err)
		} else if q.got() != q.want {
			t.Errorf("%s=%s gave %v, want %v", q.name, q.value, q.got(), q.want)
		}
	}
	for _, q := range []struct{ name, value, says string }{
		{"max_dept", "3", "the nearest is max_depth; supported are "},
		{"subsample", "0.5", "parameter subsample is not supported: every row counts"},
		{"monotone_constraints", "(1)", "not supported"},
		{"tree_method", "exact", "only hist or auto is supported"},
		{"booster", "dart", "only gbtree is supported"},
		{"max_depth", "deep", `parameter max_depth = "deep": a whole number is expected`},
		{"eta", "NaN", "a number is expected"},
		{"eta", "", "a number is expected"},
	} {
		if err := p.Set(q.name, q.value); err == nil || !strings.Contains(err.Error(), q.says) {
			t.Errorf("%s=%s: got %v, want an error that says %q", q.name, q.value, err, q.says)
		}
	}
}

func ExampleTrain() {
	// page load time in seconds → bought, as GROUP BY returns them
	rows := []struct {
		load, bought float64
		count        int64
	}{{1, 1, 90}, {1, 0, 10}, {3, 1, 50}, {3, 0, 50}, {9, 1, 5}, {9, 0, 95}}
	cuts, err := encode.NewCuts([]encode.Feature{{Name: "load", Values: []encode.Frequency{
		{Value: 1, Count: 100, Weight: 100}, {Value: 3, Count: 100, Weight: 100}, {Value: 9, Count: 100, Weight: 100},
	}}}, encode.DefaultMaxBin, encode.XGBoost34)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := cuts.NewBuilder()
	for _, r := range rows {
		if err := b.Add([]float64{r.load}, r.bought, 1, r.count); err != nil {
			fmt.Println(err)
			return
		}
	}
	m, err := Train(context.Background(), DefaultParams(Logistic), Input{Train: b.Cells()}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, load := range []float32{1, 3, 9} {
		fmt.Printf("%.0f s: %.2f\n", load, m.Predict([]float32{load}))
	}
	// Output:
	// 1 s: 0.90
	// 3 s: 0.50
	// 9 s: 0.05
}
