package tui

import (
	"strings"
	"testing"
)

func TestLettersGoToSteps(t *testing.T) {
	for _, c := range []struct {
		keys string
		want int
		open bool // more letters are waited for
	}{
		{"g t", 10, false}, {"g d", 15, false}, {"g s e n", 7, false}, {"g s e", 1, true}, {"g s e enter", 1, false}, {"g s a", 6, false},
		{"g j o i", 8, false}, {"g x", 1, true}, {"g s x", 1, true}, {"g s backspace t", 10, false}, {"g r e esc", 1, false}, {"g s 1 2", 12, false},
	} {
		b := newBench(t, lab(t, 4))
		b.press("1")
		b.press(strings.Fields(c.keys)...)
		if b.step.Number() != c.want || b.modal == inJump != c.open {
			t.Errorf("%s goes to step %d (mode %d), not %d", c.keys, b.step.Number(), b.mode(), c.want)
		}
	}
	b := newBench(t, lab(t, 4))
	b.press("g", "s", "e")
	b.mustShow("Go to step se_   1 Setup · 7 Sentiment")
}
