package pipeline

import "willbuy/store"

// tally shows, while a scoring step runs, how the labels fall and the newest
// answers.
type tally struct {
	x      *Exec
	labels []string
	counts map[string]int64
}

func newTally(x *Exec, labels []string) *tally {
	return &tally{x: x, labels: labels, counts: map[string]int64{}}
}

func (t *tally) show(newest []scored) {
	for _, a := range newest {
		if a.err == nil {
			t.counts[a.label]++
		}
	}
	var rows, latest [][]any
	for _, label := range t.labels {
		rows = append(rows, []any{label, t.counts[label]})
	}
	for _, a := range newest[max(0, len(newest)-8):] {
		if a.err == nil {
			latest = append(latest, []any{a.label, a.score, a.scores, a.text})
		}
	}
	t.x.Table("labels", "Labels so far", []store.Column{{Name: "LABEL", Type: store.String}, {Name: "REVIEWS", Type: store.Int}}, rows)
	t.x.Table("latest", "Latest", []store.Column{{Name: "LABEL", Type: store.String}, {Name: "SCORE", Type: store.Float},
		{Name: "SCORES", Type: store.String}, {Name: "TEXT", Type: store.String}}, latest)
}
