package main

import (
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"willbuy/pipeline/gbtree"
)

// savedByXGBoost are models of testdata/models, written to a folder.
func savedByXGBoost(t *testing.T, version string) (dir string) {
	t.Helper()
	file, err := os.Open("../../testdata/models/xgboost-" + version + ".json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var saved struct {
		Cases []struct {
			Name string
			UBJ  []byte
		}
	}
	if err := json.NewDecoder(z).Decode(&saved); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for _, c := range saved.Cases {
		if !strings.HasPrefix(c.Name, "refused") {
			if err := os.WriteFile(filepath.Join(dir, c.Name+".ubj"), c.UBJ, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestDuckDBScoresAsXGBoost asks rows whose values lie on cuts, one unit of float32
// or float64 beside them, in the middle between two float32, and anywhere, with
// NULL and NaN for missing: 12,000 of one class and three, fewer of the other kinds
// of objectives and boosters.
func TestDuckDBScoresAsXGBoost(t *testing.T) {
	dir := savedByXGBoost(t, "3.4.1")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, name := range []string{"logistic", "softprob", "softmax", "targets", "binary_hinge", "binary_logitraw", "count_poisson", "dart", "class_forest", "no_rounds"} {
		rows := 200
		if name == "logistic" || name == "softprob" {
			rows = 12_000
		}
		willbuy(t, dir, "model", "convert", name+".ubj", name+".sql", "--table", "order").must(t)
		query, err := os.ReadFile(filepath.Join(dir, name+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(filepath.Join(dir, name+".ubj"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := gbtree.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		values := tricky(m, rows)
		if err := fill(db, m.Features, values); err != nil {
			t.Fatal(err)
		}
		wantMargins := make([]float32, rows*m.Outputs())
		want := make([]float32, rows*m.Width())
		singles := make([]float32, len(values))
		for i, x := range values {
			singles[i] = float32(x)
		}
		m.Margins(singles, wantMargins)
		m.Predictions(wantMargins, want)

		got, err := db.Query("SELECT * FROM (" + string(query) + ") ORDER BY row")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		columns, err := got.Columns()
		if err != nil || len(columns) != 1+len(m.Features)+m.Outputs()+m.Width() {
			t.Fatalf("%s: columns %v, %v", name, columns, err)
		}
		into := make([]any, len(columns))
		for i := range into {
			into[i] = new(any)
		}
		for row := 0; got.Next(); row++ {
			if err := got.Scan(into...); err != nil {
				t.Fatal(err)
			}
			if at, near := nearly(into[1+len(m.Features):], wantMargins[row*m.Outputs():(row+1)*m.Outputs()], want[row*m.Width():(row+1)*m.Width()]); !near {
				t.Fatalf("%s: row %d %v: %s is %v, XGBoost's margins %v and predictions %v", name, row, values[row*len(m.Features):(row+1)*len(m.Features)],
					columns[1+len(m.Features)+at], *into[1+len(m.Features)+at].(*any), wantMargins[row*m.Outputs():(row+1)*m.Outputs()], want[row*m.Width():(row+1)*m.Width()])
			}
		}
		if err := got.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// nearly compares a row with what XGBoost says, to 1e-6 of its size.
func nearly(got []any, margins, predictions []float32) (at int, near bool) {
	for i, want := range append(append([]float32(nil), margins...), predictions...) {
		x := math.NaN()
		switch v := (*got[i].(*any)).(type) {
		case float64:
			x = v
		case int32:
			x = float64(v)
		}
		if !(math.Abs(x-float64(want)) <= 1e-6*max(1, math.Abs(float64(want)))) {
			return i, false
		}
	}
	return 0, true
}

// tricky are rows of the model's features; NaN is missing.
func tricky(m *gbtree.Model, rows int) []float64 {
	cuts := make([][]float32, len(m.Features))
	for i := range m.Trees {
		t := &m.Trees[i]
		for id, left := range t.Left {
			if left >= 0 {
				cuts[t.Feature[id]] = append(cuts[t.Feature[id]], t.Cond[id])
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, rows*len(m.Features))
	for i := range values {
		of := cuts[i%len(m.Features)]
		kind := rng.IntN(9)
		if len(of) == 0 && kind > 1 {
			kind = 1
		}
		switch kind {
		case 0:
			values[i] = math.NaN()
		case 1:
			values[i] = rng.NormFloat64() * 4
		default:
			cut := of[rng.IntN(len(of))]
			before, after := math.Nextafter32(cut, float32(math.Inf(-1))), math.Nextafter32(cut, float32(math.Inf(1)))
			middle := (float64(before) + float64(cut)) / 2
			values[i] = []float64{float64(cut), float64(before), float64(after), middle,
				math.Nextafter(middle, math.Inf(-1)), math.Nextafter(middle, math.Inf(1)), math.Nextafter(float64(cut), math.Inf(-1))}[kind-2]
		}
	}
	return values
}

// fill makes the table "order", whose name is a word of SQL.
func fill(db *sql.DB, features []string, values []float64) error {
	var columns, places []string
	for _, name := range features {
		columns = append(columns, `"`+strings.ReplaceAll(name, `"`, `""`)+`" DOUBLE`)
	}
	if _, err := db.Exec(`CREATE OR REPLACE TABLE "order" (row INTEGER, ` + strings.Join(columns, ", ") + ")"); err != nil {
		return err
	}
	for row := range len(values) / len(features) {
		words := []string{fmt.Sprint(row)}
		for _, x := range values[row*len(features) : (row+1)*len(features)] {
			switch {
			case x != x && row%2 == 0:
				words = append(words, "NULL")
			case x != x:
				words = append(words, "'nan'::DOUBLE")
			default:
				words = append(words, fmt.Sprintf("%.17E", x))
			}
		}
		places = append(places, "("+strings.Join(words, ",")+")")
	}
	_, err := db.Exec(`INSERT INTO "order" VALUES ` + strings.Join(places, ","))
	return err
}

func TestConvertedModelsPredictTheSame(t *testing.T) {
	dir := savedByXGBoost(t, "3.4.1")
	if err := os.WriteFile(filepath.Join(dir, "rows.csv"), []byte("load,RATING,\"a \"\"quoted\"\" \\ name\",größe\n1.5,2,,1\n-2,,3.3,0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]string{
		"logistic": "margin,prediction",
		"softprob": "margin_0,margin_1,margin_2,prediction_0,prediction_1,prediction_2",
		"forest":   "margin,prediction",
	} {
		want := willbuy(t, dir, "predict", "--model", name+".ubj", "--data", "rows.csv").must(t).out
		if first, _, _ := strings.Cut(want, "\n"); first != header || strings.Count(want, "\n") != 3 {
			t.Fatalf("%s: predictions\n%s", name, want)
		}
		willbuy(t, dir, "model", "convert", name+".ubj", name+".json").must(t)
		willbuy(t, dir, "model", "convert", name+".json", name+"2.ubj", "--portable").must(t)
		for _, file := range []string{name + ".json", name + "2.ubj"} {
			if got := willbuy(t, dir, "predict", "--model", file, "--data", "rows.csv").must(t).out; got != want {
				t.Errorf("%s predicts\n%s, %s.ubj\n%s", file, got, name, want)
			}
		}
	}
	softmax := willbuy(t, dir, "predict", "--model", "softmax.ubj", "--data", "rows.csv").must(t)
	if !strings.HasPrefix(softmax.out, "margin_0,margin_1,margin_2,prediction\n") || !strings.Contains(softmax.err, "multi:softmax") {
		t.Errorf("softmax: %s%s", softmax.err, softmax.out)
	}
}

func TestModelsOfXGBoostCanBeRegisteredAndExported(t *testing.T) {
	dir := savedByXGBoost(t, "3.4.1")
	willbuy(t, dir, "model", "convert", "logistic.ubj", "logistic.json").must(t)
	for _, file := range []string{"logistic.json", "logistic.ubj"} {
		willbuy(t, dir, "model", "import", file).must(t)
	}
	willbuy(t, dir, "model", "export", "V1", "v1.json").must(t)
	willbuy(t, dir, "model", "export", "V2", "v2.json").must(t)
	var files [3]string
	for i, name := range []string{"logistic.json", "v1.json", "v2.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = string(text)
	}
	if files[1] != files[0] || files[2] != files[0] {
		t.Error("an exported model is not the one that was imported")
	}
}

func TestWhatIsNoModelFileIsSaid(t *testing.T) {
	dir := savedByXGBoost(t, "3.4.1")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"model", "convert", "logistic.ubj", "logistic.onx"}, 2, "did you mean .onnx?"},
		{[]string{"model", "convert", "logistic.ubj"}, 2, "takes 2 arguments"},
		{[]string{"model", "covert", "logistic.ubj", "x.json"}, 2, "did you mean convert?"},
		{[]string{"model", "convert", "reg_tweedie.ubj", "x.json"}, 1, "reg:tweedie"},
		{[]string{"model", "convert", "nothing.ubj", "x.json"}, 1, "nothing.ubj"},
		{[]string{"predict", "--model", "rows.txt", "--data", "x.csv"}, 1, "neither JSON nor UBJ"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "rows.txt"), []byte("a,b\n1,2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if r := willbuy(t, dir, c.args...); r.code != c.code || !strings.Contains(r.err, c.says) {
			t.Errorf("willbuy %v: exit code %d, want %d and %q:\n%s", c.args, r.code, c.code, c.says, r.err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "x.json")); err == nil {
		t.Error("a file was left behind")
	}
}

func TestAQueryGivesTextsTheCodesOfTheModel(t *testing.T) {
	dir := t.TempDir()
	table := [][]string{{"layout", "load", "bought"}}
	for i := range 300 {
		layout := []string{"grid", "o'clock", `back\slash`, "größe", ""}[i%5]
		table = append(table, []string{layout, fmt.Sprint(i % 7), fmt.Sprint((i%5 + i%7) % 3 % 2)})
	}
	writeCSVFile(t, filepath.Join(dir, "shop.csv"), table)
	willbuy(t, dir, "train", "--data", "shop.csv", "--features", "layout,load", "--label", "bought", "--rounds", "5", "--out", "m.ubj").must(t)
	willbuy(t, dir, "model", "convert", "m.ubj", "m.sql", "--table", "main.shop").must(t)
	willbuy(t, dir, "predict", "--model", "m.ubj", "--data", "shop.csv", "--out", "p.csv").must(t)
	query, err := os.ReadFile(filepath.Join(dir, "m.sql"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	read := func(name string) string { return "read_csv('" + filepath.Join(dir, name) + "')" }
	if _, err := db.Exec("CREATE TABLE shop AS SELECT s.*, p.prediction AS want FROM " + read("shop.csv") + " s POSITIONAL JOIN " + read("p.csv") + " p"); err != nil {
		t.Fatal(err)
	}
	var rows, predictions int
	var worst float64
	err = db.QueryRow("SELECT COUNT(*), COUNT(DISTINCT prediction), MAX(ABS(prediction - want)) FROM ("+string(query)+")").Scan(&rows, &predictions, &worst)
	if err != nil || rows != 300 || predictions < 10 || worst > 1e-6 {
		t.Errorf("%d rows with %d predictions, at most %v from predict's, %v", rows, predictions, worst, err)
	}
}
