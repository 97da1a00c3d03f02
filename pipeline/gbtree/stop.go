package gbtree

import "fmt"

// stopper is XGBoost's EarlyStopping callback on the last watched set.
type stopper struct {
	metric   metric
	patience int // 0: never stop
	set      string
	best     int // round
	score    float64
	waited   int
	started  bool
}

// after takes the scores of a round and tells whether it was the last one.
func (s *stopper) after(round int, scores map[string]float64) (done bool, err error) {
	if s.patience == 0 {
		return false, nil
	}
	score, defined := scores[s.metric.name]
	if !defined {
		return false, fmt.Errorf("%s of the %s rows is not defined: %s", s.metric.name, s.set, s.metric.needs)
	}
	better := score < s.score
	if s.metric.higher {
		better = score > s.score
	}
	if !s.started || better {
		s.started, s.best, s.score, s.waited = true, round, score, 0
	} else {
		s.waited++
	}
	return s.waited >= s.patience, nil
}
