package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"willbuy/store"
	"willbuy/store/filelock"
)

// hundred makes PEOPLE have ids 00 … 99, ages that repeat, and one without.
func hundred(t *testing.T, s *Store) {
	t.Helper()
	var made [][]any
	for i := range 100 {
		age := any(int64(i % 10))
		if i == 42 {
			age = nil
		}
		made = append(made, []any{fmt.Sprintf("%02d", i), age, float64(i) / 4})
	}
	write(t, s, "", func(w store.Writer) error {
		_, err := w.Append("PEOPLE", rows(made...))
		return err
	})
}

func browse(t *testing.T, s *Store, source store.Source) store.Browser {
	t.Helper()
	b, err := s.Browse(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// firsts are the first values of a page's rows.
func firsts(t *testing.T, b store.Browser, from int64, n int) []any {
	t.Helper()
	page, err := b.Page(t.Context(), from, n)
	if err != nil {
		t.Fatal(err)
	}
	var out []any
	for _, row := range page {
		out = append(out, row[0])
	}
	return out
}

func TestRowsAreReadByTheirPlacesInAnyArrangement(t *testing.T) {
	s := newStore(t)
	hundred(t, s)
	for name, source := range map[string]store.Source{"table": {Table: "PEOPLE"}, "statement": {Query: "SELECT * FROM PEOPLE ORDER BY ID;"}} {
		b := browse(t, s, source)
		if total, cut := b.Total(); total != 100 || cut || len(b.Columns()) != 3 {
			t.Errorf("%s: %d rows, cut %t, columns %v", name, total, cut, b.Columns())
		}
		for _, c := range []struct {
			a    store.Arrangement
			rows int64
			from int64
			n    int
			want []any
		}{
			{store.Arrangement{}, 100, 98, 10, []any{"98", "99"}},
			{store.Arrangement{OrderBy: "SCORE", Descending: true}, 100, 0, 3, []any{"99", "98", "97"}},
			{store.Arrangement{OrderBy: "AGE"}, 100, 9, 2, []any{"90", "01"}},
			{store.Arrangement{OrderBy: "AGE"}, 100, 99, 1, []any{"42"}},
			{store.Arrangement{OrderBy: "AGE", Descending: true}, 100, 99, 1, []any{"42"}},
			{store.Arrangement{Where: "AGE = 7 AND ID > ? -- and so on", Args: []any{"30"}}, 7, 1, 2, []any{"47", "57"}},
			{store.Arrangement{Where: "AGE >= 5", OrderBy: "ID", Descending: true}, 50, 0, 100, nil},
			{store.Arrangement{Where: "AGE > 100"}, 0, 0, 5, nil},
		} {
			n, err := b.Arrange(t.Context(), c.a)
			if err != nil || n != c.rows {
				t.Errorf("%s, %+v: %d rows, %v", name, c.a, n, err)
			}
			got := firsts(t, b, c.from, c.n)
			if c.n == 100 { // more than are read one by one
				slices.Reverse(got)
				if len(got) != 50 || got[0] != "05" || !slices.IsSortedFunc(got, func(a, b any) int { return strings.Compare(a.(string), b.(string)) }) {
					t.Errorf("%s, %+v: %v", name, c.a, got)
				}
			} else if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, %+v: %v, not %v", name, c.a, got, c.want)
			}
		}
		b.Close()
	}
}

func TestGapsInTheTableAreNoGapsInTheRows(t *testing.T) {
	s := newStore(t)
	hundred(t, s)
	write(t, s, "", func(w store.Writer) error {
		_, err := w.Delete("PEOPLE", "AGE", int64(3))
		return err
	})
	b := browse(t, s, store.Source{Table: "PEOPLE"})
	if got, want := firsts(t, b, 2, 3), []any{"02", "04", "05"}; !reflect.DeepEqual(got, want) {
		t.Errorf("it gives %v, not %v", got, want)
	}
}

func TestABadConditionLosesNothing(t *testing.T) {
	s := newStore(t)
	hundred(t, s)
	b := browse(t, s, store.Source{Table: "PEOPLE"})
	if _, err := b.Arrange(t.Context(), store.Arrangement{Where: "AGE = 7"}); err != nil {
		t.Fatal(err)
	}
	for where, says := range map[string]string{
		"AEG = 7":                       `"AEG"`,
		"AGE = ":                        "syntax error",
		"1 = 1); DROP TABLE PEOPLE; --": "syntax error",
		"1 = 1); SELECT (1":             "one at a time",
		"ID":                            "",
	} {
		if _, err := b.Arrange(t.Context(), store.Arrangement{Where: where}); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", where, err)
		}
	}
	if got := firsts(t, b, 0, 2); !reflect.DeepEqual(got, []any{"07", "17"}) {
		t.Errorf("after the errors it gives %v", got)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Arrange(stopped, store.Arrangement{OrderBy: "ID"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled sort says %v", err)
	}
	if got := firsts(t, b, 0, 1); !reflect.DeepEqual(got, []any{"07"}) {
		t.Errorf("after a cancelled sort it gives %v", got)
	}
}

func TestAStatementIsBrowsedAsFarAsIsKept(t *testing.T) {
	s := newStore(t)
	b := browse(t, s, store.Source{Query: fmt.Sprintf("SELECT range AS rowid FROM range(%d) ORDER BY range DESC", store.MostBrowsed+5)})
	if total, cut := b.Total(); total != store.MostBrowsed || !cut {
		t.Errorf("%d rows, cut %t", total, cut)
	}
	if got := firsts(t, b, store.MostBrowsed-1, 5); !reflect.DeepEqual(got, []any{int64(5)}) {
		t.Errorf("the last row is %v", got)
	}
	if sum, err := b.Aggregate(t.Context(), "COUNT(*)", ""); err != nil || sum[0][0] != int64(store.MostBrowsed) {
		t.Errorf("it counts %v, %v", sum, err)
	}
}

func TestStatementsThatAreNoTablesAreBrowsedToo(t *testing.T) {
	s := newStore(t)
	for text, want := range map[string]int{"SHOW TABLES": 1, "DESCRIBE PEOPLE": 3, "EXPLAIN SELECT * FROM PEOPLE": 1, "SELECT 1 AS a, 2 AS a": 1, "SELECT * FROM PEOPLE -- all": 0} {
		b := browse(t, s, store.Source{Query: text})
		if total, _ := b.Total(); total < int64(want) || len(b.Columns()) == 0 {
			t.Errorf("%s gives %d rows of %d columns", text, total, len(b.Columns()))
		}
		b.Close()
	}
	for _, text := range []string{"DELETE FROM PEOPLE", "SELECT 1; SELECT 2", "CREATE TABLE x (a INT)", "SELEC", "SELECT * FROM NOBODY"} {
		if b, err := s.Browse(t.Context(), store.Source{Query: text}); err == nil {
			b.Close()
			t.Errorf("%s is browsed", text)
		}
	}
}

func TestASummaryIsOfTheRowsThatAreLookedAt(t *testing.T) {
	s := newStore(t)
	hundred(t, s)
	b := browse(t, s, store.Source{Table: "PEOPLE"})
	if _, err := b.Arrange(t.Context(), store.Arrangement{Where: "SCORE < ?", Args: []any{5.0}, OrderBy: "ID"}); err != nil {
		t.Fatal(err)
	}
	got, err := b.Aggregate(t.Context(), "AGE, COUNT(*)", "GROUP BY 1 ORDER BY 1 LIMIT 2")
	if want := [][]any{{int64(0), int64(2)}, {int64(1), int64(2)}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("it gives %v, %v", got, err)
	}
}

func TestAnExportIsWholeOrNotThere(t *testing.T) {
	s, dir := newStore(t), t.TempDir()
	hundred(t, s)
	b := browse(t, s, store.Source{Table: "PEOPLE"})
	if _, err := b.Arrange(t.Context(), store.Arrangement{Where: "AGE = 7", OrderBy: "ID", Descending: true}); err != nil {
		t.Fatal(err)
	}
	for name, begins := range map[string]string{"it's.csv": "SCORE,ID\n24.25,97\n21.75,87\n", "a.json": "[\n\t{\"SCORE\":24.25,\"ID\":\"97\"},", "a.jsonl": "{\"SCORE\":24.25,\"ID\":\"97\"}\n", "a.PARQUET": "PAR1"} {
		path := filepath.Join(dir, name)
		n, err := b.Export(t.Context(), []string{"SCORE", "ID"}, path)
		content, _ := os.ReadFile(path)
		if err != nil || n != 10 || !strings.HasPrefix(string(content), begins) {
			t.Errorf("%s: %d rows, %v, %.60q", name, n, err, content)
		}
	}
	if _, err := b.Export(t.Context(), []string{"ID"}, filepath.Join(dir, "a.txt")); err == nil || !strings.Contains(err.Error(), ".parquet") {
		t.Errorf("another ending gives %v", err)
	}
	if _, err := b.Export(t.Context(), []string{"NONE"}, filepath.Join(dir, "b.csv")); err == nil {
		t.Error("a column that is not there is written")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.unfinished")); left != nil {
		t.Errorf("it leaves %v", left)
	}
}

func TestABrowserMakesWayForAnotherProcess(t *testing.T) {
	s := newStore(t)
	hundred(t, s)
	b := browse(t, s, store.Source{Table: "PEOPLE"})
	firsts(t, b, 0, 1)
	// Somebody else waits: process 1 is always there.
	lock, err := os.OpenFile(s.lockPath(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, err := lock.WriteString("waits 1 another\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	other, err := filelock.Acquire(ctx, s.lockPath(), true, "another", nil)
	if err != nil {
		t.Fatalf("the file is not given up: %v", err)
	}
	other.Release()
	if _, err := b.Page(t.Context(), 0, 1); !errors.Is(err, store.ErrLetGo) {
		t.Errorf("then it says %v", err)
	}
}

func TestABrowserAtRestTakesLittleMemory(t *testing.T) {
	s := newStore(t)
	hundred(t, s)
	limit := func(q queryer) string {
		t.Helper()
		found, err := collect(t.Context(), q, "SELECT current_setting('memory_limit')")
		if err != nil {
			t.Fatal(err)
		}
		return found[0][0].(string)
	}
	b := browse(t, s, store.Source{Table: "PEOPLE"}).(*browser)
	little := limit(b.conn)
	err := s.use(t.Context(), func(db *sql.DB) error {
		if much := limit(db); much == little {
			t.Errorf("a step gets %s beside a browser", much)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if again := limit(b.conn); again != little {
		t.Errorf("after it the browser has %s, not %s", again, little)
	}
}

func TestAStepWritesATableThatIsLookedAt(t *testing.T) {
	s := newStore(t)
	hundred(t, s)
	b := browse(t, s, store.Source{Table: "PEOPLE"})
	if _, err := b.Arrange(t.Context(), store.Arrangement{OrderBy: "SCORE"}); err != nil {
		t.Fatal(err)
	}
	write(t, s, "again", func(w store.Writer) error {
		_, err := w.CreateAs("PEOPLE", "SELECT 'x' AS ID, 1 AS AGE, 2.5 AS SCORE")
		return err
	})
	if rows, err := b.Page(t.Context(), 0, 100); err != nil || len(rows) != 1 {
		t.Errorf("of the rows that are gone it gives %v, %v", rows, err)
	}
}
