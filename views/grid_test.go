package views

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// wide is a grid of a million rows, whose columns do not fit on a screen.
func wide() *DataGrid {
	columns := []store.Column{{Name: "UUID", Type: store.String}, {Name: "PRODUCT_TYPE", Type: store.String}, {Name: "PAGE_LOAD_TIME", Type: store.Float},
		{Name: "VISITS", Type: store.Int}, {Name: "REVIEW_TEXT", Type: store.String}, {Name: "PURCHASE_DECISION", Type: store.Int}}
	row := func(i int64) []any {
		return []any{fmt.Sprintf("%032d", i), "coffee machine", float64(i) / 8, 12345 * i, "日本語 " + strings.Repeat("long text\n", 30), nil}
	}
	return &DataGrid{Columns: columns, Sizes: MeasureColumns(columns, [][]any{row(1), row(99)}), Row: row, Total: 1e6, Rows: 1e6,
		Shown: AllColumns(len(columns)), Active: true}
}

func plainGrid(g *DataGrid, width, height int) (string, DrawnGrid) {
	drawn := g.Draw(width, height, chart.NoColor)
	return ansi.Strip(strings.Join(drawn.Lines, "\n")), drawn
}

func TestTheCursorStandsOnTheCharacterThatItIsAt(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		want string
	}{
		{"hello", 0, "[h]ello"}, {"hello", 3, "hel[l]o"}, {"hello", 4, "hell[o]"}, {"hello", 5, "hello[ ]"}, {"", 0, "[ ]"},
		{"日本語", 2, "日[本]語"}, {"a👩‍🚀b", 1, "a[👩‍🚀]b"}, {"ab", 10, "ab[ ]"},
	} {
		got := strings.NewReplacer("\x1b[7m", "[", "\x1b[m", "]").Replace(underCursor(c.text, c.at, 20))
		if got != c.want {
			t.Errorf("%q at %d: %s, want %s", c.text, c.at, got, c.want)
		}
	}
}

func TestAGridKeepsToItsSizeWhereverTheCursorIs(t *testing.T) {
	for width := 1; width < 200; width += 3 {
		for column := range 6 {
			g := wide()
			g.Column, g.Cursor, g.Pinned, g.OrderBy = column, 500_000, column%3, "PAGE_LOAD_TIME"
			g.Filters, g.Doing, g.Fault = []string{"X = '\x1b[31m'"}, "sorting", "a fault"
			text, drawn := plainGrid(g, width, 20)
			if len(drawn.Lines) != 20 {
				t.Fatalf("at %d it has %d lines", width, len(drawn.Lines))
			}
			for _, line := range drawn.Lines {
				if w := ansi.StringWidth(line); w > width && width >= 24 {
					t.Fatalf("at %d a line has %d cells: %q", width, w, line)
				}
			}
			if width > 60 && g.WidthOf(column, width) == 0 {
				t.Fatalf("at %d the column %d under the cursor is out of sight:\n%s", width, column, text)
			}
			if strings.Contains(text, "\x1b") {
				t.Fatalf("an escape of the data is on the screen: %q", text)
			}
		}
	}
}

func TestAGridSaysWhatIsInSight(t *testing.T) {
	g := wide()
	text, drawn := plainGrid(g, 80, 12)
	for _, want := range []string{"▸ 00000000", "coffee machine", "PAGE_"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if !strings.HasPrefix(drawn.Count, "columns 1-5 of 6  [1-") || !strings.HasSuffix(drawn.Count, " of 1,000,000]") {
		t.Errorf("it counts %q", drawn.Count)
	}
	g.Filters, g.Rows, g.OrderBy, g.Descending, g.Column = []string{"VISITS > 3"}, 12, "VISITS", true, 5
	text, drawn = plainGrid(g, 120, 20)
	for _, want := range []string{"▾ where VISITS > 3", "VISITS ▼", "NULL", "135,795"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if !strings.HasSuffix(drawn.Count, "[1-12 of 12 of 1,000,000]") {
		t.Errorf("it counts %q", drawn.Count)
	}
	g.Row = func(int64) []any { return nil }
	if text, _ = plainGrid(g, 80, 12); !strings.Contains(text, "▸ …") {
		t.Errorf("rows that are on their way do not show as such:\n%s", text)
	}
	g.Rows = 0
	if text, drawn = plainGrid(g, 80, 12); !strings.Contains(text, "No rows.\nesc takes the last filter away") || drawn.Count != "columns 1-5 of 6  no rows" && drawn.Count != "no rows" {
		t.Errorf("nothing is said of no rows: %q\n%s", drawn.Count, text)
	}
}

func TestPinnedColumnsStayAtTheLeft(t *testing.T) {
	g := wide()
	g.Shown = []GridColumn{{Index: 3}, {Index: 0}, {Index: 1}, {Index: 2}, {Index: 4}, {Index: 5}}
	g.Pinned, g.Column = 1, 5
	text, _ := plainGrid(g, 60, 8)
	head := strings.Split(text, "\n")[1]
	if !strings.HasPrefix(strings.TrimSpace(head), "VISITS│") || !strings.Contains(head, "DECISION") || strings.Contains(head, "UUID") {
		t.Errorf("the head is %q", head)
	}
}

func TestNothingMovesWhileOneScrolls(t *testing.T) {
	g := wide()
	before, _ := plainGrid(g, 100, 10)
	g.Cursor = 80
	after, _ := plainGrid(g, 100, 10)
	if a, b := strings.Split(before, "\n")[:2], strings.Split(after, "\n")[:2]; a[0] != b[0] || a[1] != b[1] {
		t.Errorf("the heads are\n%s\nand then\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	sizes := []ColumnSize{{Wanted: 10}}
	Grow(sizes, []store.Column{{Name: "A", Type: store.String}}, [][]any{{"short"}})
	if sizes[0].Wanted != 10 {
		t.Error("a column shrinks")
	}
}

func TestARowInFullHasAllOfEachText(t *testing.T) {
	columns := []store.Column{{Name: "REVIEW_TEXT", Type: store.String}, {Name: "N", Type: store.Float}, {Name: "E", Type: store.String}, {Name: "NO", Type: store.Int}}
	text := ansi.Strip(strings.Join(Row(columns, []any{"first line is a long one\r\n\r\nthird \x1b[31m\t.", 0.123456789, "", nil}, 30, chart.NoColor), "\n"))
	want := "REVIEW_TEXT  first line is a\n             long one\n\n             third \\x1b[31m\n             .\nN            0.123456789\nE            (an empty text)\nNO           NULL"
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("it is\n%s\nnot\n%s", got, want)
	}
	for _, line := range Row(columns, []any{"one", 1.5, "two", int64(3)}, 12, chart.NoColor) {
		if ansi.StringWidth(line) > 12 {
			t.Errorf("a narrow one has %q", line)
		}
	}
}

func TestAColumnIsToldInNumbersAndAPicture(t *testing.T) {
	number := pipeline.ColumnSummary{Column: store.Column{Name: "PAGE_LOAD_TIME", Type: store.Float}, Rows: 2_000_000, Nulls: 20_000, Distinct: 1234, About: true,
		Min: 0.5, Max: 9.5, Mean: 2.25, Median: 2, Bins: []pipeline.Bin{{From: 0.5, To: 5, Rows: 1_500_000}, {From: 5, To: 9.5, Rows: 480_000}}}
	text := pipeline.ColumnSummary{Column: store.Column{Name: "KIND", Type: store.String}, Rows: 10, Distinct: 30, Min: "a\x1b", Max: "z", Mean: math.NaN(),
		Longest: 5, Values: []pipeline.ValueCount{{Value: "phone", Rows: 6}, {Value: "", Rows: 4}}}
	for _, c := range []struct {
		summary pipeline.ColumnSummary
		want    []string
	}{
		{number, []string{"NULL      20,000  1.0%", "about 1,234 (estimated)", "range     0.5", "mean      2.25", "the tallest is 1,500,000 rows", "█"}},
		{text, []string{"“a\\x1b”", "Most frequent values", "phone", "60.0%", "(empty)", "and 28 other values"}},
		{pipeline.ColumnSummary{Column: text.Column, Rows: 3, Nulls: 3}, []string{"NULL      3  100.0%", "There is no value at all."}},
	} {
		lines := Column(c.summary, 60, 24, chart.NoColor)
		got := ansi.Strip(strings.Join(lines, "\n"))
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("it lacks %q:\n%s", want, got)
			}
		}
		for _, line := range lines {
			if ansi.StringWidth(line) > 60 {
				t.Errorf("a line is too wide: %q", line)
			}
		}
	}
}

func BenchmarkDrawGrid(b *testing.B) {
	g := wide()
	for b.Loop() {
		g.Draw(90, 36, chart.Dark)
	}
}
