package pipeline

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"willbuy/pipeline/reviews"
)

// FuzzScratchBook gives the reader whatever bytes may stand in scratch.json: a
// book that it takes is the same after it was kept again, anything else is
// refused with a way out.
func FuzzScratchBook(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", `{"kept":[{"name":"a","sql":"SELECT 1"}],"history":["\u001b"]}`, `{"kept":{}}`, "\xff"} {
		f.Add([]byte(seed))
	}
	w := &Workspace{Dir: f.TempDir()}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(w.Dir, scratchFile), data, 0o644); err != nil {
			t.Fatal(err)
		}
		book, err := w.ScratchBook()
		if err != nil {
			if HintOf(err) == "" {
				t.Fatalf("no way out of: %v", err)
			}
			return
		}
		if err := w.SaveScratchBook(book); err != nil {
			t.Fatal(err)
		}
		if again, err := w.ScratchBook(); err != nil || !reflect.DeepEqual(again, book) {
			t.Fatalf("%+v became %+v, %v", book, again, err)
		}
	})
}

// FuzzReadFixed: what is taken as the fix of a record is one record with the same
// review in the file that it is put into.
func FuzzReadFixed(f *testing.F) {
	const id = "0f0f0f0f-0000-4000-8000-00000000beef"
	for _, seed := range []string{"", id + ",fine", `"` + id + `","two` + "\n" + `lines"`, id + `,"open`, id + ",a\n" + id + ",b", id + ",fine\r\n\n", "\xef\xbb\xbf" + id + ",x", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fixed, err := ReadFixed(text)
		if err != nil {
			return
		}
		scan := reviews.NewScanner("fixed.txt", strings.NewReader(text+"\n"))
		if !scan.Scan() {
			t.Fatalf("%q is no record in its file", text)
		}
		read, reject := reviews.Parse(scan.Record())
		if reject != nil || read.UUID != fixed.UUID || read.Text != fixed.Text {
			t.Fatalf("%q was read as %+v, in its file it is %+v, %v", text, fixed, read, reject)
		}
		if scan.Scan() {
			t.Fatalf("%q is several records in its file", text)
		}
	})
}

// FuzzEditedSQL gives the SQL parameters what may stand in willbuy.toml: the
// normal form of a text is its own, has nothing that a screen acts on, and once
// filtered nothing in it reads the joined rows themselves.
func FuzzEditedSQL(f *testing.F) {
	for _, seed := range []string{"SELECT 1;\r\n", "\tSELECT * FROM JOINED_DATA ; ;", "-- it's\nWITH a AS (SELECT 'x' FROM joined_data) SELECT 1", "/* JOINED_DATA", "'JOINED_DATA", "a\x1bb", "\u2028", "\xff;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		normal, err := normalSQL(text)
		if err != nil {
			return
		}
		if again, err := normalSQL(normal); err != nil || again != normal {
			t.Fatalf("%q became %q, then %q, %v", text, normal, again, err)
		}
		if strings.ContainsFunc(normal, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }) {
			t.Fatalf("a control character is left in %q", normal)
		}
		once, err := filtered(DefaultLab(), normal)
		if err != nil {
			return
		}
		if twice, err := filtered(DefaultLab(), once); err == nil {
			t.Fatalf("%q still reads the joined rows: %q, %q", normal, once, twice)
		}
	})
}
