// Package tune searches training parameters: it trains with each of many
// settings on k folds and tells which does best on the rows that it has not
// seen.
//
// All folds come from one aggregation (encode.Rows with a fold per row). What a
// run may learn from, the cuts of the features too, are the rows of the other
// folds alone.
package tune

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/metrics"
)

// Search says what to try.
type Search struct {
	Params  gbtree.Params // what is not searched; Rounds is the most that a run is given
	Compat  encode.Compat
	Space   []Range
	Random  int    // how many settings to draw at random; 0 tries the whole grid
	Halving bool   // begin with few rounds and give more to the best third only, again and again
	Folds   int    // the rows' folds are 0 … Folds−1
	Metric  string // one that training reports, such as auc; "" for the one that would decide early stopping
	Seed    uint64 // of the random draws
}

// Run is what came of one setting. It is plain data: a line of JSON.
type Run struct {
	Params  map[string]string `json:"params"`  // what was searched
	Mean    float64           `json:"mean"`    // of the folds' metrics after Rounds rounds
	SD      float64           `json:"sd"`      // their sample standard deviation
	Folds   []float64         `json:"folds"`   // the metric of the rows that the fold kept apart
	Rounds  int               `json:"rounds"`  // after which the mean over the folds was best, as xgboost.cv chooses
	Trained int               `json:"trained"` // rounds that were trained
	Seconds float64           `json:"seconds"` // of work, of all folds together
}

// Result is the table of runs.
type Result struct {
	Metric string   `json:"metric"`
	Higher bool     `json:"higher"` // whether more is better
	Names  []string `json:"names"`  // of the parameters that were searched
	Runs   []Run    `json:"runs"`   // the best first; those that halving stopped stand with what they had reached
}

// Progress tells how far a search is. A training is one setting on one fold, in
// a halving search on one rung.
type Progress struct {
	Run   map[string]string
	Fold  int
	Round int // that was just trained, from 0
	Done  int // trainings that are complete
	Total int
}

// Events are told while a search runs, one at a time; either may be nil. An
// error of Run ends the search.
type Events struct {
	Run      func(Run) error // a run is complete or has reached a rung: keep it, to go on after an interruption
	Progress func(Progress)
}

// Run tries all settings on the rows. done are runs that Events.Run was told of
// in an earlier search that was the same but for its space: they are not trained
// again. The same search gives the same result on any machine, but for the
// seconds.
func (s Search) Run(ctx context.Context, rows *encode.Rows, done []Run, on Events) (Result, error) {
	plan, err := s.plan()
	if err != nil {
		return Result{}, err
	}
	if s.Metric == "" {
		s.Metric = defaultMetric(s.Params)
	}
	result := Result{Metric: s.Metric, Higher: metrics.HigherIsBetter(s.Metric)}
	for _, r := range s.Space {
		result.Names = append(result.Names, r.Name)
	}
	entries, err := s.enter(plan)
	if err != nil {
		return Result{}, err
	}
	parts, err := split(rows, s.Folds, s.Compat)
	if err != nil {
		return Result{}, err
	}
	t := &trainer{search: s, parts: parts, higher: result.Higher, on: on}
	if err := t.race(ctx, entries, done, result.compare); err != nil {
		return Result{}, err
	}
	for _, e := range entries {
		result.Runs = append(result.Runs, e.run)
	}
	slices.SortStableFunc(result.Runs, result.compare)
	return result, nil
}

// enter makes an entry of every setting.
func (s Search) enter(plan []map[string]string) ([]*entry, error) {
	entries := make([]*entry, len(plan))
	for i, settings := range plan {
		p, err := s.Setting(settings)
		if err != nil {
			return nil, err
		}
		entries[i] = &entry{settings: settings, params: p, models: make([]*gbtree.Model, s.Folds), curves: make([][]float64, s.Folds)}
	}
	return entries, nil
}

// Setting are the training parameters with some of them set, as a run has them.
// To train the best run on all rows set Rounds to the run's.
func (s Search) Setting(settings map[string]string) (gbtree.Params, error) {
	p := s.Params
	if s.Metric != "" {
		if err := p.Set("eval_metric", s.Metric); err != nil {
			return p, err
		}
		if len(p.EvalMetric) > 1 {
			return p, fmt.Errorf("search by %s: one metric decides between the runs", s.Metric)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if err := p.Set(name, settings[name]); err != nil {
			return p, err
		}
	}
	p.EarlyStoppingRounds = 0 // the folds' mean curve decides
	return p, p.Check()
}

// defaultMetric is the one that would decide early stopping: the last of
// eval_metric, else the one by which XGBoost judges the objective.
func defaultMetric(p gbtree.Params) string {
	switch {
	case len(p.EvalMetric) > 0:
		return p.EvalMetric[len(p.EvalMetric)-1]
	case p.Objective == gbtree.Logistic:
		return "logloss"
	case p.Objective == gbtree.Softprob:
		return "mlogloss"
	}
	return "rmse"
}

// compare orders runs, the better first.
func (r Result) compare(a, b Run) int {
	if r.Higher {
		a, b = b, a
	}
	return cmp.Compare(a.Mean, b.Mean)
}

// entry is a setting in the race.
type entry struct {
	settings map[string]string
	params   gbtree.Params
	run      Run
	models   []*gbtree.Model // per fold, to go on from; nil where there is none
	curves   [][]float64     // per fold the metric after each round
	left     int             // folds to train in this rung
	took     time.Duration
}

// recall takes the run from an earlier search, if it has one.
func (e *entry) recall(done []Run, rounds int) {
	for _, run := range done {
		if run.Trained == rounds && maps.Equal(run.Params, e.settings) {
			e.run = run
		}
	}
}

// finish makes the run from the folds' curves.
func (e *entry) finish(higher bool) {
	e.run = Run{Params: e.settings, Trained: len(e.curves[0]), Seconds: e.took.Seconds()}
	best := math.NaN()
	for round := range e.curves[0] {
		mean := 0.0
		for _, curve := range e.curves {
			mean += curve[round] / float64(len(e.curves))
		}
		if round == 0 || (mean > best) == higher && mean != best {
			best, e.run.Rounds = mean, round+1
		}
	}
	e.run.Mean = best
	squares := 0.0
	for _, curve := range e.curves {
		value := curve[e.run.Rounds-1]
		e.run.Folds = append(e.run.Folds, value)
		squares += (value - best) * (value - best)
	}
	e.run.SD = math.Sqrt(squares / float64(len(e.curves)-1))
}

func (e *entry) String() string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(e.settings)) {
		text += fmt.Sprintf(" %s=%s", name, e.settings[name])
	}
	return text[1:]
}
