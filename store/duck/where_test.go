package duck

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWhereLeavesRowsWithTheirNumbers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.csv")
	if err := os.WriteFile(file, []byte("id,load,layout\na,2.5,grid\nb,10,list\nc,,grid\nd,3.25,grid\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for condition, want := range map[string][]string{
		"load > 3":                          {"b 2", "d 4"}, // as numbers: "10" < "3" as texts
		"LOAD IS NULL":                      {"c 3"},
		"layout = 'grid' AND load < 3":      {"a 1"},
		"id IN ('a', 'd') -- a remark":      {"a 1", "d 4"},
		"FALSE":                             nil,
		"load > (SELECT AVG(1.0 + 1)) OR 1": {"a 1", "b 2", "c 3", "d 4"},
	} {
		table := openOutside(t, file, "")
		if err := table.Where(t.Context(), condition); err != nil {
			t.Errorf("%s: %v", condition, err)
			continue
		}
		var got []string
		for row, err := range table.Texts(t.Context(), []string{"id", FileRow}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, *row[0]+" "+*row[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", condition, got, want)
		}
	}
}

func TestWhereRefusesWhatWouldWrite(t *testing.T) {
	dir := t.TempDir()
	file, victim := filepath.Join(dir, "shop.csv"), filepath.Join(dir, "out.csv")
	if err := os.WriteFile(file, []byte("id,load\na,2.5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for condition, says := range map[string]string{
		"1 = 1); COPY (SELECT 1) TO '" + victim + "'; SELECT (1": "several statements",
		"1 = 1); DROP TABLE x; SELECT (1":                        "several statements",
		"lod > 3":                                                "lod",
		"load >":                                                 "syntax error",
	} {
		table := openOutside(t, file, "")
		if err := table.Where(t.Context(), condition); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want an error that says %q", condition, err, says)
		}
		if n, err := table.Count(t.Context()); n != 1 || err != nil {
			t.Errorf("%s left %d rows (%v)", condition, n, err)
		}
	}
	if _, err := os.Stat(victim); err == nil {
		t.Error("a condition wrote a file")
	}
}
