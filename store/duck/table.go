package duck

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"willbuy/store"
)

// Table is a table that is not the lab's: a csv file (plain or gzip), a parquet
// file, or a table of a DuckDB file. It is read and never written. The columns
// of a csv file are text, exactly as they stand there, an empty field being
// NULL; Group and Stream cast them. Reading is safe for use by
// many goroutines, one statement at a time.
type Table struct {
	path    string
	source  string // what stands behind FROM
	header  string // SQL that gives the names as they stand in the file, in one row or in one column; "" if none stands twice
	row     string // the column that numbers the rows in the order of the file, from 0; "" if it has none
	end     int64  // one more than the last of these numbers, -1 while not known
	gaps    bool   // some numbers are missing, since rows were deleted
	columns []store.Column
	kinds   map[string]string   // of the columns that hold neither numbers nor texts: their type
	classes map[string][]string // of the columns that Encode was called for
	conn    *conn               // in memory, with room to spill
	rowwise *sql.DB             // the same for the condition of Where, opened by it
	spill   string

	// Progress, if it is set, is told now and then how many rows of a file that
	// numbers them have been read, and how many there are, once Rows has counted.
	Progress func(done, total int64)
	telling  sync.Mutex
	sliced   atomic.Int32 // how many readers go by slices, and tell themselves
}

// OpenTable opens a file by what it holds, whatever its name. Table names the
// table of a DuckDB file; it may be empty where there is only one.
func OpenTable(ctx context.Context, path, table string) (*Table, error) {
	t := &Table{path: path, end: -1, kinds: map[string]string{}}
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
	head := make([]byte, 4096)
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
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return 0, errors.New("it is UTF-16; save it as UTF-8")
	case bytes.IndexByte(head, 0) >= 0:
		return 0, errors.New("it is none of csv (gzip too), parquet and DuckDB")
	}
	return csvFile, nil
}

func (t *Table) open(ctx context.Context, kind fileKind, table string) (err error) {
	if table != "" && kind != duckFile {
		return errors.New("only a DuckDB file has tables to choose from")
	}
	if t.conn, err = openConn(settings(tableMemory(), runtime.NumCPU(), t.spill)); err != nil {
		return err
	}
	switch kind {
	case parquetFile:
		t.source = "read_parquet(" + lit(literal(t.path)) + ")"
		t.header = "SELECT name FROM parquet_schema(" + lit(literal(t.path)) + ")"
	case duckFile:
		if err := t.attach(ctx, table); err != nil {
			return err
		}
	default:
		compression := "none"
		if kind == gzipFile {
			compression = "gzip"
		}
		// Without skip DuckDB takes the last line of a short ragged file for its header.
		read := "read_csv(" + lit(literal(t.path)) + ", all_varchar = true, skip = 0, compression = '" + compression + "', header = "
		t.source = read + "true)"
		t.header = "SELECT * FROM " + read + "false) LIMIT 1"
	}
	err = t.conn.query(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+t.source+")", nil, func(c chunk) error {
		names, types := c.texts(0), c.texts(1)
		for i, name := range names {
			t.columns = append(t.columns, store.Column{Name: *name, Type: labType(*types[i])})
			if kind := kindOf(*types[i]); kind != "" {
				t.kinds[*name] = kind
			}
		}
		return nil
	})
	if kind == csvFile || kind == gzipFile {
		apart := err != nil && strings.Contains(err.Error(), "Error when sniffing file")
		if apart || len(t.columns) == 1 && strings.ContainsAny(t.columns[0].Name, ",;\t") {
			return ragged(t.path, kind == gzipFile)
		}
	}
	if err != nil {
		return err
	}
	if numbered := "file_row_number"; kind == parquetFile && t.index(numbered) < 0 {
		t.source, t.row = "read_parquet("+lit(literal(t.path))+", file_row_number = true)", numbered
	}
	return nil
}

// tableMemory is what DuckDB may take for a table of others. It keeps blocks of
// the file for as long as there is room, so that more would let memory grow with
// the file: at two threads, to group 10 and 100 million rows takes 124 and 138 MB
// resident, with 80 MB 135 and 167. With 40 MB it is 107 and 120, but there is
// less room before groups have to be spilled.
func tableMemory() string { return fmt.Sprintf("%dMB", 48+8*runtime.NumCPU()) }

// attach opens a DuckDB file for reading and finds the table in it.
func (t *Table) attach(ctx context.Context, table string) error {
	if err := t.conn.exec(ctx, "ATTACH "+lit(t.path)+" AS outside (READ_ONLY)"); err != nil {
		return err
	}
	var names, qualified, full []string
	var views []bool
	err := t.conn.query(ctx, "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog = 'outside' ORDER BY table_name", nil, func(c chunk) error {
		schemas, tables, types := c.texts(0), c.texts(1), c.texts(2)
		for i, name := range tables {
			names = append(names, *name)
			qualified = append(qualified, *schemas[i]+"."+*name)
			full = append(full, "outside."+ident(*schemas[i])+"."+ident(*name))
			views = append(views, *types[i] == "VIEW")
		}
		return nil
	})
	if err != nil {
		return err
	}
	called := func(n string) bool { return strings.EqualFold(n, table) }
	at := slices.IndexFunc(names, called)
	if at < 0 {
		at = slices.IndexFunc(qualified, called)
	}
	switch {
	case table == "" && len(names) == 1:
		at = 0
	case len(names) == 0:
		return errors.New("it has no table")
	case at < 0:
		return UnknownTable{table, names}
	}
	t.source = full[at]
	if !views[at] {
		t.row = "rowid"
	}
	return nil
}

// UnknownTable says that a DuckDB file does not have the table that was asked
// for, or several where none was.
type UnknownTable struct {
	Asked string   // may be empty
	Names []string // of the tables that there are
}

func (e UnknownTable) Error() string {
	list := strings.Join(e.Names, ", ")
	if e.Asked == "" {
		return "it has several tables; say which one: " + list
	}
	return fmt.Sprintf("it has no table %s; it has %s", e.Asked, list)
}

// Close lets go of the file and of what was spilled.
func (t *Table) Close() error {
	var err error
	if t.rowwise != nil {
		err = t.rowwise.Close()
	}
	if t.conn != nil {
		t.conn.close()
	}
	return errors.Join(err, os.RemoveAll(t.spill))
}

// Columns are the table's, in order.
func (t *Table) Columns() []store.Column { return t.columns }

// Unique refuses a column whose name stands twice in the file: DuckDB calls the
// second one NAME_1, so that the first would be taken without a word.
func (t *Table) Unique(ctx context.Context, column string) error {
	second := func(c store.Column) bool { return strings.EqualFold(c.Name, column+"_1") }
	if !slices.ContainsFunc(t.columns, second) || t.header == "" {
		return nil
	}
	var same []string
	err := t.query(ctx, t.header, func(c chunk) error {
		for i := range c.columns() {
			for _, name := range c.texts(i) {
				if name != nil && strings.EqualFold(*name, column) {
					same = append(same, *name)
				}
			}
		}
		return nil
	})
	switch {
	case err != nil || len(same) < 2:
	case same[0] != same[1]:
		err = fmt.Errorf("read %s: the columns %s differ in case alone, and names are read whatever their case; rename one", t.path, strings.Join(same, " and "))
	default:
		err = fmt.Errorf("read %s: %d columns have the name %s; rename them", t.path, len(same), column)
	}
	return err
}
