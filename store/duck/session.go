package duck

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"willbuy/store"
	"willbuy/store/filelock"
)

// browser keeps a connection to the open file while somebody looks at rows.
//
// A place is a number that DuckDB finds rows by without reading all: the rowid of
// a table, or a column of our own in a temporary one. Rows in the order in which
// they are stored are read by a range of it: 256 of 10 million in 4 ms. For any
// other arrangement the places are kept in a temporary table, in order: 40 MB and
// 1 to 2 s for 10 million rows.
type browser struct {
	s       *Store
	columns []store.Column
	from    string // what is read, as SQL
	place   string // its column of places
	own     bool   // from is a temporary table of ours
	whole   bool   // places are 0, 1, 2 … without gaps
	total   int64
	cut     bool

	ctx     context.Context // ends when it lets go
	stop    context.CancelFunc
	release func()
	among   *int // the store's count that it is in, or nil; guarded by the store's mu

	busy     sync.Mutex // one statement at a time on the connection; of what follows
	conn     *sql.Conn
	arranged store.Arrangement
	index    string // the temporary table of places; "" for those in stored order
	made     int    // indexes so far, for their names
}

// placeColumn is our column of places, where there is no rowid to go by.
const placeColumn = "willbuy_place"

// lookEvery is how often a browser looks whether somebody waits for the file.
const lookEvery = 200 * time.Millisecond

// Browse opens a source. A table without rowids of its own, as a view, and the
// result of a statement are copied, as far as store.MostBrowsed rows.
func (s *Store) Browse(ctx context.Context, source store.Source) (store.Browser, error) {
	if err := s.giveWay(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	limit := s.limit
	s.mu.Unlock()
	db, release, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		release()
		return nil, explain(err)
	}
	b := &browser{s: s, conn: conn, release: release, place: "rowid", from: ident(source.Table)}
	b.ctx, b.stop = context.WithCancel(context.Background())
	if err := b.open(ctx, source); err != nil {
		b.Close()
		return nil, explain(err)
	}
	b.counted(&b.s.resting)
	go b.watch(limit)
	return b, nil
}

// giveWay lets another process that waits have the file first: it looks for it
// less often than a grid would open it again. One that no longer waits may still
// stand there, so this ends soon.
func (s *Store) giveWay(ctx context.Context) error {
	for range 20 {
		s.mu.Lock()
		open := s.open != nil
		s.mu.Unlock()
		if open || !filelock.Wanted(s.lockPath()) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
	return nil
}

// counted has the browser stand among those that are counted there, for what the
// open file may take: the store's resting or arranging, or neither.
func (b *browser) counted(among *int) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	if b.among != nil {
		*b.among--
	}
	if b.among = among; among != nil {
		*among++
	}
	b.s.rest()
}

func (b *browser) open(ctx context.Context, source store.Source) error {
	query := source.Query
	if source.Table != "" {
		direct, err := b.hasRowids(ctx, source.Table)
		if err != nil {
			return err
		}
		if !direct {
			query = "SELECT * FROM " + b.from
		}
	}
	if query != "" {
		if err := b.copy(ctx, query); err != nil {
			return err
		}
	}
	columns, err := resultColumns(ctx, b.conn, "SELECT * FROM "+b.from+" LIMIT 0")
	if err != nil {
		return err
	}
	b.columns = slices.DeleteFunc(columns, func(c store.Column) bool { return b.own && c.Name == placeColumn })
	var last sql.NullInt64
	text := fmt.Sprintf("SELECT COUNT(*), MAX(%s) FROM %s", b.place, b.from)
	if err := b.conn.QueryRowContext(ctx, text).Scan(&b.total, &last); err != nil {
		return err
	}
	b.whole = last.Int64 == max(0, b.total-1)
	if b.cut = b.own && b.total > store.MostBrowsed; b.cut {
		b.total = store.MostBrowsed
	}
	_, err = b.arrange(ctx, store.Arrangement{})
	return err
}

// hasRowids tells whether rows of a table can be found by rowid: a view has none,
// and a column of that name hides them.
func (b *browser) hasRowids(ctx context.Context, table string) (bool, error) {
	var tables, hidden int
	err := b.conn.QueryRowContext(ctx, `SELECT COUNT(*) FILTER (table_type = 'BASE TABLE'),
(SELECT COUNT(*) FROM information_schema.columns WHERE LOWER(table_name) = LOWER($1) AND LOWER(column_name) = 'rowid')
FROM information_schema.tables WHERE LOWER(table_name) = LOWER($1)`, table).Scan(&tables, &hidden)
	return tables > 0 && hidden == 0, err
}

// copy keeps the first rows of a statement's result, and one more to know that
// there are more.
func (b *browser) copy(ctx context.Context, query string) error {
	if err := reading(b.conn, query); err != nil {
		return err
	}
	b.from, b.place, b.own = "willbuy_browsed", placeColumn, true
	rows := fmt.Sprintf("SELECT *, row_number() OVER () - 1 AS %s FROM (SELECT * FROM (%s\n) LIMIT %d)", placeColumn, strings.TrimRight(strings.TrimSpace(query), ";"), store.MostBrowsed+1)
	if err := reading(b.conn, rows); err != nil { // such as EXPLAIN, which is no table
		return b.copyRows(ctx, query)
	}
	_, err := b.conn.ExecContext(ctx, "CREATE TEMP TABLE "+b.from+" AS "+rows)
	return err
}

// copyRows is copy for a statement that cannot stand in another one. Its results
// are short.
func (b *browser) copyRows(ctx context.Context, query string) error {
	found, err := b.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	columns, err := columnsOf(found)
	if err != nil {
		found.Close()
		return err
	}
	rows := &store.Rows{Rows: found, Columns: columns}
	all, err := rows.Collect(store.MostBrowsed)
	if err != nil {
		return err
	}
	if _, err := b.conn.ExecContext(ctx, fmt.Sprintf("CREATE TEMP TABLE %s (%s, %s BIGINT)", b.from, columnList(columns), placeColumn)); err != nil {
		return err
	}
	insert := fmt.Sprintf("INSERT INTO %s VALUES (%s?)", b.from, strings.Repeat("?, ", len(columns)))
	for i, row := range all {
		if _, err := b.conn.ExecContext(ctx, insert, append(row, int64(i))...); err != nil {
			return err
		}
	}
	return nil
}

func resultColumns(ctx context.Context, q queryer, text string) ([]store.Column, error) {
	rows, err := q.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return columnsOf(rows)
}

// watch lets go when another process waits for the file, or when a step wants
// it opened with other limits.
func (b *browser) watch(limit limits) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-tick.C:
		}
		b.s.mu.Lock()
		other := b.s.limit != limit
		b.s.mu.Unlock()
		if other || filelock.Wanted(b.s.lockPath()) {
			b.Close()
			return
		}
	}
}

// Close stops what it is doing and lets go of the file.
func (b *browser) Close() error {
	b.stop()
	b.busy.Lock()
	defer b.busy.Unlock()
	if b.conn == nil {
		return nil
	}
	conn := b.conn
	b.conn = nil
	// The connection goes back to a pool, with what is temporary in it.
	for _, table := range []string{b.index, b.from} {
		if table != "" && (table == b.index || b.own) {
			conn.ExecContext(context.Background(), "DROP TABLE IF EXISTS "+table)
		}
	}
	err := conn.Close()
	b.counted(nil)
	b.release()
	return err
}

func (b *browser) Gone() bool { return b.ctx.Err() != nil }

func (b *browser) Columns() []store.Column { return b.columns }

func (b *browser) Total() (int64, bool) { return b.total, b.cut }

// use lends the connection to fn, until it lets go.
func (b *browser) use(ctx context.Context, fn func(ctx context.Context) error) error {
	b.busy.Lock()
	defer b.busy.Unlock()
	if b.conn == nil {
		return store.ErrLetGo
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.ctx, cancel)()
	err := fn(ctx)
	if err != nil && b.ctx.Err() != nil {
		return store.ErrLetGo
	}
	return explain(err)
}

func (b *browser) Arrange(ctx context.Context, a store.Arrangement) (rows int64, err error) {
	err = b.use(ctx, func(ctx context.Context) error {
		b.counted(&b.s.arranging)
		defer b.counted(&b.s.resting)
		rows, err = b.arrange(ctx, a)
		return err
	})
	return rows, err
}

func (b *browser) arrange(ctx context.Context, a store.Arrangement) (rows int64, err error) {
	was, index := b.index, ""
	rows = b.total
	if a.Where != "" || a.OrderBy != "" || !b.whole || b.cut {
		b.made++
		index = fmt.Sprintf("willbuy_places_%d", b.made)
		kind := "BIGINT"
		if b.total < 1<<31 { // half the memory
			kind = "UINTEGER"
		}
		list, args := b.selected(fmt.Sprintf("CAST(%s AS %s) AS place", b.place, kind), a)
		list += b.ordered(a)
		if err := reading(b.conn, list); err != nil { // the condition is somebody's
			return 0, err
		}
		if _, err := b.conn.ExecContext(ctx, "CREATE TEMP TABLE "+index+" AS "+list, args...); err != nil {
			return 0, err
		}
		if err := b.conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+index).Scan(&rows); err != nil {
			return 0, err
		}
	}
	if was != "" {
		if _, err := b.conn.ExecContext(ctx, "DROP TABLE "+was); err != nil {
			return 0, err
		}
	}
	b.index, b.arranged = index, a
	return rows, nil
}

// selected is a list of expressions over the rows that an arrangement leaves.
func (b *browser) selected(list string, a store.Arrangement) (text string, args []any) {
	var conditions []string
	if b.cut {
		conditions = append(conditions, fmt.Sprintf("%s < %d", b.place, store.MostBrowsed))
	}
	if a.Where != "" {
		conditions = append(conditions, "("+a.Where+"\n)") // a comment must not eat the bracket
	}
	text = "SELECT " + list + " FROM " + b.from
	if len(conditions) > 0 {
		text += " WHERE " + strings.Join(conditions, " AND ")
	}
	return text, a.Args
}

func (b *browser) ordered(a store.Arrangement) string {
	text := " ORDER BY "
	if a.OrderBy != "" {
		text += ident(a.OrderBy)
		if a.Descending {
			text += " DESC"
		}
		text += " NULLS LAST, "
	}
	return text + b.place
}

func (b *browser) Page(ctx context.Context, from int64, n int) (rows [][]any, err error) {
	err = b.use(ctx, func(ctx context.Context) error {
		rows, err = b.page(ctx, from, n)
		return err
	})
	return rows, err
}

func (b *browser) page(ctx context.Context, from int64, n int) ([][]any, error) {
	names := make([]string, len(b.columns))
	for i, c := range b.columns {
		names[i] = "t." + ident(c.Name)
	}
	list := strings.Join(names, ", ")
	if b.index == "" {
		return collect(ctx, b.conn, fmt.Sprintf("SELECT %s FROM %s t WHERE %s >= ? AND %[3]s < ? ORDER BY %[3]s", list, b.from, b.place), from, from+int64(n))
	}
	return unnumbered(collect(ctx, b.conn, fmt.Sprintf(`SELECT i.n, %s FROM (SELECT rowid AS n, CAST(place AS BIGINT) AS place FROM %s WHERE rowid >= ? AND rowid < ?) i
INNER JOIN %s t ON t.%s = i.place ORDER BY i.n`, list, b.index, b.from, b.place), from, from+int64(n)))
}

// unnumbered leaves out the first column, which the rows were ordered by.
func unnumbered(rows [][]any, err error) ([][]any, error) {
	for i := range rows {
		rows[i] = rows[i][1:]
	}
	return rows, err
}

func collect(ctx context.Context, q queryer, text string, args ...any) ([][]any, error) {
	found, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	columns, err := columnsOf(found)
	if err != nil {
		found.Close()
		return nil, err
	}
	return (&store.Rows{Rows: found, Columns: columns}).Collect(-1)
}

// beside lends fn a connection on which a table can be read while pages go on
// coming, and the arrangement there is. What is ours is on our own connection.
func (b *browser) beside(ctx context.Context, fn func(context.Context, *sql.Conn, store.Arrangement) error) error {
	if b.own {
		return b.use(ctx, func(ctx context.Context) error { return fn(ctx, b.conn, b.arranged) })
	}
	b.busy.Lock()
	a := b.arranged
	b.busy.Unlock()
	return b.s.use(ctx, func(db *sql.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		return fn(ctx, conn, a)
	})
}

func (b *browser) Aggregate(ctx context.Context, list, tail string) (rows [][]any, err error) {
	err = b.beside(ctx, func(ctx context.Context, conn *sql.Conn, a store.Arrangement) error {
		text, args := b.selected(list, a)
		text += " " + tail
		if err := reading(conn, text); err != nil {
			return err
		}
		rows, err = collect(ctx, conn, text, args...)
		return err
	})
	return rows, err
}

// formats are what COPY is told for the endings of a file's name.
var formats = map[string]string{
	".csv":     "FORMAT csv, HEADER",
	".json":    "FORMAT json, ARRAY true",
	".jsonl":   "FORMAT json",
	".parquet": "FORMAT parquet, COMPRESSION zstd",
}

func (b *browser) Export(ctx context.Context, columns []string, path string) (rows int64, err error) {
	format, ok := formats[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return 0, fmt.Errorf("the name of the file says what it holds: it ends in .csv, .json, .jsonl or .parquet, not in %s", cmp.Or(filepath.Ext(path), "nothing"))
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = ident(c)
	}
	unfinished := path + ".unfinished"
	err = b.beside(ctx, func(ctx context.Context, conn *sql.Conn, a store.Arrangement) error {
		text, args := b.selected(strings.Join(names, ", "), a)
		if a.OrderBy != "" {
			text += b.ordered(a)
		}
		if err := reading(conn, text); err != nil {
			return err
		}
		result, err := conn.ExecContext(ctx, fmt.Sprintf("COPY (%s) TO %s (%s, PRESERVE_ORDER true)", text, lit(unfinished), format), args...)
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	if err == nil {
		err = os.Rename(unfinished, path)
	}
	if err != nil {
		return 0, errors.Join(err, removed(unfinished))
	}
	return rows, nil
}

// removed takes a file away that may not be there.
func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
