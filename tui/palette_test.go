package tui

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/views"
)

// find opens the palette and types.
func (b *bench) find(typed string) *palette {
	b.t.Helper()
	b.press(":")
	for _, r := range typed {
		if r == ' ' {
			b.press("space")
			continue
		}
		b.press(string(r))
	}
	return b.cover.(*palette)
}

func TestThePaletteFindsWhatIsMeantFirst(t *testing.T) {
	b := newBench(t, lab(t, 15))
	for _, c := range []struct{ typed, kind, name string }{
		{"tra", "step", "Train"},
		{"train", "step", "Train"},
		{"eta", "parameter", "eta"},
		{"max_d", "parameter", "max_depth"},
		{"maxd", "parameter", "max_depth"},
		{"cancel", "command", "Cancel the run. What is done is kept."},
		{"train code", "tab", "Train: Code"},
		{"code train", "tab", "Train: Code"},
		{"t_join", "table", "T_JOIN"},
		{"run 1", "run", "run 1"},
		{"whole screen", "command", "Give the pane the whole screen, and back."},
		{"12", "step", "Explain"},
		{"step 12", "step", "Explain"},
		{"param depth", "parameter", "max_depth"},
	} {
		p := b.find(c.typed)
		if len(p.found) == 0 {
			t.Errorf("%q finds nothing", c.typed)
		} else if first := p.found[0].item; first.kind != c.kind || first.name != c.name {
			t.Errorf("%q finds the %s %q first, not the %s %q", c.typed, first.kind, first.name, c.kind, c.name)
		}
		b.press("esc")
	}
}

func TestThePaletteShowsWhichLettersWereFound(t *testing.T) {
	for _, c := range []struct{ typed, name, want string }{
		{"eta", "meta eta", "     eta"},
		{"dep", "max_depth", "    dep  "},
		{"mdp", "max_depth", "m   d p  "},
		{"ürg", "Zürich ürgend", "       ürg   "},
		{"b a", "a b", "a b"},
	} {
		found := search([]item{{name: c.name}}, c.typed)
		if len(found) != 1 {
			t.Errorf("%q is not found in %q", c.typed, c.name)
			continue
		}
		got := []rune(c.name)
		for i := range got {
			if !found[0].hit[i] {
				got[i] = ' '
			}
		}
		if string(got) != c.want {
			t.Errorf("%q in %q finds %q, not %q", c.typed, c.name, string(got), c.want)
		}
	}
	if found := search([]item{{name: "Train"}}, "xyz"); len(found) != 0 {
		t.Error("xyz is found in Train")
	}
}

func TestThePaletteHasEveryStepParameterAndCommand(t *testing.T) {
	b := newBench(t, lab(t, 15))
	p := b.find("")
	has := func(kind, name string) bool {
		return slices.ContainsFunc(p.all, func(it item) bool { return it.kind == kind && it.name == name })
	}
	for _, s := range pipeline.Steps {
		if !has("step", s.Title) || !has("tab", s.Title+": Code") {
			t.Errorf("it lacks %s", s.Title)
		}
		for _, param := range s.Params {
			if !has("parameter", param.Name) {
				t.Errorf("it lacks %s of %s", param.Name, s.Title)
			}
		}
	}
	for _, row := range table {
		if row.in&browsing != 0 && row.help != "" && !slices.Contains(row.keys, ":") && !has("command", row.help) {
			t.Errorf("it lacks the command %q", row.help)
		}
	}
}

func TestWhatThePaletteFindsIsDone(t *testing.T) {
	for _, c := range []struct {
		typed string
		done  func(b *bench) bool
	}{
		{"explain", func(b *bench) bool { return b.step.ID == "explain" }},
		{"encode checks", func(b *bench) bool { return b.step.ID == "encode" && b.tab == views.Checks }},
		{"eta", func(b *bench) bool {
			return b.step.ID == "train" && b.form != nil && b.form.field().param.Name == "eta"
		}},
		{"t_join", func(b *bench) bool { return b.step.ID == "join" && b.focus == onPane }},
		{"whole screen", func(b *bench) bool { return b.zoomed }},
		{"first letters", func(b *bench) bool { return b.modal == inJump }},
	} {
		b := newBench(t, lab(t, 15))
		b.find(c.typed)
		b.press("enter")
		if !c.done(b) {
			t.Errorf("%q and enter did not do it: %s, tab %d, mode %d, %q", c.typed, b.step.ID, b.tab, b.mode(), b.note.text)
		}
	}
}

func TestWhatCannotBeDoneIsDimAndSaysWhy(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.find("cancel the run")
	b.mustShow("Nothing runs.")
	b.press("enter")
	if b.note.text != "Nothing runs." || b.cover == nil {
		t.Errorf("enter says %q", b.note.text)
	}
}

func TestAClickInThePaletteTakesTheLine(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.find("explain")
	for y, line := range strings.Split(b.screen(), "\n") {
		if strings.Contains(line, "step") && strings.Contains(line, "Explain") {
			b.send(tea.MouseClickMsg{X: 60, Y: y, Button: tea.MouseLeft})
			break
		}
	}
	if b.cover != nil || b.step.ID != "explain" {
		t.Errorf("the click went to %s", b.step.ID)
	}
}

func TestPastedTextIsSearched(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("ctrl+p")
	b.send(tea.PasteMsg{Content: "expl\nain"})
	if got := b.cover.(*palette).line.text(); got != "expl ain" {
		t.Errorf("it searches %q", got)
	}
}

func TestTypingInTheHelpSearchesTheKeys(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("?")
	b.typeText("zoom")
	if text := b.screen(); !strings.Contains(text, "Give the pane the whole screen") && !strings.Contains(text, "the zoom") || strings.Contains(text, "Run everything") {
		t.Errorf("zoom shows\n%s", text)
	}
	b.press("esc")
	b.mustShow("type to search", "Run everything")
	b.typeText("qqq")
	b.mustShow("No key does that.")
	b.press("esc", "esc")
	if b.cover != nil {
		t.Error("esc does not close the help")
	}
}
