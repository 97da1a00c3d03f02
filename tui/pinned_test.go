package tui

import (
	"strings"
	"testing"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
)

func TestAKeptStatementIsAViewOfTheStepWhereItWasPinned(t *testing.T) {
	b, s := gridBench(t)
	b.press("5", "s")
	b.typeText("SELECT 7 AS SLOW")
	b.press("ctrl+s")
	b.typeText("slow pages")
	b.press("enter")
	b.mustShow("slow pages is kept with the lab and pinned to Quality, as a view of it")
	b.press("esc")
	b.mustShow("▸Quality · slow pages")
	b.press("v")
	b.mustShow("▸slow pages", "SELECT 7 AS SLOW", "row 0")
	if last := s.opened[len(s.opened)-1]; last != (store.Source{Query: "SELECT 7 AS SLOW"}) {
		t.Errorf("the view asked %+v", last)
	}
	b.press("6")
	if f := b.frame(); len(views.Views(f)) != 0 {
		t.Errorf("another step has the views %q", views.Views(f))
	}
	b.press("5", "s", "ctrl+o", "d", "esc", "esc")
	if text := b.screen(); strings.Contains(text, "▸slow pages") {
		t.Errorf("a statement that was deleted is still shown:\n%s", text)
	}
}

func TestWhatWasPinnedIsThereWhenTheWorkbenchOpens(t *testing.T) {
	dir := lab(t, 15)
	b := openBench(t, dir, &rowStore{})
	if err := b.ws.SaveScratchBook(pipeline.ScratchBook{Kept: []pipeline.Scratch{{Name: "slow pages", Step: "join", SQL: "SELECT 7"}}}); err != nil {
		t.Fatal(err)
	}
	b = openBench(t, dir, &rowStore{})
	b.press("8")
	b.mustShow("▸Rows · Without a review · Without a customer · slow pages")
}

func TestThePaletteBrowsesTablesAndGoesToRows(t *testing.T) {
	b, s := gridBench(t)
	b.find("500")
	b.press("enter")
	if at := b.grid().cursor; at != 499 {
		t.Errorf("it goes to row %d", at+1)
	}
	b.find("t_join")
	b.press("enter")
	if b.cover != nil || b.step.ID != "join" || b.focus != onPane {
		t.Errorf("the table that Join shows is not browsed there")
	}
	b.press(":")
	b.send(catalogRead{catalog: pipeline.Catalog{Tables: []pipeline.CatalogTable{{Name: "Visits 2", Columns: []store.Column{{Name: "A"}}}}}})
	for _, r := range "visits" {
		b.press(string(r))
	}
	b.press("enter")
	if last := s.opened[len(s.opened)-1]; last.Query != `SELECT * FROM "Visits 2"` {
		t.Errorf("it asked %+v", last)
	}
	b.mustShow("SQL on this lab", "row 0")
}
