package pipeline

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"willbuy/store/duck"
)

// hostile are texts that break what is put together carelessly.
var hostile = []string{`"; DROP TABLE REVIEWS; --`, `'; DROP TABLE REVIEWS; --`, `$$`, `'''`, `../../etc/passwd`, "\x1b[2J\x1b]0;owned\x07", `{{.ID}}`, `%s%d`, "a\tb"}

// shopRows is how many customers another shop has.
const shopRows = 48

// shopID is the id of customer i.
func shopID(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", i) }

// anotherShop writes review files and a csv of customers with other names for
// everything, hostile ones among them.
func anotherShop(t *testing.T) (reviews, csv string) {
	t.Helper()
	dir := t.TempDir()
	reviews = filepath.Join(dir, "their reviews")
	if err := os.Mkdir(reviews, 0o755); err != nil {
		t.Fatal(err)
	}
	var text, table strings.Builder
	table.WriteString("ORDER,Colour,\"weight \"\"kg\"\"; DROP\",visits,happy,bought,not asked for\n")
	for i := range shopRows {
		words := hostile[i%len(hostile)]
		fmt.Fprintf(&text, "%q,\"%s is what I say about lamp %d\"\n", shopID(i), strings.ReplaceAll(words, `"`, `""`), i)
		colour := []string{"red", `"; DROP`, "$$", "'''"}[i%4]
		fmt.Fprintf(&table, "%s,\"%s\",%g,%d,%d,%d,x\n", strings.ToUpper(shopID(i)), strings.ReplaceAll(colour, `"`, `""`), float64(i%7)/2, i%5, i%6, (i/3)%2)
	}
	if err := os.WriteFile(filepath.Join(reviews, "told [2]*.txt"), []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	csv = filepath.Join(dir, "their [1]* 'file'.csv")
	if err := os.WriteFile(csv, []byte(table.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return reviews, csv
}

// theirLab are the names of that shop.
const theirLab = `
[lab]
tabular = "SELECT"
reviews = "told'''"
joined = "$$both; --"
encoded = "Encoded \"data\""
id = "ORDER"
text = "what they; said"
quality = "GROUP"
sentiment = "mood'"
group = "Colour"
rating = "happy"
encode = ["GROUP", "Colour"]
features = ["GROUP_OUT", "Colour_OUT", "weight \"kg\"; DROP", "visits", "mood'"]
label = "bought"
labels = ["it's; DROP TABLE x", "\"$$\""]
model = "lamps"
columns = [
  {name = "ORDER", type = "STRING"},
  {name = "Colour", type = "STRING"},
  {name = "weight \"kg\"; DROP", type = "FLOAT"},
  {name = "visits", type = "INT"},
  {name = "happy", type = "INT"},
  {name = "bought", type = "BOOLEAN"},
]
[parameters.cluster]
factor = 1
[parameters.train]
min_child_weight = 2
rounds = 5
seed = "'; DROP TABLE x; --"
[parameters.setup]
reviews = %q
tabular = %q
`

func TestAnotherShopIsAMatterOfConfiguration(t *testing.T) {
	reviews, csv := anotherShop(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, configFile), fmt.Appendf(nil, theirLab, reviews, csv), 0o644); err != nil {
		t.Fatal(err)
	}
	w := openLab(t, dir)
	outcome, events := run(t, w, Request{})
	if len(outcome.Finished) != len(Steps) || outcome.Quarantined != 0 {
		t.Errorf("the run was %+v", outcome)
	}
	for i, words := range hostile {
		want := fmt.Sprintf("%s is what I say about lamp %d", words, i)
		if got := query(t, w, `SELECT "what they; said" FROM "told'''" WHERE "ORDER" = ?`, shopID(i)); !slices.Equal(got, []string{want}) {
			t.Errorf("review %d is %q, want %q", i, got, want)
		}
	}
	if got := query(t, w, `SELECT COUNT(*), COUNT(DISTINCT "Colour_OUT") FROM "Encoded ""data"""`); got[0] != "48 4" {
		t.Errorf("encoded rows and colours: %v", got)
	}
	if got := query(t, w, `SELECT CLASS FROM ENCODERS WHERE COLUMN_NAME = 'Colour' ORDER BY CODE`); !slices.Equal(got, []string{`"; DROP`, `$$`, `'''`, `red`}) {
		t.Errorf("the colours' codes are of %q", got)
	}
	if table, _ := assess(t, w).Step("explain").Table("truth"); len(table.Rows) > 0 {
		t.Errorf("somebody's own data was compared with the truth of synthetic data: %v", table.Rows)
	}
	if facts := body[StepFinished](t, events, "register", KindStepFinished)[0].Facts; facts["name"] != "lamps" {
		t.Errorf("the model is called %v", facts["name"])
	}
	totals := body[Table](t, events, "dashboard", KindTable)[0]
	if detailed := totals.Rows[0][4].(float64); detailed < 0 || detailed > 1 {
		t.Errorf("the share of the first label is %v", detailed)
	}
	// The lab opens again as it was written, also after a setting was changed.
	set(t, w, "train.eta=0.3")
	if again := openLab(t, dir).Lab(); fmt.Sprint(again) != fmt.Sprint(w.Lab()) {
		t.Errorf("after a change of a parameter the lab is %v, was %v", again, w.Lab())
	}
}

func TestTheCustomersMayComeAsParquet(t *testing.T) {
	w := newLab(t)
	want := query(t, w, "SELECT * FROM TABULAR_DATA ORDER BY UUID")
	path := filepath.Join(t.TempDir(), "customers.PARQUET")
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(fmt.Sprintf("ATTACH %s AS lab (READ_ONLY); COPY lab.TABULAR_DATA TO %s (FORMAT parquet); DETACH lab",
		Lit(filepath.Join(w.Dir, duck.FileName)), Lit(path)))
	if err != nil {
		t.Fatal(err)
	}
	set(t, w, "setup.tabular="+path)
	run(t, w, Request{To: "setup"})
	if got := query(t, w, "SELECT * FROM TABULAR_DATA ORDER BY UUID"); !slices.Equal(got, want) {
		t.Errorf("%d customers came back, want %d", len(got), len(want))
	}
	if exists(w.TruthFile()) {
		t.Error("the truth of the synthetic customers stayed: it would be compared with what others do")
	}
}

func TestLabelsAreOneListWhoeverNamesThem(t *testing.T) {
	w := newLab(t)
	set(t, w, "quality.labels=long,short")
	_, events := run(t, w, Request{Steps: []string{"dashboard"}})
	totals := body[Table](t, events, "dashboard", KindTable)[0]
	share, err := strconv.ParseFloat(query(t, w, "SELECT AVG(CASE WHEN REVIEW_QUALITY = 'long' THEN 1.0 ELSE 0.0 END) FROM JOINED_DATA")[0], 64)
	if err != nil || totals.Rows[0][4] != share {
		t.Errorf("the dashboard's share of the first label is %v, want %v", totals.Rows[0][4], share)
	}
	if got := statuses(assess(t, w)); got["setup"] != Done || got["cluster"] != Done {
		t.Errorf("setup is %s, cluster %s", got["setup"], got["cluster"])
	}
}

func TestFilesWithHostileNamesAreLeftOutAndNamed(t *testing.T) {
	w := newLab(t)
	id := someone(t, w, 0)
	for _, name := range []string{"\x1b[2J.txt", "new\nline.txt", `quote".txt`, "it's.txt"} {
		drop(t, w, name, fmt.Sprintf("%q,\"hostile\"\n", id))
	}
	drop(t, w, "$$; DROP TABLE x.txt", fmt.Sprintf("%q,\"odd but harmless\"\n", id))
	_, events := run(t, w, Request{To: "parse"})
	if got := query(t, w, "SELECT DISTINCT FILE FROM REVIEW_FILES WHERE NOT starts_with(FILE, 'sample/')"); !slices.Equal(got, []string{"$$; DROP TABLE x.txt"}) {
		t.Errorf("files read: %q", got)
	}
	warned := 0
	for _, l := range body[Log](t, events, "read", KindLog) {
		if l.Level == "warning" && strings.HasPrefix(l.Text, "left out ") && !strings.ContainsAny(l.Text, "\x1b\n") {
			warned++
		}
	}
	if warned != 4 {
		t.Errorf("%d warnings name a file that was left out, want 4", warned)
	}
}

func TestReservedWordsAreQuoted(t *testing.T) {
	w := openLab(t, t.TempDir())
	for _, word := range query(t, w, "SELECT UPPER(keyword_name) FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')") {
		if got := Ident(word); got != `"`+word+`"` {
			t.Errorf("%s as a name is %s", word, got)
		}
	}
	for name, want := range map[string]string{"REVIEWS": "REVIEWS", "A_1": "A_1", "1A": `"1A"`, "": `""`, "a": `"a"`, `x"y`: `"x""y"`} {
		if got := Ident(name); got != want {
			t.Errorf("Ident(%q) is %s, want %s", name, got, want)
		}
	}
}
