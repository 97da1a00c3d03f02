package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"willbuy/store"
)

// markersTable holds what was committed; see store.Marker.
const markersTable = "WILLBUY_MARKERS"

// Write runs fn in a transaction together with its marker. Because DuckDB's
// Commit answers nil even after a statement of the transaction failed and
// everything was rolled back, the first error is kept and the marker is read
// back after the commit.
func (s *Store) Write(ctx context.Context, marker store.Marker, fn func(store.Writer) error) error {
	if s.opts.ReadOnly {
		return store.ErrReadOnly
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.use(ctx, func(db *sql.DB) error {
		if err := transact(ctx, db, marker, fn); err != nil {
			return err
		}
		return verify(ctx, db, marker)
	})
}

func transact(ctx context.Context, db *sql.DB, marker store.Marker, fn func(store.Writer) error) error {
	w, end, err := begin(ctx, db)
	if err != nil {
		return err
	}
	defer end()
	if fn != nil {
		if err := fn(w); err != nil {
			return err
		}
	}
	w.exec("DELETE FROM "+markersTable+" WHERE STEP = ? AND SHARD = ?", marker.Step, marker.Shard)
	w.exec("INSERT INTO "+markersTable+" VALUES (?, ?, ?, ?, ?)", marker.Run, marker.Step, marker.Shard, marker.Input, marker.Body)
	if w.err != nil {
		return w.err
	}
	return w.tx.Commit()
}

// verify reads the marker back.
func verify(ctx context.Context, db *sql.DB, m store.Marker) error {
	var run, input string
	err := db.QueryRowContext(ctx, "SELECT RUN, INPUT FROM "+markersTable+" WHERE STEP = ? AND SHARD = ?", m.Step, m.Shard).Scan(&run, &input)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (run != m.Run || input != m.Input) {
		return fmt.Errorf("the transaction of step %s was not kept, although the database said so", m.Step)
	}
	return err
}

// writer is a transaction under way. It keeps the first error.
type writer struct {
	ctx  context.Context
	conn *sql.Conn
	tx   *sql.Tx
	err  error
}

// begin opens a transaction. End rolls it back unless it is committed.
func begin(ctx context.Context, db *sql.DB) (w *writer, end func(), err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return &writer{ctx: ctx, conn: conn, tx: tx}, func() { tx.Rollback(); conn.Close() }, nil
}

func (w *writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return err
}

func (w *writer) exec(text string, args ...any) (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	result, err := w.tx.ExecContext(w.ctx, text, args...)
	if err != nil {
		return 0, w.fail(explain(err))
	}
	return result.RowsAffected()
}

func (w *writer) count(text string, args ...any) (n int64, err error) {
	if w.err != nil {
		return 0, w.err
	}
	if err := w.tx.QueryRowContext(w.ctx, text, args...).Scan(&n); err != nil {
		return 0, w.fail(explain(err))
	}
	return n, nil
}

// Append adds rows through DuckDB's appender, which inside a transaction is
// part of it.
func (w *writer) Append(table string, rows iter.Seq2[[]any, error]) (n int64, err error) {
	if w.err != nil {
		return 0, w.err
	}
	err = w.conn.Raw(func(c any) error {
		appender, err := duckdb.NewAppenderFromConn(c.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		var values []driver.Value
		for row, err := range rows {
			if err == nil {
				err = w.ctx.Err()
			}
			if err == nil {
				values = values[:0]
				for _, v := range row {
					values = append(values, v)
				}
				err = appender.AppendRow(values...)
			}
			if err != nil {
				appender.Clear()
				appender.Close()
				return err
			}
			n++
		}
		return appender.Close()
	})
	if err != nil {
		return 0, w.fail(fmt.Errorf("append to %s: %w", table, explain(err)))
	}
	return n, nil
}

func (w *writer) Replace(table string, columns []store.Column, rows iter.Seq2[[]any, error]) (int64, error) {
	if _, err := w.exec(fmt.Sprintf("CREATE OR REPLACE TABLE %s (%s)", ident(table), columnList(columns))); err != nil {
		return 0, err
	}
	return w.Append(table, rows)
}

func (w *writer) Insert(table, query string, args ...any) (int64, error) {
	return w.exec("INSERT INTO "+ident(table)+" BY NAME "+query, args...)
}

func (w *writer) Delete(table, column string, value any) (int64, error) {
	if column == "" {
		return w.exec("DELETE FROM " + ident(table))
	}
	return w.exec("DELETE FROM "+ident(table)+" WHERE "+ident(column)+" = ?", value)
}

func (w *writer) CreateAs(table, query string, args ...any) (int64, error) {
	if _, err := w.exec("CREATE OR REPLACE TABLE "+ident(table)+" AS "+query, args...); err != nil {
		return 0, err
	}
	return w.count("SELECT COUNT(*) FROM " + ident(table))
}

// Merge stages the query, so that it runs once and duplicate keys are seen
// before they do harm, then updates what differs and inserts what is new.
func (w *writer) Merge(table, key, query string, args ...any) (m store.Merged, err error) {
	const staged = "WILLBUY_MERGE"
	if _, err = w.exec("CREATE OR REPLACE TEMP TABLE "+staged+" AS "+query, args...); err != nil {
		return m, err
	}
	defer w.exec("DROP TABLE IF EXISTS " + staged)
	twice, err := w.count(fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM %s GROUP BY %s HAVING COUNT(*) > 1) d", staged, ident(key)))
	if err != nil {
		return m, err
	}
	if twice > 0 {
		return m, w.fail(fmt.Errorf("merge into %s: %d keys stand more than once in what is merged", table, twice))
	}
	columns, err := tableColumns(w.ctx, w.tx, staged)
	if err != nil {
		return m, w.fail(explain(err))
	}
	var set, differ []string
	for _, c := range columns {
		if !strings.EqualFold(c, key) {
			set = append(set, fmt.Sprintf("%[1]s = s.%[1]s", ident(c)))
			differ = append(differ, fmt.Sprintf("t.%[1]s IS DISTINCT FROM s.%[1]s", ident(c)))
		}
	}
	total, err := w.count("SELECT COUNT(*) FROM " + staged)
	if err != nil {
		return m, err
	}
	if m.Updated, err = w.exec(fmt.Sprintf("UPDATE %s AS t SET %s FROM %s s WHERE t.%[4]s = s.%[4]s AND (%[5]s)",
		ident(table), strings.Join(set, ", "), staged, ident(key), strings.Join(differ, " OR "))); err != nil {
		return m, err
	}
	if m.Inserted, err = w.exec(fmt.Sprintf("INSERT INTO %[1]s BY NAME SELECT s.* FROM %[2]s s WHERE NOT EXISTS (SELECT 1 FROM %[1]s t WHERE t.%[3]s = s.%[3]s)",
		ident(table), staged, ident(key))); err != nil {
		return m, err
	}
	m.Unchanged = total - m.Updated - m.Inserted
	return m, nil
}

// Load reads a csv or parquet file. All columns of the table must be in it,
// whatever their case and order; others are left out.
func (w *writer) Load(table, path string) (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	if _, err := os.Stat(path); err != nil {
		return 0, w.fail(err)
	}
	source := "read_csv(" + lit(literal(path)) + ", header = true, all_varchar = true, null_padding = false)"
	if strings.HasSuffix(strings.ToLower(path), ".parquet") {
		source = "read_parquet(" + lit(literal(path)) + ")"
	}
	have, err := w.columnsOf(source)
	if err != nil {
		return 0, w.fail(err)
	}
	want, err := tableColumns(w.ctx, w.tx, table)
	if err != nil {
		return 0, w.fail(explain(err))
	}
	var selected []string
	for _, column := range want {
		found := ""
		for _, h := range have {
			if strings.EqualFold(h, column) {
				found = h
			}
		}
		if found == "" {
			return 0, w.fail(fmt.Errorf("the file has no column %s; it has %s", column, strings.Join(have, ", ")))
		}
		selected = append(selected, fmt.Sprintf("%s AS %s", ident(found), ident(column)))
	}
	if _, err := w.Delete(table, "", nil); err != nil {
		return 0, err
	}
	return w.Insert(table, fmt.Sprintf("SELECT %s FROM %s", strings.Join(selected, ", "), source))
}

// literal keeps DuckDB from taking a file's name for a pattern.
func literal(path string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(path)
}

func (w *writer) columnsOf(source string) ([]string, error) {
	rows, err := w.tx.QueryContext(w.ctx, "SELECT * FROM "+source+" LIMIT 0")
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	return rows.Columns()
}
