package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/store/duck"
)

// batchRows is how many rows are predicted or explained at a time.
const batchRows = 8192

const modelFlag = "XGBoost's JSON, UBJ or dump JSON, or NAME@ALIAS of the workspace's registry, such as deployed_xgb@production"

func (c *cli) predictCommand() *cobra.Command {
	var ref, data, table, out string
	var margin bool
	var likely buyersQuestion
	cmd := &cobra.Command{
		Use:   "predict --model FILE|NAME@ALIAS --data FILE",
		Short: "score the rows of a file with a model",
		Long:  "Predicts every row of a csv (gzip too), parquet or DuckDB file, in its order, and writes the columns margin and prediction: the sum of the trees, and what the objective makes of it (a probability, for logistic). A model of several classes gives columns margin_0, margin_1, ... and prediction_0, prediction_1, ..., one each.\n\nWith --top N it makes the list of the customers who will most likely buy instead, with --why their reasons; with --label it also tells how many of all buyers the list holds.",
		Example: `willbuy predict --model model.json --data shop.csv --out predictions.csv
willbuy predict --model deployed_xgb@production --data new.parquet > p.csv

# whom to write to, and why
willbuy predict --model model.json --data shop.csv --top 100 --why --id UUID`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := likely.check(cmd, margin); err != nil {
				return err
			}
			if likely.top > 0 {
				return c.buyers(cmd.Context(), ref, data, table, out, likely)
			}
			return c.predict(cmd.Context(), ref, data, table, out, margin)
		},
	}
	dataFlags(cmd, &data, &table)
	cmd.Flags().StringVar(&ref, "model", "", modelFlag)
	cmd.Flags().StringVar(&out, "out", "", "csv file; stdout by default")
	cmd.Flags().BoolVar(&margin, "margin", false, "the prediction is the margin itself, as XGBoost's output_margin")
	buyersFlags(cmd, &likely)
	return cmd
}

func (c *cli) predict(ctx context.Context, ref, path, table, out string, margin bool) error {
	rows, err := c.openRows(ctx, ref, path, table)
	if err != nil {
		return err
	}
	defer rows.close()
	return c.writeTo(out, func(w *bufio.Writer) error {
		outputs, width := rows.model.Outputs(), rows.model.Width()
		if margin {
			width = outputs
		}
		header := append(numberedColumns("margin", outputs), numberedColumns("prediction", width)...)
		w.WriteString(strings.Join(header, ",") + "\n")
		margins := make([]float32, batchRows*outputs)
		predictions := make([]float32, batchRows*width)
		var line []byte
		return rows.batches(ctx, func(values []float32, n int) error {
			margins, predictions := margins[:n*outputs], predictions[:n*width]
			rows.model.Margins(values, margins)
			if margin {
				copy(predictions, margins)
			} else {
				rows.model.Predictions(margins, predictions)
			}
			for i := range n {
				line = line[:0]
				for _, x := range margins[i*outputs : (i+1)*outputs] {
					line = append(strconv.AppendFloat(line, float64(x), 'g', -1, 32), ',')
				}
				for _, x := range predictions[i*width : (i+1)*width] {
					line = append(strconv.AppendFloat(line, float64(x), 'g', -1, 32), ',')
				}
				line[len(line)-1] = '\n'
				if _, err := w.Write(line); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// numberedColumns are name where there is one, else name_0, name_1, …
func numberedColumns(name string, n int) []string {
	if n == 1 {
		return []string{name}
	}
	columns := make([]string, n)
	for i := range columns {
		columns[i] = name + "_" + strconv.Itoa(i)
	}
	return columns
}

// writeTo writes a file, or stdout when no name is given.
func (c *cli) writeTo(out string, write func(*bufio.Writer) error) error {
	if out == "" {
		return write(c.out)
	}
	file, err := os.Create(out)
	if err != nil {
		return cannotWrite(out, err)
	}
	w := bufio.NewWriterSize(file, 64<<10)
	err = write(w)
	if err == nil {
		if err = w.Flush(); err != nil {
			err = cannotWrite(out, err)
		}
	}
	return errors.Join(err, file.Close())
}

// modelRows is a model with the data that it shall read.
type modelRows struct {
	model   *gbtree.Model
	table   *duck.Table
	columns []string // of the table, one a feature of the model
}

func (c *cli) openRows(ctx context.Context, ref, path, table string) (*modelRows, error) {
	m, err := c.loadModel(ref)
	if err != nil {
		return nil, err
	}
	data, err := openData(ctx, path, table)
	if err != nil {
		return nil, err
	}
	r := &modelRows{model: m, table: data}
	err = r.match()
	if err == nil {
		err = useEncoders(m, data, r.columns)
	}
	if err != nil {
		data.Close()
		return nil, err
	}
	return r, nil
}

func (r *modelRows) close() { r.table.Close() }

// numbered are the names of features in models that were given none.
var numbered = regexp.MustCompile(`^f(\d+)$`)

// match finds the column of each feature, whatever its case. A feature f3 of a
// model without names is the fourth column.
func (r *modelRows) match() error {
	for _, feature := range r.model.Features {
		column, err := resolveColumn(r.table, feature)
		if number := numbered.FindStringSubmatch(feature); err != nil && number != nil {
			if at, _ := strconv.Atoi(number[1]); at < len(r.table.Columns()) {
				column, err = r.table.Columns()[at].Name, nil
			}
		}
		if err != nil {
			return err
		}
		r.columns = append(r.columns, column)
	}
	return nil
}

// batches reads the data and calls use with n rows, one after the other in
// values.
func (r *modelRows) batches(ctx context.Context, use func(values []float32, n int) error) error {
	rows, err := r.table.Numbers(ctx, r.columns)
	if err != nil {
		return numbersOnly(err)
	}
	defer rows.Close()
	width := len(r.columns)
	fields := make([]*float64, width)
	into := make([]any, width)
	for i := range fields {
		into[i] = &fields[i]
	}
	values := make([]float32, 0, batchRows*width)
	read, n := int64(0), 0
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		read++
		for i, field := range fields {
			x, err := encode.Float32(orNaN(field))
			if err != nil {
				return fmt.Errorf("column %s in row %d: %g is %w", r.columns[i], read, *field, err)
			}
			values = append(values, x)
		}
		if n++; n == batchRows {
			if err := errors.Join(ctx.Err(), use(values, n)); err != nil {
				return err
			}
			values, n = values[:0], 0
		}
	}
	if err := errors.Join(rows.Err(), ctx.Err()); err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	return use(values, n)
}
