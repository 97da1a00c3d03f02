package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/registry"
	"willbuy/store/duck"
)

// batchRows is how many rows are predicted or explained at a time.
const batchRows = 8192

const modelFlag = "XGBoost's JSON or dump JSON, or NAME@ALIAS of the workspace's registry, such as deployed_xgb@production"

func (c *cli) predictCommand() *cobra.Command {
	var ref, data, table, out string
	var margin bool
	cmd := &cobra.Command{
		Use:   "predict --model FILE|NAME@ALIAS --data FILE",
		Short: "score the rows of a file with a model",
		Long:  "Predicts every row of a csv (gzip too), parquet or DuckDB file, in its order, and writes the columns margin and prediction: the sum of the trees, and what the objective makes of it (a probability, for logistic).",
		Example: `willbuy predict --model model.json --data shop.csv --out predictions.csv
willbuy predict --model deployed_xgb@production --data new.parquet > p.csv`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.predict(cmd.Context(), ref, data, table, out, margin)
		},
	}
	dataFlags(cmd, &data, &table)
	cmd.Flags().StringVar(&ref, "model", "", modelFlag)
	cmd.Flags().StringVar(&out, "out", "", "csv file; stdout by default")
	cmd.Flags().BoolVar(&margin, "margin", false, "the prediction is the margin itself, as XGBoost's output_margin")
	return cmd
}

func (c *cli) predict(ctx context.Context, ref, path, table, out string, margin bool) error {
	rows, err := c.openRows(ctx, ref, path, table)
	if err != nil {
		return err
	}
	defer rows.close()
	return c.writeTo(out, func(w *bufio.Writer) error {
		w.WriteString("margin,prediction\n")
		margins := make([]float32, batchRows)
		var line []byte
		return rows.batches(ctx, func(values []float32, n int) error {
			rows.model.Margins(values, margins[:n])
			for _, m := range margins[:n] {
				prediction := m
				if !margin {
					prediction = rows.model.Output(m)
				}
				line = strconv.AppendFloat(line[:0], float64(m), 'g', -1, 32)
				line = append(line, ',')
				line = strconv.AppendFloat(line, float64(prediction), 'g', -1, 32)
				if _, err := w.Write(append(line, '\n')); err != nil {
					return err
				}
			}
			return nil
		})
	})
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
	if err := r.match(); err != nil {
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

// loadModel reads a model from a file, or from the registry by NAME@ALIAS.
func (c *cli) loadModel(ref string) (*gbtree.Model, error) {
	if ref == "" {
		return nil, usagef("say which model to use: --model FILE or NAME@ALIAS")
	}
	text, err := os.ReadFile(ref)
	if err != nil && strings.Contains(ref, "@") && errors.Is(err, os.ErrNotExist) {
		ws, wsErr := c.files()
		if wsErr != nil {
			return nil, wsErr
		}
		reg := registry.Open(ws.ModelsDir())
		name, version, _ := strings.Cut(ref, "@")
		v, findErr := findVersion(reg, name, version)
		if findErr != nil {
			return nil, findErr
		}
		_, text, err = reg.Read(exact(v))
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, pipeline.Hint(fmt.Errorf("read the model %s: %w", ref, cause(err)), "Give a file, or a registered model as NAME@ALIAS or NAME@V1; see: willbuy model ls")
	}
	if err != nil {
		return nil, fmt.Errorf("read the model %s: %w", ref, cause(err))
	}
	m, err := c.decodeModel(text)
	if err != nil {
		return nil, fmt.Errorf("read the model %s: %w", ref, err)
	}
	return m, nil
}

// decodeModel reads XGBoost's JSON, an object, or a dump, a list of trees.
func (c *cli) decodeModel(text []byte) (*gbtree.Model, error) {
	var in io.Reader = bytes.NewReader(text)
	if bytes.HasPrefix(text, []byte("{L")) {
		return nil, pipeline.Hint(errors.New("it is in XGBoost's binary format, UBJ"), `Save it as JSON: booster.save_model("model.json")`)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return gbtree.ReadJSON(in)
	}
	c.remark("a dump holds neither base score nor objective: the prediction is the sum of the leaves")
	return gbtree.ReadDump(in, nil)
}
