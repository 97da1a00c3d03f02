package duck

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"willbuy/store"
)

// Table is a table that is not the lab's: a csv file (plain or gzip), a parquet
// file, or a table of a DuckDB file. It is read and never written. The columns
// of a csv file are text, exactly as they stand there, an empty field being
// NULL; Numbers and Group cast them.
type Table struct {
	path    string
	source  string // what stands behind FROM
	columns []store.Column
	db      *sql.DB // in memory, with room to spill
	spill   string
}

// NotNumber says that a column that should hold numbers does not.
type NotNumber struct {
	Column string
	Value  string // the first value that is none; "" where the type is at fault
	Row    int64  // its row in file order, from 1
	Type   store.Type
}

func (e NotNumber) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("column %s holds %s values, not numbers", e.Column, e.Type)
	}
	return fmt.Sprintf("column %s holds text: %q in row %d", e.Column, e.Value, e.Row)
}

// OpenTable opens a file by what it holds, whatever its name. Table names the
// table of a DuckDB file; it may be empty where there is only one.
func OpenTable(ctx context.Context, path, table string) (*Table, error) {
	t := &Table{path: path}
	kind, err := sniff(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if ext := strings.ToLower(filepath.Ext(path)); kind == csvFile && (ext == ".parquet" || ext == ".duckdb") {
		return nil, fmt.Errorf("read %s: what it holds is no %s file", path, ext)
	}
	if t.spill, err = os.MkdirTemp("", "willbuy-"); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if err := t.open(ctx, kind, table); err != nil {
		t.Close()
		return nil, fmt.Errorf("read %s: %w", path, explain(err))
	}
	return t, nil
}

// fileKind is what a file holds.
type fileKind int

const (
	csvFile fileKind = iota
	gzipFile
	parquetFile
	duckFile
)

// sniff looks at the first bytes.
func sniff(path string) (fileKind, error) {
	file, err := os.Open(path)
	if err != nil {
		var cause *os.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return 0, err
	}
	defer file.Close()
	head := make([]byte, 12)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		var cause *os.PathError // a folder, say
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return 0, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return parquetFile, nil
	case len(head) >= 12 && string(head[8:12]) == "DUCK":
		return duckFile, nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzipFile, nil
	}
	return csvFile, nil
}

func (t *Table) open(ctx context.Context, kind fileKind, table string) error {
	connector, err := duckdb.NewConnector("", func(conn driver.ExecerContext) error {
		for _, text := range []string{
			"SET memory_limit = '1GB'",
			fmt.Sprintf("SET threads = %d", runtime.NumCPU()),
			"SET temp_directory = " + lit(t.spill),
			"SET autoinstall_known_extensions = false",
			"SET autoload_known_extensions = false",
			"SET TimeZone = 'UTC'",
		} {
			if _, err := conn.ExecContext(context.Background(), text, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.db = sql.OpenDB(connector)
	t.db.SetMaxOpenConns(1) // temporary tables belong to a connection
	switch kind {
	case parquetFile:
		t.source = "read_parquet(" + lit(literal(t.path)) + ")"
	case duckFile:
		if t.source, err = t.attach(ctx, table); err != nil {
			return err
		}
	default:
		options := ", header = true, all_varchar = true, compression = 'none'"
		if kind == gzipFile {
			options = ", header = true, all_varchar = true, compression = 'gzip'"
		}
		t.source = "read_csv(" + lit(literal(t.path)) + options + ")"
	}
	if table != "" && kind != duckFile {
		return errors.New("only a DuckDB file has tables to choose from")
	}
	rows, err := t.db.QueryContext(ctx, "SELECT * FROM "+t.source+" LIMIT 0")
	if err != nil {
		return err
	}
	defer rows.Close()
	if t.columns, err = columnsOf(rows); err != nil {
		return err
	}
	if (kind == csvFile || kind == gzipFile) && len(t.columns) == 1 && strings.ContainsAny(t.columns[0].Name, ",;\t") {
		return errors.New("its lines do not all have as many fields as the first")
	}
	return nil
}

// attach opens a DuckDB file for reading and gives the table's full name.
func (t *Table) attach(ctx context.Context, table string) (string, error) {
	if _, err := t.db.ExecContext(ctx, "ATTACH "+lit(t.path)+" AS outside (READ_ONLY)"); err != nil {
		return "", err
	}
	rows, err := t.db.QueryContext(ctx, "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'outside' ORDER BY table_name")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var names, full []string
	for rows.Next() {
		var schema, name string
		if err := rows.Scan(&schema, &name); err != nil {
			return "", err
		}
		names = append(names, name)
		full = append(full, "outside."+ident(schema)+"."+ident(name))
	}
	if err := rows.Err(); err != nil {
		return "", err
	}
	at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, table) })
	switch {
	case table == "" && len(names) == 1:
		return full[0], nil
	case len(names) == 0:
		return "", errors.New("it has no table")
	case table == "":
		return "", fmt.Errorf("say which table: the file has %s", strings.Join(names, ", "))
	case at < 0:
		return "", fmt.Errorf("it has no table %s; it has %s", table, strings.Join(names, ", "))
	}
	return full[at], nil
}

// Close lets go of the file and of what was spilled.
func (t *Table) Close() error {
	var err error
	if t.db != nil {
		err = t.db.Close()
	}
	return errors.Join(err, os.RemoveAll(t.spill))
}

// Columns are the table's, in order.
func (t *Table) Columns() []store.Column { return t.columns }

// textSlice is how many rows Texts holds at a time.
const textSlice = 1 << 16

// Texts gives columns as text, NULL as nil, a row a row of the file, in its
// order; the error ends them. The engine holds all rows of a query in memory, so
// the file is read in slices: what a slice skips is read over, which is quick
// next to what texts are for.
func (t *Table) Texts(ctx context.Context, columns []string) iter.Seq2[[]*string, error] {
	return func(yield func([]*string, error) bool) {
		for skip := 0; ; skip += textSlice {
			n, more := 0, true
			rows, err := t.query(ctx, fmt.Sprintf("SELECT %s FROM %s LIMIT %d OFFSET %d", castList(columns, "VARCHAR"), t.source, textSlice, skip))
			if err == nil {
				n, more, err = yieldTexts(rows, yield)
			}
			if err != nil {
				yield(nil, err)
			}
			if err != nil || !more || n < textSlice {
				return
			}
		}
	}
}

// yieldTexts hands on rows of text; it tells how many, and whether more are
// wanted.
func yieldTexts(rows *store.Rows, yield func([]*string, error) bool) (n int, more bool, err error) {
	defer rows.Close()
	for rows.Next() {
		values := make([]*string, len(rows.Columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return n, false, err
		}
		if n++; !yield(values, nil) {
			return n, false, nil
		}
	}
	return n, true, rows.Err()
}

// Count is the number of rows.
func (t *Table) Count(ctx context.Context) (n int64, err error) {
	if err := t.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+t.source).Scan(&n); err != nil {
		return 0, fmt.Errorf("read %s: %w", t.path, explain(err))
	}
	return n, nil
}

// Numbers gives columns as DOUBLE, NULL as nil, in the order of the file. A
// value that is no number ends the rows with NotNumber.
func (t *Table) Numbers(ctx context.Context, columns []string) (*store.Rows, error) {
	if err := t.numeric(columns); err != nil {
		return nil, err
	}
	rows, err := t.query(ctx, "SELECT "+castList(columns, "DOUBLE")+" FROM "+t.source)
	if err != nil {
		return nil, t.culprit(ctx, columns, err)
	}
	return rows, nil
}

// castList is columns of another type, for a SELECT.
func castList(columns []string, as string) string {
	var list []string
	for _, c := range columns {
		list = append(list, fmt.Sprintf("CAST(%s AS %s)", ident(c), as))
	}
	return strings.Join(list, ", ")
}

func (t *Table) query(ctx context.Context, text string) (*store.Rows, error) {
	rows, err := t.db.QueryContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.path, explain(err))
	}
	columns, err := columnsOf(rows)
	if err != nil {
		rows.Close()
		return nil, fmt.Errorf("read %s: %w", t.path, err)
	}
	return &store.Rows{Rows: rows, Columns: columns}, nil
}

// numeric refuses columns whose type cannot be cast to a number.
func (t *Table) numeric(columns []string) error {
	for _, c := range t.columns {
		if slices.Contains(columns, c.Name) && (c.Type == store.Instant || c.Type == store.Binary) {
			return NotNumber{Column: c.Name, Type: c.Type}
		}
	}
	return nil
}

// culprit finds the value that made a cast fail; where there is none, the
// error stands.
func (t *Table) culprit(ctx context.Context, columns []string, failed error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, c := range columns {
		found := NotNumber{Column: c, Type: store.String}
		err := t.db.QueryRowContext(ctx, fmt.Sprintf(`SELECT CAST(%[1]s AS VARCHAR), n FROM (SELECT %[1]s, row_number() OVER () AS n FROM %[2]s)
WHERE %[1]s IS NOT NULL AND TRY_CAST(%[1]s AS DOUBLE) IS NULL LIMIT 1`, ident(c), t.source)).Scan(&found.Value, &found.Row)
		if err == nil {
			return found
		}
	}
	return failed
}
