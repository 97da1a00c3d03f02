package pipeline

import (
	"context"
	"math"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/metrics"
	"willbuy/store"
)

// scoredCells are the model's predictions with the labels below them.
func scoredCells(m *gbtree.Model, cells *encode.Cells) []metrics.Group {
	groups := make([]metrics.Group, cells.Len())
	row := make([]float32, len(m.Features))
	for i := range groups {
		cells.Values(i, row)
		g := metrics.Group{Score: float64(m.Predict(row))}
		for e := cells.First[i]; e < cells.First[i+1]; e++ {
			g.Total += float64(cells.Count[e])
			g.Positive += float64(cells.Count[e]) * float64(cells.Label[e])
		}
		groups[i] = g
	}
	return groups
}

// measured are the scores of both parts of the rows; outer is nil where none
// were kept apart.
type measured struct {
	inner, outer []metrics.Group
	probability  bool // scores are probabilities
}

// all gives each metric that is defined by its name, with train_ or
// validation_ before it.
func (m measured) all() map[string]float64 {
	out := map[string]float64{}
	add := func(prefix string, groups []metrics.Group) {
		for name, value := range metrics.Binary(groups, m.probability) {
			if !math.IsNaN(value) && !math.IsInf(value, 0) {
				out[prefix+name] = value
			}
		}
	}
	add("train_", m.inner)
	if m.outer != nil {
		add("validation_", m.outer)
	}
	return out
}

// fair are the scores by which the model is judged: those of the rows kept
// apart, or of all where none were.
func (m measured) fair() (groups []metrics.Group, part string) {
	if m.outer != nil {
		return m.outer, "validation"
	}
	return m.inner, "training"
}

// intervals gives the 95 % interval of each metric of the fair scores that has
// one, by name.
func (m measured) intervals(ctx context.Context) (map[string]metrics.Interval, error) {
	groups, _ := m.fair()
	kind := metrics.Ranking
	if m.probability {
		kind = metrics.Probability
	}
	estimates, err := metrics.Intervals(ctx, metrics.Outcomes(groups), kind, metrics.Resampling{Level: 0.95, Samples: resamples, Seed: 1})
	out := map[string]metrics.Interval{}
	for _, e := range estimates {
		out[e.Metric] = e.Interval
	}
	return out, err
}

// resamples is how often the rows are drawn again for the intervals: the ends
// of a 95 % interval are then good to a tenth of its length.
const resamples = 200

// showMeasures shows how good the scores are: the metrics, whether they can be
// believed, whom they find first, and who is right and wrong at a threshold. It
// gives the 95 % intervals of the metrics.
func (x *Exec) showMeasures(ctx context.Context, m measured, all map[string]float64) (map[string]metrics.Interval, error) {
	x.Phase("measuring")
	intervals, err := m.intervals(ctx)
	if err != nil {
		return nil, err
	}
	x.Table("metrics", "Metrics", []store.Column{{Name: "METRIC", Type: store.String}, {Name: "TRAIN", Type: store.Float}, {Name: "VALIDATION", Type: store.Float},
		{Name: "LOW", Type: store.Float}, {Name: "HIGH", Type: store.Float}, {Name: "METHOD", Type: store.String}}, metricRows(all, intervals))
	groups, part := m.fair()

	var calibration [][]any
	for _, b := range metrics.Calibration(groups, scoreParts) {
		calibration = append(calibration, []any{int64(b.Rows), b.Score, b.Rate})
	}
	x.Table("calibration", "Predicted and observed on "+part+" rows", []store.Column{{Name: "CUSTOMERS", Type: store.Int}, {Name: "PREDICTED", Type: store.Float},
		{Name: "OBSERVED", Type: store.Float}}, calibration)

	x.showGain(groups, part)

	x.showThresholds(groups, part)
	x.showRanking(groups, part)
	return intervals, nil
}

// showGain shows how many of the buyers are among the customers with the best
// scores.
func (x *Exec) showGain(groups []metrics.Group, part string) {
	var gain [][]any
	for i, p := range metrics.Lift(groups, scoreParts) {
		gain = append(gain, []any{float64(i+1) / scoreParts, p.Rows, p.Positive, p.Gain, p.Lift})
	}
	x.Table("gain", "Buyers found, best scores first, on "+part+" rows", []store.Column{{Name: "SHARE", Type: store.Float}, {Name: "CUSTOMERS", Type: store.Float},
		{Name: "BUYERS", Type: store.Float}, {Name: "GAIN", Type: store.Float}, {Name: "LIFT", Type: store.Float}}, gain)
}

// scoreParts is how many parts the scores are divided into for calibration and
// gain: deciles, as is usual.
const scoreParts = 10

// metricRows puts a row a metric: on both parts, and the interval of the one by
// which the model is judged.
func metricRows(m map[string]float64, intervals map[string]metrics.Interval) [][]any {
	var rows [][]any
	for _, name := range metrics.Names {
		train, ok := m["train_"+name]
		if !ok {
			continue
		}
		row := []any{name, train, nil, nil, nil, nil}
		if v, ok := m["validation_"+name]; ok {
			row[2] = v
		}
		if i, ok := intervals[name]; ok {
			row[3], row[4], row[5] = i.Low, i.High, i.Method
		}
		rows = append(rows, row)
	}
	return rows
}
