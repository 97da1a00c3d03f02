// Package store says, in the lab's words, where tables, stages and markers
// live. The engine is written once against these words; each outside
// technology is a folder below (store/duck, later store/snow) that satisfies
// them. Only a store writes DDL, COPY, MERGE and stage statements; SQL that
// people see and may edit is portable text that the engine passes in.
package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"iter"
	"time"
)

// Type is a column's type in the words of the lab's tables. A store maps it to
// its own: FLOAT is a double and INT a 64-bit integer everywhere.
type Type string

// The types that lab tables use.
const (
	String  Type = "STRING"
	Float   Type = "FLOAT"
	Int     Type = "INT"
	Boolean Type = "BOOLEAN"
	Binary  Type = "BINARY"
	Instant Type = "TIMESTAMP"
)

// Column is one column of a table or of a result.
type Column struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// Kind is what an object is.
type Kind string

// The kinds of objects that Ensure knows.
const (
	TableKind Kind = "table"
	StageKind Kind = "stage"
)

// Object is something that must exist before the lab can run. Columns and Key
// are for tables; Key names the column that rows merge by, or is empty.
type Object struct {
	Kind    Kind
	Name    string
	Columns []Column
	Key     string
}

// ObjectState tells what became of an object that Ensure was asked for.
type ObjectState struct {
	Kind    Kind   `json:"kind"`
	Name    string `json:"name"`
	State   string `json:"state"` // created, kept or refused
	Reason  string `json:"reason,omitempty"`
	QueryID string `json:"query_id,omitempty"`
}

// File is one file of a stage. Name is relative to the stage, with slashes.
// MD5 is of the content, in hex.
type File struct {
	Name     string
	Size     int64
	Modified time.Time
	MD5      string
}

// Marker records that a shard of a step was committed: it is written in the
// same transaction as the shard's rows, so after a crash the marker decides.
// Input is the hash of what the shard was computed from; Body is whatever JSON
// the step wants to find again. Shard "" is the step as a whole. There is one
// marker a step and shard: a new one takes the place of the old.
type Marker struct {
	Run, Step, Shard, Input string
	Body                    []byte
}

// Merged counts what a merge did.
type Merged struct {
	Inserted, Updated, Unchanged int64
}

// Store keeps one lab. It is safe for concurrent use; writes queue up behind
// one writer.
type Store interface {
	// Describe names the engine, its version and place, for people.
	Describe() string
	// Ensure creates what is absent and never replaces what is there. An
	// object that may not be made is reported as refused, not as an error.
	Ensure(ctx context.Context, objects []Object) ([]ObjectState, error)

	// List gives the files of a stage, sorted by name in byte order.
	List(ctx context.Context, stage string) ([]File, error)
	Open(ctx context.Context, stage, name string) (io.ReadCloser, error)
	Put(ctx context.Context, stage, name string, content io.Reader) error
	Remove(ctx context.Context, stage, name string) error

	// Query runs one reading statement; writing ones are refused with
	// ErrReadOnly. Args are bound to ? in the text. Rows must be closed.
	Query(ctx context.Context, text string, args ...any) (*Rows, error)
	// Browse opens a source whose rows are looked at; see Browser.
	Browse(ctx context.Context, source Source) (Browser, error)
	// Explain plans one SELECT without running it. What is wrong with the text
	// is a Fault where the engine says in which line.
	Explain(ctx context.Context, text string) (Plan, error)
	// Write runs fn in one transaction, adds the marker, commits, and reads
	// the marker back; only then is it nil. Whatever fn returned as an error,
	// or any statement in it, rolls everything back. A nil fn writes the
	// marker alone.
	Write(ctx context.Context, marker Marker, fn func(Writer) error) error
	// Markers gives the markers of a step, ordered by shard.
	Markers(ctx context.Context, step string) ([]Marker, error)

	// Spare says whether the store should leave memory to others, as while
	// millions of texts pass or a model runs. Its work may then take longer, and
	// fail with ErrMemory where rows are very large.
	Spare(bool)

	Close() error
}

// Writer is a transaction under way. Its methods are called from one goroutine.
//
// Fn may call Store.Query while it writes: it reads what was committed before.
type Writer interface {
	// Append adds rows; values are in the order of the table's columns.
	Append(table string, rows iter.Seq2[[]any, error]) (int64, error)
	// Replace makes the table anew with these columns and rows.
	Replace(table string, columns []Column, rows iter.Seq2[[]any, error]) (int64, error)
	// Insert adds the rows of a query.
	Insert(table, query string, args ...any) (int64, error)
	// Delete removes the rows in which column equals value; with an empty
	// column, all of them.
	Delete(table, column string, value any) (int64, error)
	// CreateAs replaces a table by the result of a query.
	CreateAs(table, query string, args ...any) (int64, error)
	// Merge brings the rows of a query into a table by its key: absent keys
	// are inserted, present ones get the query's columns, others keep theirs.
	// The query must give each key once.
	Merge(table, key, query string, args ...any) (Merged, error)
	// Load copies a local csv (plain or gzip) or parquet file into a table,
	// matching columns by name whatever their case. It replaces the rows.
	Load(table, path string) (int64, error)
}

// ErrReadOnly is returned by Query for a statement that would write.
var ErrReadOnly = errors.New("this statement would write, and here only reading is allowed")

// ErrMemory is in the error of a statement that needs more memory than the store
// may take.
var ErrMemory = errors.New("the database needs more memory than it may take")

// Rows is a result as it streams in.
type Rows struct {
	*sql.Rows
	Columns []Column
	// Release is called once after the rows are closed.
	Release func()
}

// Close ends the result and lets go of what it held open.
func (r *Rows) Close() error {
	err := r.Rows.Close()
	if r.Release != nil {
		r.Release()
		r.Release = nil
	}
	return err
}

// Collect reads at most limit rows (all when limit < 0) and closes the result.
func (r *Rows) Collect(limit int) ([][]any, error) {
	defer r.Close()
	var out [][]any
	for (limit < 0 || len(out) < limit) && r.Next() {
		row := make([]any, len(r.Columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := r.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, r.Err()
}
