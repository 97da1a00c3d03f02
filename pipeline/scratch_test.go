package pipeline

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"willbuy/store"
)

var shopCatalog = Catalog{Tables: []CatalogTable{
	{"JOINED_DATA", []store.Column{{Name: "UUID"}, {Name: "PAGE_LOAD_TIME"}, {Name: "REVIEW_TEXT"}}},
	{"REVIEWS", []store.Column{{Name: "UUID"}, {Name: "REVIEW_TEXT"}, {Name: "select"}}},
}}

func TestWordsAreOfferedWhereTheyFit(t *testing.T) {
	condition := Catalog{Condition: true, Tables: shopCatalog.Tables[:1], Values: func(column string) []string {
		return map[string][]string{"REVIEW_TEXT": {"good", "it's", "great"}}[column]
	}}
	for _, c := range []struct {
		catalog Catalog
		text    string // the cursor is at |
		from    string // what the word begins with
		first   []string
	}{
		{shopCatalog, "sel|", "sel", []string{"SELECT"}},
		{shopCatalog, "SELECT |", "", []string{"UUID", "PAGE_LOAD_TIME", "REVIEW_TEXT", `"select"`}},
		{shopCatalog, "SELECT * FROM |", "", []string{"JOINED_DATA", "REVIEWS"}},
		{shopCatalog, "SELECT * FROM rev|", "rev", []string{"REVIEWS"}},
		{shopCatalog, "SELECT page| FROM JOINED_DATA", "page", []string{"PAGE_LOAD_TIME"}},
		{shopCatalog, "SELECT load| FROM JOINED_DATA", "load", []string{"PAGE_LOAD_TIME"}},
		{shopCatalog, "SELECT page| FROM REVIEWS", "page", nil},
		{shopCatalog, "SELECT r.| FROM REVIEWS r", "", []string{"UUID", "REVIEW_TEXT", `"select"`}},
		{shopCatalog, "SELECT x.re| FROM REVIEWS AS x", "re", []string{"REVIEW_TEXT"}},
		{shopCatalog, "SELECT 'sel|", "", nil},
		{shopCatalog, "SELECT UUID |", "", nil},
		{condition, "|", "", []string{"UUID", "PAGE_LOAD_TIME", "REVIEW_TEXT"}},
		{condition, "pa|", "pa", []string{"PAGE_LOAD_TIME"}},
		{condition, "REVIEW_TEXT = |", "", []string{"'good'", "'it''s'", "'great'"}},
		{condition, "REVIEW_TEXT = 'g|", "'g", []string{"'good'", "'great'"}},
		{condition, "PAGE_LOAD_TIME > 3 an|", "an", []string{"AND"}},
	} {
		at := strings.Index(c.text, "|")
		text := c.text[:at] + c.text[at+1:]
		from, choices := c.catalog.Complete(text, at)
		if got := text[from:at]; got != c.from || len(choices) < len(c.first) || len(c.first) == 0 && len(choices) > 0 || !reflect.DeepEqual(choices[:len(c.first)], c.first) && len(c.first) > 0 {
			t.Errorf("%q: %q of the word %q, not %q of %q", c.text, choices, got, c.first, c.from)
		}
	}
}

func FuzzComplete(f *testing.F) {
	for _, seed := range []string{"SELECT", "a.b", "'", "x = 'ü", "日本.", "\xff"} {
		f.Add(seed, len(seed))
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		from, _ := shopCatalog.Complete(text, at)
		if from < 0 || from > len(text) {
			t.Fatalf("%q at %d begins at %d", text, at, from)
		}
	})
}

func TestStatementsAreKeptWithTheWorkspace(t *testing.T) {
	w := emptyLab(t)
	b, err := w.ScratchBook()
	if err != nil || len(b.Kept)+len(b.History) > 0 {
		t.Fatalf("a new workspace has %+v, %v", b, err)
	}
	b.Keep(Scratch{Name: "slow pages", Step: "join", SQL: "SELECT 1"})
	b.Keep(Scratch{Name: "Slow pages", Step: "save", SQL: "SELECT 2"})
	for range mostHistory {
		b.Ran("SELECT 3")
		b.Ran("SELECT 4")
	}
	if err := w.SaveScratchBook(b); err != nil {
		t.Fatal(err)
	}
	want := ScratchBook{Kept: []Scratch{{Name: "Slow pages", Step: "save", SQL: "SELECT 2"}}, History: []string{"SELECT 3", "SELECT 4"}}
	if got, err := w.ScratchBook(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("it keeps %+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir, scratchFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ScratchBook(); err == nil || HintOf(err) == "" {
		t.Errorf("a damaged file gives %v", err)
	}
}

func TestTheCatalogHasTheLabsTables(t *testing.T) {
	w := visits(t)
	c, err := w.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range c.Tables {
		if strings.HasPrefix(table.Name, "WILLBUY") {
			t.Errorf("it has the store's own %s", table.Name)
		}
		if table.Name == "VISITS" && len(table.Columns) == len(visitColumns) && table.Columns[4].Name == "order" {
			return
		}
	}
	t.Errorf("it has %+v", c.Tables)
}
