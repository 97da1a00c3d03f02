package duck

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"willbuy/store"
)

// numbered are n rows, of which every third has no name.
func numbered(n int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for i := range n {
			var name any
			if i%3 > 0 {
				name = fmt.Sprintf("name %d", i)
			}
			if !yield([]any{float64(i), name}, nil) {
				return
			}
		}
	}
}

var numberedColumns = []store.Column{{Name: `a "number"; DROP`, Type: store.Float}, {Name: "name", Type: store.String}}

func TestParquetHoldsTheRowsInTheirOrder(t *testing.T) {
	const n = 2*textSlice + 1000 // more than a row group, and than a slice of Texts
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"it's one.parquet", "two.parquet"} {
		path := filepath.Join(dir, name)
		if err := WriteParquet(t.Context(), path, numberedColumns, numbered(n)); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(data))
	}
	if files[0] != files[1] {
		t.Error("the same rows gave other bytes")
	}
	table := openOutside(t, filepath.Join(dir, "two.parquet"), "")
	if !slices.Equal(table.Columns(), numberedColumns) {
		t.Errorf("columns %v", table.Columns())
	}
	if rows, err := table.Count(t.Context()); err != nil || rows != n {
		t.Errorf("%d rows, %v", rows, err)
	}
	texts := collectTexts(t, table, numberedColumns[0].Name, "name")
	if len(texts) != n {
		t.Errorf("%d of %d rows were read", len(texts), n)
	}
	for i, row := range texts {
		want := []string{fmt.Sprintf("%d.0", i), "NULL"}
		if i%3 > 0 {
			want[1] = fmt.Sprintf("name %d", i)
		}
		if !slices.Equal(row, want) {
			t.Fatalf("row %d: %q, want %q", i, row, want)
		}
	}
}

func TestParquetThatCannotBeWrittenSaysWhy(t *testing.T) {
	broken := errors.New("the answer is damaged")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	for _, test := range []struct {
		ctx  context.Context
		path string
		rows iter.Seq2[[]any, error]
		is   error
	}{
		{t.Context(), filepath.Join(t.TempDir(), "a.parquet"), func(yield func([]any, error) bool) { yield(nil, broken) }, broken},
		{t.Context(), filepath.Join(t.TempDir(), "none", "a.parquet"), numbered(3), nil},
		{stopped, filepath.Join(t.TempDir(), "a.parquet"), numbered(3), context.Canceled},
	} {
		err := WriteParquet(test.ctx, test.path, numberedColumns, test.rows)
		if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.HasPrefix(err.Error(), "write "+test.path) {
			t.Errorf("%v", err)
		}
		if _, err := os.Stat(test.path); err == nil {
			t.Errorf("%s is there", test.path)
		}
	}
	if left, _ := os.ReadDir(temporary); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
