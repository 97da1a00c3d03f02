package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

func TestAGridAsksTheStoreForRowsThatTheEventDoesNotCarry(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("8", "tab")
	if len(b.store.queries) != 0 {
		t.Fatalf("the first rows are in the event, yet it asked %q", b.store.queries)
	}
	b.press("end")
	if len(b.store.queries) != 1 || !strings.Contains(b.store.queries[0], "FROM T_JOIN ORDER BY UUID LIMIT 500 OFFSET 1749") {
		t.Fatalf("it asked %q", b.store.queries)
	}
	b.mustShow("! The rows cannot be read just now: no rows here")
	b.press("left", "right") // nothing that changes the rows
	if len(b.store.queries) != 1 {
		t.Fatal("it asks again and again")
	}
	b.press("up")
	if len(b.store.queries) != 2 {
		t.Fatal("it does not try again further on")
	}
}

func TestAPageIsShownUntilItsStepRunsAgain(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("8", "tab", "end")
	rows := make([][]any, pageRows)
	for i := range rows {
		rows[i] = []any{"row-from-the-store", float64(i)}
	}
	b.send(fetched{want: want{from: b.source("T_JOIN")}, page: views.Page{Table: "T_JOIN", Offset: 1500, Rows: rows}})
	b.mustShow("row-from-the-store")
	again := finished("join", "another", 2000)
	for i := range again {
		b.journal.apply([]pipeline.Event{event(int64(i+1), "r2", again[i])})
	}
	if strings.Contains(b.screen(), "row-from-the-store") {
		t.Fatal("rows of before are shown")
	}
}

func TestATallScreenFetchesWhatThePreviewLacks(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.send(tea.WindowSizeMsg{Width: 120, Height: 80})
	b.press("8")
	if len(b.store.queries) != 1 || !strings.Contains(b.store.queries[0], "OFFSET 0") {
		t.Fatalf("it asked %q", b.store.queries)
	}
}
