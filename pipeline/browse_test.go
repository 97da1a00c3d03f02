package pipeline

import (
	"context"
	"errors"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"willbuy/store"
)

var visitColumns = []store.Column{{Name: "ID", Type: store.String}, {Name: "KIND", Type: store.String}, {Name: "TIME", Type: store.Float},
	{Name: "STARS", Type: store.Int}, {Name: "order", Type: store.Instant}}

// visits is a lab with a table of six rows to browse.
func visits(t *testing.T) *Workspace {
	t.Helper()
	w := emptyLab(t)
	rows := [][]any{
		{"a", "phone", 1.5, int64(1), nil},
		{"b", "phone", 2.5, int64(2), nil},
		{"c", "it's", 3.5, int64(3), nil},
		{"d", nil, 4.5, int64(3), nil},
		{"e", "bag", math.Pi, int64(5), nil},
		{"f", "bag", nil, nil, nil},
	}
	err := w.Store.Write(t.Context(), store.Marker{Run: "r", Step: "test", Input: "i"}, func(out store.Writer) error {
		_, err := out.Replace("VISITS", visitColumns, each(rows))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func ids(t *testing.T, l *Listing) string {
	t.Helper()
	rows, err := l.Page(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows {
		out = append(out, row[0].(string))
	}
	return strings.Join(out, "")
}

func TestFiltersLeaveRowsTogether(t *testing.T) {
	w := visits(t)
	l := w.Browse(store.Source{Table: "VISITS"})
	defer l.Close()
	kind, time, stars := visitColumns[1], visitColumns[2], visitColumns[3]
	for _, c := range []struct {
		filters []Filter
		want    string
		says    string
	}{
		{[]Filter{{Expr: "TIME > 2 or STARS = 1 -- all"}}, "abcde", "TIME > 2 or STARS = 1 -- all"},
		{[]Filter{{Expr: "TIME > 2 or STARS = 1"}, {Column: kind, Value: "phone"}}, "ab", "KIND = 'phone'"},
		{[]Filter{{Column: kind, Value: "it's"}}, "c", "KIND = 'it's'"},
		{[]Filter{{Column: kind, Value: "phone", Not: true}}, "cdef", "KIND ≠ 'phone'"},
		{[]Filter{{Column: kind, Value: nil}}, "d", "KIND = NULL"},
		{[]Filter{{Column: kind, Value: nil, Not: true}}, "abcef", "KIND ≠ NULL"},
		{[]Filter{{Column: time, Value: math.Pi}}, "e", "TIME = 3.141592653589793"},
		{[]Filter{{Column: stars, Value: int64(3)}, {Column: kind, Value: nil, Not: true}}, "c", "KIND ≠ NULL"},
	} {
		found, err := l.Arrange(t.Context(), Arrangement{Filters: c.filters, OrderBy: "ID"})
		if got := ids(t, l); err != nil || got != c.want || found.Rows != int64(len(c.want)) || found.Total != 6 {
			t.Errorf("%v leaves %s, %+v, %v", c.filters, got, found, err)
		}
		if says := c.filters[len(c.filters)-1].String(); says != c.says {
			t.Errorf("it says %q, not %q", says, c.says)
		}
	}
	if _, err := l.Arrange(t.Context(), Arrangement{Filters: []Filter{{Expr: "TIME >"}}}); err == nil {
		t.Error("half a condition is taken")
	}
	if got := ids(t, l); got != "c" {
		t.Errorf("after a fault the rows are %s", got)
	}
}

func TestAnInstantIsFoundAsItIsShown(t *testing.T) {
	w := emptyLab(t)
	l := w.Browse(store.Source{Query: "SELECT TIMESTAMP '2026-11-23 01:02:03.456' AS AT UNION ALL SELECT TIMESTAMP '2026-11-23 01:02:04'"})
	defer l.Close()
	if _, err := l.Arrange(t.Context(), Arrangement{OrderBy: "AT"}); err != nil {
		t.Fatal(err)
	}
	rows, err := l.Page(t.Context(), 0, 1)
	if err != nil || rows[0][0] != "2026-11-23 01:02:03" {
		t.Fatalf("it is shown as %v, %v", rows, err)
	}
	found, err := l.Arrange(t.Context(), Arrangement{Filters: []Filter{{Column: store.Column{Name: "AT", Type: store.Instant}, Value: rows[0][0]}}})
	if err != nil || found.Rows != 1 {
		t.Errorf("it finds %d rows, %v", found.Rows, err)
	}
}

func TestAListingComesBackAsItWasArranged(t *testing.T) {
	w := visits(t)
	l := w.Browse(store.Source{Table: "VISITS"})
	if _, err := l.Arrange(t.Context(), Arrangement{Filters: []Filter{{Expr: "STARS >= 2"}}, OrderBy: "ID", Descending: true}); err != nil {
		t.Fatal(err)
	}
	l.Close() // as when another process waited
	if got := ids(t, l); got != "edcb" {
		t.Errorf("opened again it gives %s", got)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Page(stopped, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled page says %v", err)
	}
	l.Close()
}

func TestAColumnIsSummedUp(t *testing.T) {
	w := visits(t)
	l := w.Browse(store.Source{Table: "VISITS"})
	defer l.Close()
	sum := func(i int) ColumnSummary {
		t.Helper()
		s, err := l.Summary(t.Context(), visitColumns[i])
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := sum(1)
	if s.Rows != 6 || s.Nulls != 1 || s.Distinct != 3 || s.About || s.Min != "bag" || s.Max != "phone" || s.Shortest != 3 || s.Longest != 5 ||
		!reflect.DeepEqual(s.Values, []ValueCount{{"bag", 2}, {"phone", 2}, {"it's", 1}}) {
		t.Errorf("of texts: %+v", s)
	}
	s = sum(3)
	if s.Mean != 2.8 || s.Median != 3 || s.Min != int64(1) || !reflect.DeepEqual(s.Values, []ValueCount{{int64(1), 1}, {int64(2), 1}, {int64(3), 2}, {int64(5), 1}}) {
		t.Errorf("of numbers: %+v", s)
	}
	if s = sum(4); s.Nulls != 6 || s.Distinct != 0 || s.Values != nil {
		t.Errorf("of nothing: %+v", s)
	}
	many := w.Browse(store.Source{Query: "SELECT CAST(range AS DOUBLE) / 10 AS X, range % 20 AS N FROM range(1000)"})
	defer many.Close()
	for _, c := range []struct {
		column store.Column
		bins   int
		each   int64
	}{{store.Column{Name: "X", Type: store.Float}, 24, 0}, {store.Column{Name: "N", Type: store.Int}, 20, 50}} {
		s, err := many.Summary(t.Context(), c.column)
		if err != nil || len(s.Bins) != c.bins {
			t.Fatalf("%s: %d bins, %v", c.column.Name, len(s.Bins), err)
		}
		all := int64(0)
		for _, b := range s.Bins {
			if all += b.Rows; c.each > 0 && b.Rows != c.each {
				t.Errorf("%s from %v has %d rows", c.column.Name, b.From, b.Rows)
			}
		}
		if all != 1000 {
			t.Errorf("%s: the bins have %d rows", c.column.Name, all)
		}
	}
}

func TestAnExportGoesIntoTheWorkspaceAndReplacesNothing(t *testing.T) {
	w := visits(t)
	l := w.Browse(store.Source{Table: "VISITS"})
	defer l.Close()
	if _, err := l.Arrange(t.Context(), Arrangement{Filters: []Filter{{Expr: "STARS = 3"}}, OrderBy: "ID"}); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Export(t.Context(), []string{"KIND", "ID"}, " some.csv "); err != nil || n != 2 {
		t.Fatalf("it writes %d rows, %v", n, err)
	}
	if text, _ := os.ReadFile(filepath.Join(w.Dir, "some.csv")); string(text) != "KIND,ID\nit's,c\n,d\n" {
		t.Errorf("it writes %q", text)
	}
	for _, name := range []string{"some.csv", "../out.csv", "/tmp/out.csv", "", ".hidden.csv", "lab.duckdb"} {
		if _, err := l.Export(t.Context(), []string{"ID"}, name); err == nil {
			t.Errorf("%q is written", name)
		}
	}
}

func TestRowsAreCopiedInThreeForms(t *testing.T) {
	columns := []store.Column{{Name: "A|B", Type: store.String}, {Name: "N", Type: store.Float}}
	rows := [][]any{{"x, \"y\"\nz|", 0.1}, {nil, 1e21}}
	for format, want := range map[string]string{
		"CSV":      "A|B,N\n\"x, \"\"y\"\"\nz|\",0.1\n,1e+21\n",
		"JSON":     "[\n  {\"A|B\": \"x, \\\"y\\\"\\nz|\", \"N\": 0.1},\n  {\"A|B\": null, \"N\": 1e+21}\n]\n",
		"Markdown": "| A\\|B | N |\n| --- | --: |\n| x, \"y\"<br>z\\| | 0.1 |\n|  | 1e+21 |\n",
	} {
		if got := RowsAs(format, columns, rows); got != want {
			t.Errorf("%s:\n%q, not\n%q", format, got, want)
		}
	}
}

func TestTheQuestionsAboutTheJoinAreAnswered(t *testing.T) {
	w := emptyLab(t)
	lab := w.Lab()
	text := func(names ...string) []store.Column {
		var out []store.Column
		for _, name := range names {
			out = append(out, store.Column{Name: name, Type: store.String})
		}
		return out
	}
	tables := []struct {
		name    string
		columns []store.Column
		rows    iter.Seq2[[]any, error]
	}{
		{lab.Tabular, text("UUID", "PRODUCT_LAYOUT"), each([][]any{{"A", "grid"}, {"b", "grid"}, {"c", "grid"}})},
		{lab.Reviews, text("UUID", "REVIEW_TEXT"), each([][]any{{"a", "good"}, {"x", "bad"}})},
		{lab.Joined, text("UUID", "REVIEW_QUALITY", "PRODUCT_LAYOUT"), each([][]any{{"a", "basic", "grid"}})},
		{EncodersTable, append(text("COLUMN_NAME", "CLASS"), store.Column{Name: "CODE", Type: store.Int}),
			each([][]any{{"PRODUCT_LAYOUT", "grid", int64(0)}, {"REVIEW_QUALITY", "basic", int64(0)}, {"REVIEW_QUALITY", "generic", int64(1)}})},
	}
	for _, table := range tables {
		err := w.Store.Write(t.Context(), store.Marker{Run: "r", Step: "test", Shard: table.name, Input: "i"}, func(out store.Writer) error {
			_, err := out.Replace(table.name, table.columns, table.rows)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][][]any{
		WithoutReview:   {{"b", "grid"}, {"c", "grid"}},
		WithoutCustomer: {{"x", "bad"}},
		Classes:         {{"PRODUCT_LAYOUT", int64(0), "grid", int64(1)}, {"REVIEW_QUALITY", int64(0), "basic", int64(1)}, {"REVIEW_QUALITY", int64(1), "generic", int64(0)}},
	} {
		l := w.Browse(lab.SourceOf(name))
		found, err := l.Arrange(t.Context(), Arrangement{})
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := l.Page(t.Context(), 0, 10); err != nil || !reflect.DeepEqual(rows, want) || found.Rows != int64(len(want)) {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
		l.Close()
	}
}
