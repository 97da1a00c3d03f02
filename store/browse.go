package store

import (
	"context"
	"errors"
)

// Source is what is browsed: a table, or the result of one reading statement.
type Source struct{ Table, Query string }

// MostBrowsed is how many rows of a statement's result are kept to be browsed. A
// table is browsed whole.
const MostBrowsed = 100_000

// Arrangement is which rows of a source are looked at, and in what order.
type Arrangement struct {
	Where      string // a condition in SQL; "" for all rows
	Args       []any  // bound to ? in Where
	OrderBy    string // a column; "" for the order in which the rows are stored. NULL comes last
	Descending bool
}

// Browser reads the rows of a source by their places, as a grid that is scrolled
// does. It keeps the store open, but lets go of it within a second when another
// process waits for it: then everything answers with ErrLetGo, and whoever still
// looks opens another one. It is safe for concurrent use.
type Browser interface {
	// Columns are those of the source.
	Columns() []Column
	// Total is how many rows the source has; cut tells that a statement has more
	// than are kept.
	Total() (rows int64, cut bool)
	// Arrange chooses the rows and their order, and tells how many there are. On
	// an error, also of ctx, everything stays as it was arranged before.
	Arrange(ctx context.Context, a Arrangement) (rows int64, err error)
	// Page reads at most n rows from a place on, from 0.
	Page(ctx context.Context, from int64, n int) ([][]any, error)
	// Aggregate reads SELECT list FROM the rows as they are filtered, with a tail
	// such as GROUP BY 1.
	Aggregate(ctx context.Context, list, tail string) ([][]any, error)
	// Export writes some columns of the rows, filtered and ordered, into a file:
	// parquet, json or csv by its name. The file is there whole or not at all.
	Export(ctx context.Context, columns []string, path string) (rows int64, err error)
	// Gone tells that it has let go, or was closed.
	Gone() bool
	Close() error
}

// ErrLetGo tells that a browser made way for another process.
var ErrLetGo = errors.New("the rows were given up for another process that waits")
