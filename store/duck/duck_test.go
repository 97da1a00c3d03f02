package duck

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"willbuy/store"
	"willbuy/store/filelock"
)

var people = store.Object{Kind: store.TableKind, Name: "PEOPLE", Columns: []store.Column{
	{Name: "ID", Type: store.String}, {Name: "AGE", Type: store.Int}, {Name: "SCORE", Type: store.Float}}}

func newStore(t *testing.T) *Store {
	t.Helper()
	s := New(t.TempDir(), Options{Command: "test"})
	t.Cleanup(func() { s.Close() })
	if _, err := s.Ensure(t.Context(), []store.Object{people, {Kind: store.StageKind, Name: "REVIEWS"}}); err != nil {
		t.Fatal(err)
	}
	return s
}

func rows(all ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func write(t *testing.T, s *Store, shard string, fn func(store.Writer) error) {
	t.Helper()
	if err := s.Write(t.Context(), store.Marker{Run: "r", Step: "s", Shard: shard, Input: "i"}, fn); err != nil {
		t.Fatal(err)
	}
}

func TestQueryRunsOneStatementOnly(t *testing.T) {
	s := newStore(t)
	out := filepath.Join(t.TempDir(), "out.csv")
	for _, text := range []string{"COPY PEOPLE TO '" + out + "'; SELECT 1", "SELECT 1; DROP TABLE PEOPLE", "SELECT 1; SELECT 2"} {
		if _, err := s.Query(t.Context(), text); err == nil || !strings.Contains(err.Error(), "one at a time") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the first of two statements was run")
	}
	if got := all(t, s, "SELECT COUNT(*) FROM PEOPLE;"); len(got) != 1 {
		t.Error("a semicolon at the end makes no second statement")
	}
}

func all(t *testing.T, s *Store, query string) [][]any {
	t.Helper()
	r, err := s.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Collect(-1)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEnsureKeepsWhatIsThere(t *testing.T) {
	s := newStore(t)
	write(t, s, "", func(w store.Writer) error {
		_, err := w.Append("PEOPLE", rows([]any{"a", int64(1), 0.5}))
		return err
	})
	states, err := s.Ensure(t.Context(), []store.Object{people})
	if err != nil || states[0].State != "kept" {
		t.Fatalf("Ensure again: %v, %v", states, err)
	}
	if got := all(t, s, "SELECT * FROM PEOPLE"); len(got) != 1 {
		t.Errorf("the row is gone: %v", got)
	}
	other := people
	other.Columns = append(other.Columns, store.Column{Name: "MISSING", Type: store.Int})
	if _, err := s.Ensure(t.Context(), []store.Object{other}); err == nil || !strings.Contains(err.Error(), "MISSING") {
		t.Errorf("a table with other columns was taken for ours: %v", err)
	}
}

func TestAFailedWriteLeavesNothing(t *testing.T) {
	tests := map[string]func(store.Writer) error{
		"fn's own error": func(w store.Writer) error {
			w.Append("PEOPLE", rows([]any{"a", int64(1), 0.5}))
			return errors.New("no")
		},
		"a statement's error that fn did not pass on": func(w store.Writer) error {
			w.Append("PEOPLE", rows([]any{"a", int64(1), 0.5}))
			w.Insert("PEOPLE", "SELECT 1 AS NOWHERE")
			return nil
		},
		"a wrong value": func(w store.Writer) error {
			_, err := w.Append("PEOPLE", rows([]any{"a", int64(1), 0.5}, []any{"b", "old", 0.5}))
			return err
		},
	}
	for name, fn := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			if err := s.Write(t.Context(), store.Marker{Run: "r", Step: "s", Input: "i"}, fn); err == nil {
				t.Error("Write succeeded")
			}
			if got := all(t, s, "SELECT * FROM PEOPLE"); len(got) != 0 {
				t.Errorf("rows stayed: %v", got)
			}
			if markers, err := s.Markers(t.Context(), "s"); err != nil || len(markers) != 0 {
				t.Errorf("a marker stayed: %v, %v", markers, err)
			}
		})
	}
}

func TestANewMarkerTakesThePlaceOfTheOld(t *testing.T) {
	s := newStore(t)
	for _, input := range []string{"one", "two"} {
		if err := s.Write(t.Context(), store.Marker{Run: "r", Step: "s", Shard: "x", Input: input, Body: []byte(input)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Markers(t.Context(), "s")
	want := []store.Marker{{Run: "r", Step: "s", Shard: "x", Input: "two", Body: []byte("two")}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("markers %v, %v; want %v", got, err, want)
	}
}

func TestMergeUpdatesWhatDiffersAndInsertsWhatIsNew(t *testing.T) {
	s := newStore(t)
	write(t, s, "a", func(w store.Writer) error {
		_, err := w.Append("PEOPLE", rows([]any{"a", int64(1), 0.1}, []any{"b", int64(2), 0.2}, []any{"c", int64(3), nil}))
		return err
	})
	write(t, s, "b", func(w store.Writer) error {
		got, err := w.Merge("PEOPLE", "ID", "SELECT * FROM (VALUES ('a', 1), ('c', 33), ('d', 4)) v (ID, AGE)")
		if want := (store.Merged{Inserted: 1, Updated: 1, Unchanged: 1}); got != want {
			t.Errorf("merged %+v, want %+v", got, want)
		}
		return err
	})
	want := [][]any{{"a", int64(1), 0.1}, {"b", int64(2), 0.2}, {"c", int64(33), nil}, {"d", int64(4), nil}}
	if got := all(t, s, "SELECT * FROM PEOPLE ORDER BY ID"); !reflect.DeepEqual(got, want) {
		t.Errorf("table %v, want %v", got, want)
	}
	err := s.Write(t.Context(), store.Marker{Run: "r", Step: "s"}, func(w store.Writer) error {
		_, err := w.Merge("PEOPLE", "ID", "SELECT * FROM (VALUES ('x', 1), ('x', 2)) v (ID, AGE)")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "more than once") {
		t.Errorf("a key that stands twice was merged: %v", err)
	}
}

func TestLoadMatchesColumnsByName(t *testing.T) {
	s := newStore(t)
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte("score,Extra,id,AGE\n0.5,x,a,7\n,y,b,8\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, s, "", func(w store.Writer) error {
		n, err := w.Load("PEOPLE", path)
		if n != 2 {
			t.Errorf("%d rows loaded, want 2", n)
		}
		return err
	})
	want := [][]any{{"a", int64(7), 0.5}, {"b", int64(8), nil}}
	if got := all(t, s, "SELECT * FROM PEOPLE ORDER BY ID"); !reflect.DeepEqual(got, want) {
		t.Errorf("table %v, want %v", got, want)
	}
	if err := os.WriteFile(path, []byte("id,score\na,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := s.Write(t.Context(), store.Marker{Run: "r", Step: "s"}, func(w store.Writer) error {
		_, err := w.Load("PEOPLE", path)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "no column AGE") {
		t.Errorf("a file without a column was loaded: %v", err)
	}
}

func TestQueryOnlyReads(t *testing.T) {
	s := newStore(t)
	for _, text := range []string{
		"INSERT INTO PEOPLE VALUES ('a', 1, 1)", "DROP TABLE PEOPLE", "CREATE TABLE X (A INT)", "DELETE FROM PEOPLE",
		"COPY PEOPLE TO 'x.csv'", "ATTACH 'x.duckdb'", "SET threads = 1", "PRAGMA enable_profiling", "INSTALL httpfs",
		"SELECT 1; DROP TABLE PEOPLE", "CALL pragma_version()",
	} {
		if r, err := s.Query(t.Context(), text); err == nil {
			r.Close()
			t.Errorf("%q was run", text)
		}
	}
	if got := all(t, s, "WITH x AS (SELECT COUNT(*) AS N FROM PEOPLE) SELECT N FROM x"); !reflect.DeepEqual(got, [][]any{{int64(0)}}) {
		t.Errorf("count %v", got)
	}
	_, err := s.Query(t.Context(), "SELECT NOTHING FROM PEOPLE")
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "NOTHING") {
		t.Errorf("the error is no sentence: %v", err)
	}
}

func TestStageListsWhatWasDropped(t *testing.T) {
	s := newStore(t)
	if err := s.Put(t.Context(), "REVIEWS", "b/x.txt", strings.NewReader("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.stageDir(), "a.txt"), []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := s.List(t.Context(), "REVIEWS")
	if err != nil || len(files) != 2 || files[0].Name != "a.txt" || files[1].Name != "b/x.txt" {
		t.Fatalf("List: %v, %v", files, err)
	}
	before := files[1]
	if err := s.Put(t.Context(), "REVIEWS", "b/x.txt", strings.NewReader("one")); err != nil {
		t.Fatal(err)
	}
	if files, _ = s.List(t.Context(), "REVIEWS"); files[1] != before {
		t.Errorf("the same content changed the file: %v, was %v", files[1], before)
	}
	for _, name := range []string{"../x", "/etc/passwd", "a/../../x", ""} {
		if err := s.Put(t.Context(), "REVIEWS", name, strings.NewReader("")); err == nil {
			t.Errorf("%q was put into the stage", name)
		}
	}
}

func TestTheFileIsFreeSoonAfterItsLastUse(t *testing.T) {
	a := newStore(t)
	all(t, a, "SELECT * FROM PEOPLE")
	waited := make(chan filelock.Process, 1)
	b := New(a.dir, Options{ReadOnly: true, Command: "another", Waiting: func(p filelock.Process) { waited <- p }})
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	r, err := b.Query(ctx, "SELECT COUNT(*) FROM PEOPLE")
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	select {
	case p := <-waited:
		if p.Command != "test" || p.PID != os.Getpid() {
			t.Errorf("it waited for %v", p)
		}
	default:
		t.Error("it did not say for whom it waited")
	}
}

func TestAFileOfANewerFormatIsRefusedUntouched(t *testing.T) {
	s := newStore(t)
	write(t, s, "", func(w store.Writer) error {
		_, err := w.Insert(versionTable, "SELECT 99 AS VERSION")
		return err
	})
	s.Close()
	later := New(s.dir, Options{Command: "test"})
	defer later.Close()
	_, err := later.Query(t.Context(), "SELECT 1")
	if err == nil || !strings.Contains(err.Error(), "format is 99") {
		t.Errorf("a file of format 99 was opened: %v", err)
	}
}

func TestReopeningMigratesNothingTwice(t *testing.T) {
	s := newStore(t)
	s.Close()
	later := New(s.dir, Options{Command: "test"})
	defer later.Close()
	want := [][]any{{int64(len(migrations))}}
	if got := all(t, later, "SELECT COUNT(*) FROM "+versionTable); !reflect.DeepEqual(got, want) {
		t.Errorf("migrations recorded %v, want %v", got, want)
	}
}
