package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
)

// scene is a screen of the workbench to be drawn at many sizes: who opens it,
// and the keys that lead to it.
type scene struct {
	open func(t *testing.T) *bench
	keys string
	then func(b *bench) // what no key can bring about without a run or a store
}

// scenes are every mode that the key table knows, and what else shares the
// screen: splits, the zoom, the presenter, a replay.
func scenes() []scene {
	empty := func(t *testing.T) *bench { return newBench(t, t.TempDir()) }
	failed := func(t *testing.T) *bench { return newBench(t, lab(t, 4)) }
	done := func(t *testing.T) *bench { return newBench(t, lab(t, 15)) }
	rows := func(t *testing.T) *bench { b, _ := gridBench(t); return b }
	mended := func(t *testing.T) *bench { return broken(t, false) }
	replayed := func(t *testing.T) *bench {
		b := playing(t, t.TempDir(), DemoRun)
		b.seek(len(b.replay.events) / 2)
		return b
	}
	to := func(step, view string) func(*bench) { return func(b *bench) { b.to(step, view) } }
	under := func(made func(b *bench) cover) func(*bench) { return func(b *bench) { b.cover = made(b) } }
	return []scene{
		{open: empty},
		{open: empty, keys: "tab"},
		{open: failed, keys: "5"},
		{open: failed, keys: "5 ?"},
		{open: failed, keys: "? / s t"},
		{open: failed, keys: "5 w"},
		{open: failed, keys: "e e"},
		{open: failed, keys: "g 1"},
		{open: failed, keys: "q", then: func(b *bench) {
			b.run = &ownRun{inbox: &inbox{}, cancel: func() {}}
			b.press("q")
		}},
		{open: done, keys: "9 ] tab"},
		{open: done, keys: ":"},
		{open: done, keys: ": t r a i n"},
		{open: done, keys: "R"},
		{open: done, then: func(b *bench) { b.in(inSQL) }},
		{open: done, then: func(b *bench) { b.in(inDraft) }},
		{open: done, keys: "g 1 3 tab", then: func(b *bench) {
			b.send(jobsFound{jobs: []pipeline.Job{{ID: "20261122T100000Z-0009", Name: "retrain", Status: pipeline.JobRunning, Submitted: began}}})
		}},
		{open: done, keys: "g 1 4 tab"},
		{open: done, keys: "g 1 5 /", then: func(b *bench) {
			b.send(shopChoices{shop: b.shop, choices: []pipeline.Choice{
				{Say: "product type", Column: store.Column{Name: "PRODUCT_TYPE", Type: store.String}, Op: "=", Values: []any{"laptop", strings.Repeat("long", 30)}}}})
			b.press("right", "right")
		}},
		{open: done, keys: "5", then: under(func(b *bench) cover {
			x := &tryit{step: b.step, model: &pipeline.Tryout{}}
			x.line.insert(strings.Repeat("a review that goes on and on ", 12))
			x.ctx, x.leave = b.ctx, func() {}
			x.answer = &pipeline.Tried{Text: "ab", Labels: []string{strings.Repeat("good ", 20), "bad"}, Scores: []float64{0.25, 0.75}}
			return x
		})},
		{open: done, then: under(func(*bench) cover {
			return &fullText{title: func(*model) (string, string) { return strings.Repeat("A title ", 30), "1 of 3" },
				lines: func(_ *model, width int) []string {
					return strings.Split(ansi.Wrap(strings.Repeat("words 日本語 ", 300), width, " "), "\n")
				}}
		})},
		{open: rows},
		{open: rows, keys: "right p > > o"},
		{open: rows, keys: "enter"},
		{open: rows, keys: "i"},
		{open: rows, keys: "Y"},
		{open: rows, keys: "/ X"},
		{open: rows, keys: "s S E L"},
		{open: rows, keys: "s S enter shift+tab"},
		{open: rows, keys: "s S ctrl+s a enter ctrl+o"},
		{open: rows, keys: "|"},
		{open: rows, keys: "z"},
		{open: rows, keys: "P"},
		{open: rows, keys: "P N S"},
		{open: studied, then: to("train", views.CurvesView)},
		{open: studied, then: func(b *bench) { b.to("train", views.CurvesView).press("left", "left", "+") }},
		{open: studied, then: func(b *bench) { b.to("train", views.CurvesView).press("c") }},
		{open: studied, then: func(b *bench) { b.to("train", views.CurvesView).press("Y") }},
		{open: studied, then: func(b *bench) { b.to("train", views.CurvesView).press("|", "v") }},
		{open: studied, then: to("train", views.ConfusionView)},
		{open: studied, then: to("train", views.TreesView)},
		{open: studied, then: func(b *bench) { b.to("explain", views.SurprisesView).press("/") }},
		{open: studied, then: to("explain", views.WhatIfView)},
		{open: studied, then: func(b *bench) { b.to("explain", views.WhatIfView).press("=", "1") }},
		{open: mended, keys: "4 tab enter"},
		{open: mended, keys: "4 tab enter enter"},
		{open: mended, keys: "4 tab enter F"},
		{open: replayed},
		{open: replayed, keys: "space"},
		{open: replayed, keys: "|"},
		{open: replayed, keys: "z"},
		{open: replayed, keys: "P N"},
		{open: replayed, keys: "w"},
	}
}

// TestEverySceneFitsEverySize draws each scene at widths from 20 to 200 and
// heights from 6 to 60, the size changing under it as when a terminal is pulled
// about: as many lines as there are, none too wide.
func TestEverySceneFitsEverySize(t *testing.T) {
	seen, n := mode(0), 0
	for i, scene := range scenes() {
		b := scene.open(t)
		b.press(strings.Fields(scene.keys)...)
		if scene.then != nil {
			scene.then(b)
		}
		seen |= b.mode()
		for range 60 {
			n++
			width, height := 20+n*37%181, 6+n*17%55
			if b.note = (note{}); n%3 == 0 {
				b.warn("something long to say about what has happened, " + strings.Repeat("and more ", 20))
			}
			b.scheme, b.still = []scheme{dark, mono}[n%2], n%5 == 0
			b.send(tea.WindowSizeMsg{Width: width, Height: height})
			if err := sound(b.View().Content, width, height, b.fits()); err != nil {
				t.Errorf("scene %d (%s, mode %d) at %d×%d: %v", i+1, scene.keys, b.mode(), width, height, err)
				break
			}
		}
	}
	for i := range table {
		if row := &table[i]; row.in != everywhere && row.in&seen == 0 {
			t.Errorf("no scene is in a mode of the key %s (%s)", row.label, row.help)
		}
	}
}

// sound says what is wrong with a screen: it has exactly its lines, or fewer
// where it only says that it is too small, and none too wide.
func sound(screen string, width, height int, whole bool) error {
	lines := strings.Split(screen, "\n")
	if len(lines) > height || whole && len(lines) < height {
		return fmt.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > width {
			return fmt.Errorf("a line of %d cells: %q", w, line)
		}
	}
	return nil
}
