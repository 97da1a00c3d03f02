package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"willbuy/store"
)

// Filter leaves some rows of those that are browsed.
type Filter struct {
	Expr string // a condition in SQL, as somebody typed it; or else
	Say  string // how people read Expr; "": as it is

	Column store.Column // rows with Value in this column,
	Value  any          // as a page gives it; nil is NULL
	Not    bool         // or rows without it
}

// sql is the filter as a condition, and what is bound to ? in it.
func (f Filter) sql() (string, []any) {
	if f.Expr != "" {
		return f.Expr, nil
	}
	column, value := Ident(f.Column.Name), "?"
	switch {
	case f.Value == nil && f.Not:
		return column + " IS NOT NULL", nil
	case f.Value == nil:
		return column + " IS NULL", nil
	case f.Column.Type == store.Instant: // a page gives it to the second
		column, value = fmt.Sprintf("DATE_TRUNC('second', CAST(%s AS TIMESTAMP))", column), "CAST(? AS TIMESTAMP)"
	case f.Column.Type == store.Binary:
		value = "ENCODE(?)"
	}
	if f.Not {
		return column + " IS DISTINCT FROM " + value, []any{f.Value}
	}
	return column + " = " + value, []any{f.Value}
}

// String is the filter as people read it.
func (f Filter) String() string {
	switch {
	case f.Say != "":
		return f.Say
	case f.Expr != "":
		return f.Expr
	}
	is := " = "
	if f.Not {
		is = " ≠ "
	}
	switch v := f.Value.(type) {
	case nil:
		return f.Column.Name + is + "NULL"
	case string:
		return f.Column.Name + is + "'" + v + "'"
	default:
		return f.Column.Name + is + fmt.Sprint(v)
	}
}

// Arrangement is which rows are browsed, all filters together, and in what order.
type Arrangement struct {
	Filters    []Filter
	OrderBy    string // a column; "": as they are stored
	Descending bool
}

func (a Arrangement) inStore() store.Arrangement {
	out := store.Arrangement{OrderBy: a.OrderBy, Descending: a.Descending}
	var conditions []string
	for _, f := range a.Filters {
		text, args := f.sql()
		conditions = append(conditions, "("+text+"\n)")
		out.Args = append(out.Args, args...)
	}
	out.Where = strings.Join(conditions, " AND ")
	return out
}

// Listing reads rows of a table or of a statement's result by their places, for
// whoever looks at them. When the store had to be given up for another process,
// the next question opens it again. It is safe for concurrent use.
type Listing struct {
	w      *Workspace
	source store.Source

	mu       sync.Mutex
	open     store.Browser
	arranged Arrangement
	closed   int // how often: a question from before does not open it again
}

// Listed is what is known of a listing.
type Listed struct {
	Columns []store.Column
	Total   int64 // rows of the source
	Rows    int64 // of these, the ones that the filters leave
	Cut     bool  // a statement has more rows than Total
}

// Browse opens a source.
func (w *Workspace) Browse(source store.Source) *Listing { return &Listing{w: w, source: source} }

// with asks the store's browser, opened again as it was arranged if need be.
func (l *Listing) with(ctx context.Context, arranged func() Arrangement, ask func(store.Browser) error) error {
	before := l.closings()
	for {
		b, err := l.opened(ctx, arranged())
		if err == nil {
			err = ask(b)
		}
		if !errors.Is(err, store.ErrLetGo) || ctx.Err() != nil || l.closings() != before {
			return err
		}
	}
}

func (l *Listing) closings() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// asArranged is how the rows were arranged last.
func (l *Listing) asArranged() Arrangement {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.arranged
}

func (l *Listing) opened(ctx context.Context, arranged Arrangement) (store.Browser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open != nil && !l.open.Gone() {
		return l.open, nil
	}
	b, err := l.w.Store.Browse(ctx, l.source)
	if err != nil {
		return nil, err
	}
	if a := arranged.inStore(); a.Where != "" || a.OrderBy != "" {
		if _, err := b.Arrange(ctx, a); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	l.open = b
	return b, nil
}

// Arrange chooses rows and their order. On an error everything stays as it was.
func (l *Listing) Arrange(ctx context.Context, a Arrangement) (out Listed, err error) {
	var was store.Browser
	afresh := func() Arrangement { // a column may be gone that rows were arranged by
		l.mu.Lock()
		defer l.mu.Unlock()
		was = l.open
		return Arrangement{}
	}
	err = l.with(ctx, afresh, func(b store.Browser) error {
		if out.Rows, err = b.Arrange(ctx, a.inStore()); err != nil {
			if b != was { // the next question opens it as it was arranged
				err = errors.Join(err, b.Close())
			}
			return err
		}
		out.Columns = b.Columns()
		out.Total, out.Cut = b.Total()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.arranged = a
		return nil
	})
	return out, err
}

// Page reads at most n rows from a place on, from 0, as plain values.
func (l *Listing) Page(ctx context.Context, from int64, n int) (rows [][]any, err error) {
	err = l.with(ctx, l.asArranged, func(b store.Browser) error {
		rows, err = b.Page(ctx, from, n)
		return err
	})
	return plain(rows), err
}

// Export writes columns of the rows as they are arranged into a file of the
// workspace's folder: parquet, json, jsonl or csv by its name. It replaces no
// file that is there.
func (l *Listing) Export(ctx context.Context, columns []string, name string) (rows int64, err error) {
	path, err := l.w.exportPath(name)
	if err != nil {
		return 0, err
	}
	err = l.with(ctx, l.asArranged, func(b store.Browser) error {
		rows, err = b.Export(ctx, columns, path)
		return err
	})
	return rows, err
}

// exportPath is where a file goes that somebody named.
func (w *Workspace) exportPath(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return "", fmt.Errorf("%q is no name for a file in the workspace's folder: no /, no \\ and no dot in front", name)
	}
	path := filepath.Join(w.Dir, name)
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s is there already; choose another name", name)
	}
	return path, nil
}

// Close lets go of the store. The listing can be asked again.
func (l *Listing) Close() error {
	l.mu.Lock()
	b := l.open
	l.open = nil
	l.closed++
	l.mu.Unlock()
	if b == nil {
		return nil
	}
	return b.Close()
}
