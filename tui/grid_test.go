package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store"
)

// Browse refuses, and keeps what was asked for.
func (s *noStore) Browse(_ context.Context, source store.Source) (store.Browser, error) {
	s.queries = append(s.queries, "browse "+source.Table+source.Query)
	return nil, errNoRows
}

// rowStore has rows to browse: 5,000 for whatever is asked, row i with the texts
// "row i" and "even" or "odd".
type rowStore struct {
	store.Store
	opened   []store.Source
	arranged []store.Arrangement
	pages    []string
	fault    error // of the next arrangement
}

const rowsThere = 5000

func (s *rowStore) Describe() string { return "RowDB" }

func (s *rowStore) List(context.Context, string) ([]store.File, error) { return nil, nil }

func (s *rowStore) Query(context.Context, string, ...any) (*store.Rows, error) { return nil, errNoRows }

func (s *rowStore) Browse(_ context.Context, source store.Source) (store.Browser, error) {
	s.opened = append(s.opened, source)
	return &rowBrowser{s: s}, nil
}

type rowBrowser struct {
	s    *rowStore
	gone bool
}

func (b *rowBrowser) Columns() []store.Column {
	return []store.Column{{Name: "UUID", Type: store.String}, {Name: "X", Type: store.Float}}
}

func (b *rowBrowser) Total() (int64, bool) { return rowsThere, false }

func (b *rowBrowser) Arrange(ctx context.Context, a store.Arrangement) (int64, error) {
	if err := b.s.fault; err != nil {
		b.s.fault = nil
		return 0, err
	}
	b.s.arranged = append(b.s.arranged, a)
	if a.Where != "" {
		return rowsThere / 2, ctx.Err()
	}
	return rowsThere, ctx.Err()
}

func (b *rowBrowser) Page(_ context.Context, from int64, n int) (rows [][]any, err error) {
	b.s.pages = append(b.s.pages, fmt.Sprintf("%d+%d", from, n))
	for i := from; i < min(from+int64(n), rowsThere); i++ {
		rows = append(rows, []any{fmt.Sprintf("row %d", i), float64(i) / 2})
	}
	return rows, nil
}

func (b *rowBrowser) Aggregate(_ context.Context, list, _ string) ([][]any, error) {
	switch {
	case list == "COUNT(*)":
		return [][]any{{int64(rowsThere)}}, nil
	case strings.HasPrefix(list, "COUNT("):
		return [][]any{{int64(rowsThere), int64(2), "even", "odd", int64(3), int64(4), 3.5}}, nil
	}
	return [][]any{{"even", int64(4000)}, {"odd", int64(1000)}}, nil
}

func (b *rowBrowser) Export(context.Context, []string, string) (int64, error) { return rowsThere, nil }

func (b *rowBrowser) Gone() bool { return b.gone }

func (b *rowBrowser) Close() error { b.gone = true; return nil }

// gridBench is a complete lab on a store with rows, the joined ones on the screen.
func gridBench(t *testing.T) (*bench, *rowStore) {
	t.Helper()
	dir := lab(t, 15)
	again := finished("join", fresh(t, dir)["join"], rowsThere)
	record(t, dir, "20261122T091000Z-0002", again...)
	s := &rowStore{}
	b := openBench(t, dir, s)
	b.model.clipboard = func(string) error { return nil }
	b.press("8", "tab")
	return b, s
}

func TestAGridAsksTheStoreForRowsThatTheEventDoesNotCarry(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("8")
	if len(b.store.queries) != 0 {
		t.Fatalf("the first rows are in the event, yet it asked %q", b.store.queries)
	}
	b.press("tab")
	if len(b.store.queries) != 1 || b.store.queries[0] != "browse T_JOIN" {
		t.Fatalf("it asked %q", b.store.queries)
	}
	b.mustShow("! The rows cannot be read just now: no rows here", "id-a")
	b.press("down", "up")
	if len(b.store.queries) != 1 {
		t.Fatal("it asks again and again")
	}
	b.press("o")
	if len(b.store.queries) != 2 {
		t.Fatal("it does not try again when something is asked anew")
	}
}

func TestRowsAreReadInPagesAheadOfTheCursor(t *testing.T) {
	b, s := gridBench(t)
	if len(s.opened) != 1 || s.opened[0].Table != "T_JOIN" || s.arranged[0].OrderBy != "UUID" {
		t.Fatalf("it opened %v as %v", s.opened, s.arranged)
	}
	b.mustShow("row 0", "[1-")
	b.press("end")
	b.mustShow("▸ row 4999", "5,000 of 5,000]")
	b.press("home", "pgdown")
	asked := len(s.pages)
	b.press("down", "down", "up")
	if len(s.pages) != asked {
		t.Errorf("rows that are there are read again: %v", s.pages[asked:])
	}
	b.press("#")
	b.typeText("50%")
	b.press("enter")
	b.mustShow("▸ row 2499")
	b.press("#")
	b.typeText("9000")
	b.press("enter")
	b.mustShow("! the rows go from 1 to 5,000")
	b.press("esc")
	if b.mode() != onGrid {
		t.Errorf("esc leaves the line in mode %d", b.mode())
	}
}

func TestRowsOfBeforeAreNotShownWhenTheStepHasRunAgain(t *testing.T) {
	b, s := gridBench(t)
	b.press("o", "o") // by UUID, descending
	again := finished("join", "another", 3000)
	for i := range again {
		b.journal.apply([]pipeline.Event{event(int64(i+1), "r2", again[i])})
	}
	b.press("down")
	if len(s.opened) != 2 || !s.arranged[len(s.arranged)-1].Descending == (b.grid().wish.OrderBy == "UUID") {
		t.Errorf("it opened %v, arranged %v", s.opened, s.arranged)
	}
}

func TestTheColumnUnderTheCursorSorts(t *testing.T) {
	b, s := gridBench(t)
	b.press("right", "o")
	b.mustShow("X ▲")
	b.press("o")
	b.mustShow("X ▼")
	b.press("o")
	want := []store.Arrangement{{OrderBy: "UUID"}, {OrderBy: "X"}, {OrderBy: "X", Descending: true}, {}}
	if !slices.EqualFunc(s.arranged, want, func(a, b store.Arrangement) bool { return a.OrderBy == b.OrderBy && a.Descending == b.Descending }) {
		t.Errorf("it arranged %v", s.arranged)
	}
}

func TestFiltersAddUpAndEscTakesTheLastAway(t *testing.T) {
	b, s := gridBench(t)
	b.press("/")
	b.typeText("x")
	b.mustShow("where x")
	b.press("backspace")
	b.typeText("X > 3")
	b.press("enter")
	b.mustShow("▾ where X > 3", "of 2,500 of 5,000]")
	b.press("down", "=")
	b.mustShow("where X > 3  and  UUID = 'row 1'")
	if last := s.arranged[len(s.arranged)-1]; last.Where != "(X > 3\n) AND (UUID = ?\n)" || last.Args[0] != "row 1" {
		t.Errorf("it asks %+v", last)
	}
	b.press("!")
	b.mustShow("UUID ≠ 'row")
	b.press("esc", "esc")
	b.mustShow("▾ where X > 3\n")
	b.press("/", "ctrl+u", "enter")
	if strings.Contains(b.screen(), "where") || b.focus != onPane {
		t.Errorf("an empty condition stays:\n%s", b.screen())
	}
	b.press("esc")
	if b.focus != onRail {
		t.Error("esc does not leave the rows")
	}
}

func TestAFaultyConditionIsSaidAndLosesNothing(t *testing.T) {
	b, s := gridBench(t)
	b.press("=", "/")
	s.fault = errors.New(`column "Z" is not there; did you mean "X"?`)
	b.typeText("Z > 3")
	b.press("enter")
	b.mustShow("where Z > 3", `! column "Z" is not there; did you mean "X"?`, "▾ where UUID = 'row 0'")
	b.press("left", "left", "left", "left", "backspace")
	b.typeText("X")
	b.press("enter")
	b.mustShow("▾ where UUID = 'row 0'  and  X > 3")
}

func TestAnAnswerToAnEarlierWishDoesNotEndTheTyping(t *testing.T) {
	b, s := gridBench(t)
	earlier := b.paneGrid().arrange(b.model)
	b.press("/")
	b.typeText("Z > 3")
	b.press("enter")
	answer := earlier()
	s.fault = errors.New("there is no Z")
	b.send(answer)
	b.mustShow("where Z > 3", "! there is no Z")
}

func TestTabCompletesColumnsAndTheirValues(t *testing.T) {
	b, _ := gridBench(t)
	b.press("/")
	b.typeText("uu")
	b.mustShow("UUID")
	b.press("tab")
	b.mustShow("where UUID")
	b.press("esc")
	if b.mode() != onGrid {
		t.Fatal("esc does not leave it")
	}
}

func TestColumnsAreHiddenPinnedAndWidened(t *testing.T) {
	b, _ := gridBench(t)
	b.press("right", "p")
	if g := b.grid(); g.pinned != 1 || g.shown[0].Index != 1 || g.column != 0 {
		t.Fatalf("pinned it is %+v", g.shown)
	}
	b.press("p", "left", "H")
	b.mustShow("1 column hidden")
	b.press("H") // the last one stays
	b.mustShow("This is the last column; 0 brings the others back.")
	b.press(">", ">")
	if g := b.grid(); len(g.shown) != 1 || g.shown[0].Width <= 2*widthStep {
		t.Fatalf("wider it is %+v", g.shown)
	}
	b.press("0")
	if g := b.grid(); len(g.shown) != 2 || g.shown[1].Width != 0 {
		t.Errorf("back they are %+v", g.shown)
	}
}

func TestARowAndAColumnAreShownInFull(t *testing.T) {
	b, _ := gridBench(t)
	b.press("down", "enter")
	b.mustShow("Row 2", "UUID", "row 1", "0.5")
	b.press("right")
	b.mustShow("Row 3", "row 2")
	b.press("esc", "i")
	b.mustShow("UUID", "rows      5,000", "distinct  2", "even", "80.0%")
	b.press("right", "left", "esc")
	if b.mode() != onGrid {
		t.Errorf("it ends in mode %d", b.mode())
	}
}

func TestRowsAreCopiedAndExported(t *testing.T) {
	b, _ := gridBench(t)
	var text string
	b.model.clipboard = func(s string) error { text = s; return nil }
	b.press("down", "y")
	if b.mustShow("Copied the value of UUID"); text != "row 1" {
		t.Errorf("it copies %q", text)
	}
	b.press("Y", "enter")
	if text != "UUID,X\nrow 1,0.5\n" {
		t.Errorf("the row is %q", text)
	}
	b.press("Y", "down", "down", "down", "enter")
	if lines := strings.Count(text, "\n"); lines < 10 || !strings.HasPrefix(text, "UUID,X\nrow 0,0\n") {
		t.Errorf("the screen is %d lines: %q", lines, text)
	}
	b.press("Y", "down", "down", "down", "down", "down", "down", "enter")
	b.mustShow("write into t_join.csv")
	b.press("enter")
	b.mustShow("5,000 rows written into t_join.csv")
}

func TestATallScreenFetchesWhatThePreviewLacks(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.send(tea.WindowSizeMsg{Width: 120, Height: 80})
	b.press("8")
	if len(b.store.queries) != 1 {
		t.Fatalf("it asked %q", b.store.queries)
	}
}

func TestStoppedSortingLeavesTheRowsAsTheyWere(t *testing.T) {
	b, _ := gridBench(t)
	g := b.grid()
	g.order()
	cmd := g.arrange(b.model) // under way
	b.touch()
	b.mustShow("sorting 5,000 rows by UUID …")
	b.press("down")
	b.press("esc")
	b.mustShow("Stopped; the rows are as they were.")
	b.do(cmd)
	if g.is.Descending || g.stop != nil {
		t.Errorf("the stopped one came after all: %+v", g.is)
	}
}

func TestPagesKeepWhatWasUsedLast(t *testing.T) {
	var p pages
	rows := make([][]any, pageRows)
	for i := range rows {
		rows[i] = []any{i}
	}
	for page := range int64(mostPages + 3) {
		from, n, ok := p.lacking(page*pageRows, page*pageRows+30, page*pageRows, 1<<40, 1, false)
		for ok && from/pageRows <= page {
			p.keep(from, n, rows)
			from, n, ok = p.lacking(page*pageRows, page*pageRows+30, page*pageRows, 1<<40, 1, false)
		}
	}
	if len(p.of) != mostPages || p.row(0) != nil || p.row((mostPages+2)*pageRows) == nil {
		t.Errorf("it keeps %d pages", len(p.of))
	}
	p = pages{}
	if from, n, _ := p.lacking(500_000, 500_040, 500_020, 1e6, 1, true); n != quickRows || from > 500_020 || from+int64(n) <= 500_020 {
		t.Errorf("of scattered rows it reads %d from %d first", n, from)
	}
}
