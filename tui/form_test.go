package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"willbuy/pipeline"
	"willbuy/views"
)

// typeText types each letter.
func (b *bench) typeText(text string) {
	for _, r := range text {
		if r == ' ' {
			b.press("space")
			continue
		}
		b.press(string(r))
	}
}

func TestAParameterIsEditedAndWhatBecameStaleIsSaid(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("g", "1", "0", "e")
	if b.tab != views.Parameters || b.focus != onPane || b.form != nil {
		t.Fatal("the first e does not just show the parameters")
	}
	for b.step.Params[b.here().cursor].Name != "eta" {
		b.press("down")
	}
	b.press("e")
	b.mustShow("eta = 0.1", "default 0.1 · 0 … 1")
	b.press("backspace", "backspace", "backspace")
	b.typeText("7x")
	b.mustShow(`eta must be a number, not "7x"`)
	b.press("enter")
	if b.form == nil || b.values["train"]["eta"] != "0.1" {
		t.Fatal("a wrong value was saved")
	}
	b.press("ctrl+u")
	b.typeText("0.3")
	b.mustShow("✓ eta", "makes stale: Train, Register, Explain", "• eta                   0.3")
	b.press("enter")
	b.mustShow("eta is now 0.3. Stale now: Train, Register, Explain", "~ 10 Train           stale")
	text, err := os.ReadFile(filepath.Join(b.ws.Dir, "willbuy.toml"))
	if err != nil || !strings.Contains(string(text), "0.3") {
		t.Fatalf("the file says %q, %v", text, err)
	}
	if status := b.journal.shown.Step("join").Status; status != pipeline.Done {
		t.Errorf("join is %s although nothing before it changed", status)
	}
}

func TestAllParametersOfAStepAreOneForm(t *testing.T) {
	b := newBench(t, lab(t, 15)).in(inForm)
	at := func(name string) {
		t.Helper()
		for range b.step.Params {
			if b.form.field().param.Name == name {
				return
			}
			b.press("tab")
		}
		t.Fatalf("tab does not come to %s", name)
	}
	at("rows")
	b.press("ctrl+u")
	b.typeText("300")
	at("dirty")
	b.press("ctrl+u")
	b.typeText("2")
	b.mustShow("! dirty must be in 0 … 1, not 2")
	b.press("shift+tab") // another field is right, and still nothing is saved
	b.press("enter")
	if b.form == nil || b.values["setup"]["rows"] != "2000" {
		t.Fatal("a form with a wrong value was saved")
	}
	at("dirty")
	b.press("ctrl+r")
	at("seed")
	b.press("ctrl+u")
	b.typeText("7")
	b.mustShow("✓ rows, seed", "makes stale: Setup, Cluster, Read, Parse and 11 more", "enter save 2 changes")
	b.press("enter")
	b.mustShow("Changed 2 parameters: rows, seed.", "u takes it back")
	if v := b.values["setup"]; v["rows"] != "300" || v["seed"] != "7" {
		t.Fatalf("saved is %v", v)
	}
	b.press("u")
	b.mustShow("rows are as they were", "Fresh again: Setup")
	if v := b.values["setup"]; v["rows"] != "2000" || v["seed"] != "1" {
		t.Fatalf("taken back it is %v", v)
	}
}

func TestChangesAreTakenBackOneByOneUnlessSomebodyElseChangedThemSince(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("u")
	b.mustShow("No parameter or SQL was changed here yet.")
	change := func(value string) {
		b.press("3", "e", "ctrl+u")
		if b.form == nil {
			b.press("e", "ctrl+u")
		}
		b.typeText(value)
		b.press("enter")
	}
	for _, value := range []string{"*.csv", "b*", "c*"} {
		change(value)
	}
	b.press("1", "u")
	if got := b.values["read"]["pattern"]; got != "b*" || b.step.ID != "read" {
		t.Fatalf("u made it %s, at %s", got, b.step.ID)
	}
	b.press("u")
	b.mustShow("pattern is now *.csv again.")
	read := must(pipeline.FindStep("read"))
	if err := b.ws.Set(read, "pattern", "theirs"); err != nil {
		t.Fatal(err)
	}
	b.send(lookTick{})
	b.press("u")
	b.mustShow("pattern was changed outside since, to theirs; that stays.")
	if got := b.values["read"]["pattern"]; got != "theirs" || len(b.history) != 0 {
		t.Fatalf("it is %s, with %d changes to take back", got, len(b.history))
	}
}

func TestEscLeavesAParameterAsItWas(t *testing.T) {
	b := newBench(t, lab(t, 15)).in(inForm)
	name := b.form.field().param.Name
	was := b.values["setup"][name]
	b.typeText("9")
	b.press("esc")
	if b.form != nil || b.values["setup"][name] != was || b.focus != onPane {
		t.Fatal("esc did more or less than leave the form")
	}
}

func TestChoicesAreTurnedWithTheArrows(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.press("5", "e")
	for b.step.Params[b.here().cursor].Kind != pipeline.BoolParam {
		b.press("down")
	}
	b.press("e", "right")
	if got := b.form.field().line.text(); got != "true" {
		t.Fatalf("→ turned false into %q", got)
	}
}

func TestTheLineEditsLikeAnyOther(t *testing.T) {
	for _, c := range []struct{ start, keys, want string }{
		{"abc", "backspace", "ab|"},
		{"abc", "left x", "abx|c"},
		{"abc", "home delete", "|bc"},
		{"abc", "home right ctrl+k", "a|"},
		{"abc", "left ctrl+u", "|c"},
		{"one, two three", "ctrl+w", "one, two |"},
		{"", "backspace delete left right ü", "ü|"},
		{"日本", "left 語", "日語|本"},
	} {
		var l line
		l.set(c.start)
		for _, k := range strings.Fields(c.keys) {
			if k == "語" || k == "ü" || k == "x" {
				l.insert(k)
				continue
			}
			l.key(keyOf(t, k))
		}
		if got := string(l.runes[:l.at]) + "|" + string(l.runes[l.at:]); got != c.want {
			t.Errorf("%q, %s: %q, not %q", c.start, c.keys, got, c.want)
		}
	}
	var l line
	l.insert("a\nb\x1b[31m")
	if l.text() != "a b [31m" {
		t.Errorf("pasted control characters stay: %q", l.text())
	}
	l.set(strings.Repeat("0123456789", 5))
	if text, at := l.draw(10); text != "…23456789" || at != 9 {
		t.Errorf("a long line shows %q with the cursor at %d", text, at)
	}
}
