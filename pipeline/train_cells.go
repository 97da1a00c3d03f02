package pipeline

import (
	"context"
	"fmt"
	"math"

	"willbuy/pipeline/encode"
	"willbuy/store"
)

// parts are the lab's rows as training sees them: cells of the rows to learn
// from and of those kept apart, which may be none.
type parts struct {
	inner, outer *encode.Cells
	distinct     int64 // distinct inputs and labels among the rows to learn from
}

// readParts has the store group the rows: once by the values of each feature,
// which gives the bins, then by all of them, which gives the cells. Values are
// the parameters of step train; the same ones give the same parts.
func readParts(ctx context.Context, s store.Store, l Lab, v Values) (parts, error) {
	compat, err := encode.ParseCompat(v["compat"])
	if err != nil {
		return parts{}, Usage(err)
	}
	var features []encode.Feature
	for _, name := range l.Features {
		f, err := readValues(ctx, s, name, SQL("values", splitText(l, v, name)))
		if err != nil {
			return parts{}, fmt.Errorf("distinct values of %s: %w", name, err)
		}
		features = append(features, f)
	}
	cuts, err := encode.NewCuts(features, v.Int("max_bin"), compat)
	if err != nil {
		return parts{}, err
	}
	return readCells(ctx, s, cuts, SQL("cells", splitText(l, v, "")))
}

// readValues asks for the distinct values of a feature.
func readValues(ctx context.Context, s store.Store, name, query string) (encode.Feature, error) {
	f := encode.Feature{Name: name}
	rows, err := s.Query(ctx, query)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for rows.Next() {
		var value *float64
		var n float64
		if err := rows.Scan(&value, &n); err != nil {
			return f, err
		}
		f.Values = append(f.Values, encode.Frequency{Value: orNaN(value), Count: int64(n), Weight: n})
	}
	return f, rows.Err()
}

// readCells asks for the distinct rows of both parts.
func readCells(ctx context.Context, s store.Store, cuts *encode.Cuts, query string) (parts, error) {
	rows, err := s.Query(ctx, query)
	if err != nil {
		return parts{}, err
	}
	defer rows.Close()
	builders := [2]*encode.Builder{cuts.NewBuilder(), cuts.NewBuilder()}
	distinct := [2]int64{}
	values := make([]*float64, len(cuts.Features))
	into := make([]any, 0, len(values)+3)
	for i := range values {
		into = append(into, &values[i])
	}
	var label float64
	var fold int
	var n int64
	into = append(into, &label, &fold, &n)
	row := make([]float64, len(values))
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return parts{}, err
		}
		for i, v := range values {
			row[i] = orNaN(v)
		}
		if err := builders[fold].Add(row, label, 1, n); err != nil {
			return parts{}, err
		}
		distinct[fold]++
	}
	return parts{inner: builders[0].Cells(), outer: builders[1].Cells(), distinct: distinct[0]}, rows.Err()
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// compression says what grouping saved: 2,000 rows · 1,893 distinct · 1,402
// cells · 1.4 rows a cell.
func (p parts) compression() string {
	rows, cells := p.inner.Rows(), int64(p.inner.Len())
	return fmt.Sprintf("%s rows · %s distinct · %s cells · %.1f rows a cell", Thousands(rows), Thousands(p.distinct), Thousands(cells),
		float64(rows)/float64(max(1, cells)))
}
