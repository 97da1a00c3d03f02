package views

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/store"
	"willbuy/views/chart"
)

// TestCellsAreCutByCells puts names of all kinds beside numbers: wide, joined,
// right to left. The numbers stay below each other, whatever the width.
func TestCellsAreCutByCells(t *testing.T) {
	names := []string{"plain", "日本語のレビュー、とても良い", "e\u0301toile cafe\u0301", "שלום עולם מה שלומך היום", "مرحبا بالعالم", "👩\u200d🚀 up", "a\u202eb"}
	var rows [][]any
	for i, name := range names {
		rows = append(rows, []any{name, int64(10 + i)})
	}
	columns := []store.Column{{Name: "NAME", Type: store.String}, {Name: "N", Type: store.Int}}
	for width := 14; width < 60; width++ {
		lines := strings.Split(chart.Isolate(Table(columns, rows, width, int64(len(rows)), chart.NoColor)), "\n")
		end := -1
		for _, line := range lines {
			plain := strings.TrimRight(ansi.Strip(line), " ")
			if ansi.StringWidth(plain) > width {
				t.Fatalf("at %d a line takes %d cells: %q", width, ansi.StringWidth(plain), plain)
			}
			if i := strings.LastIndex(plain, "1"); i < 0 || !strings.HasSuffix(plain[:i], " ") || len(plain) != i+2 {
				continue // not a row
			}
			if at := ansi.StringWidth(plain); end >= 0 && at != end {
				t.Fatalf("at %d the number of %q ends at %d, others at %d", width, plain, at, end)
			} else {
				end = at
			}
		}
		if end < 0 {
			t.Fatalf("at %d no number is shown:\n%s", width, strings.Join(lines, "\n"))
		}
	}
}
