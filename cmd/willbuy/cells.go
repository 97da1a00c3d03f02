package main

import (
	"context"
	"fmt"
	"math"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/store/duck"
)

// cells groups the rows of both parts; the second is nil when nothing is kept
// apart.
func (t training) cells(ctx context.Context, data, watch *duck.Table, columns []string, split duck.Split, maxBin int) (inner, outer *encode.Cells, err error) {
	groups, err := data.Group(ctx, columns, split)
	if err != nil {
		return nil, nil, numbersOnly(err)
	}
	cuts, err := t.cuts(ctx, groups, columns, maxBin)
	if err != nil {
		return nil, nil, err
	}
	parts := [2]*encode.Builder{cuts.NewBuilder(), cuts.NewBuilder()}
	if err := t.add(ctx, groups, columns, parts); err != nil {
		return nil, nil, err
	}
	if watch != nil {
		named := make([]string, len(columns))
		for i, name := range columns {
			if named[i], err = resolveColumn(watch, name); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", t.valid, err)
			}
		}
		other, err := watch.Group(ctx, named, duck.Split{})
		if err != nil {
			return nil, nil, numbersOnly(err)
		}
		if err := t.add(ctx, other, columns, [2]*encode.Builder{parts[1], parts[1]}); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", t.valid, err)
		}
	}
	inner, outer = parts[0].Cells(), parts[1].Cells()
	switch {
	case inner.Len() == 0:
		return nil, nil, fmt.Errorf("%s has no rows to train on", t.data)
	case outer.Len() > 0:
		return inner, outer, nil
	case t.valid != "":
		return nil, nil, fmt.Errorf("--valid %s keeps no rows apart", t.valid)
	}
	return inner, nil, nil
}

// cuts takes the bins of each feature from its distinct values in the training
// part.
func (t training) cuts(ctx context.Context, groups *duck.Groups, columns []string, maxBin int) (*encode.Cuts, error) {
	weight := -1
	if t.weight != "" {
		weight = len(columns) - 1
	}
	features := make([]encode.Feature, len(t.features))
	for f := range features {
		features[f].Name = columns[f]
		rows, err := groups.Values(ctx, f, weight)
		if err != nil {
			return nil, err
		}
		values := &features[f].Values
		for rows.Next() {
			var value, w *float64
			var n int64
			err := rows.Scan(&value, &w, &n)
			if err == nil && weight >= 0 && w == nil {
				err = noWeight(columns[weight])
			}
			if err != nil {
				rows.Close()
				return nil, err
			}
			// Rows come ordered by value, so equal ones stand together.
			last := len(*values) - 1
			if v := orNaN(value); last < 0 || (*values)[last].Value != v && !(math.IsNaN(v) && math.IsNaN((*values)[last].Value)) {
				*values = append(*values, encode.Frequency{Value: v})
				last++
			}
			(*values)[last].Count += n
			(*values)[last].Weight += orNaN(w) * float64(n)
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, err
		}
	}
	return encode.NewCuts(features, maxBin, encode.XGBoost34)
}

// add puts the groups of a table into the builders of the two parts.
func (t training) add(ctx context.Context, groups *duck.Groups, columns []string, parts [2]*encode.Builder) error {
	rows, err := groups.Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]*float64, len(columns))
	var valid bool
	var n int64
	into := make([]any, 0, len(columns)+2)
	for i := range values {
		into = append(into, &values[i])
	}
	into = append(into, &valid, &n)
	row := make([]float64, len(t.features))
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range row {
			row[i] = orNaN(values[i])
		}
		label, weight := orNaN(values[len(row)]), 1.0
		if math.IsNaN(label) {
			return pipeline.Hint(fmt.Errorf("column %s, the label, is empty in some rows", columns[len(row)]), "Leave these rows out.")
		}
		if t.weight != "" {
			if weight = orNaN(values[len(row)+1]); math.IsNaN(weight) {
				return noWeight(columns[len(row)+1])
			}
		}
		part := parts[0]
		if valid {
			part = parts[1]
		}
		if err := part.Add(row, label, weight, n); err != nil {
			return err
		}
	}
	return rows.Err()
}

func noWeight(column string) error {
	return pipeline.Hint(fmt.Errorf("column %s, the weight, is empty in some rows", column), "Leave these rows out, or give them a weight of 0.")
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
