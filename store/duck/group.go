package duck

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Parts says which part of a table each row belongs to. The zero value puts all
// rows into part 0.
type Parts struct {
	// Apart are the rows kept apart: those that the first chooses are part 1,
	// of the others those that the second chooses part 2, and so on.
	Apart []Split
	// Folds, if it is not 0, divides the rows into parts 0 … Folds−1 instead, by
	// the same hash of ID and Seed that a Split draws by: part 0 of five are the
	// rows that a share of 0.2 keeps apart.
	Folds    int
	ID, Seed string
}

// Split chooses rows to keep apart for validation.
type Split struct {
	// Share chooses the rows in which the first eight hex digits of the MD5 of
	// the id, as text, followed by Seed are below that share of all such
	// numbers. ID is the column that holds the id; empty for the row's number
	// in file order, from 1.
	Share    float64
	ID, Seed string
	// Column chooses the rows in which it has this value: the same number, or
	// else the same text.
	Column, Value string
}

// where is the split as SQL; number is the row's number in file order.
func (s Split) where(number string) string {
	if s.Column != "" {
		return fmt.Sprintf("COALESCE(TRY_CAST(CAST(%[1]s AS VARCHAR) AS DOUBLE) = TRY_CAST(%[2]s AS DOUBLE), CAST(%[1]s AS VARCHAR) = %[2]s, FALSE)", ident(s.Column), lit(s.Value))
	}
	return fmt.Sprintf("COALESCE(%s < '%08x', FALSE)", hash(s.ID, s.Seed, number), uint32(s.Share*math.Exp2(32)))
}

// hash is eight hex digits of a row's id.
func hash(id, seed, number string) string {
	column := number
	if id != "" {
		column = ident(id)
	}
	return fmt.Sprintf("SUBSTR(MD5(CAST(%s AS VARCHAR) || %s), 1, 8)", column, lit(seed))
}

// byNumber tells whether the parts go by the number of a row.
func (p Parts) byNumber() bool {
	return p.Folds > 0 && p.ID == "" || slices.ContainsFunc(p.Apart, func(s Split) bool { return s.Column == "" && s.ID == "" })
}

// expression is the part as SQL; "" when all rows are in part 0.
func (p Parts) expression(number string) string {
	if p.Folds > 0 {
		return fmt.Sprintf("COALESCE(floor(CAST('0x' || %s AS UBIGINT) * %d / 4294967296.0), 0)", hash(p.ID, p.Seed, number), p.Folds)
	}
	if len(p.Apart) == 0 {
		return ""
	}
	text := "CASE"
	for i, s := range p.Apart {
		text += fmt.Sprintf(" WHEN %s THEN %d", s.where(number), i+1)
	}
	return text + " ELSE 0 END"
}

// Batch is some rows of a table as columns of float32, NaN for NULL. What it
// holds is valid until the callback that got it returns, and is not to be
// changed.
type Batch struct {
	Columns [][]float32
	Part    []int32 // nil where all are in part 0
	Count   []int64 // how many rows of the table each stands for
}

// Group counts the distinct rows of columns, in one pass over the file, and
// calls each with them, in no order. Numbers are cast to FLOAT, as XGBoost does
// with whatever it is given, texts to the codes that Encode gave them. A value
// that cannot be cast ends it with NotNumber, OutOfRange or UnknownClass.
func (t *Table) Group(ctx context.Context, columns []string, parts Parts, each func(Batch) error) error {
	groups, err := t.Groups(ctx, columns, parts)
	if err != nil {
		return err
	}
	defer groups.Close()
	all := make([]int, len(columns))
	for i := range all {
		all[i] = i
	}
	return groups.Scan(all, each)
}

// grouping is the statement that counts the distinct rows of what stands behind
// FROM: the columns as FLOAT, the count, and the part if there are some.
func (t *Table) grouping(columns []string, part, from string) string {
	var inner, outer []string
	for i, c := range columns {
		inner = append(inner, fmt.Sprintf("%s AS c%d", t.float(c), i))
		outer = append(outer, fmt.Sprintf("CAST(c%d AS FLOAT)", i))
	}
	outer = append(outer, "n")
	if part != "" {
		inner = append(inner, part+" AS part")
		outer = append(outer, "CAST(part AS INTEGER)")
	}
	return fmt.Sprintf("SELECT %s FROM (SELECT *, COUNT(*) AS n FROM (SELECT %s FROM %s) GROUP BY ALL)",
		strings.Join(outer, ", "), strings.Join(inner, ", "), from)
}

// nullsToNaN writes a NaN into the NULLs of the first columns.
func (c chunk) nullsToNaN(columns int) {
	for i := range columns {
		c.floats(i)
	}
}

// batch is a chunk of grouping's result: some of its so many columns.
func (c chunk) batch(positions []int, columns int) Batch {
	b := Batch{Columns: make([][]float32, len(positions))}
	for i, column := range positions {
		b.Columns[i], _ = vector[float32](c, column)
	}
	b.Count, _ = vector[int64](c, columns)
	if c.columns() > columns+1 {
		b.Part, _ = vector[int32](c, columns+1)
	}
	return b
}

// Groups are the distinct rows of some columns of a table, for those who read
// them more than once.
type Groups struct {
	result  mapping.Result
	columns int
}

// Groups is Group for those who read the groups more than once.
func (t *Table) Groups(ctx context.Context, columns []string, parts Parts) (*Groups, error) {
	if err := t.numeric(columns); err != nil {
		return nil, err
	}
	part, err := t.part(ctx, parts)
	if err != nil {
		return nil, err
	}
	result, err := t.conn.run(ctx, t.grouping(columns, part, t.source), t.tell)
	if err != nil {
		return nil, t.culprit(ctx, columns, failed{t.path, err})
	}
	t.conn.evict(ctx)
	return &Groups{result, len(columns)}, nil
}

// Scan calls each with the groups, of the columns only those at these positions,
// always in the same order. It is safe for use by many goroutines.
func (g *Groups) Scan(columns []int, each func(Batch) error) error {
	for i := int64(0); ; i++ {
		if more, err := g.batch(i, columns, each); err != nil || !more {
			return err
		}
	}
}

// Share is Scan by so many goroutines at a time, each of which has a number, from
// 0, and takes some of the groups. It gives the first error of the lowest number.
func (g *Groups) Share(hands int, columns []int, each func(hand int, b Batch) error) error {
	errs := make([]error, hands)
	var next atomic.Int64
	var failed atomic.Bool // then nobody takes any more
	var working sync.WaitGroup
	for hand := range hands {
		working.Go(func() {
			for more := true; more && !failed.Load(); {
				more, errs[hand] = g.batch(next.Add(1)-1, columns, func(b Batch) error { return each(hand, b) })
				if errs[hand] != nil {
					failed.Store(true)
				}
			}
		})
	}
	working.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// batch calls each with batch i, if there are so many.
func (g *Groups) batch(i int64, columns []int, each func(Batch) error) (more bool, err error) {
	data := mapping.ResultGetChunk(g.result, mapping.IdxT(i)) // a copy
	if data.Ptr == nil {
		return false, nil
	}
	c := chunk{data, int(mapping.DataChunkGetSize(data))}
	defer c.free()
	c.nullsToNaN(g.columns)
	return true, each(c.batch(columns, g.columns))
}

// Close lets go of the groups.
func (g *Groups) Close() { mapping.DestroyResult(&g.result) }

// Duplicated tells how many of the first rows of the file, at most sample, are
// like another one in these columns: whether grouping is worth its while.
func (t *Table) Duplicated(ctx context.Context, columns []string, sample int64) (rows, distinct int64, err error) {
	var list []string
	for i, c := range columns {
		list = append(list, fmt.Sprintf("%s AS c%d", ident(c), i))
	}
	first := t.source + fmt.Sprintf(" LIMIT %d", sample)
	if t.row != "" {
		first = t.source + fmt.Sprintf(" WHERE %s < %d", t.row, sample)
	}
	text := fmt.Sprintf("SELECT COALESCE(CAST(SUM(n) AS BIGINT), 0), COUNT(*) FROM (SELECT *, COUNT(*) AS n FROM (SELECT %s FROM %s) GROUP BY ALL)",
		strings.Join(list, ", "), first)
	err = t.query(ctx, text, func(c chunk) error {
		rows, distinct = c.ints(0)[0], c.ints(1)[0]
		return nil
	})
	return rows, distinct, err
}
