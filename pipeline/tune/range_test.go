package tune

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

func TestParseRange(t *testing.T) {
	for text, want := range map[string]Range{
		"max_depth=3,5,8":              {Name: "max_depth", Choices: []string{"3", "5", "8"}},
		"learning_rate= 0.1 , 0.3":     {Name: "learning_rate", Choices: []string{"0.1", "0.3"}},
		"eta=0.01..0.3:log":            {Name: "eta", Low: 0.01, High: 0.3, Log: true},
		"max_depth=3..10":              {Name: "max_depth", Low: 3, High: 10, Whole: true},
		"max_bin=16..1024:log":         {Name: "max_bin", Low: 16, High: 1024, Log: true, Whole: true},
		"min_child_weight=1..100 :log": {Name: "min_child_weight", Low: 1, High: 100, Log: true},
	} {
		got, err := ParseRange(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestParseRangeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"max_depth":               "name=a,b,c",
		"max_depth=":              "name=a,b,c",
		"max_dept=3":              "max_depth",
		"max_depth=deep":          "max_depth",
		"max_depth=3,3":           "twice",
		"max_depth=1.5..3":        "whole number",
		"eta=0..0.3:log":          "above 0",
		"eta=0.3..0.1":            "to a larger one",
		"eta=0.1..x":              "to a larger one",
		"eta=0.1..1e999":          "to a larger one",
		"eta=0.1..0.3:square":     ":log",
		"n_estimators=10,100":     "the best is chosen anyway",
		"objective=reg:logistic":  "no metric in common",
		"eval_metric=auc,logloss": "one metric",
	} {
		if _, err := ParseRange(text); err == nil || !contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", text, err, want)
		}
	}
}

func TestGridOfARange(t *testing.T) {
	for text, want := range map[string][]string{
		"eta=0.1..0.5":         {"0.1", "0.2", "0.3", "0.4", "0.5"},
		"eta=0.0001..1:log":    {"0.0001", "0.001", "0.01", "0.1", "1"},
		"max_depth=3..5":       {"3", "4", "5"},
		"max_depth=2..10":      {"2", "4", "6", "8", "10"},
		"max_bin=16..4096:log": {"16", "62", "252", "1016", "4096"},
		"max_depth=8,2":        {"8", "2"},
	} {
		if got := ranges(t, text)[0].grid(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", text, got, want)
		}
	}
}

// TestDrawsAreUniform, by the logarithm where that is asked for.
func TestDrawsAreUniform(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const draws = 4000
	mean := func(text string, of func(float64) float64) float64 {
		r, sum := ranges(t, text)[0], 0.0
		for range draws {
			v, err := strconv.ParseFloat(r.draw(rng), 64)
			if err != nil || v < r.Low*0.9995 || v > r.High*1.0005 {
				t.Fatalf("%s: drew %g, %v", text, v, err)
			}
			sum += of(v) / draws
		}
		return sum
	}
	same := func(v float64) float64 { return v }
	for name, c := range map[string]struct{ got, want, width float64 }{
		"even":           {mean("eta=0.1..0.3", same), 0.2, 0.2},
		"by logarithm":   {mean("eta=0.001..0.1:log", math.Log10), -2, 2},
		"whole":          {mean("max_depth=3..5", same), 4, 2},
		"the lowest one": {mean("max_depth=3..5", func(v float64) float64 { return float64(min(1, int(v-3))) }), 2. / 3, 1},
	} {
		if math.Abs(c.got-c.want) > 0.03*c.width {
			t.Errorf("%s: the mean of draws is %g, not %g", name, c.got, c.want)
		}
	}
}

func TestRandomRunsAreNeverAlike(t *testing.T) {
	s := Search{Random: 50, Space: ranges(t, "max_depth=3..5", "eta=0.1,0.2")}
	plan, err := s.plan()
	if err != nil || len(plan) != 6 {
		t.Errorf("%d runs of a space of 6: %v", len(plan), err)
	}
}

func TestRungs(t *testing.T) {
	for _, c := range []struct {
		runs, rounds int
		halving      bool
		want         []int
	}{
		{27, 100, false, []int{100}},
		{27, 270, true, []int{10, 30, 90, 270}},
		{27, 100, true, []int{12, 34, 100}},
		{3, 1000, true, []int{334, 1000}},
		{1, 100, true, []int{100}},
		{9, 20, true, []int{20}},
	} {
		if got := rungs(c.runs, c.rounds, c.halving); !slices.Equal(got, c.want) {
			t.Errorf("%d runs of %d rounds: %v, not %v", c.runs, c.rounds, got, c.want)
		}
	}
}
