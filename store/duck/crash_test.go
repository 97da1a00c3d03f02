package duck

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"willbuy/store"
)

// writeIn makes the test binary write shards of PEOPLE into the store in that
// folder, one transaction each, until it is killed. openIn makes it open the
// file without asking anybody, as a foreign program does.
const (
	writeIn = "DUCK_TEST_WRITE_IN"
	openIn  = "DUCK_TEST_OPEN_IN"
)

// shardRows is how many rows a shard has: enough to be killed within.
const shardRows = 5_000

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(writeIn) != "":
		s := New(os.Getenv(writeIn), Options{Command: "writer"})
		for shard := 0; ; shard++ {
			if err := writeShard(context.Background(), s, shard); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			fmt.Println("shard", shard)
		}
	case os.Getenv(openIn) != "":
		db, err := sql.Open("duckdb", filepath.Join(os.Getenv(openIn), FileName))
		if err == nil {
			err = db.Ping()
		}
		fmt.Println("open", err)
		bufio.NewReader(os.Stdin).ReadByte()
	default:
		os.Exit(m.Run())
	}
}

// writeShard puts the rows of a shard in the place of those it had.
func writeShard(ctx context.Context, s *Store, shard int) error {
	name := fmt.Sprint("s", shard)
	return s.Write(ctx, store.Marker{Run: "r", Step: "people", Shard: name, Input: "i"}, func(w store.Writer) error {
		if _, err := w.Delete("PEOPLE", "ID", name); err != nil {
			return err
		}
		_, err := w.Append("PEOPLE", func(yield func([]any, error) bool) {
			for i := range int64(shardRows) {
				if !yield([]any{name, i, float64(i) / 2}, nil) {
					return
				}
			}
		})
		return err
	})
}

// process starts the test binary with a variable set and gives its output.
func process(t *testing.T, variable, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variable+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Process.Kill(); cmd.Wait() })
	return cmd, bufio.NewScanner(out)
}

func TestAKilledWriterLeavesWholeShardsWithTheirMarkers(t *testing.T) {
	s := newStore(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for kill := range 4 {
		writer, lines := process(t, writeIn, s.dir)
		for range kill + 2 {
			if !lines.Scan() {
				t.Fatal("the writer ended by itself")
			}
		}
		time.Sleep(time.Duration(kill*7) * time.Millisecond) // at some moment of the next shard
		writer.Process.Kill()
		writer.Wait()
		seen = max(seen, kill+2)

		reader := New(s.dir, Options{ReadOnly: kill%2 == 0, Command: "reader"})
		counts := all(t, reader, "SELECT ID, COUNT(*) FROM PEOPLE GROUP BY ID HAVING COUNT(*) <> 5000")
		if len(counts) > 0 {
			t.Errorf("kill %d left half shards: %v", kill, counts)
		}
		apart := all(t, reader, "SELECT COUNT(*) FROM (SELECT DISTINCT ID FROM PEOPLE) p FULL JOIN (SELECT SHARD FROM WILLBUY_MARKERS WHERE STEP = 'people') m ON m.SHARD = p.ID WHERE p.ID IS NULL OR m.SHARD IS NULL")
		if apart[0][0] != int64(0) {
			t.Errorf("kill %d left %v shards without marker or markers without shard", kill, apart[0][0])
		}
		if n := all(t, reader, "SELECT COUNT(DISTINCT ID) FROM PEOPLE")[0][0].(int64); n < int64(seen) {
			t.Errorf("kill %d: %d shards are there, the writer had told of %d", kill, n, seen)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestACancelledWriteLeavesNothing(t *testing.T) {
	s := newStore(t)
	for _, when := range []int64{0, 1, 3000} {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Write(ctx, store.Marker{Run: "r", Step: "s", Input: "i"}, func(w store.Writer) error {
			n, err := w.Append("PEOPLE", func(yield func([]any, error) bool) {
				for i := range int64(shardRows) {
					if i == when {
						cancel()
					}
					if !yield([]any{"a", i, 0.5}, nil) {
						return
					}
				}
			})
			if err == nil {
				t.Errorf("%d rows were appended after a cancel at %d", n, when)
			}
			return nil // a careless caller
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled write gave %v", err)
		}
		if got := all(t, s, "SELECT COUNT(*) FROM PEOPLE")[0][0]; got != int64(0) {
			t.Errorf("%v rows stayed", got)
		}
	}
	write(t, s, "after", func(w store.Writer) error {
		_, err := w.Append("PEOPLE", rows([]any{"a", int64(1), 0.5}))
		return err
	})
}

func TestALongQueryEndsWithItsContext(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	r, err := s.Query(ctx, "SELECT COUNT(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7")
	if err == nil {
		_, err = r.Collect(-1)
	}
	if err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("after %v the query gave %v", time.Since(began), err)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is no sentence: %q", err)
	}
	all(t, s, "SELECT 1")
}

func TestWritersOfOneProcessTakeTurns(t *testing.T) {
	s := newStore(t)
	var group sync.WaitGroup
	for shard := range 8 {
		group.Go(func() {
			if err := writeShard(t.Context(), s, shard); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := all(t, s, "SELECT COUNT(*) FROM PEOPLE")[0][0]; got != int64(8*shardRows) {
		t.Errorf("%v rows, want %d", got, 8*shardRows)
	}
}

func TestAForeignProgramWithTheFileIsNamed(t *testing.T) {
	s := newStore(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	foreign, lines := process(t, openIn, s.dir)
	if !lines.Scan() || lines.Text() != "open <nil>" {
		t.Fatal(lines.Text())
	}
	_, err := s.Query(t.Context(), "SELECT 1")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("(PID %d)", foreign.Process.Pid)) ||
		!strings.Contains(err.Error(), "close it there, then try again") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %q", err)
	}
	foreign.Process.Kill()
	foreign.Wait()
	all(t, s, "SELECT 1")
}

func TestAFileThatIsNoDatabaseIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte(strings.Repeat("not a database ", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	s := New(dir, Options{Command: "test"})
	defer s.Close()
	if _, err := s.Query(t.Context(), "SELECT 1"); err == nil || !strings.Contains(err.Error(), FileName) || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %q", err)
	}
	if _, err := New(t.TempDir(), Options{ReadOnly: true}).Query(t.Context(), "SELECT 1"); err == nil || !strings.Contains(err.Error(), "no lab in") {
		t.Errorf("a reader of nothing was told %q", err)
	}
}

func TestHostileNamesAreNames(t *testing.T) {
	s := newStore(t)
	for _, name := range []string{`"; DROP TABLE PEOPLE; --`, `'; DROP TABLE PEOPLE; --`, "$$", "'''", "SELECT", "\x1b[2J", "tab\tand space", "é"} {
		object := store.Object{Kind: store.TableKind, Name: name, Columns: []store.Column{{Name: name, Type: store.String}, {Name: name + "2", Type: store.Int}}}
		for _, state := range []string{"created", "kept"} {
			states, err := s.Ensure(t.Context(), []store.Object{object})
			if err != nil || states[0].State != state {
				t.Errorf("%q: %v, %v; want it %s", name, states, err, state)
			}
		}
		write(t, s, name, func(w store.Writer) error {
			if _, err := w.Append(name, rows([]any{name, int64(1)})); err != nil {
				return err
			}
			if _, err := w.Merge(name, name, "SELECT "+lit(name)+" AS "+ident(name)+", 2 AS "+ident(name+"2")); err != nil {
				return err
			}
			if n, err := w.Delete(name, name, "another"); n != 0 || err != nil {
				return errors.Join(err, fmt.Errorf("%d rows deleted", n))
			}
			_, err := w.CreateAs(name+"3", "SELECT * FROM "+ident(name))
			return err
		})
		if got := all(t, s, "SELECT * FROM "+ident(name+"3")); len(got) != 1 || got[0][0] != name || got[0][1] != int64(2) {
			t.Errorf("%q holds %v", name, got)
		}
	}
	all(t, s, "SELECT * FROM PEOPLE")
}

func TestAFileNameIsNoPattern(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	for _, name := range []string{"a*.csv", "[b].csv", "c?.csv", "it's.csv", "$$.csv", "all.csv"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("ID,AGE,SCORE\n"+name+",1,2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		write(t, s, name, func(w store.Writer) error {
			n, err := w.Load("PEOPLE", path)
			if n != 1 {
				t.Errorf("%s gave %d rows, want 1", name, n)
			}
			return err
		})
		if got := all(t, s, "SELECT ID FROM PEOPLE"); len(got) != 1 || got[0][0] != name {
			t.Errorf("%s holds %v", name, got)
		}
	}
}

func TestDamagedDigestsAndDanglingLinksCostNothing(t *testing.T) {
	s := newStore(t)
	if err := os.Symlink("nowhere", filepath.Join(s.stageDir(), "dangling.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.stageDir(), ".md5.json"), []byte("{damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "REVIEWS", "x.txt", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		files, err := s.List(t.Context(), "REVIEWS")
		if err != nil || len(files) != 1 || files[0].MD5 != "9dd4e461268c8034f5c8564e155c67a6" {
			t.Errorf("the stage lists %v, %v", files, err)
		}
	}
	if err := s.Remove(t.Context(), "REVIEWS", "x.txt"); err != nil {
		t.Error(err)
	}
	if err := s.Remove(t.Context(), "REVIEWS", "x.txt"); err != nil {
		t.Errorf("removing what is gone: %v", err)
	}
	if _, err := s.Open(t.Context(), "REVIEWS", "x.txt"); err == nil || !strings.Contains(err.Error(), "x.txt") {
		t.Errorf("opening what is gone: %v", err)
	}
}
