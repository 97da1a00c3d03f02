package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// textSlice is how many rows Texts holds at a time.
const textSlice = 1 << 16

// Texts gives columns as text, NULL as nil, a row a row of the file, in its
// order; the error ends them.
func (t *Table) Texts(ctx context.Context, columns []string) iter.Seq2[[]*string, error] {
	return func(yield func([]*string, error) bool) {
		err := t.slices(ctx, textSlice, func(from string) (n int, err error) {
			err = t.query(ctx, fmt.Sprintf("SELECT %s FROM %s", castList(columns, "VARCHAR"), from), func(c chunk) error {
				n += c.rows
				return yieldTexts(c, len(columns), yield)
			})
			return n, err
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// errEnough ends a query whose reader wants no more rows.
var errEnough = errors.New("no more rows are wanted")

func yieldTexts(c chunk, width int, yield func([]*string, error) bool) error {
	columns := make([][]*string, width)
	for i := range columns {
		columns[i] = c.texts(i)
	}
	for r := range c.rows {
		row := make([]*string, width)
		for i := range row {
			row[i] = columns[i][r]
		}
		if !yield(row, nil) {
			return errEnough
		}
	}
	return nil
}

// Count is the number of rows.
func (t *Table) Count(ctx context.Context) (n int64, err error) {
	err = t.query(ctx, "SELECT COUNT(*) FROM "+t.source, func(c chunk) error {
		n = c.ints(0)[0]
		return nil
	})
	return n, err
}

// openRowwise opens a second connection, by database/sql, which Where needs to
// look at a statement before it runs.
func (t *Table) openRowwise(ctx context.Context) error {
	if t.rowwise != nil {
		return nil
	}
	connector, err := duckdb.NewConnector("", func(conn driver.ExecerContext) error {
		for _, text := range settings("1GB", 2, t.spill) {
			if _, err := conn.ExecContext(context.Background(), text, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.rowwise = sql.OpenDB(connector)
	t.rowwise.SetMaxOpenConns(1)
	if strings.HasPrefix(t.source, "outside.") {
		_, err = t.rowwise.ExecContext(ctx, "ATTACH "+lit(t.path)+" AS outside (READ_ONLY)")
	}
	return err
}

// castList is columns of another type, for a SELECT.
func castList(columns []string, as string) string {
	var list []string
	for _, c := range columns {
		list = append(list, fmt.Sprintf("CAST(%s AS %s)", ident(c), as))
	}
	return strings.Join(list, ", ")
}

// slices calls read with what stands behind FROM to read rows of the file in
// their order, so many at a time: the engine holds the result of a query in
// memory. Read gives the number of rows that it found. Where rows have numbers,
// those before a slice are not even looked at; else they are read over.
func (t *Table) slices(ctx context.Context, rows int64, read func(from string) (int, error)) error {
	if t.row == "" {
		for begin := int64(0); ; begin += rows {
			if n, err := read(fmt.Sprintf("%s LIMIT %d OFFSET %d", t.source, rows, begin)); err != nil || int64(n) < rows {
				return err
			}
		}
	}
	if err := t.count(ctx); err != nil {
		return err
	}
	if rows >= t.end {
		_, err := read(t.source)
		return err
	}
	t.sliced.Add(1)
	defer t.sliced.Add(-1)
	for begin := int64(0); begin < t.end; begin += rows {
		if _, err := read(fmt.Sprintf("%s WHERE %s BETWEEN %d AND %d", t.source, t.row, begin, begin+rows-1)); err != nil {
			return err
		}
		t.told(min(begin+rows, t.end), t.end)
	}
	return nil
}

// Rows is the number of rows of a file that numbers them, -1 of another, where
// it takes reading the file to know.
func (t *Table) Rows(ctx context.Context) (int64, error) {
	if t.row == "" {
		return -1, nil
	}
	err := t.count(ctx)
	return t.end, err
}

// tell tells how far a statement is that reads the whole file. What DuckDB counts
// are not the file's rows alone, so only their share is taken.
func (t *Table) tell(done, total int64) {
	if t.sliced.Load() == 0 && t.end > 0 {
		t.told(int64(float64(t.end)*float64(done)/float64(total)), t.end)
	}
}

func (t *Table) told(done, total int64) {
	t.telling.Lock()
	defer t.telling.Unlock()
	if t.Progress != nil {
		t.Progress(done, total)
	}
}

// count finds end and gaps of a file that numbers its rows, once.
func (t *Table) count(ctx context.Context) error {
	if t.end >= 0 {
		return nil
	}
	return t.query(ctx, fmt.Sprintf("SELECT COUNT(*), COALESCE(CAST(MAX(%s) AS BIGINT) + 1, 0) FROM %s", t.row, t.source), func(c chunk) error {
		t.end = c.ints(1)[0]
		t.gaps = c.ints(0)[0] != t.end
		return nil
	})
}

// part is each row's part as SQL, "" when all rows are in part 0. Rows are
// counted where the parts go by their numbers, unless the file numbers them: to
// count takes one thread.
func (t *Table) part(ctx context.Context, parts Parts) (string, error) {
	const counted = "row_number() OVER ()"
	if t.row == "" || !parts.byNumber() {
		return parts.expression(counted), nil
	}
	if err := t.count(ctx); err != nil {
		return "", err
	}
	if t.gaps {
		return parts.expression(counted), nil
	}
	return parts.expression("(" + t.row + " + 1)"), nil
}

// failed is an error of the engine about a statement on a table, apart from
// those of whoever reads its result.
type failed struct {
	path string
	why  error
}

func (e failed) Error() string { return "read " + e.path + ": " + e.why.Error() }
func (e failed) Unwrap() error { return e.why }

// query runs a reading statement on the table.
func (t *Table) query(ctx context.Context, text string, each func(chunk) error) error {
	var mine error
	err := t.conn.query(ctx, text, t.tell, func(c chunk) error {
		if each != nil {
			mine = each(c)
		}
		return mine
	})
	if err == nil || mine != nil {
		return mine
	}
	return failed{t.path, err}
}
