package tui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"willbuy/pipeline"
	"willbuy/store"
)

func TestAStatementIsAnsweredInAGrid(t *testing.T) {
	b, s := gridBench(t)
	b.press("s")
	b.typeText("SELECT * FROM x")
	b.press("alt+enter")
	b.typeText("LIMIT 5")
	b.press("enter")
	if last := s.opened[len(s.opened)-1]; last.Query != "SELECT * FROM x\nLIMIT 5" {
		t.Fatalf("it asked %+v", last)
	}
	b.mustShow("1  SELECT * FROM x", "2  LIMIT 5", "row 0", "[1-")
	b.press("shift+tab")
	if b.mode() != onAnswer {
		t.Fatalf("the answer does not have the keys in mode %d", b.mode())
	}
	b.press("end", "right", "o")
	b.mustShow("▸ row 4999", "X ▲")
	b.press("enter")
	b.mustShow("Row 5,000")
	b.press("esc", "esc", "esc")
	if b.cover != nil {
		t.Errorf("it ends in mode %d", b.mode())
	}
}

func TestAFaultyStatementSaysWhereItIsWrong(t *testing.T) {
	b, s := gridBench(t)
	b.press("s")
	b.typeText("SELECT *")
	b.press("alt+enter")
	b.typeText("FORM x")
	s.fault = store.Fault{Text: `syntax error at or near "FORM"`, Line: 2}
	b.press("enter")
	b.mustShow(`! syntax error at or near "FORM"`, "2▸ FORM x")
	b.press("backspace")
	if strings.Contains(b.screen(), "2▸") {
		t.Error("the line is still marked after an edit")
	}
}

func TestStatementsAreRemembered(t *testing.T) {
	b, _ := gridBench(t)
	b.press("s")
	for _, text := range []string{"SELECT 1", "SELECT 2"} {
		b.press("ctrl+u")
		b.typeText(text)
		b.press("enter")
	}
	b.press("esc", "s")
	b.typeText("SELECT 3")
	b.press("up", "up")
	b.mustShow("1  SELECT 1")
	b.press("down", "down")
	b.mustShow("1  SELECT 3")
}

func TestStatementsAreKeptUnderANameDeletedAndPutBack(t *testing.T) {
	b, s := gridBench(t)
	b.press("s")
	b.typeText("SELECT 7")
	b.press("ctrl+s")
	b.typeText("slow pages")
	b.press("enter")
	b.mustShow("slow pages is kept with the lab")
	if raw, err := os.ReadFile(filepath.Join(b.ws.Dir, "scratch.json")); err != nil || !strings.Contains(string(raw), `"slow pages"`) {
		t.Fatalf("on disk is %s, %v", raw, err)
	}
	b.press("esc", "s")
	b.mustShow("slow pages", "join", "SELECT 7", "1 statement kept")
	b.press("ctrl+o", "enter")
	if last := s.opened[len(s.opened)-1]; last.Query != "SELECT 7" {
		t.Errorf("it ran %+v", last)
	}
	b.press("ctrl+o", "d")
	b.mustShow("slow pages is deleted; u puts it back.")
	b.press("u", "esc")
	if book, err := b.ws.ScratchBook(); err != nil || len(book.Kept) != 1 {
		t.Errorf("it keeps %+v, %v", book, err)
	}
}

func TestTabCompletesTablesAndColumns(t *testing.T) {
	b, _ := gridBench(t)
	b.press("s")
	b.send(catalogRead{catalog: pipeline.Catalog{Tables: []pipeline.CatalogTable{{Name: "REVIEWS", Columns: []store.Column{{Name: "REVIEW_TEXT"}}}}}})
	b.mustShow("REVIEWS  REVIEW_TEXT")
	b.typeText("SELECT * FROM rev")
	b.press("tab")
	b.mustShow("1  SELECT * FROM REVIEWS")
	b.typeText(" WHERE rev")
	b.press("tab")
	b.mustShow("WHERE REVIEW_TEXT")
}

func TestAStatementThatRunsIsStopped(t *testing.T) {
	b, s := gridBench(t)
	b.press("s")
	b.typeText("SELECT 1")
	s.fault = errors.New("never mind")
	c := b.cover.(*scratch)
	c.run(b.model, "SELECT 1")
	cmd := c.grid.arrange(b.model)
	b.mustShow("reading the answer …")
	b.press("esc")
	b.do(cmd)
	if c.runs() || b.cover == nil {
		t.Error("esc does not stop it")
	}
}
