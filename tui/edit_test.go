package tui

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/views"
)

// sqlBench is a complete lab whose store has the two tables that the join
// reads, three customers and two reviews.
func sqlBench(t *testing.T) *bench {
	t.Helper()
	dir := lab(t, 15)
	s := duck.New(dir, duck.Options{})
	t.Cleanup(func() { s.Close() })
	err := s.Write(t.Context(), store.Marker{Step: "setup"}, func(w store.Writer) error {
		_, err := w.CreateAs("TABULAR_DATA", `SELECT * FROM (VALUES ('a', 'laptop', 'wide', 1.0, 5, 1), ('b', 'phone', 'wide', 2.0, 1, 0), ('c', 'phone', 'tall', 3.0, 3, 1))
			t(UUID, PRODUCT_TYPE, PRODUCT_LAYOUT, PAGE_LOAD_TIME, PRODUCT_RATING, PURCHASE_DECISION)`)
		if err == nil {
			_, err = w.CreateAs("REVIEWS", `SELECT * FROM (VALUES ('a', 'good', 'Basic', 0.5), ('b', 'bad', 'Basic', -0.5)) t(UUID, REVIEW_TEXT, REVIEW_QUALITY, REVIEW_SENTIMENT)`)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return openBench(t, dir, s)
}

// sqlOf is the cover of the join's SQL, before or after the store was asked.
func sqlOf(checked bool) *sqlEdit {
	join := must(pipeline.FindStep("join"))
	e := &sqlEdit{step: join, param: join.Params[0], own: "SELECT 1", was: "SELECT 1", checked: checked}
	e.area.set(strings.Repeat("SELECT a_column_with_a_long_name, another_one_that_is_longer FROM somewhere\n", 30))
	if checked {
		e.draft = pipeline.Draft{Rows: 7, Value: "SELECT 2", Plan: store.Plan{Columns: []store.Column{{Name: strings.Repeat("LONG", 40), Type: store.Int}},
			Steps: []store.PlanStep{{Does: strings.Repeat("read a table and ", 20), Rows: 1e9}}}}
	}
	return e
}

func TestAnEditedSQLIsExplainedBeforeItIsAcceptedAndCanBeTakenBack(t *testing.T) {
	b := sqlBench(t)
	b.press("8", "E")
	b.mustShow("SQL of 8 Join", "INNER JOIN REVIEWS r", "The lab's own text", "ctrl+s check it", "esc leave it as it was")
	b.press("ctrl+end", "enter")
	b.typeText("WHERE t.PRODUCT_RATING > 2")
	b.press("ctrl+s")
	b.mustShow("It will do: 1 row (now 2,000), 9 columns.", "Accepting it makes stale: Join, Encode, Train", "+ REVIEW_TEXT", "− X",
		"read TABULAR_DATA where PRODUCT_RATING>2", "enter accept it")
	if b.values["join"]["sql"] != "" || b.journal.shown.Step("join").Status != pipeline.Done {
		t.Fatal("it was accepted before enter")
	}
	b.press("enter")
	b.mustShow("The SQL of Join is now edited, 8 lines.", "Stale now: Join, Encode", "~  8 Join")
	if !strings.HasSuffix(b.values["join"]["sql"], "WHERE t.PRODUCT_RATING > 2") {
		t.Fatalf("what is kept is %q", b.values["join"]["sql"])
	}
	b.press("]")
	b.mustShow("• sql is edited", "WHERE t.PRODUCT_RATING > 2")
	b.press("u")
	b.mustShow("The SQL of Join is now the lab's own again.", "Fresh again: Join, Encode", "✓  8 Join")
}

func TestASQLThatWillNotDoIsNotAccepted(t *testing.T) {
	b := sqlBench(t)
	b.press("8", "E", "ctrl+end")
	b.typeText(" WHERR 1")
	b.press("ctrl+s")
	b.mustShow(`! line 7: syntax error at or near "WHERR"`, "7▸ ")
	if b.mode() != inSQL {
		t.Fatal("a wrong text left the editor")
	}
	b.press("ctrl+r", "ctrl+s") // the lab's own text
	b.mustShow("This is the lab's own text: 2 rows", "changes nothing")
	b.press("e", "home")
	b.typeText("-- a remark")
	b.press("enter", "esc")
	b.mustShow("Esc again throws away what you wrote")
	b.press("esc")
	if b.cover != nil || b.values["join"]["sql"] != "" {
		t.Fatal("esc esc did not leave it as it was")
	}
}

func TestTheLabsOwnSQLIsPutBackByAKey(t *testing.T) {
	b := sqlBench(t)
	join := must(pipeline.FindStep("join"))
	text := pipeline.SQL("join", b.lab) + "\nWHERE 1 = 1"
	if err := b.ws.Set(join, "sql", text); err != nil {
		t.Fatal(err)
	}
	b.send(lookTick{})
	b.mustShow("Changed outside: join.sql is now edited, 8 lines.")
	b.press("8", "ctrl+r")
	b.mustShow("This is the lab's own text: 2 rows", "Accepting it makes stale: Join")
	b.press("enter")
	if got := b.values["join"]["sql"]; got != "" {
		t.Fatalf("the text is %q", got)
	}
	b.press("u")
	if got := b.values["join"]["sql"]; got != text {
		t.Fatalf("taken back it is %q", got)
	}
}

func TestOfSeveralTextsOneIsChosen(t *testing.T) {
	b := sqlBench(t)
	b.press("g", "1", "5", "E")
	if b.cover != nil || b.tab != views.Parameters {
		t.Fatal("E does not first show the texts")
	}
	b.press("down", "E")
	b.mustShow("SQL of 15 Dashboard: groups", "GROUP BY PRODUCT_TYPE")
	b.press("esc", "e")
	b.mustShow("SQL of 15 Dashboard: groups")
}

func TestWhatTheEditorWroteIsCheckedAtOnce(t *testing.T) {
	b := sqlBench(t)
	b.press("8")
	b.editor = "true"
	own := pipeline.SQL("join", b.lab)
	open := func() *sqlEdit { // as E does, without giving the terminal away
		p, _ := b.step.Param("sql")
		e := b.newEdit(p)
		b.cover = e
		return e
	}
	e := open()
	b.send(writtenOutside{e, own + "\r\n", nil})
	b.mustShow("The SQL of Join stays as it was.")

	e = open()
	b.send(writtenOutside{e, strings.Replace(own, "t.*", "t.UUID", 1), nil})
	b.mustShow("! the result lacks", "PURCHASE_DECISION", "e goes back to the text")
	b.press("enter")
	b.mustShow("This SQL cannot run as it is")

	e = open()
	b.send(writtenOutside{e, own + "\nLIMIT 1", nil})
	b.mustShow("It will do: 1 row")

	e = open()
	b.send(writtenOutside{e, "", errors.New("exit status 1")})
	b.mustShow("The editor did not work: exit status 1. The text can be edited here", "INNER JOIN")
}

func TestEditorsAreFoundAsElsewhere(t *testing.T) {
	for _, c := range []struct{ visual, editor, want string }{{"", "", ""}, {"code --wait", "vi", "code --wait"}, {"", " nano ", "nano"}} {
		got := editorOf(func(name string) string { return map[string]string{"VISUAL": c.visual, "EDITOR": c.editor}[name] })
		if got != c.want {
			t.Errorf("with %q and %q the editor is %q", c.visual, c.editor, got)
		}
	}
}

func TestTheTextIsEditedLikeAnyOther(t *testing.T) {
	for _, c := range []struct{ start, keys, want string }{
		{"ab\ncd", "down end backspace", "ab\nc|"},
		{"ab\ncd", "down backspace", "ab|cd"},
		{"ab\ncd", "end delete", "ab|cd"},
		{"ab\ncd", "end right", "ab\n|cd"},
		{"ab\ncd", "down left", "ab|\ncd"},
		{"  ab", "end enter x", "  ab\n  x|"},
		{"abcd", "right right enter", "ab\n|cd"},
		{"abcd\nx", "end down", "abcd\nx|"},
		{"ab\ncd\nef", "ctrl+end", "ab\ncd\nef|"},
		{"ab\ncd\nef", "pgdown ctrl+home", "|ab\ncd\nef"},
		{"ab", "tab", "    |ab"},
		{"x\ty", "", "|x    y"},
	} {
		var a area
		a.set(strings.ReplaceAll(c.start, "\t", "    "))
		for _, k := range strings.Fields(c.keys) {
			a.key(keyOf(t, k))
		}
		a.line().insert("|")
		if got := a.text(); got != c.want {
			t.Errorf("%q, %s: %q, not %q", c.start, c.keys, got, c.want)
		}
	}
	var a area
	a.set("")
	a.insert("one\r\n\ttwo\x1b[31m")
	if got := a.text(); got != "one\n    two [31m" {
		t.Errorf("pasted text is %q", got)
	}
}

func TestALongTextScrollsWithTheCursorInSight(t *testing.T) {
	var a area
	a.set(strings.Repeat("SELECT 1,\n", 50) + strings.Repeat("0123456789", 10))
	a.row = 50
	a.line().at = 100
	lines, at := a.draw(30, 10, 3, dark.theme())
	if len(lines) != 10 || at.Y != 9 || at.X > 29 {
		t.Errorf("%d lines, the cursor at %+v", len(lines), at)
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "6789") }) {
		t.Errorf("the end of the line is not in sight: %q", lines[9])
	}
}
