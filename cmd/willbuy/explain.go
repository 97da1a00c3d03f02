package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
	"willbuy/store"
	"willbuy/views/chart"
)

// mostRemembered is how many explanations of distinct rows are kept, since
// equal rows share theirs.
const mostRemembered = 1 << 18

// additive is how far contributions may be from their margin, relative to it:
// the trees add in float32, the explanation in float64.
const additive = 1e-4

func (c *cli) explainCommand() *cobra.Command {
	var ref, data, table, out string
	var row int64
	cmd := &cobra.Command{
		Use:   "explain --model FILE|NAME@ALIAS --data FILE",
		Short: "what moved each prediction: SHAP contributions",
		Long: `Splits the margin of every row into the contributions of its features (exact SHAP values): they and the bias add up to the margin.

With --out it writes them, a column a feature and the bias, a line a row; with --row N the waterfall of one row, counted from 1; without either how much each feature moves predictions over all rows.`,
		Example: `willbuy explain --model model.json --data shop.csv
willbuy explain --model model.json --data shop.csv --row 17
willbuy explain --model deployed_xgb@production --data shop.csv --out c.csv`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case cmd.Flags().Changed("row") && row < 1:
				return usagef("rows are counted from 1, there is no row %d", row)
			case row > 0 && out != "":
				return usagef("--row and --out exclude each other")
			}
			return c.explain(cmd.Context(), ref, data, table, out, row)
		},
	}
	dataFlags(cmd, &data, &table)
	cmd.Flags().StringVar(&ref, "model", "", modelFlag)
	cmd.Flags().StringVar(&out, "out", "", "csv file for the contributions of every row")
	cmd.Flags().Int64Var(&row, "row", 0, "one row, from 1")
	return cmd
}

func (c *cli) explain(ctx context.Context, ref, path, table, out string, row int64) error {
	rows, err := c.openRows(ctx, ref, path, table)
	if err != nil {
		return err
	}
	defer rows.close()
	explainer, err := shap.New(rows.model)
	if err != nil {
		return fmt.Errorf("explain with %s: %w", ref, err)
	}
	e := &explaining{modelRows: rows, shap: explainer, known: map[string][]float64{}, progress: c.meter("row")}
	switch {
	case row > 0:
		return c.explainRow(ctx, e, row)
	case out != "":
		return c.writeTo(out, func(w *bufio.Writer) error { return e.write(ctx, w) })
	}
	return c.explainAll(ctx, e)
}

// explaining explains rows in batches, on all cores, equal rows once.
type explaining struct {
	*modelRows
	shap     *shap.Explainer
	known    map[string][]float64 // by rowKey
	progress *meter
	done     int64
}

// each calls use for every row with its values and contributions.
func (e *explaining) each(ctx context.Context, use func(values []float32, phi []float64) error) error {
	width := len(e.columns)
	return e.batches(ctx, func(values []float32, n int) error {
		phi, err := e.contributions(ctx, values, n)
		if err != nil {
			return err
		}
		for i := range n {
			row := values[i*width : (i+1)*width]
			if err := e.check(row, phi[i]); err != nil {
				return err
			}
			if err := use(row, phi[i]); err != nil {
				return err
			}
			e.done++
		}
		e.progress.at(e.done, 0)
		return nil
	})
}

// contributions gives those of n rows.
func (e *explaining) contributions(ctx context.Context, values []float32, n int) ([][]float64, error) {
	if len(e.known) > mostRemembered {
		clear(e.known)
	}
	width := len(e.columns)
	out := make([][]float64, n)
	var todo []int
	for i := range out {
		key := rowKey(values[i*width : (i+1)*width])
		phi, ok := e.known[key]
		if !ok {
			phi = make([]float64, width)
			e.known[key] = phi
			todo = append(todo, i)
		}
		out[i] = phi
	}
	var group sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for k := worker; k < len(todo) && ctx.Err() == nil; k += runtime.GOMAXPROCS(0) {
				i := todo[k]
				e.shap.Contributions(values[i*width:(i+1)*width], out[i])
			}
		})
	}
	group.Wait()
	return out, ctx.Err()
}

// rowKey is what equal rows have in common.
func rowKey(row []float32) string {
	var key []byte
	for _, x := range row {
		key = binary.LittleEndian.AppendUint32(key, math.Float32bits(x))
	}
	return string(key)
}

// check asserts that bias and contributions add up to the margin.
func (e *explaining) check(row []float32, phi []float64) error {
	sum := e.shap.Bias()
	for _, x := range phi {
		sum += x
	}
	margin := float64(e.model.Margin(row))
	if !(math.Abs(sum-margin) <= additive*max(1, math.Abs(margin))) {
		return fmt.Errorf("the contributions of row %d add up to %g, its margin is %g", e.done+1, sum, margin)
	}
	return nil
}

// write is --out: a column a feature and the bias.
func (e *explaining) write(ctx context.Context, w *bufio.Writer) error {
	out := csv.NewWriter(w)
	fields := append(slices.Clone(e.model.Features), "bias")
	out.Write(fields)
	bias := strconv.FormatFloat(e.shap.Bias(), 'g', -1, 64)
	err := e.each(ctx, func(_ []float32, phi []float64) error {
		for i, x := range phi {
			fields[i] = strconv.FormatFloat(x, 'g', -1, 64)
		}
		fields[len(phi)] = bias
		return out.Write(fields)
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

// globalFeature is a feature's line of the global table.
type globalFeature struct {
	Feature string  `json:"feature"`
	MeanAbs float64 `json:"mean_abs"` // mean |contribution| to the margin
	Gain    float64 `json:"gain"`
	Cover   float64 `json:"cover"`
	Splits  float64 `json:"splits"`
}

func (c *cli) explainAll(ctx context.Context, e *explaining) error {
	features := make([]globalFeature, len(e.model.Features))
	gain, cover, splits := shap.Importances(e.model)
	err := e.each(ctx, func(_ []float32, phi []float64) error {
		for i, x := range phi {
			features[i].MeanAbs += math.Abs(x)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, name := range e.model.Features {
		f := &features[i]
		f.Feature, f.Gain, f.Cover, f.Splits = name, gain[i], cover[i], splits[i]
		f.MeanAbs /= float64(max(1, e.done))
	}
	slices.SortStableFunc(features, func(a, b globalFeature) int { return cmp.Compare(b.MeanAbs, a.MeanAbs) })
	if c.json {
		return c.object(map[string]any{"rows": e.done, "bias": e.shap.Bias(), "features": features})
	}
	var rows [][]any
	for _, f := range features {
		rows = append(rows, []any{f.Feature, f.MeanAbs, f.Gain, f.Cover, int64(f.Splits)})
	}
	err = c.table([]store.Column{column("FEATURE", store.String), column("MEAN_ABS", store.Float), column("GAIN", store.Float),
		column("COVER", store.Float), column("SPLITS", store.Int)}, rows)
	c.remark("MEAN_ABS is the mean |contribution| to the margin over %s; the margins start from %.4g.", pipeline.Plural(e.done, "row"), e.shap.Bias())
	return err
}

// errEnough stops the reading of rows once the wanted one is there.
var errEnough = errors.New("enough")

// explainRow is --row.
func (c *cli) explainRow(ctx context.Context, e *explaining, number int64) error {
	var row []float32
	seen := int64(0)
	width := len(e.columns)
	err := e.batches(ctx, func(values []float32, n int) error {
		if at := int(number - seen - 1); at < n {
			row = slices.Clone(values[at*width : (at+1)*width])
			return errEnough
		}
		seen += int64(n)
		return nil
	})
	switch {
	case row == nil && err == nil:
		return usagef("there is no row %d; the file has %s", number, pipeline.Plural(seen, "row"))
	case row == nil:
		return err
	}
	phi := make([]float64, width)
	e.shap.Contributions(row, phi)
	if err := e.check(row, phi); err != nil {
		return err
	}
	margin := e.model.Margin(row)
	if c.json {
		contributions := make([]map[string]any, width)
		for i, x := range phi {
			contributions[i] = map[string]any{"feature": e.model.Features[i], "value": csvNumber(row[i]), "contribution": x}
		}
		return c.object(map[string]any{"row": number, "bias": e.shap.Bias(), "margin": margin, "prediction": e.model.Output(margin), "contributions": contributions})
	}
	c.drawn(strings.Join(waterfall(e, row, phi, margin, min(c.width(), 100), c.theme()), "\n"))
	return nil
}

// csvNumber is a feature's value for JSON, which has no NaN.
func csvNumber(x float32) any {
	if x != x {
		return nil
	}
	return x
}

// waterfall draws the way from the bias to the margin, largest steps first.
func waterfall(e *explaining, row []float32, phi []float64, margin float32, width int, theme chart.Theme) []string {
	stairs := chart.Stairs{From: e.shap.Bias(), To: float64(margin), FromName: "start: mean of the training rows", ToName: "this row",
		FromText: fmt.Sprintf("%.3f", e.shap.Bias()), ToText: fmt.Sprintf("%.3f", margin)}
	if e.model.Objective == gbtree.Logistic {
		stairs.ToText += " = " + pipeline.Percent(float64(e.model.Output(margin)))
	}
	order := make([]int, len(phi))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(phi[b]), math.Abs(phi[a])) })
	for _, i := range order {
		value := "missing"
		if row[i] == row[i] {
			value = strconv.FormatFloat(float64(row[i]), 'g', -1, 32)
		}
		stairs.Pushes = append(stairs.Pushes, chart.Push{Name: e.model.Features[i], Value: value, By: phi[i]})
	}
	return chart.Waterfall(stairs, width, theme)
}
