package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/metrics"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/views/chart"
)

func (c *cli) compareCommand() *cobra.Command {
	var models []string
	var data, table, label string
	cmd := &cobra.Command{
		Use:   "compare --model A --model B --data FILE --label Y",
		Short: "which of two models is better on the same rows, and how sure that is",
		Long: `Measures two models on the rows of a csv (gzip too), parquet or DuckDB file that neither was trained on: each metric with its 95% interval, the difference with its own, which knows that the rows are the same, and the share of resamples in which the first is better.

Intervals of auc are DeLong's, of shares of wrong rows Wilson's, the others and those of differences but auc's the percentiles of a paired bootstrap.`,
		Example: `willbuy compare --model old.json --model new.json \
  --data held-out.csv --label bought

# the registered model against a new one, for a program
willbuy compare --model deployed_xgb@production --model new.json \
  --data held-out.parquet --label bought --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case len(models) != 2:
				return usagef("name two models: --model A --model B")
			case label == "":
				return usagef("say which column holds the truth: --label")
			}
			return halted(cmd.Context(), c.compareModels(cmd.Context(), models, data, table, label), "before the end")
		},
	}
	dataFlags(cmd, &data, &table)
	cmd.Flags().StringArrayVar(&models, "model", nil, "twice: "+modelFlag)
	cmd.Flags().StringVar(&label, "label", "", "column with what really happened")
	return cmd
}

// comparedJSON is the result of compare --json.
type comparedJSON struct {
	A       string               `json:"a"`
	B       string               `json:"b"`
	Rows    int64                `json:"rows"`
	Metrics []metrics.Difference `json:"metrics"`
}

func (c *cli) compareModels(ctx context.Context, refs []string, path, table, label string) error {
	var models [2]*gbtree.Model
	for i, ref := range refs {
		var err error
		if models[i], err = c.loadModel(ref); err != nil {
			return err
		}
	}
	data, err := openData(ctx, path, table)
	if err != nil {
		return err
	}
	defer data.Close()
	pairs, err := readPairs(ctx, data, models, label)
	if err != nil {
		return err
	}
	if pairs.rows == 0 {
		return fmt.Errorf("%s has no rows to compare models on", path)
	}
	kind, err := pairs.kind(models, label)
	if err != nil {
		return err
	}
	differences, err := metrics.Compare(ctx, pairs.outcomes[0], pairs.outcomes[1], kind, pairs.resampling())
	if err != nil {
		return err
	}
	if c.json {
		return c.object(comparedJSON{refs[0], refs[1], pairs.rows, differences})
	}
	return c.showComparison(refs, pairs.rows, differences)
}

// pairs are the rows of a table as both models see them.
type pairs struct {
	outcomes [2][]metrics.Outcome
	rows     int64
	place    map[string]int // of an outcome, by predictions and label
}

// readPairs groups the rows in the database, predicts each group with both
// models and merges those that get the same predictions.
func readPairs(ctx context.Context, data *duck.Table, models [2]*gbtree.Model, label string) (*pairs, error) {
	var columns []string
	var places [2][]int // of the models' features among the columns
	for i, m := range models {
		matched := &modelRows{model: m, table: data}
		if _, err := matched.match(ctx); err != nil {
			return nil, err
		}
		if err := encodeForBoth(m, data, matched.columns); err != nil {
			return nil, err
		}
		for _, column := range matched.columns {
			if !slices.Contains(columns, column) {
				columns = append(columns, column)
			}
			places[i] = append(places[i], slices.Index(columns, column))
		}
	}
	truth, err := onlyColumn(ctx, data, label)
	if err != nil {
		return nil, err
	}
	p := &pairs{place: map[string]int{}}
	use := func(b duck.Batch) error {
		var predicted [2][]float32
		for i, m := range models {
			predicted[i] = predict(m, b, places[i])
		}
		return p.add(predicted, [2]int{models[0].Width(), models[1].Width()}, b.Columns[len(columns)], b.Count, truth)
	}
	if err := groupRows(ctx, data, columns, []string{truth}, use); err != nil {
		return nil, err
	}
	return p, nil
}

// encodeForBoth makes the table read texts as a model has learned them, unless
// the other model has learned them differently.
func encodeForBoth(m *gbtree.Model, data *duck.Table, columns []string) error {
	before := make([][]string, len(columns))
	for i, column := range columns {
		before[i] = data.Encoded(column)
	}
	if err := useEncoders(m, data, columns); err != nil {
		return err
	}
	for i, column := range columns {
		if before[i] != nil && !slices.Equal(before[i], data.Encoded(column)) {
			return fmt.Errorf("column %s: the models know different texts (%d and %d) and so have other codes for them; compare models that were trained on the same values",
				column, len(before[i]), len(data.Encoded(column)))
		}
	}
	return nil
}

// predict gives the predictions of a model, m.Width() a row, of the columns at
// places.
func predict(m *gbtree.Model, b duck.Batch, places []int) []float32 {
	n, width := len(b.Count), len(places)
	rows := make([]float32, n*width)
	for f, at := range places {
		for i, x := range b.Columns[at] {
			rows[i*width+f] = x
		}
	}
	margins, predictions := make([]float32, n*m.Outputs()), make([]float32, n*m.Width())
	m.Margins(rows, margins)
	m.Predictions(margins, predictions)
	return predictions
}

// add takes rows with the predictions of both models.
func (p *pairs) add(predicted [2][]float32, width [2]int, labels []float32, counts []int64, column string) error {
	var key []byte
	for i, label := range labels {
		if label-label != 0 {
			return pipeline.Hint(fmt.Errorf("column %s, the label, is empty or infinite in some rows", column), "Leave these rows out.")
		}
		p.rows += counts[i]
		key = binary.LittleEndian.AppendUint32(key[:0], math.Float32bits(label+0))
		for model, w := range width {
			for _, x := range predicted[model][i*w : (i+1)*w] {
				key = binary.LittleEndian.AppendUint32(key, math.Float32bits(x))
			}
		}
		at, known := p.place[string(key)]
		if !known {
			at = len(p.place)
			p.place[string(key)] = at
			for model, w := range width {
				scores := make([]float64, w)
				for j, x := range predicted[model][i*w : (i+1)*w] {
					scores[j] = float64(x)
				}
				p.outcomes[model] = append(p.outcomes[model], metrics.Outcome{Scores: scores, Label: float64(label)})
			}
		}
		for model := range width {
			p.outcomes[model][at].Rows += float64(counts[i])
		}
	}
	return nil
}

// kind decides by the models and the labels what can be measured.
func (p *pairs) kind(models [2]*gbtree.Model, label string) (metrics.Kind, error) {
	classes := models[0].Width()
	if other := models[1].Width(); other != classes {
		return 0, fmt.Errorf("one model gives %d predictions a row, the other %d: they do not predict the same", classes, other)
	}
	zeroOne, probable := true, true
	for _, o := range p.outcomes[0] {
		zeroOne = zeroOne && (o.Label == 0 || o.Label == 1)
		probable = probable && o.Label >= 0 && o.Label <= 1
		if classes > 1 && (o.Label != math.Trunc(o.Label) || o.Label < 0 || o.Label >= float64(classes)) {
			return 0, fmt.Errorf("column %s, the label, has the value %g: the models know the classes 0…%d", label, o.Label, classes-1)
		}
	}
	probability := func(m *gbtree.Model) bool { return m.Objective == gbtree.Logistic || m.Objective == "reg:logistic" }
	logistic := probability(models[0]) && probability(models[1])
	switch {
	case logistic && !probable:
		return 0, fmt.Errorf("column %s, the label, holds values outside 0 to 1: the models predict the probability of a 1", label)
	case classes > 1:
		return metrics.Classes, nil
	case !zeroOne:
		return metrics.Number, nil
	case logistic:
		return metrics.Probability, nil
	}
	return metrics.Ranking, nil
}

// resampling takes 1000 samples, fewer where they would take minutes: what few
// samples blur in an interval is then far below its width.
func (p *pairs) resampling() metrics.Resampling {
	const enough, least, work = 1000, 200, 20_000_000
	return metrics.Resampling{Level: 0.95, Seed: 1, Samples: min(enough, max(least, work/len(p.outcomes[0])))}
}

// showComparison prints the metrics of both models and their differences.
func (c *cli) showComparison(refs []string, rows int64, differences []metrics.Difference) error {
	c.line("A is %s, B is %s, on %s. In brackets 95%% intervals.", filepath.Base(refs[0]), filepath.Base(refs[1]), pipeline.Plural(rows, "row"))
	c.line("")
	var table [][]any
	spans := chart.SpanChart{Chosen: -1, Zero: true, Left: "B is better", Right: "A is better"}
	for _, d := range differences {
		table = append(table, []any{d.Metric, bracketed(d.A.Value, d.A.Interval), bracketed(d.B.Value, d.B.Interval), fmt.Sprintf("%.1f%% of resamples", 100*d.Better)})
		// Metrics have scales of their own, so each row is drawn in its own unit.
		unit := max(math.Abs(d.Low), math.Abs(d.High), math.Abs(d.Difference), math.SmallestNonzeroFloat32)
		if !metrics.HigherIsBetter(d.Metric) {
			unit = -unit
		}
		spans.Spans = append(spans.Spans, chart.Span{Name: d.Metric, Value: d.Difference / unit,
			Low: min(d.Low/unit, d.High/unit), High: max(d.Low/unit, d.High/unit), Text: signed(d.Difference, d.Interval)})
	}
	err := c.table([]store.Column{column("metric", store.String), column("A", store.String), column("B", store.String), column("A is better in", store.String)}, table)
	if err != nil {
		return err
	}
	c.line("")
	c.line("A less B, each row on its own scale:")
	c.drawn(strings.Join(chart.Spans(spans, c.width(), c.theme()), "\n"))
	c.line("")
	c.line("%s", verdict(differences))
	return nil
}

func bracketed(value float64, i metrics.Interval) string {
	return fmt.Sprintf("%.4f [%.4f, %.4f]", value, i.Low, i.High)
}

func signed(value float64, i metrics.Interval) string {
	return strings.ReplaceAll(fmt.Sprintf("%+.4f [%+.4f, %+.4f]", value, i.Low, i.High), "-", "−")
}

// verdict says in words which differences are more than chance.
func verdict(differences []metrics.Difference) string {
	var a, b, open []string
	test := ""
	for _, d := range differences {
		switch {
		case d.Low <= 0 && d.High >= 0:
			open = append(open, d.Metric)
		case (d.Difference > 0) == metrics.HigherIsBetter(d.Metric):
			a = append(a, d.Metric)
		default:
			b = append(b, d.Metric)
		}
		if d.P != nil {
			test = fmt.Sprintf(" If both ranked equally well, a difference in auc as large as this would be seen with probability %.2g (DeLong's test).", *d.P)
		}
	}
	var sentences []string
	for _, part := range []struct {
		what    string
		metrics []string
	}{{"A is better by ", a}, {"B is better by ", b}, {"No clear difference by ", open}} {
		if len(part.metrics) > 0 {
			sentences = append(sentences, part.what+strings.Join(part.metrics, ", ")+".")
		}
	}
	return strings.Join(sentences, " ") + test
}
