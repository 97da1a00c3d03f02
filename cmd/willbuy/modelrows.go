package main

import (
	"context"
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/store/duck"
)

// batchRows is how many rows are predicted or explained at a time.
const batchRows = 8192

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
	counted, err := r.match(ctx)
	if counted {
		c.remark("the features of %s have no names: the file's columns are taken in their order, %s", ref, columnNames(data.Columns()))
	}
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
// model without names is the fourth column, and counted tells that there are such.
func (r *modelRows) match(ctx context.Context) (counted bool, err error) {
	for _, feature := range r.model.Features {
		column, err := resolveColumn(r.table, feature)
		if number := numbered.FindStringSubmatch(feature); err != nil && number != nil {
			if at, _ := strconv.Atoi(number[1]); at < len(r.table.Columns()) {
				column, err, counted = r.table.Columns()[at].Name, nil, true
			}
		} else if err == nil {
			err = r.table.Unique(ctx, column)
		}
		if err != nil {
			return false, err
		}
		r.columns = append(r.columns, column)
	}
	return counted, nil
}

// stream opens the rows in the order of the file; truth values that are written
// as texts count as 1 and 0.
func (r *modelRows) stream(ctx context.Context) (stream *duck.Stream, err error) {
	err = readTruths(ctx, r.table, func() error {
		stream, err = r.table.Stream(ctx, r.columns, duck.Parts{})
		return err
	})
	return stream, explainColumn(err)
}

// batches reads the data and calls use with n rows, one after the other in
// values, up to batchRows.
func (r *modelRows) batches(ctx context.Context, use func(values []float32, n int) error) error {
	width := len(r.columns)
	values := make([]float32, batchRows*width)
	return r.scan(ctx, func(columns [][]float32) error {
		for lo, rows := 0, len(columns[0]); lo < rows; lo += batchRows {
			n := min(batchRows, rows-lo)
			for f, column := range columns {
				for i, x := range column[lo : lo+n] {
					values[i*width+f] = x
				}
			}
			if err := errors.Join(ctx.Err(), use(values[:n*width], n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// scan reads the data in the order of the file and calls use with the values of
// some rows, a list a feature.
func (r *modelRows) scan(ctx context.Context, use func(columns [][]float32) error) error {
	stream, err := r.stream(ctx)
	if err != nil {
		return err
	}
	read := int64(0)
	err = stream.Scan(ctx, positions(len(r.columns)), func(columns [][]float32) error {
		if err := r.finite(columns, read); err != nil {
			return err
		}
		read += int64(len(columns[0]))
		return use(columns)
	})
	return explainColumn(err)
}

// finite refuses infinite values, which no model was trained on; before is how
// many rows came before these.
func (r *modelRows) finite(columns [][]float32, before int64) error {
	for f, column := range columns {
		if i := infinite(column); i >= 0 {
			return duck.OutOfRange{Column: r.columns[f], Value: strconv.FormatFloat(float64(column[i]), 'g', -1, 32), Row: before + int64(i) + 1}
		}
	}
	return nil
}

// infinite is the place of the first infinite value, or -1.
func infinite(values []float32) int {
	return slices.IndexFunc(values, func(x float32) bool { return math.IsInf(float64(x), 0) })
}

// groupRows counts the distinct rows of features and more columns. An infinite
// value of a feature is refused, with its row.
func groupRows(ctx context.Context, data *duck.Table, features, more []string, use func(duck.Batch) error) error {
	read := func() error {
		return data.Group(ctx, slices.Concat(features, more), duck.Parts{}, func(b duck.Batch) error {
			for _, column := range b.Columns[:len(features)] {
				if infinite(column) >= 0 {
					return encode.ErrInfinite
				}
			}
			return use(b)
		})
	}
	err := readTruths(ctx, data, read)
	if errors.Is(err, encode.ErrInfinite) {
		if found := data.Infinite(ctx, features); found != nil {
			return found
		}
	}
	return explainColumn(err)
}
