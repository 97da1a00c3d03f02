// Package duck keeps a lab in one DuckDB file and one folder of review files,
// inside a workspace, with nothing to install and nobody to ask.
//
// DuckDB lets one process at a time have the file. So it is open only while
// somebody here uses it, and a lock file beside it orders the processes: see
// file.go. Tables are DuckDB's; a stage is a folder.
package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"willbuy/store"
	"willbuy/store/filelock"
)

// FileName is the database's name in a workspace, StageDir that of the folder
// that holds the review stage.
const (
	FileName = "lab.duckdb"
	StageDir = "stage"
	lockName = "lab.lock"
)

// Options says how a process uses the store.
type Options struct {
	ReadOnly bool   // only Query, List and Open; shares the file with other readers
	Command  string // what this process does, told to those who wait for it
	// Waiting is told, once each time, who has the file while we wait for it.
	Waiting func(filelock.Process)
}

// Store is a lab in a workspace's folder.
type Store struct {
	dir     string
	opts    Options
	digests *digests

	writing chan struct{} // one writer at a time
	opening chan struct{} // one opens the file at a time

	mu        sync.Mutex // of what follows
	users     int        // who use the open file now
	resting   int        // of these, the browsers that only read pages,
	arranging int        // and those that sort or filter
	open      *handle    // nil while the file is closed
	idle      int64      // counts releases, so that a late closer sees that it is late
	limit     limits     // of the file when it is opened next
}

var _ store.Store = (*Store)(nil)

// New gives the store of a workspace's folder. Nothing is opened or made yet.
func New(dir string, opts Options) *Store {
	return &Store{dir: dir, opts: opts, digests: newDigests(dir), writing: make(chan struct{}, 1), opening: make(chan struct{}, 1), limit: ample()}
}

// Describe names engine, version and file.
func (s *Store) Describe() string { return "DuckDB " + version() + ", " + FileName }

var version = sync.OnceValue(func() string {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return "(not available)"
	}
	defer db.Close()
	var v string
	if err := db.QueryRow("SELECT ltrim(version(), 'v')").Scan(&v); err != nil {
		return "(not available)"
	}
	return v
})

// Ensure makes tables and the stage where they are missing.
func (s *Store) Ensure(ctx context.Context, objects []store.Object) ([]store.ObjectState, error) {
	var out []store.ObjectState
	err := s.use(ctx, func(db *sql.DB) error {
		for _, o := range objects {
			state, err := s.ensure(ctx, db, o)
			if err != nil {
				return fmt.Errorf("make %s %s: %w", o.Kind, o.Name, explain(err))
			}
			out = append(out, state)
		}
		return nil
	})
	return out, err
}

func (s *Store) ensure(ctx context.Context, db *sql.DB, o store.Object) (store.ObjectState, error) {
	state := store.ObjectState{Kind: o.Kind, Name: o.Name, State: "created"}
	if o.Kind == store.StageKind {
		made, err := s.ensureStage()
		if !made {
			state.State = "kept"
		}
		return state, err
	}
	var there int
	err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.tables WHERE LOWER(table_name) = LOWER(?)", o.Name).Scan(&there)
	if err != nil {
		return state, err
	}
	if there > 0 {
		state.State = "kept"
		return state, s.missingColumns(ctx, db, o)
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf("CREATE TABLE %s (%s)", ident(o.Name), columnList(o.Columns)))
	return state, err
}

// missingColumns refuses a table of that name with other columns: it is not
// ours, and writing into it would lose somebody's data.
func (s *Store) missingColumns(ctx context.Context, db *sql.DB, o store.Object) error {
	have, err := tableColumns(ctx, db, o.Name)
	if err != nil {
		return err
	}
	for _, want := range o.Columns {
		if !slices.ContainsFunc(have, func(c string) bool { return strings.EqualFold(c, want.Name) }) {
			return fmt.Errorf("a table %s is there already, without the column %s; rename it, or start over with willbuy reset", o.Name, want.Name)
		}
	}
	return nil
}

func tableColumns(ctx context.Context, db queryer, table string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT column_name FROM information_schema.columns WHERE LOWER(table_name) = LOWER(?) ORDER BY ordinal_position", table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Query runs one reading statement. The file stays open until the rows are
// closed.
func (s *Store) Query(ctx context.Context, text string, args ...any) (*store.Rows, error) {
	db, release, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		release()
		return nil, explain(err)
	}
	done := func() { conn.Close(); release() }
	if err := reading(conn, text); err != nil {
		done()
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, text, args...)
	if err != nil {
		done()
		return nil, explain(err)
	}
	columns, err := columnsOf(rows)
	if err != nil {
		rows.Close()
		done()
		return nil, err
	}
	return &store.Rows{Rows: rows, Columns: columns, Release: done}, nil
}

// reading refuses statements that are not known to only read. DuckDB itself
// says what kind a statement is; of several it would run all but the last to
// find out, COPY ... TO among them, so there must be one.
func reading(conn *sql.Conn, text string) error {
	return conn.Raw(func(c any) error {
		stmt, err := c.(driver.Conn).Prepare(text)
		if err != nil && strings.Contains(err.Error(), "multi-statement") { // the driver's error has no name
			return errors.New("there are several statements: give one at a time")
		}
		if err != nil {
			return explain(err)
		}
		defer stmt.Close()
		kind, err := stmt.(*duckdb.Stmt).StatementType()
		if err != nil {
			return explain(err)
		}
		switch kind {
		case duckdb.STATEMENT_TYPE_SELECT, duckdb.STATEMENT_TYPE_EXPLAIN, duckdb.STATEMENT_TYPE_RELATION:
			return nil
		}
		return store.ErrReadOnly
	})
}

// Markers gives the markers of a step; a lab without any has none.
func (s *Store) Markers(ctx context.Context, step string) ([]store.Marker, error) {
	var out []store.Marker
	err := s.use(ctx, func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, "SELECT RUN, STEP, SHARD, INPUT, BODY FROM "+markersTable+" WHERE STEP = ? ORDER BY SHARD", step)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m store.Marker
			if err := rows.Scan(&m.Run, &m.Step, &m.Shard, &m.Input, &m.Body); err != nil {
				return err
			}
			out = append(out, m)
		}
		return rows.Err()
	})
	return out, err
}

// Close lets go of the file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shut()
}

// columnsOf names and types a result's columns in the lab's words.
func columnsOf(rows *sql.Rows) ([]store.Column, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, explain(err)
	}
	out := make([]store.Column, len(types))
	for i, t := range types {
		out[i] = store.Column{Name: t.Name(), Type: labType(t.DatabaseTypeName())}
	}
	return out, nil
}

// duckTypes are DuckDB's names of the lab's types.
var duckTypes = map[store.Type]string{
	store.String: "VARCHAR", store.Float: "DOUBLE", store.Int: "BIGINT",
	store.Boolean: "BOOLEAN", store.Binary: "BLOB", store.Instant: "TIMESTAMP",
}

func labType(name string) store.Type {
	switch {
	case strings.HasPrefix(name, "DECIMAL"), name == "DOUBLE", name == "FLOAT":
		return store.Float
	case strings.HasSuffix(name, "INT"), strings.HasSuffix(name, "INTEGER"):
		return store.Int
	case name == "BLOB":
		return store.Binary
	case name == "BOOLEAN":
		return store.Boolean
	case strings.HasPrefix(name, "TIMESTAMP"), name == "DATE":
		return store.Instant
	}
	return store.String
}

func columnList(columns []store.Column) string {
	var list []string
	for _, c := range columns {
		list = append(list, ident(c.Name)+" "+duckTypes[c.Type])
	}
	return strings.Join(list, ", ")
}

func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func lit(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

// faultLine is the line of the statement that an error is about.
var faultLine = regexp.MustCompile(`\nLINE (\d+): `)

// explain turns DuckDB's own error into one sentence, without its class prefix
// and the drawing of the statement below it; that becomes the line of a Fault.
// Other errors stay as they are.
func explain(err error) error {
	var d *duckdb.Error
	if !errors.As(err, &d) {
		return err
	}
	switch d.Type {
	case duckdb.ErrorTypeInterrupt:
		return context.Canceled
	case duckdb.ErrorTypeOutOfMemory:
		return store.ErrMemory
	}
	text, rest, _ := strings.Cut(d.Msg, "\n")
	if _, line, ok := strings.Cut(text, "CSV Error on Line: "); ok {
		return fmt.Errorf("line %s of the csv: %s", line, csvFault(rest))
	}
	if _, why, ok := strings.Cut(rest, "Error when converting column "); ok { // a value in a csv file
		why, _, _ = strings.Cut(why, "\n")
		text += ", column " + why
	}
	if line, _, _ := strings.Cut(strings.TrimSpace(rest), "\n"); strings.HasPrefix(line, "Did you mean") || strings.HasPrefix(line, "Candidate") {
		text += " " + line // the nearest name there is
	}
	if class, rest, ok := strings.Cut(text, " Error: "); ok && !strings.Contains(class, " ") {
		text = rest
	}
	text = strings.TrimSpace(text)
	if at := faultLine.FindStringSubmatch(d.Msg); at != nil {
		line, _ := strconv.Atoi(at[1])
		return store.Fault{Text: text, Line: line}
	}
	return errors.New(text)
}

// csvFault is what DuckDB says about a line of a csv file, behind the line itself.
func csvFault(rest string) string {
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "Original Line") {
			return strings.ToLower(line)
		}
	}
	return "it cannot be read"
}
