package duck

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"willbuy/store"
)

// outsideDuck makes a DuckDB file by statements; its tables are those they make.
func outsideDuck(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.duckdb")
	db, err := openDB(path, false, limits{"256MB", 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

const (
	numbers = "SELECT i AS id, i % 7 AS whole, CAST(i AS DOUBLE) / 3 AS half, i % 2 = 0 AS even, CAST(i AS DECIMAL(12, 2)) / 4 AS price, 'g' || i % 3 AS text, CASE WHEN i % 5 = 0 THEN NULL ELSE i END AS hole FROM range(300000) r(i)"
	manyRow = 300000
)

// sameFloat takes all NaN for one.
func sameFloat(a, b float32) bool { return a == b || a != a && b != b }

// readStream reads a table by a stream, each column on its own and then all.
func readStream(t *testing.T, table *Table, columns []string, parts Parts) (values [][]float32, part []uint8) {
	t.Helper()
	s, err := table.Stream(t.Context(), columns, parts)
	if err != nil {
		t.Fatal(err)
	}
	var together [][]float32
	collect := func(into *[][]float32, positions []int) {
		t.Helper()
		*into = make([][]float32, len(positions))
		err := s.Scan(t.Context(), positions, func(columns [][]float32) error {
			for i, c := range columns {
				(*into)[i] = append((*into)[i], c...)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var all []int
	for i := range columns {
		var alone [][]float32
		collect(&alone, []int{i})
		values = append(values, alone[0])
		all = append(all, i)
	}
	collect(&together, all)
	for i := range columns {
		if !slices.EqualFunc(values[i], together[i], sameFloat) {
			t.Errorf("column %s reads otherwise beside the others", columns[i])
		}
	}
	if part, err = s.Parts(t.Context()); err != nil {
		t.Fatal(err)
	}
	return values, part
}

// TestStreamsReadEveryKindOfFileAlike: in the order of the file, whatever slices
// it is read in.
func TestStreamsReadEveryKindOfFileAlike(t *testing.T) {
	usual := sliceValues
	sliceValues = 1 // three slices
	defer func() { sliceValues = usual }()
	dir := t.TempDir()
	path := outsideDuck(t, "CREATE TABLE t AS "+numbers, "CREATE VIEW v AS SELECT * FROM t ORDER BY id",
		"COPY t TO "+lit(filepath.Join(dir, "x.parquet"))+" (ROW_GROUP_SIZE 20000)", "COPY t TO "+lit(filepath.Join(dir, "x.csv")))
	columns := []string{"whole", "half", "even", "price", "text", "hole"}
	parts := Parts{Apart: []Split{{Share: 0.25, Seed: "s"}, {Column: "whole", Value: "3.0"}}}
	var want [][]float32
	var wantPart []uint8
	for _, file := range []struct{ path, table string }{{path, "t"}, {path, "v"}, {filepath.Join(dir, "x.parquet"), ""}, {filepath.Join(dir, "x.csv"), ""}} {
		table := openOutside(t, file.path, file.table)
		for _, column := range []string{"text", "even"} { // truth values are texts in a csv file
			classes, err := table.Classes(t.Context(), column)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Sort(classes); classes != nil {
				table.Encode(column, classes)
			}
		}
		got, part := readStream(t, table, columns, parts)
		if want == nil {
			want, wantPart = got, part
			continue
		}
		for i := range got {
			if !slices.EqualFunc(got[i], want[i], sameFloat) || !slices.Equal(part, wantPart) {
				t.Errorf("%s %s: column %s or the parts read otherwise", filepath.Base(file.path), file.table, columns[i])
			}
		}
	}
	if len(want[0]) != manyRow || want[0][10] != 3 || want[1][10] != float32(10.0/3) || want[2][10] != 1 || want[3][10] != 2.5 || want[4][10] != 1 || want[5][10] == want[5][10] || want[5][11] != 11 {
		t.Errorf("row 10 is %v %v %v %v %v %v", want[0][10], want[1][10], want[2][10], want[3][10], want[4][10], want[5][10])
	}
	counts := map[uint8]int{}
	for i, p := range wantPart {
		if counts[p]++; p == 0 && i%7 == 3 {
			t.Fatalf("row %d has the value 3 and is not kept apart", i)
		}
	}
	if counts[1] < manyRow/5 || counts[1] > manyRow*3/10 || counts[2] == 0 {
		t.Errorf("parts %v", counts)
	}
}

// TestFoldsDivideByTheHashOfShares: the first of four folds are the rows that a
// share of a quarter keeps apart.
func TestFoldsDivideByTheHashOfShares(t *testing.T) {
	path := outsideDuck(t, "CREATE TABLE t AS "+numbers)
	table := openOutside(t, path, "")
	_, folds := readStream(t, table, []string{"id"}, Parts{Folds: 4, ID: "id", Seed: "x"})
	_, share := readStream(t, table, []string{"id"}, Parts{Apart: []Split{{Share: .25, ID: "id", Seed: "x"}}})
	seen := map[uint8]int{}
	for i := range folds {
		if seen[folds[i]]++; (folds[i] == 0) != (share[i] == 1) {
			t.Fatalf("row %d is in fold %d and part %d", i, folds[i], share[i])
		}
	}
	for fold := range uint8(4) {
		if seen[fold] < manyRow/5 {
			t.Errorf("folds %v", seen)
		}
	}
}

// TestRowsAreNumberedThroughGaps: a row that was deleted has no number.
func TestRowsAreNumberedThroughGaps(t *testing.T) {
	whole := openOutside(t, outsideDuck(t, "CREATE TABLE t AS SELECT * FROM ("+numbers+") WHERE id >= 150000"), "")
	gaps := openOutside(t, outsideDuck(t, "CREATE TABLE t AS "+numbers, "DELETE FROM t WHERE id < 150000"), "")
	parts := Parts{Apart: []Split{{Share: 0.5}}}
	a, partsA := readStream(t, whole, []string{"id"}, parts)
	b, partsB := readStream(t, gaps, []string{"id"}, parts)
	if !slices.Equal(a[0], b[0]) || !slices.Equal(partsA, partsB) {
		t.Errorf("%d and %d rows, parts alike: %v", len(a[0]), len(b[0]), slices.Equal(partsA, partsB))
	}
	texts := collectTexts(t, gaps, "id")
	if len(texts) != 150000 || texts[0][0] != "150000" {
		t.Errorf("%d texts from %v", len(texts), texts[0])
	}
}

func TestColumnsThatCannotBeReadSayWhy(t *testing.T) {
	long := "x,y\n"
	for i := range MostClasses + 1 {
		long += fmt.Sprintf("id%d,1\n", i)
	}
	for _, c := range []struct {
		csv  string
		want error
	}{
		{"x\n1\n2\nlots\n", NotNumber{Column: "x", Value: "lots", Row: 3, Type: store.String}},
		{"x\n2026-01-01\n2026-01-02\n", NotNumber{Column: "x", Type: store.Instant}},
		{long, TooManyClasses{"x"}},
	} {
		table := openOutside(t, outside(t, "x.csv", c.csv), "")
		if _, err := table.Classes(t.Context(), "x"); !errors.Is(err, c.want) {
			t.Errorf("got %v, want %v", err, c.want)
		}
	}
	table := openOutside(t, outside(t, "x.csv", "x,z\na,1\nb,1e300\n,2\n"), "")
	table.Encode("x", []string{"a", "c"})
	var unknown UnknownClass
	if err := table.Group(t.Context(), []string{"x"}, Parts{}, discard); !errors.As(err, &unknown) || unknown.Value != "b" || unknown.Row != 2 {
		t.Errorf("an unknown class: %v", err)
	}
	var beyond OutOfRange
	if err := table.Group(t.Context(), []string{"z"}, Parts{}, discard); !errors.As(err, &beyond) || beyond.Row != 2 {
		t.Errorf("a number beyond float32: %v", err)
	}
}

func TestNamesThatStandTwiceAreRefused(t *testing.T) {
	table := openOutside(t, outside(t, "x.csv", "a,A,b,b_1\n1,2,3,4\n"), "")
	if err := table.Unique(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "the columns a and A differ in case alone") {
		t.Errorf("a: %v", err)
	}
	for _, name := range []string{"b", "b_1"} {
		if err := table.Unique(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
}

// TestReadingStopsWithItsContext: a statement that would take minutes ends at
// once, and the table can be read again.
func TestReadingStopsWithItsContext(t *testing.T) {
	path := outsideDuck(t, "CREATE VIEW v AS SELECT a.i AS x FROM range(1000000) a(i), range(1000000) b(i)")
	table := openOutside(t, path, "")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- table.Group(ctx, []string{"x"}, Parts{}, discard) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, _, err := table.Duplicated(t.Context(), []string{"x"}, 10); err != nil {
		t.Error(err)
	}
}
