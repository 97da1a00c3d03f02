package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views"
)

var modes = []mode{onRail, onPane, inHelp, inForm, inAsk, inJump, inWhy, inSQL, inDraft}

// allModes are those too that only a lab with a model comes into.
var allModes = append([]mode{onWhatIf, inTyping}, modes...)

// in puts a workbench into a mode.
func (b *bench) in(m mode) *bench {
	switch m {
	case onRail, onPane:
		b.focus = m
	case inForm:
		b.press("1", "e", "e")
	case inHelp:
		b.cover = &help{}
	case inWhy:
		b.cover = &why{step: b.step}
	case inSQL, inDraft:
		b.cover = sqlOf(m == inDraft)
	case inAsk, inJump:
		b.modal = m
	}
	if b.mode() != m && !(m == onPane && b.mode() == onGrid) {
		b.t.Fatalf("the workbench is in mode %d, not %d", b.mode(), m)
	}
	return b
}

func TestEveryKeyReachesTheRowThatNamesIt(t *testing.T) {
	for i := range table {
		row := &table[i]
		if len(row.keys) == 0 || row.label == "" || row.act == nil || row.in == 0 {
			t.Errorf("row %d (%s) is not whole", i, row.label)
		}
		for _, m := range allModes {
			for _, key := range row.keys {
				first := slices.IndexFunc(table, func(b binding) bool { return b.in&m != 0 && b.when == nil && slices.Contains(b.keys, key) })
				if row.in&m != 0 && row.when == nil && first != i {
					t.Errorf("in mode %d the key %s of row %q goes to row %q", m, key, row.label, table[first].label)
				}
			}
		}
	}
}

func TestWhateverIsOnTopSaysHowToLeave(t *testing.T) {
	for bit := mode(1); bit < 1<<30; bit <<= 1 {
		used, leaves := false, false
		for _, row := range table {
			if row.in == everywhere || row.in&bit == 0 {
				continue
			}
			used = true
			leaves = leaves || slices.Contains(row.keys, "esc") && row.foot != nil
		}
		if used && !leaves && bit&browsing == 0 {
			t.Errorf("the footer of mode %d does not say how to leave it", bit)
		}
	}
}

func TestEveryKeyOfTheFooterIsDispatched(t *testing.T) {
	dir := lab(t, 4)
	for _, m := range modes {
		b := newBench(t, dir).in(m)
		b.width = 300
		shown := ansi.Strip(b.footer())
		for _, row := range b.footerKeys() {
			if !strings.Contains(shown, row.label+" "+row.foot(b.model)) {
				t.Errorf("the footer of mode %d lacks %q: %s", m, row.label, shown)
			}
			for _, key := range row.keys {
				keyOf(t, key) // a key that exists
			}
		}
	}
}

func TestTheHelpHasEveryKeyOfThePaneAndTheRail(t *testing.T) {
	b := newBench(t, lab(t, 4))
	text := strings.Join(strings.Fields(ansi.Strip(strings.Join(b.drawHelp(100, ""), " "))), " ")
	for _, row := range table {
		if row.in&browsing == 0 {
			continue
		}
		if !slices.Contains(groups, row.group) || !strings.Contains(text, row.label) || !strings.Contains(text, row.help) {
			t.Errorf("the help lacks %q (%s)", row.label, row.help)
		}
	}
}

func TestAKeyThatCannotActSaysWhyAndDoesNothing(t *testing.T) {
	benches := map[string]func() *bench{
		"an empty lab":   func() *bench { return newBench(t, t.TempDir()) },
		"a failed lab":   func() *bench { return newBench(t, lab(t, 4)) },
		"a complete lab": func() *bench { return newBench(t, lab(t, 15)) },
		"a running lab": func() *bench {
			b := newBench(t, lab(t, 4))
			b.run = &ownRun{inbox: &inbox{}, cancel: func() {}, stopping: true}
			return b
		},
	}
	for name, open := range benches {
		refused := 0
		for i := range table {
			for _, m := range modes {
				row := &table[i]
				if row.why == nil || row.in&m == 0 {
					continue
				}
				b := open().in(m)
				if !row.applies(b.model, m) {
					continue
				}
				why := row.reason(b.model)
				if why == "" {
					continue
				}
				refused++
				step, tab, focus, modal, run := b.step, b.tab, b.focus, b.modal, b.run
				b.press(row.keys[0])
				if b.note.text != why || !strings.HasSuffix(why, ".") {
					t.Errorf("%s: %s says %q, not %q", name, row.label, b.note.text, why)
				}
				if b.step != step || b.tab != tab || b.focus != focus || b.modal != modal || b.run != run || b.quit {
					t.Errorf("%s: %s did something although %q", name, row.label, why)
				}
			}
		}
		if refused == 0 {
			t.Errorf("%s: no key was refused, so nothing was tested", name)
		}
	}
}

func TestEscUnwindsOneThingAtATime(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.press("tab")
	b.say("Something to read.")
	b.press("?", "esc")
	if b.cover != nil || b.focus != onPane {
		t.Fatal("esc did not just close the help")
	}
	b.say("Something to read.")
	b.press("esc")
	if b.note.text != "" || b.focus != onPane {
		t.Fatal("esc did not just take the message away")
	}
	b.press("esc")
	if b.focus != onRail {
		t.Fatal("esc did not leave the pane")
	}
}

func TestNumbersGoToSteps(t *testing.T) {
	for _, c := range []struct {
		keys string
		want int
	}{{"7", 7}, {"g 7", 7}, {"g 1 2", 12}, {"g 1 enter", 1}, {"g 1 down", 2}, {"g 1 esc", 1}, {"g 1 9", 1}} {
		b := newBench(t, lab(t, 4))
		b.press(strings.Fields(c.keys)...)
		if b.step.Number() != c.want || b.modal != 0 {
			t.Errorf("%s goes to step %d (mode %d), not %d", c.keys, b.step.Number(), b.mode(), c.want)
		}
	}
}

func TestTheArrowsCrossFromRailToPaneAndBack(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("8", "right", "right")
	if b.focus != onPane || b.here().left != 1 {
		t.Fatalf("→ → is at column %d with focus %d", b.here().left, b.focus)
	}
	b.press("left", "left")
	if b.focus != onRail || b.here().left != 0 {
		t.Fatalf("← ← is at column %d with focus %d", b.here().left, b.focus)
	}
}

func TestNextGoesOnAndSaysWhatToLookAt(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.press("2", "]", "n")
	if b.step != pipeline.Steps[2] || b.tab != views.Output {
		t.Fatalf("n went to %s", b.step.ID)
	}
	b.mustShow("Look: " + b.step.Look[:20])
}
