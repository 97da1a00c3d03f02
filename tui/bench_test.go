package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// BenchmarkKeyToFrame is what a key costs until the frame is a string: the
// rest is Bubble Tea's and the terminal's.
func BenchmarkKeyToFrame(b *testing.B) {
	w := newBench(b, lab(b, 15))
	keys := []tea.KeyPressMsg{keyOf(b, "]"), keyOf(b, "j"), keyOf(b, "]"), keyOf(b, "k")}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.Update(keys[i%len(keys)])
		w.View()
	}
}

// BenchmarkIdleView is what a message costs that changes nothing.
func BenchmarkIdleView(b *testing.B) {
	w := newBench(b, lab(b, 15))
	b.ReportAllocs()
	for b.Loop() {
		w.Update(lookTick{})
		w.View()
	}
}
