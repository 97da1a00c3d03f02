package pipeline

import (
	"cmp"
	"slices"

	"willbuy/pipeline/language"
	"willbuy/store"
)

// tally shows, while a scoring step runs, how the labels fall, also by language,
// the newest answers and the least certain ones.
type tally struct {
	x        *Exec
	labels   []string
	measures []average
	counts   map[string]int64
	sums     map[string][]float64 // by language: texts, then the sum of each measure
	unsure   []scored             // the least certain so far, where scores say so
}

// average is a figure of answers: the mean of what each gives.
type average struct {
	name string
	of   func(scored) float64
}

// labelShare measures how many answers have a label.
func labelShare(name, label string) average {
	return average{name, func(a scored) float64 {
		if a.label == label {
			return 1
		}
		return 0
	}}
}

const (
	// latestShown is how many of the newest answers are shown, and of the least
	// certain ones.
	latestShown = 8
	// languageBatch is up to how many answers at a time their languages are told,
	// which takes 35 µs a text. An engine that is faster than that has no time for it.
	languageBatch = 1000
)

func newTally(x *Exec, labels []string, measures []average) *tally {
	return &tally{x: x, labels: labels, measures: measures, counts: map[string]int64{}, sums: map[string][]float64{}}
}

func (t *tally) show(newest []scored) {
	for _, a := range newest {
		if a.err == nil {
			t.counts[a.label]++
		}
	}
	var rows [][]any
	for _, label := range t.labels {
		rows = append(rows, []any{label, t.counts[label]})
	}
	t.x.Table("labels", "Labels so far", []store.Column{{Name: "LABEL", Type: store.String}, {Name: "REVIEWS", Type: store.Int}}, rows)
	t.x.Table("latest", "Latest", answerColumns, answerRows(newest[max(0, len(newest)-latestShown):]))
	t.showUnsure(newest)
	t.showLanguages(newest)
}

var answerColumns = []store.Column{{Name: "LABEL", Type: store.String}, {Name: "SCORE", Type: store.Float},
	{Name: "SCORES", Type: store.String}, {Name: "TEXT", Type: store.String}}

func answerRows(answers []scored) [][]any {
	var rows [][]any
	for _, a := range answers {
		if a.err == nil {
			rows = append(rows, []any{a.label, a.score, a.scores, a.text})
		}
	}
	return rows
}

// showUnsure shows the answers whose best score is the lowest. A lone score, as
// of a sentiment, does not tell how certain it is.
func (t *tally) showUnsure(newest []scored) {
	for _, a := range newest {
		if a.err == nil && a.scores != "" {
			t.unsure = append(t.unsure, a)
		}
	}
	slices.SortStableFunc(t.unsure, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	t.unsure = slices.Clip(t.unsure[:min(len(t.unsure), latestShown)])
	if len(t.unsure) > 0 {
		t.x.Table("unsure", "Least certain so far", answerColumns, answerRows(t.unsure))
	}
}

// showLanguages shows the figures by language of what this attempt has scored.
func (t *tally) showLanguages(newest []scored) {
	if t.sums == nil || len(newest) > languageBatch {
		t.sums = nil
		return
	}
	for _, a := range newest {
		if a.err != nil {
			continue
		}
		code := language.Of(a.text)
		if t.sums[code] == nil {
			t.sums[code] = make([]float64, 1+len(t.measures))
		}
		t.sums[code][0]++
		for i, m := range t.measures {
			t.sums[code][1+i] += m.of(a)
		}
	}
	columns := make([]measure, len(t.measures))
	for i, m := range t.measures {
		columns[i].name = m.name
	}
	if len(t.sums) > 0 {
		t.x.Table("languages", "By language", languageColumns(columns), languageRows(t.sums))
	}
}
