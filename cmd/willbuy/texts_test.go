package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
	"willbuy/store"
	"willbuy/store/duck"
)

func TestWhatIsWrongWithOneTextStaysWithIt(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("good ", maxText/5+1)
	for name, c := range map[string]struct {
		content string
		column  string
		want    []string // id, then text or !error
	}{
		"ragged.csv": {"\ufeffID;Review\r\n7;\"good; really\"\r\n8\r\n9;a;b\r\n;bad\r\n", "",
			[]string{`"7" good; really`, `"8" !the row in line 3 has 1 field where the header has 2`, `"9" !the row in line 4 has 3 fields where the header has 2`, `4 bad`}},
		"long.csv":   {"text\n" + long + "\ngood\n", "", []string{"1 !" + errTooLong.Error(), "2 good"}},
		"long.txt":   {long + "\ngood\n", "", []string{"1 !" + errTooLong.Error(), "2 good"}},
		"bytes.txt":  {"caf\xe9 \xff\n\n\x00", "", []string{"1 caf\ufffd \ufffd", "2 ", "3 \x00"}},
		"keys.jsonl": {`{"reviews":"x"}` + "\n" + `{"text":null}` + "\n" + `{"id":"a` + "\xff" + `","review":"good"}` + "\n[1]\n", "review", []string{`1 !the object has no "review"; did you mean reviews?`, `2 !the object has no "review"`, `"a` + "\ufffd" + `" good`, "4 !the line is no JSON object"}},
		"null.jsonl": {`{"text":null}` + "\n" + `{"text":7}` + "\n", "", []string{"1 ", `2 !"text" holds no text`}},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		cli, _ := quietCLI()
		var got []string
		for read, err := range cli.readTexts(t.Context(), []string{path}, c.column) {
			switch {
			case err != nil:
				t.Fatalf("%s: %v", name, err)
			case read.err != nil:
				got = append(got, fmt.Sprintf("%s !%v", read.id, read.err))
			default:
				got = append(got, fmt.Sprintf("%s %s", read.id, read.text))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %.600q\nwant %.600q", name, got, c.want)
		}
	}
}

func TestBrokenFileIsNamedAfterItsTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.txt.gz")
	if err := os.WriteFile(path, []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03cut off"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, says string }{{path, "cut.txt.gz"}, {filepath.Join(t.TempDir(), "none.csv"), "none.csv"}} {
		cli, _ := quietCLI()
		var last error
		for _, err := range cli.readTexts(t.Context(), []string{c.file}, "") {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), c.says) {
			t.Errorf("%s: %v", c.file, last)
		}
	}
}

func TestTextColumnIsFoundOrTheNearestIsNamed(t *testing.T) {
	columns := []store.Column{{Name: "UUID", Type: store.String}, {Name: "Review", Type: store.String}, {Name: "stars", Type: store.Int}, {Name: "photo", Type: store.Binary}}
	for _, c := range []struct{ name, want, says string }{
		{"", "Review UUID", ""},
		{"uuid", "UUID", ""},
		{"reviw", "", "did you mean Review?"},
		{"stars", "", "column stars holds INT values, not text"},
		{"photo", "", "holds BINARY values"},
	} {
		got, err := textColumns(columns, c.name)
		if strings.Join(got, " ") != c.want || (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || !pipeline.IsUsage(err)) {
			t.Errorf("%q: %v, %v", c.name, got, err)
		}
	}
	if _, err := textColumns(columns[2:], ""); err == nil || !strings.Contains(err.Error(), "there are stars, photo") {
		t.Errorf("no column of texts: %v", err)
	}
}

func TestWrongFlagsOfTextCommandsAreRefusedAtOnce(t *testing.T) {
	for _, c := range []struct {
		job  textJob
		says string
	}{
		{textJob{provider: "cudaa"}, "did you mean cuda?"},
		{textJob{provider: "cpu", out: "answers.txt"}, ".jsonl, .csv or .parquet, not answers.txt"},
		{textJob{provider: "cpu", force: true}, "--force is for --out"},
	} {
		if _, err := c.job.check(nil, nil); err == nil || !pipeline.IsUsage(err) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.job, err)
		}
	}
	if _, err := choice("--precision", "fats", []textmodel.Precision{"exact", "fast"}); err == nil || !strings.Contains(err.Error(), "did you mean fast?") {
		t.Errorf("--precision: %v", err)
	}
}

func TestProgressIsOneLineOnATerminalAndNoneWhenQuiet(t *testing.T) {
	c, errs := quietCLI()
	p := c.progress()
	p.status.redraw, p.total, p.began = true, 2000, time.Now().Add(-10*time.Second)
	p.kept(200)
	p.worker(textmodel.Worker{ID: 0, Rate: 41})
	p.worker(textmodel.Worker{ID: 1, Rate: 59})
	p.status.told = p.began
	p.at(1200)
	if got := errs.String(); !strings.HasPrefix(got, "\r1,200 of 2,000 texts, 100/s, 8.0 s left, workers 41/s + 59/s") || strings.Contains(got, "\n") {
		t.Errorf("%q", got)
	}
	errs.Reset()
	p.at(1300) // too soon
	p.clear()
	p.clear()
	if got := errs.String(); got != "\r\x1b[K" {
		t.Errorf("cleared by %q", got)
	}
	errs.Reset()
	p.end(1)
	if got := errs.String(); !strings.HasPrefix(got, "1,300 texts, 1,100 of them now, 110/s; 1 text held bytes that are no UTF-8") {
		t.Errorf("%q", got)
	}
	errs.Reset()
	c.quiet = true
	p.status.told = p.began
	p.at(1400)
	p.end(0)
	if errs.Len() > 0 {
		t.Errorf("quiet, and yet %q", errs)
	}
}

// A file of another DuckDB is counted while it is read.
func TestTablesAreCountedWhileTheyAreRead(t *testing.T) {
	dir := t.TempDir()
	parquet, table := filepath.Join(dir, "a.parquet"), filepath.Join(dir, "a.duckdb")
	columns := []store.Column{column("text", store.String)}
	if err := duck.WriteParquet(t.Context(), parquet, columns, func(yield func([]any, error) bool) {
		_ = yield([]any{"a"}, nil) && yield([]any{nil}, nil) && yield([]any{"c"}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", table)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE reviews AS SELECT * FROM (VALUES ('a'), (NULL), ('c')) v(text)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, path := range []string{parquet, table} {
		c, _ := quietCLI()
		read := 0
		for _, err := range c.readTexts(t.Context(), []string{path}, "") {
			if err != nil {
				t.Fatal(err)
			}
			read++
			if n, ok := countTexts(t.Context(), []string{path}); n != 3 || !ok {
				t.Errorf("%s: %d, %v", path, n, ok)
			}
		}
		if read != 3 {
			t.Errorf("%s: %d texts", path, read)
		}
	}
}

func TestCountOfTextsIsThatOfTheReader(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a.csv": "text,n\n\"two\nlines\",1\n\nx,2\n", "b.txt": "a\n\nb", "c.jsonl": "{\"text\":\"a\"}\n"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		c, _ := quietCLI()
		read := int64(0)
		for _, err := range c.readTexts(t.Context(), []string{path}, "") {
			if err != nil {
				t.Fatal(err)
			}
			read++
		}
		if n, ok := countTexts(t.Context(), []string{path}); n != read || !ok {
			t.Errorf("%s: %d texts are counted, %d read", name, n, read)
		}
	}
	if _, ok := countTexts(t.Context(), nil); ok {
		t.Error("stdin was counted")
	}
}

// TestAnswersReachFilesOfEveryFormat drives the program: stdin, a language, and
// the table read back.
func TestAnswersReachFilesOfEveryFormat(t *testing.T) {
	dir := t.TempDir()
	in := "{\"id\":\"a\",\"text\":\"This was a very good purchase and I love it\"}\n{\"id\":7,\"text\":\"\"}\n{\"text\":\"=bad, \\\"really\\\" bad\\u0000\"}\n"
	for _, out := range []string{"s.jsonl", "s.csv", "s.parquet"} {
		r := willbuyReading(t, dir, in, "sentiment", "--engine", "vader", "--language", "--out", out)
		if r.code != 1 || r.out != "" {
			t.Fatalf("%s: exit code %d\n%s%s", out, r.code, r.out, r.err)
		}
		contains(t, r.err, "3 texts, ", "1 of 3 texts could not be scored")
	}
	lines := strings.Split(readFile(t, filepath.Join(dir, "s.jsonl")), "\n")
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || first["id"] != "a" || first["language"] != "en" || first["label"] != "positive" || len(lines) != 4 {
		t.Errorf("%v, %q", err, lines)
	}
	table := readCSV(t, filepath.Join(dir, "s.csv"))
	if got := fmt.Sprintf("%q %q %q %q", table[0], table[1][3], table[2], table[3][0]); got != `["id" "label" "score" "language" "error"] "en" ["7" "" "" "" "the text is empty"] "3"` {
		t.Error(got)
	}
	r := willbuy(t, dir, "tokenize", "--text-column", "label", "s.parquet").must(t).objects(t)
	if len(r) != 3 || r[0]["id"] != "a" || r[1]["id"] != "7" || len(r[1]["ids"].([]any)) != 2 || len(r[2]["ids"].([]any)) != 3 {
		t.Errorf("parquet: %v", r)
	}
	if r := willbuy(t, dir, "tokenize", "--text-column", "score", "s.parquet"); r.code != 2 || !strings.Contains(r.err, "holds FLOAT values, not text") {
		t.Errorf("a column of numbers: exit code %d\n%s", r.code, r.err)
	}
	if r := willbuyReading(t, dir, "good\n", "sentiment", "--engine", "vader", "--quiet"); r.err != "" || r.out == "" || strings.Contains(r.out, "language") {
		t.Errorf("quiet: %q, %q", r.out, r.err)
	}
}

// TestStdinIsGoneOnWithWhereItIsTheSame cuts the part of a run by hand.
func TestStdinIsGoneOnWithWhereItIsTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	told, err := answerTo(t, path, nil, numberedTexts(40), 16)
	if !strings.Contains(told, "keeps 18 answers; the same command goes on from there") || err == nil {
		t.Errorf("%q, %v", told, err)
	}
	other := func(yield func(text, error) bool) {
		for read := range numberedTexts(40) {
			if string(read.id) == "12" {
				read.id = json.RawMessage(`"12"`)
			}
			if !yield(read, nil) {
				return
			}
		}
	}
	if _, err := answerTo(t, path, nil, other, -1); !pipeline.IsUsage(err) || !strings.Contains(err.Error(), "text 12 is not") {
		t.Error(err)
	}
	if _, err := answerTo(t, path, nil, numberedTexts(40), -1); err == nil || errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "4 of 40 texts") {
		t.Error(err)
	}
}
