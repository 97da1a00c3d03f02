package pipeline

import (
	"context"
	"fmt"
	"math"

	"willbuy/store"
)

// ColumnSummary is what there is in a column of the rows that are browsed.
type ColumnSummary struct {
	Column   store.Column
	Rows     int64
	Nulls    int64
	Distinct int64 // without NULL
	About    bool  // Distinct is an estimate, within some percent

	Min, Max     any     // nil where all is NULL
	Mean, Median float64 // of numbers; NaN otherwise
	Shortest     int64   // length of texts, in characters
	Longest      int64
	Usual        float64 // their mean length

	Values []ValueCount // the most frequent ones; of numbers with few values all, in order
	Bins   []Bin        // of numbers with many values, from the least to the largest
}

// ValueCount is a value and in how many rows it stands.
type ValueCount struct {
	Value any
	Rows  int64
}

// Bin counts the numbers from From up to To; the last bin has To as well.
type Bin struct {
	From, To float64
	Rows     int64
}

const (
	exactRows    = 1_000_000 // up to so many rows distinct values are counted one by one
	fewValues    = 12        // so many values of numbers are listed rather than binned
	mostFrequent = 12        // most frequent values that are listed
	manyValues   = 100_000   // more distinct texts than this are not counted one by one
	summaryBin   = 24
)

// Summary finds what there is in a column.
func (l *Listing) Summary(ctx context.Context, column store.Column) (ColumnSummary, error) {
	s := ColumnSummary{Column: column, Mean: math.NaN(), Median: math.NaN()}
	err := l.with(ctx, l.asArranged, func(b store.Browser) error {
		counted, err := b.Aggregate(ctx, "COUNT(*)", "")
		if err != nil {
			return err
		}
		s.Rows, _ = counted[0][0].(int64)
		if err := s.measure(ctx, b); err != nil {
			return err
		}
		return s.spread(ctx, b)
	})
	return s, err
}

// measure finds the numbers about the column.
func (s *ColumnSummary) measure(ctx context.Context, b store.Browser) error {
	name, distinct := Ident(s.Column.Name), "COUNT(DISTINCT %[1]s)"
	if s.About = s.Rows > exactRows; s.About {
		distinct = "APPROX_COUNT_DISTINCT(%[1]s)"
	}
	list := fmt.Sprintf("COUNT(%[1]s), "+distinct+", MIN(%[1]s), MAX(%[1]s)", name)
	switch s.Column.Type {
	case store.Int, store.Float:
		list += fmt.Sprintf(", AVG(%[1]s), CAST(MEDIAN(%[1]s) AS DOUBLE)", name)
	case store.String:
		list += fmt.Sprintf(", MIN(LENGTH(%[1]s)), MAX(LENGTH(%[1]s)), AVG(LENGTH(%[1]s))", asText(s.Column))
	}
	rows, err := b.Aggregate(ctx, list, "")
	if err != nil {
		return err
	}
	row := plain(rows)[0]
	present, _ := row[0].(int64)
	s.Nulls = s.Rows - present
	s.Distinct, _ = row[1].(int64)
	s.Distinct = min(s.Distinct, present)
	s.Min, s.Max = row[2], row[3]
	if present == 0 {
		return nil
	}
	switch s.Column.Type {
	case store.Int, store.Float:
		s.Mean, s.Median = asFloat(row[4]), asFloat(row[5])
	case store.String:
		s.Shortest, _ = row[4].(int64)
		s.Longest, _ = row[5].(int64)
		s.Usual = asFloat(row[6])
	}
	return nil
}

// asText is a column that DuckDB may have under another type than a text, as
// lists and intervals are.
func asText(c store.Column) string { return "CAST(" + Ident(c.Name) + " AS VARCHAR)" }

func asFloat(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return math.NaN()
}

// spread finds how the values lie.
func (s *ColumnSummary) spread(ctx context.Context, b store.Browser) error {
	numbers := s.Column.Type == store.Int || s.Column.Type == store.Float
	low, high := asFloat(s.Min), asFloat(s.Max)
	switch {
	case s.Distinct == 0:
		return nil
	case numbers && s.Distinct > fewValues && !math.IsInf(high-low, 0) && high > low:
		return s.bin(ctx, b, low, high)
	case s.Distinct > manyValues:
		return nil
	}
	order := "2 DESC, 1"
	if numbers && s.Distinct <= fewValues {
		order = "1"
	}
	name := Ident(s.Column.Name)
	rows, err := b.Aggregate(ctx, name+", COUNT(*)", fmt.Sprintf("GROUP BY 1 ORDER BY %s NULLS LAST LIMIT %d", order, mostFrequent+1))
	if err != nil {
		return err
	}
	for _, row := range plain(rows) {
		if n, ok := row[1].(int64); ok && row[0] != nil && len(s.Values) < mostFrequent {
			s.Values = append(s.Values, ValueCount{row[0], n})
		}
	}
	return nil
}

// bin counts the numbers in intervals of the same width.
func (s *ColumnSummary) bin(ctx context.Context, b store.Browser, low, high float64) error {
	bins := summaryBin
	if s.Column.Type == store.Int && high-low+1 < summaryBin {
		bins = int(high-low) + 1
		high++ // each number has a bin of its own
	}
	width := (high - low) / float64(bins)
	expr := fmt.Sprintf("CAST(LEAST(FLOOR((CAST(%s AS DOUBLE) - CAST(%s AS DOUBLE)) / CAST(%s AS DOUBLE)), %d) AS BIGINT), COUNT(%[1]s)", Ident(s.Column.Name), number(low), number(width), bins-1)
	rows, err := b.Aggregate(ctx, expr, "GROUP BY 1 ORDER BY 1")
	if err != nil {
		return err
	}
	s.Bins = make([]Bin, bins)
	for i := range s.Bins {
		s.Bins[i].From, s.Bins[i].To = low+float64(i)*width, low+float64(i+1)*width
	}
	for _, row := range rows {
		at, ok := row[0].(int64)
		if n, isCount := row[1].(int64); ok && isCount && at >= 0 && at < int64(bins) {
			s.Bins[at].Rows = n
		}
	}
	return nil
}
