package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/synth"
	"willbuy/pipeline/whatif"
	"willbuy/store"
)

// truth is the true probability that a customer with such values buys, known of
// synthetic data alone.
type truth func(row []float32) float64

// errOtherTruth tells that the truth speaks of other columns than the model.
var errOtherTruth = errors.New("the truth is about other columns")

// truth gives the truth about a model's features; nil where nobody knows it.
func (w *Workspace) truth(features []whatif.Feature) (truth, error) {
	if _, err := os.Stat(w.TruthFile()); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	known, err := synth.ReadTruth(w.TruthFile())
	if err != nil {
		return nil, err
	}
	var columns []synth.Input
	for _, f := range features {
		columns = append(columns, synth.Input{Column: strings.TrimSuffix(f.Name, EncodedSuffix), Classes: f.Classes})
	}
	probability, err := known.Probability(columns)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOtherTruth, err)
	}
	return probability, nil
}

// trueCustomers is on how many distinct customers the truth is averaged where it
// stands beside what the model says of everybody.
const trueCustomers = 1000

// evenly gives at most so many of the distinct rows, spread over all of them.
func evenly(p whatif.Population, most int) whatif.Population {
	n := min(p.Len(), most)
	var values []float32
	var count []int64
	for i := range n {
		at := i * p.Len() / n
		values, count = append(values, p.Row(at)...), append(count, p.Count[at])
	}
	return whatif.NewPopulation(p.Features, values, count)
}

// along is how the truth moves with a feature, on the scale of the model's
// contributions: the mean of its margin where everybody has a value, less what
// it is as they are (partial dependence, Friedman 2001). For inputs that do not
// depend on each other the contributions of a perfect model are the same.
func (t truth) along(people whatif.Population, objective string, f int, values []float64) []float64 {
	margin := func(row []float32) float64 {
		p := t(row)
		if objective == gbtree.Logistic {
			p = min(max(p, 1e-9), 1-1e-9)
			return math.Log(p / (1 - p))
		}
		return p
	}
	out, asTheyAre, total := make([]float64, len(values)), 0.0, 0.0
	row := make([]float32, len(people.Features))
	for i, n := range people.Count {
		copy(row, people.Row(i))
		asTheyAre += float64(n) * margin(row)
		total += float64(n)
		for v, x := range values {
			row[f] = float32(x)
			out[v] += float64(n) * margin(row)
		}
	}
	for v := range out {
		out[v] = (out[v] - asTheyAre) / total
	}
	return out
}

// showTruth puts what the model found beside the coefficients that the data
// were drawn from, where they are known.
func (x *Exec) showTruth(importance []influence) error {
	text, err := os.ReadFile(x.WS.TruthFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil // somebody's own data: nobody knows the truth
	}
	if err != nil {
		return fmt.Errorf("compare with the truth: %w", err)
	}
	var truth struct {
		Effects map[string]struct {
			Value      float64 `json:"value"`
			Multiplies string  `json:"multiplies"`
		} `json:"effects"`
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		return fmt.Errorf("compare with the truth: read %s: %w", x.WS.TruthFile(), err)
	}
	var table [][]any
	for _, i := range importance {
		name := strings.ToLower(strings.TrimSuffix(i.feature, EncodedSuffix))
		if effect, ok := truth.Effects[name]; ok {
			table = append(table, []any{i.feature, effect.Value, effect.Multiplies, i.meanAbs, i.meanHigh})
		}
	}
	x.Table("truth", "True effect and what the model found", []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "TRUE_EFFECT", Type: store.Float},
		{Name: "MULTIPLIES", Type: store.String}, {Name: "MEAN_ABS", Type: store.Float}, {Name: "HIGH_MINUS_LOW", Type: store.Float}}, table)
	return nil
}
