package synth

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteMakesTheLab(t *testing.T) {
	dir := t.TempDir()
	opts := Options{Rows: 9000, Reviews: 6000, Seed: 4, Dirty: 0.05}
	var last int64
	err := Write(t.Context(), opts, dir, func(done, total int64) {
		if done <= last || done > total || total != opts.Rows {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil || last != opts.Rows {
		t.Fatalf("%d rows done: %v", last, err)
	}

	rows := collect(t, opts)
	tabular, intended := readCSV(t, dir, TabularFile), readCSV(t, dir, TruthTable)
	if len(tabular) != len(rows)+1 || len(intended) != len(rows)+1 {
		t.Fatalf("%d and %d lines for %d rows", len(tabular), len(intended), len(rows))
	}
	var all tally
	all.add(&dataBlock{rows: rows})
	for i, r := range rows {
		got := strings.Join(append(tabular[i+1], intended[i+1]...), "|")
		want := fmt.Sprintf("%s|%s|%s|%.2f|%d|%d|%s|%s|%.2f|%.5f|%s", r.UUID, r.ProductType, r.Layout, r.PageLoadTime,
			r.Rating, r.Purchase, r.UUID, r.Quality, r.Sentiment, r.Probability, r.Language)
		if got != want {
			t.Fatalf("row %d is\n%s, want\n%s", i, got, want)
		}
	}

	truth := readTruth(t, dir)
	if truth.Drawn.AUC != all.auc() || truth.Drawn.PurchaseRate != float64(all.buyers)/9000 {
		t.Errorf("drawn %+v", truth.Drawn)
	}
	if e := truth.Effects["page_load_time"]; e.Value != DefaultEffects()["page_load_time"] || !strings.Contains(e.Multiplies, "PAGE_LOAD_TIME") {
		t.Errorf("page_load_time: %+v", e)
	}
	if code := truth.Encoders["REVIEW_QUALITY"]["Generic brief with no details"]; code != 2 {
		t.Errorf("generic has code %d", code)
	}

	accepted, rejected, customers := 0, 0, map[string]bool{}
	for _, r := range rows {
		customers[r.UUID.String()] = true
	}
	files, _ := filepath.Glob(filepath.Join(dir, ReviewsDir, "reviews_*_*.txt"))
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		ok, bad := parseAll(t, text)
		if n := len(ok) + bad; n > recordsPerFile || n == 0 {
			t.Errorf("%s: %d records", name, n)
		}
		accepted, rejected = accepted+len(ok), rejected+bad
		for id := range ok {
			if !customers[id] {
				t.Errorf("%s: nobody is called %s", name, id)
			}
			delete(customers, id)
		}
	}
	lost, planted := int64(0), int64(0)
	for name, n := range truth.Dirty.Lines {
		if n.Planted == 0 {
			t.Errorf("no %s planted", name)
		}
		if n.Lost {
			lost += n.Planted
		}
		if name != byteOrderMarks {
			planted += n.Planted
		}
	}
	// A cut-off record swallows a damaged one behind it: a handful at 5%.
	if d := lost - int64(rejected); d < -10 || d > 10 || accepted+rejected < 5990 || accepted+rejected > 6000 {
		t.Errorf("%d accepted, %d rejected, %d planted to be lost", accepted, rejected, lost)
	}
	if sd := math.Sqrt(6000 * 0.05 * 0.95); math.Abs(float64(planted)-300) > 4*sd {
		t.Errorf("%d of 6000 lines are damaged, want about 300", planted)
	}
}

func TestWorkersDoNotChangeTheFiles(t *testing.T) {
	var want string
	for _, workers := range []int{1, 2, 5} {
		dir := t.TempDir()
		opts := Options{Rows: 5*blockRows + 3, Reviews: -1, Seed: 8, Dirty: DefaultDirty, Workers: workers}
		if err := Write(t.Context(), opts, dir, nil); err != nil {
			t.Fatal(err)
		}
		got := digest(t, dir)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers make other files", workers)
		}
	}
}

func TestWriteReplacesItsOwnFilesOnly(t *testing.T) {
	dir := t.TempDir()
	write := func(rows int64) {
		t.Helper()
		if err := Write(t.Context(), Options{Rows: rows, Reviews: -1, Langs: []string{"en"}}, dir, nil); err != nil {
			t.Fatal(err)
		}
	}
	write(1200)
	own := filepath.Join(dir, ReviewsDir, "mine.txt")
	if err := os.WriteFile(own, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	write(400)
	files, err := os.ReadDir(filepath.Join(dir, ReviewsDir))
	if err != nil || len(files) != 2 || files[0].Name() != "mine.txt" || files[1].Name() != "reviews_en_0001.txt" {
		t.Errorf("after the second run there are %v: %v", files, err)
	}
}

func TestAnInterruptedWriteLeavesNoTruth(t *testing.T) {
	dir := t.TempDir()
	opts := Options{Rows: 20 * blockRows}
	if err := Write(t.Context(), opts, dir, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := Write(ctx, opts, dir, func(done, total int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, TruthFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("truth.json: %v", err)
	}
}

func TestWriteSaysWhereItCannot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), Options{Rows: 1}, file, nil); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file in the way: %v", err)
	}
}

// BenchmarkWriteTabular: 10 million rows must take less than a minute on two
// cores, that is 6 µs a row.
func BenchmarkWriteTabular(b *testing.B) {
	dir := b.TempDir()
	if err := Write(b.Context(), Options{Rows: int64(b.N)}, dir, nil); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkWriteReviews(b *testing.B) {
	dir := b.TempDir()
	if err := Write(b.Context(), Options{Rows: int64(b.N), Reviews: -1, Dirty: DefaultDirty}, dir, nil); err != nil {
		b.Fatal(err)
	}
}

func readCSV(t *testing.T, dir, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func readTruth(t *testing.T, dir string) truth {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, TruthFile))
	if err != nil {
		t.Fatal(err)
	}
	var content truth
	if err := json.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	return content
}

// digest sums up names and contents of all files under dir.
func digest(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		fmt.Fprintf(h, "%s %d\n%s", strings.TrimPrefix(name, dir), len(text), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
