package duck

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"willbuy/store"
)

// WriteParquet writes rows to a parquet file, in their order, replacing one that
// is there; the same rows give the same bytes. They pass through a database in
// the temporary directory, so that memory does not grow with them.
func WriteParquet(ctx context.Context, path string, columns []store.Column, rows iter.Seq2[[]any, error]) error {
	if err := writeParquet(ctx, path, columns, rows); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func writeParquet(ctx context.Context, path string, columns []store.Column, rows iter.Seq2[[]any, error]) (err error) {
	const table = "rows"
	dir, err := os.MkdirTemp("", "willbuy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// More threads would cut the row groups where they happen to be.
	db, err := openDB(filepath.Join(dir, FileName), false, limits{"256MB", 1})
	if err != nil {
		return explain(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	w, end, err := begin(ctx, db)
	if err != nil {
		return err
	}
	defer end()
	w.exec("SET preserve_insertion_order = true")
	w.Replace(table, columns, rows)
	// A row group is held in memory, at 2 kB a row 16 MB.
	w.exec("COPY " + table + " TO " + lit(path) + " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192)")
	return w.err
}
