package main

import (
	"encoding/base64"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestSynthWritesTheLabsData(t *testing.T) {
	dir := t.TempDir()
	willbuy(t, dir, "synth", "--rows", "50", "--reviews", "20", "--lang", "de,fr", "--out", "shop").must(t)
	if rows := readCSV(t, filepath.Join(dir, "shop", "tabular.csv")); len(rows) != 51 {
		t.Errorf("%d lines of customers", len(rows))
	}
	files, _ := filepath.Glob(filepath.Join(dir, "shop", "reviews", "*.txt"))
	if len(files) != 2 {
		t.Errorf("review files: %v", files)
	}
	before, _ := os.ReadFile(filepath.Join(dir, "shop", "tabular.csv"))
	willbuy(t, dir, "synth", "--rows", "50", "--reviews", "20", "--lang", "de,fr", "--out", "again").must(t)
	if after, _ := os.ReadFile(filepath.Join(dir, "again", "tabular.csv")); string(before) != string(after) {
		t.Error("the same seed gives other data")
	}
}

func TestParseLosesNoLine(t *testing.T) {
	dir := t.TempDir()
	id := "26c3254f-6204-4f59-a171-dd6e95f9b4cb"
	text := `"` + id + `","two` + "\nlines\"\n\nnonsense\n\"" + id + "\",\"\"\n\xff\xfe\x81 bytes\n"
	path := filepath.Join(dir, "r.txt")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, dir, "parse", "r.txt").must(t)
	lines := 1.0 // the blank one
	var accepted, rejected int
	for _, o := range r.objects(t) {
		lines += o["lines"].(float64)
		switch {
		case o["reason"] == nil:
			accepted++
			if o["text"] != "two\nlines" || o["uuid"] != id || o["line"] != 1.0 || o["file"] != "r.txt" {
				t.Errorf("accepted: %v", o)
			}
		default:
			rejected++
			raw := o["raw"].(string)
			if o["encoding"] == "base64" {
				bytes, err := base64.StdEncoding.DecodeString(raw)
				if err != nil {
					t.Fatal(err)
				}
				raw = string(bytes)
			}
			if !strings.Contains(text, raw) {
				t.Errorf("the raw bytes %q are not those of the file", raw)
			}
		}
	}
	if accepted != 1 || rejected != 3 || lines != 6 {
		t.Errorf("%d accepted, %d quarantined, %v lines in\n%s", accepted, rejected, lines, r.out)
	}
	contains(t, r.err, "1 file, 6 lines: 1 record accepted, 3 quarantined, 1 blank line")
	if r := willbuy(t, dir, "parse", "--strict", "*.txt"); r.code != 3 {
		t.Errorf("--strict: exit code %d", r.code)
	}
	if r := willbuy(t, dir, "parse", "r.txt", "missing.txt"); r.code != 1 || strings.Count(r.out, "\n") != 4 {
		t.Errorf("a missing file beside a good one: exit code %d\n%s", r.code, r.out)
	}
}

func TestClassifyAnswersInTheOrderOfTheInput(t *testing.T) {
	in := "The zip broke\n\n{\"id\":\"a\",\"text\":\"Came in 3 days, well packed, fits my 14 inch laptop\"}\n{\"id\":7,\"text\":\"ok\"}\n{\"note\":1}\nThe zip broke"
	r := willbuyReading(t, t.TempDir(), in, "classify", "--labels", "a complaint, praise", "--label", "x, y", "-")
	if r.code != 1 {
		t.Errorf("with lines that cannot be classified: exit code %d", r.code)
	}
	contains(t, r.err, "2 of 6 texts could not be classified")
	all := r.objects(t)
	if len(all) != 6 {
		t.Fatalf("%d lines", len(all))
	}
	for i, id := range []any{1.0, 2.0, "a", 7.0, 5.0, 6.0} {
		o := all[i]
		if o["id"] != id {
			t.Errorf("line %d has id %v, want %v", i+1, o["id"], id)
		}
		if bad := i == 1 || i == 4; bad != (o["error"] != nil) {
			t.Errorf("line %d: %v", i+1, o)
		} else if bad {
			continue
		}
		sum, last := 0.0, math.Inf(1)
		for _, s := range o["scores"].([]any) {
			sum += s.(float64)
			if s.(float64) > last {
				t.Errorf("line %d: scores rise: %v", i+1, o)
			}
			last = s.(float64)
		}
		if len(o["labels"].([]any)) != 3 || math.Abs(sum-1) > 1e-6 || o["sequence"] == "" {
			t.Errorf("line %d: %v", i+1, o)
		}
	}
	if fmt.Sprint(all[0]["scores"]) != fmt.Sprint(all[5]["scores"]) {
		t.Error("the same text has other scores")
	}
}

func TestClassifySaysWhetherTheQuestionTheModelOrTheInputIsAtFault(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HF_HOME", dir)
	for _, test := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"--template", "no place"}, 2, []string{`the template "no place" has no {}`, "willbuy classify --help"}},
		{[]string{"--model", "."}, 1, []string{"config.json is missing", "leave --model out"}},
		{[]string{"--model", "gone"}, 1, []string{"gone is no model directory", "willbuy textmodel pull"}},
		{[]string{"--model", "bart-large-mnli"}, 1, []string{"bart-large-mnli is not here yet", "willbuy textmodel pull bart-large-mnli"}},
		{[]string{"."}, 1, []string{"read .: is a directory", "Name the files in it"}},
		{[]string{".", "--out", "a.csv"}, 1, []string{"read .: is a directory", "Name the files in it"}},
	} {
		r := willbuy(t, dir, append([]string{"classify", "--labels", "a,b"}, test.args...)...)
		if r.code != test.code || r.out != "" {
			t.Errorf("%q: exit code %d, %s", test.args, r.code, r.out)
		}
		contains(t, r.err, test.says...)
	}
}

func TestTextsComeFromColumnsAndJSONLines(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("r.csv", "ID,Review,Stars\nu1,\"good, really\",5\nu2,bad,1\n")
	write("r.jsonl", "{\"text\":\"good\"}\nnot json\n")
	willbuy(t, lab(t), "sql", "--csv", "SELECT UUID, REVIEW_TEXT FROM REVIEWS LIMIT 3")
	r := willbuy(t, dir, "sentiment", "--engine", "vader", "r.csv").must(t).objects(t)
	if len(r) != 2 || r[0]["id"] != "u1" || r[0]["label"] != "positive" || r[1]["score"].(float64) >= 0 {
		t.Errorf("csv: %v", r)
	}
	if r := willbuy(t, dir, "sentiment", "--engine", "vader", "r.jsonl"); r.code != 1 || len(r.objects(t)) != 2 {
		t.Errorf("a broken JSON line: exit code %d\n%s", r.code, r.out)
	}
	r = willbuyReading(t, dir, "{\"id\":\"a\",\"text\":\"good\"}\nbroken\n{\"text\":\"good\"}\n", "sentiment", "--engine", "vader", "-").objects(t)
	if len(r) != 3 || r[0]["id"] != "a" || r[1]["error"] == nil || r[1]["id"] != 2.0 || r[2]["score"] == nil {
		t.Errorf("a broken line in a stream of objects: %v", r)
	}
	r = willbuyReading(t, dir, "good\n{smile}\n", "sentiment", "--engine", "vader").must(t).objects(t)
	if len(r) != 2 || r[1]["score"] == nil {
		t.Errorf("plain lines: %v", r)
	}
	if r := willbuy(t, dir, "sentiment", "--engine", "vader", "--text-column", "reviw", "r.csv"); r.code != 2 || !strings.Contains(r.err, "did you mean Review?") {
		t.Errorf("unknown column: exit code %d\n%s", r.code, r.err)
	}
}

func TestTokenizeCutsTheTextAndNeverTheHypothesis(t *testing.T) {
	ids := func(args ...string) []any {
		t.Helper()
		o := willbuyReading(t, t.TempDir(), "great shoes, great price", append([]string{"tokenize"}, args...)...).must(t).objects(t)
		return o[0]["ids"].([]any)
	}
	whole, pair := ids(), ids("--pair", "This is good.")
	cut := ids("--pair", "This is good.", "--max-length", strconv.Itoa(len(pair)-2))
	if len(cut) != len(pair)-2 || fmt.Sprint(cut[len(cut)-5:]) != fmt.Sprint(pair[len(pair)-5:]) {
		t.Errorf("whole %v\npair %v\ncut %v", whole, pair, cut)
	}
	if r := willbuyReading(t, t.TempDir(), "a", "tokenize", "--pair", "This is far too long", "--max-length", "4"); r.code != 1 || r.objects(t)[0]["error"] == nil {
		t.Errorf("no room for the text: exit code %d %s", r.code, r.out)
	}
}
