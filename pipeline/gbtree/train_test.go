package gbtree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
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
	return d.cells(t, encode.DefaultMaxBin, encode.XGBoost34, 0, nil)[0]
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
		{"max_depth = -1 is not a number from 0 up", "max_depth=-1", good, nil},
		{"subsample = 1.5 is not a share above 0 and up to 1", "subsample=1.5", good, nil},
		{"colsample_bynode = 0 is not a share", "colsample_bynode=0", good, nil},
		{"num_class = 0: multi:softprob needs at least 2", "objective=multi:softprob", good, nil},
		{"num_class = 3: binary:logistic has one output", "num_class=3", good, nil},
		{"num_class = 5000: every class takes a tree a round", "objective=multi:softprob num_class=5000", good, nil},
		{"max_bin = 1 is outside 2…65532", "max_bin=1", good, nil},
		{"label 3: labels have to be the whole numbers 0 to 2", "objective=multi:softprob num_class=3", odd, nil},
		{"scale_pos_weight = 2: multi:softprob has no positive class", "objective=multi:softprob num_class=3 scale_pos_weight=2", good, nil},
		{"base_score has 2 values; binary:logistic has 1 outputs", "base_score=0.1,0.2", good, nil},
		{`no feature "y"; the nearest is x`, `monotone_constraints={"y":1}`, good, nil},
		{"2 directions for 1 features", "monotone_constraints=(1,-1)", good, nil},
		{`no feature "y"; the nearest is x`, `interaction_constraints=[["x","y"]]`, good, nil},
		{"there is no feature 1", "interaction_constraints=[[0,1]]", good, nil},
		{`"high" is not a threshold`, "eval_metric=error@high", good, nil},
		{"eta = -1 is not", "eta=-1", good, nil},
		{"lambda = +Inf is not", "lambda=Inf", good, nil},
		{"at least one round", "num_boost_round=0", good, nil},
		{"base_score = 2 is not a probability", "base_score=2", good, nil},
		{`objective "rank:ndcg" is not one of`, "objective=rank:ndcg", good, nil},
		{`eval_metric "ndcg" is not one of rmse, mae, logloss, error, auc, aucpr, which binary:logistic has`, "eval_metric=ndcg", good, nil},
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
	m, err := Train(ctx, DefaultParams(Logistic), input(cells, nil), func(Round) error {
		if rounds++; rounds == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || rounds != 3 {
		t.Errorf("cancelled in round 3: %v after %d rounds", err, rounds)
	}
	p := DefaultParams(Logistic)
	p.Rounds = 3
	whole, err := Train(context.Background(), p, input(cells, nil), nil)
	if err != nil || !reflect.DeepEqual(m, whole) {
		t.Errorf("cancelled in round 3: the model is %v, want that of three rounds", m)
	}
	full := errors.New("disk full")
	if _, err := Train(context.Background(), DefaultParams(Logistic), input(cells, nil), func(Round) error { return full }); err != full {
		t.Errorf("the caller's error came back as %v", err)
	}
}

// canceled is a context that is cancelled when it is asked for the nth time.
type canceled struct {
	context.Context
	asked, nth int
}

func (c *canceled) Err() error {
	if c.asked++; c.asked >= c.nth {
		return context.Canceled
	}
	return nil
}

func TestCancellationIsNoticedWithinARound(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // canceled is not for several goroutines
	c := caseNamed(t, "lab_logistic")
	cells := readTable(t, parity, c.Data)
	in := input(cells.cells(t, encode.DefaultMaxBin, encode.XGBoost34, 0, nil)[0], nil)
	for nth := 1; nth < 20; nth++ {
		rounds := 0
		m, err := Train(&canceled{context.Background(), 0, nth}, DefaultParams(Logistic), in, func(Round) error { rounds++; return nil })
		if !errors.Is(err, context.Canceled) || rounds > 0 || m != nil {
			t.Errorf("asked for the %dth time: %v after %d rounds, model %v", nth, err, rounds, m)
		}
	}
}

func TestATrainingGoesOnFromAFittingModelOnly(t *testing.T) {
	cells := cellsOf(t, []float64{1, 2, 3}, []float64{0, 1, 1})
	begun, err := Train(context.Background(), DefaultParams(Logistic), Input{Train: cells}, nil)
	if err != nil {
		t.Fatal(err)
	}
	with := *cells
	with.Margin = []float32{-1, 0, 1}
	for _, q := range []struct {
		says   string
		cells  *encode.Cells
		change func(*Params, *Model)
	}{
		{"0 margins of the earlier model for 3 cells", cells, func(*Params, *Model) {}},
		{"is of binary:logistic with 1 outputs, not 1 of reg:squarederror", &with, func(p *Params, _ *Model) { p.Objective = SquaredError }},
		{"feature 0 of the model to go on from is y, here it is x", &with, func(_ *Params, m *Model) { m.Features = []string{"y"} }},
		{"has 2 features, here are 1", &with, func(_ *Params, m *Model) { m.Features = []string{"x", "y"} }},
		{"base_score cannot be given", &with, func(p *Params, _ *Model) { p.BaseScore = []float32{0.5} }},
		{"grows 4 trees a round for 1 outputs", &with, func(_ *Params, m *Model) { m.Round = 4 }},
	} {
		p, m := DefaultParams(Logistic), *begun
		q.change(&p, &m)
		if _, err := Train(context.Background(), p, Input{Train: q.cells, From: &m}, nil); err == nil || !strings.Contains(err.Error(), q.says) {
			t.Errorf("got %v, want an error that says %q", err, q.says)
		}
	}
	if _, err := Train(context.Background(), DefaultParams(Logistic), Input{Train: &with}, nil); err == nil || !strings.Contains(err.Error(), "an earlier model, which is not given") {
		t.Errorf("margins without a model: %v", err)
	}
	var last Round
	m, err := Train(context.Background(), DefaultParams(Logistic), Input{Train: &with, From: begun}, func(r Round) error { last = r; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if len(begun.Trees) != 50 || len(m.Trees) != 100 || last.Round != 99 || m.BestRound != 99 {
		t.Errorf("%d trees after %d, the last round %d, the best %d", len(m.Trees), len(begun.Trees), last.Round, m.BestRound)
	}
}

func TestSeveralSetsAreWatchedAndTheLastDecides(t *testing.T) {
	good := cellsOf(t, []float64{1, 1, 2, 2, 3, 3}, []float64{0, 1, 1, 1, 0, 0})
	other := good.Cuts.NewBuilder()
	for _, row := range [][2]float64{{1, 1}, {2, 0}, {3, 1}} { // the opposite: it gets worse
		if err := other.Add(row[:1], row[1], 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	worse := other.Cells()
	p := DefaultParams(Logistic)
	p.EarlyStoppingRounds, p.MinChildWeight = 2, 0
	p.EvalMetric = []string{"auc", "error@0.5", "logloss"}
	var rounds []Round
	m, err := Train(context.Background(), p, Input{Train: good, Watch: []Watch{{"same", good}, {"opposite", worse}}}, func(r Round) error {
		rounds = append(rounds, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := rounds[0]
	if len(rounds) != 3 || m.BestRound != 0 || m.Attributes["best_iteration"] != "0" {
		t.Errorf("%d rounds, the best %d (%s)", len(rounds), m.BestRound, m.Attributes["best_iteration"])
	}
	if len(r.Others) != 1 || r.Others["same"]["logloss"] != r.Train["logloss"] || r.Validation["logloss"] <= r.Train["logloss"] {
		t.Errorf("others %v, train %v, validation %v", r.Others, r.Train, r.Validation)
	}
	if _, named := r.Train["error"]; len(r.Train) != 3 || !named {
		t.Errorf("metrics %v; XGBoost calls error@0.5 error", r.Train)
	}
	_, err = Train(context.Background(), p, Input{Train: good, Watch: []Watch{{"same", good}, {"same", worse}}}, nil)
	if err == nil || !strings.Contains(err.Error(), "two watched sets have the name same") {
		t.Errorf("one name for two sets: %v", err)
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
	data := readTable(t, parity, c.Data)
	p := DefaultParams(c.Objective)
	for _, compat := range []encode.Compat{encode.XGBoost34, encode.XGBoost32} {
		train := data.cells(t, p.MaxBin, compat, 0, nil)[0]
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
		{"base_score", "0.25", func() any { return p.BaseScore[0] }, float32(0.25)},
		{"seed", "42", func() any { return p.Seed }, int64(42)},
		{"random_state", "-1", func() any { return p.Seed }, int64(-1)},
		{"base_score", "[0.2, 0.3]", func() any { return p.BaseScore[1] }, float32(0.3)},
		{"eval_metric", `["auc", "error@0.3"]`, func() any { return strings.Join(p.EvalMetric, " ") }, "auc error@0.3"},
		{"monotone_constraints", "(1, -1)", func() any { return p.MonotoneConstraints }, "(1, -1)"},
		{"max_leaves", "31", func() any { return p.MaxLeaves }, 31},
		{"grow_policy", "lossguide", func() any { return p.GrowPolicy }, Lossguide},
		{"subsample", "1", func() any { return p.SameTrees() }, true},
		{"subsample", "0.5", func() any { return p.SameTrees() }, false},
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
		{"foo", "3", "\"foo\" is unknown; supported are "},
		{"rate_drop", "0.5", "parameter rate_drop is not supported: the booster is gbtree"},
		{"quantile_alpha", "0.5", "the objectives are reg:squarederror, binary:logistic, multi:softprob"},
		{"monotone_constraints", "(2)", "direction 2 is none of 1"},
		{"monotone_constraints", "(a)", `"(1,0,-1)", or {"name": 1} is expected`},
		{"interaction_constraints", "[0]", `[["a","b"],["c"]]`},
		{"sampling_method", "gradient_based", "only uniform is supported"},
		{"process_type", "update", "only default is supported"},
		{"grow_policy", "widthwise", "only depthwise or lossguide is supported"},
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
