package pipeline

import (
	"slices"
	"strings"
	"testing"

	"willbuy/store"
)

// inQuarantine is the answer to Quarantined, as file, line and whether it is
// fixed.
func inQuarantine(t *testing.T, w *Workspace) []string {
	t.Helper()
	return query(t, w, "SELECT FILE, LINE, FIXED FROM ("+SQL("quarantine", w.Lab())+") q")
}

func TestAFixedRecordIsReadFromAFileOfItsOwnAndStaysInQuarantineAsFixed(t *testing.T) {
	w := newLab(t)
	const id = "0f0f0f0f-0000-4000-8000-00000000beef"
	const damaged = `"` + id + `" "no comma"`
	drop(t, w, "mine.txt", damaged+"\n")
	run(t, w, Request{Steps: []string{"parse"}})
	before := inQuarantine(t, w)
	if !slices.Contains(before, "mine.txt 1 no") {
		t.Fatalf("the damaged record is not in quarantine: %v", before)
	}

	name, err := w.FixRecord(t.Context(), "mine.txt", 1, damaged, `"`+id+`","a comma now"`)
	if err != nil {
		t.Fatal(err)
	}
	run(t, w, Request{Steps: []string{"parse"}})
	if got := query(t, w, "SELECT FILE, REVIEW_TEXT FROM PARSED_REVIEWS WHERE UUID = '"+id+"'"); !slices.Equal(got, []string{name + " a comma now"}) {
		t.Errorf("the fixed record was parsed as %v, want one from %s", got, name)
	}
	for i, line := range before {
		if line == "mine.txt 1 no" {
			before[i] = "mine.txt 1 yes"
		}
	}
	if after := inQuarantine(t, w); !slices.Equal(after, before) {
		t.Errorf("in quarantine are %v, want %v", after, before)
	}
}

func TestOtherBytesAtTheSamePlaceAreNotFixed(t *testing.T) {
	w := newLab(t)
	drop(t, w, "mine.txt", "damaged\n")
	if _, err := w.FixRecord(t.Context(), "mine.txt", 1, "damaged", `"0f0f0f0f-0000-4000-8000-00000000beef","fine"`); err != nil {
		t.Fatal(err)
	}
	drop(t, w, "mine.txt", "damaged otherwise\n")
	run(t, w, Request{Steps: []string{"parse"}})
	if got := inQuarantine(t, w); !slices.Contains(got, "mine.txt 1 no") {
		t.Errorf("in quarantine are %v", got)
	}
}

func TestAFixThatWouldNotBeReadIsRefused(t *testing.T) {
	w := newLab(t)
	good := `"0f0f0f0f-0000-4000-8000-00000000beef","fine"`
	tests := []struct {
		name, file, text, pattern, says string
	}{
		{"still damaged", "a.txt", `"x","y"`, "*.txt", "not a UUID"},
		{"nothing", "a.txt", "", "*.txt", "nothing is there"},
		{"two records", "a.txt", good + "\n" + good, "*.txt", "two records"},
		{"out of the stage", "../../a.txt", good, "*.txt", "two dots"},
		{"a pattern that leaves it out", "a.txt", good, "sample/*.txt", "does not match"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set(t, w, "read.pattern="+test.pattern)
			if _, err := w.FixRecord(t.Context(), test.file, 1, "damaged", test.text); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want something with %q", err, test.says)
			}
		})
	}
}

func TestRecordsInQuarantineAreFoundByReasonFileAndText(t *testing.T) {
	w := newLab(t)
	drop(t, w, "mine.txt", "Schön, ohne Komma\ncaf\xe9 'quoted' \\x\n\"0f0f0f0f-0000-4000-8000-00000000beef\",\"\"\n")
	run(t, w, Request{Steps: []string{"parse"}})
	listing := w.Browse(w.Lab().SourceOf(Quarantined))
	defer listing.Close()
	for text, want := range map[string]int64{"schön, OHNE": 1, "'quoted'": 1, `\x`: 1, "MINE.txt": 3, "0f0f0f0f-0000": 1, "nowhere": 0} {
		found, err := listing.Arrange(t.Context(), Arrangement{Filters: []Filter{
			{Column: store.Column{Name: "FILE", Type: store.String}, Value: "mine.txt"}, RecordsWith(text)}})
		if err != nil || found.Rows != want {
			t.Errorf("%s: %d records, %v; want %d", text, found.Rows, err, want)
		}
	}
}
