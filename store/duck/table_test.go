package duck

import (
	"compress/gzip"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outside writes a file that holds text, gzipped if its name says so.
func outside(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	content := []byte(text)
	if strings.HasSuffix(name, ".gz") {
		var b strings.Builder
		z := gzip.NewWriter(&b)
		z.Write(content)
		z.Close()
		content = []byte(b.String())
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func openOutside(t *testing.T, path, table string) *Table {
	t.Helper()
	opened, err := OpenTable(t.Context(), path, table)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}

// collectTexts reads columns as text, with NULL for a value that is absent.
func collectTexts(t *testing.T, table *Table, columns ...string) (all [][]string) {
	t.Helper()
	for row, err := range table.Texts(t.Context(), columns) {
		if err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(row))
		for i, v := range row {
			texts[i] = "NULL"
			if v != nil {
				texts[i] = *v
			}
		}
		all = append(all, texts)
	}
	return all
}

const peopleCSV = "id,age,name\n007,1,\"a,b\"\n008,,c\n009,-2.5e1,\n"

func TestTableReadsRowsInTheOrderOfTheFile(t *testing.T) {
	for _, name := range []string{"people.csv", "people.csv.gz", "no ending"} {
		table := openOutside(t, outside(t, name, peopleCSV), "")
		if got := fmt.Sprint(collectTexts(t, table, "id", "name")); got != "[[007 a,b] [008 c] [009 NULL]]" {
			t.Errorf("%s: texts %s", name, got)
		}
		if got := fmt.Sprint(streamed(t, table, "age", "id")); got != "[[1 NaN -25] [7 8 9]]" {
			t.Errorf("%s: numbers %s", name, got)
		}
	}
}

// streamed are columns as Stream reads them.
func streamed(t *testing.T, table *Table, columns ...string) [][]float32 {
	t.Helper()
	stream, err := table.Stream(t.Context(), columns, Parts{})
	if err != nil {
		t.Fatal(err)
	}
	all, positions := make([][]float32, len(columns)), make([]int, len(columns))
	for i := range positions {
		positions[i] = i
	}
	err = stream.Scan(t.Context(), positions, func(values [][]float32) error {
		for i := range all {
			all[i] = append(all[i], values[i]...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestColumnOfTextIsNamedWithItsFirstValue(t *testing.T) {
	table := openOutside(t, outside(t, "people.csv", peopleCSV), "")
	for what, ask := range map[string]func() error{
		"groups": func() error { return table.Group(t.Context(), []string{"age", "name"}, Parts{}, discard) },
		"stream": func() error { _, err := table.Stream(t.Context(), []string{"age", "name"}, Parts{}); return err },
	} {
		var not NotNumber
		if err := ask(); !errors.As(err, &not) || not.Column != "name" || not.Value != "a,b" || not.Row != 1 {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestGroupsAreShared: every group goes to one goroutine, and an error ends it.
func TestGroupsAreShared(t *testing.T) {
	table := openOutside(t, outsideDuck(t, "CREATE TABLE t AS SELECT i % 20000 AS x FROM range(40000) r(i)"), "")
	groups, err := table.Groups(t.Context(), []string{"x"}, Parts{})
	if err != nil {
		t.Fatal(err)
	}
	defer groups.Close()
	const hands = 3
	var seen [hands]map[float32]int64
	for hand := range seen {
		seen[hand] = map[float32]int64{}
	}
	err = groups.Share(hands, []int{0}, func(hand int, b Batch) error {
		for i, x := range b.Columns[0] {
			seen[hand][x] += b.Count[i]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := map[float32]int64{}
	for _, part := range seen {
		for x, n := range part {
			all[x] += n
		}
	}
	if len(all) != 20000 || all[0] != 2 || all[19999] != 2 {
		t.Errorf("%d groups, %d and %d rows of the first and last", len(all), all[0], all[19999])
	}
	if err := groups.Share(hands, []int{0}, func(int, Batch) error { return errEnough }); !errors.Is(err, errEnough) {
		t.Errorf("got %v", err)
	}
}

func TestGroupsCountDistinctRowsOfBothParts(t *testing.T) {
	var text strings.Builder
	text.WriteString("x,w,part\n")
	for i := range 60 {
		fmt.Fprintf(&text, "%d,%d,%c\n", i%3, 1+i%2, 'a'+rune(i%4/3))
	}
	table := openOutside(t, outside(t, "x.csv", text.String()), "")
	counts := map[string]int64{}
	err := table.Group(t.Context(), []string{"x", "w"}, Parts{Apart: []Split{{Column: "part", Value: "b"}}}, func(b Batch) error {
		for i, n := range b.Count {
			counts[fmt.Sprint(b.Columns[0][i], b.Columns[1][i], b.Part[i])] += n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for i := range 60 {
		want[fmt.Sprint(i%3, 1+i%2, i%4/3)]++
	}
	if !maps.Equal(counts, want) {
		t.Errorf("groups %v, want %v", counts, want)
	}
}

// discard takes groups and does nothing with them.
func discard(Batch) error { return nil }

func TestFileThatCannotBeReadSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ path, table, says string }{
		"missing": {filepath.Join(t.TempDir(), "x.csv"), "", "no such file"},
		"folder":  {t.TempDir(), "", "is a directory"},
		"empty":   {outside(t, "x.csv", ""), "", "the file is empty"},
		"table":   {outside(t, "x.csv", peopleCSV), "T", "only a DuckDB file"},
		"ragged":  {outside(t, "x.csv", "a,b,y\n1,2,1\n2,3\n"), "", "line 3 has 2 fields, and the first line 3"},
		"uneven":  {outside(t, "x.csv", "a,b,y\n1,2,3\n1,2\n1,2,3,4\n"), "", "line 3 has 2 fields"},
		"binary":  {outside(t, "x.csv", "a,b\x00\x01\x02"), "", "none of csv (gzip too), parquet and DuckDB"},
		"utf-16":  {outside(t, "x.csv", "\xff\xfea\x00,\x00b\x00\n\x00"), "", "save it as UTF-8"},
		"no such": {outside(t, "x.parquet", peopleCSV), "", "no .parquet file"},
		"broken":  {outside(t, "x.parquet", "PAR1 and no more"), "", "x.parquet"},
	} {
		if _, err := OpenTable(t.Context(), c.path, c.table); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNamesFromOutsideAreData(t *testing.T) {
	table := openOutside(t, outside(t, `x'; DROP.csv`, "\"a\"\"; DROP TABLE t; --\",b\n1,2\n"), "")
	if got := fmt.Sprint(streamed(t, table, table.Columns()[0].Name)); got != "[[1]]" {
		t.Errorf("rows %s", got)
	}
	if _, err := table.Classes(t.Context(), table.Columns()[0].Name); err != nil {
		t.Error(err)
	}
	split := Split{Share: 0.5, ID: table.Columns()[0].Name, Seed: "'; DROP TABLE t; --"}
	if err := table.Group(t.Context(), []string{"b"}, Parts{Apart: []Split{split}}, discard); err != nil {
		t.Error(err)
	}
}

// TestTypesThatAreNoNumbersAreNamed: a list or an interval has a text, whose
// order means nothing.
func TestTypesThatAreNoNumbersAreNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.duckdb")
	db, err := sql.Open("duckdb", path)
	if err == nil {
		_, err = db.Exec("CREATE TABLE x AS SELECT [1.5] AS l, {'a': 1} AS s, INTERVAL 2 DAY AS i, DATE '2026-01-02' AS d, TIME '12:00' AS t, 'a' AS v, uuid() AS u, 1::HUGEINT AS h")
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTable(t.Context(), path, "y"); !errors.As(err, new(UnknownTable)) {
		t.Errorf("a table that is not there: %v", err)
	}
	table := openOutside(t, path, "main.x")
	for column, says := range map[string]string{"l": "LIST values", "s": "STRUCT values", "i": "INTERVAL values", "d": "holds dates", "t": "TIME values", "v": "", "u": "", "h": ""} {
		_, err := table.Classes(t.Context(), column)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("column %s: %v, want %q", column, err, says)
		}
	}
}

func TestInfiniteValuesAreFound(t *testing.T) {
	table := openOutside(t, outside(t, "x.csv", "a,b\n1,2\n3,-inf\n1e39,1\n"), "")
	for column, want := range map[string]OutOfRange{"b": {"b", "-inf", 2}, "a": {"a", "1e39", 3}} {
		if err := table.Infinite(t.Context(), []string{column}); err != want {
			t.Errorf("column %s: %v", column, err)
		}
	}
}
