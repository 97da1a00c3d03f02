package tui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/views"
)

// shop is a lab in which explain is done, with the tables that what-if asks: 60
// customers, of whom those buy who saw a fast page and are content.
func shop(t *testing.T) *bench {
	t.Helper()
	dir := lab(t, 15)
	print := fresh(t, dir)["explain"]
	record(t, dir, "20261122T100000Z-0001",
		entry{"", pipeline.KindRunStarted, pipeline.RunStarted{Command: "test", Store: "DuckDB"}},
		entry{"explain", pipeline.KindStepStarted, pipeline.StepStarted{Fingerprint: print}},
		entry{"explain", pipeline.KindTable, pipeline.Table{Name: "importance", Columns: []store.Column{{Name: "FEATURE", Type: store.String}}}},
		entry{"explain", pipeline.KindStepFinished, pipeline.StepFinished{Fingerprint: print, Summary: "Explained."}},
		entry{"", pipeline.KindRunFinished, pipeline.RunFinished{Status: "done"}})
	s := duck.New(dir, duck.Options{Command: t.Name()})
	t.Cleanup(func() { s.Close() })
	fill(t, s)
	return openBench(t, dir, s)
}

// fill writes customers, encoders and a model.
func fill(t *testing.T, s store.Store) {
	t.Helper()
	l := pipeline.DefaultLab()
	var rows [][]any
	features := make([]encode.Feature, len(l.Features))
	for f, name := range l.Features {
		features[f].Name = name
	}
	var inputs [][]float64
	var labels []float64
	for i := range 60 {
		load, feels := 0.5+float64(i%10)/2, float64(i%7)/3-1
		input := []float64{float64(i % 3), float64(i % 5), load, feels, float64(1 + i%5)}
		label := 0.0
		if load < 3 && feels > -0.5 {
			label = 1
		}
		for f, v := range input {
			features[f].Values = append(features[f].Values, encode.Frequency{Value: v, Count: 1, Weight: 1})
		}
		inputs, labels = append(inputs, input), append(labels, label)
		rows = append(rows, []any{fmt.Sprintf("id-%03d", i), "shoes", label, "It fits.", int64(i % 3), int64(i % 5), load, feels, int64(1 + i%5)})
	}
	cuts, err := encode.NewCuts(features, encode.DefaultMaxBin, encode.XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	builder := cuts.NewBuilder()
	for i, input := range inputs {
		if err := builder.Add(input, labels[i], 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	params := gbtree.DefaultParams(gbtree.Logistic)
	params.Rounds = 20
	model, err := gbtree.Train(t.Context(), params, gbtree.Input{Train: builder.Cells()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := gbtree.WriteJSON(&text, model); err != nil {
		t.Fatal(err)
	}
	values := pipeline.Values{}
	for _, p := range must(pipeline.FindStep("train")).Params {
		values[p.Name] = p.Default
	}
	values["objective"], values["min_child_weight"], values["rounds"], values["valid"] = gbtree.Logistic, "1", "20", "0"
	report, err := json.Marshal(map[string]any{"params": values})
	if err != nil {
		t.Fatal(err)
	}
	table := func(w store.Writer, name string, rows [][]any, columns ...store.Column) {
		if _, err := w.Replace(name, columns, each(rows)); err != nil {
			t.Error(err)
		}
	}
	word, number, whole := store.String, store.Float, store.Int
	err = s.Write(t.Context(), store.Marker{Run: "r", Step: "test"}, func(w store.Writer) error {
		table(w, l.Encoded, rows, store.Column{Name: l.ID, Type: word}, store.Column{Name: l.Group, Type: word}, store.Column{Name: l.Label, Type: number},
			store.Column{Name: l.Text, Type: word}, store.Column{Name: l.Features[0], Type: whole}, store.Column{Name: l.Features[1], Type: whole},
			store.Column{Name: l.Features[2], Type: number}, store.Column{Name: l.Features[3], Type: number}, store.Column{Name: l.Features[4], Type: whole})
		table(w, pipeline.EncodersTable, [][]any{{"REVIEW_QUALITY", "Basic", int64(0)}, {"REVIEW_QUALITY", "Detailed", int64(1)}, {"REVIEW_QUALITY", "Generic", int64(2)}},
			store.Column{Name: "COLUMN_NAME", Type: word}, store.Column{Name: "CLASS", Type: word}, store.Column{Name: "CODE", Type: whole})
		table(w, pipeline.ModelsTable, [][]any{{"print", "r", text.String(), string(report)}}, store.Column{Name: "FINGERPRINT", Type: word},
			store.Column{Name: "RUN", Type: word}, store.Column{Name: "MODEL", Type: word}, store.Column{Name: "REPORT", Type: word})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func each(rows [][]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// toWhatIf goes to the What-if view.
func (b *bench) toWhatIf() *bench {
	b.press("g", "1", "2", "tab")
	for range views.Views(b.frame()) {
		if b.onWhatIf() {
			return b
		}
		b.press("v")
	}
	b.t.Fatal("there is no What-if view")
	return b
}

func TestWhatIfAnswersWhileAValueMoves(t *testing.T) {
	b := shop(t).toWhatIf()
	b.mustShow("id-000", "1 of 60", "this customer", "buys with", "Along review quality", "Basic")
	before := b.asking.answer.Before
	b.press("down", "down", "down", "right", "right", "right", "right", "right", "right", "right")
	a := b.asking.answer
	if a.Feature != 2 || a.Before != before || a.After >= before || a.Set == nil || a.Set.Interval == nil {
		t.Fatalf("after seven steps of the load time: %+v", a)
	}
	b.mustShow("0.5 s → 3 s", "What moves it", "if everybody had it", "all: page load +2.5 s", "rate ", "90% [")
	b.press("=", "1", ".", "0", "enter")
	b.mustShow("0.5 s → 1 s")
	b.press("backspace")
	if b.asking.moved() {
		t.Error("backspace left the value moved")
	}
}

func TestWhatIfFindsTheSmallestChange(t *testing.T) {
	b := shop(t).toWhatIf()
	b.press("right", "f")
	b.mustShow("id-001", "smallest change", "proven")
	if a := b.asking.answer; (a.Before > pipeline.Threshold) == (a.After > pipeline.Threshold) {
		t.Errorf("it stays on the same side: %v and %v", a.Before, a.After)
	}
	b.press("left", "left")
	b.mustShow("everybody", "60 customers")
	b.press("f")
	b.mustShow("Choose a customer first")
}

func TestWhatIfFindsACustomerByID(t *testing.T) {
	b := shop(t).toWhatIf()
	b.press("=", "i", "d", "-", "0", "4", "2", "enter")
	b.mustShow("id-042", "typed")
	b.press("=")
	b.send(tea.PasteMsg{Content: "nobody"})
	b.press("enter")
	b.mustShow(`no customer's id begins with "nobody"`, "id-042")
}

func TestEscTakesBackTheQuestionThenLeavesThePane(t *testing.T) {
	b := shop(t).toWhatIf()
	b.press("down", "down", "down", "right", "=", "esc")
	if b.modal != 0 || !b.asking.moved() {
		t.Fatal("esc did not just leave the line")
	}
	b.press("esc")
	if b.asking.moved() || b.focus != onPane {
		t.Fatal("esc did not just take the question back")
	}
	b.press("esc")
	if b.focus != onRail {
		t.Fatal("esc did not leave the pane")
	}
}

func TestATypedValueIsRefusedWithItsReason(t *testing.T) {
	b := shop(t).toWhatIf()
	b.press("down", "=", "x", "enter")
	b.mustShow("it is one of Basic, Detailed, Generic.")
	b.press("backspace", "d", "enter")
	b.mustShow("→ Detailed")
	b.press("down", "down", "=", "x", "enter")
	b.mustShow("a number is expected.")
}

func TestWhatIfThatCannotBeReadSaysWhyAndAsksOnce(t *testing.T) {
	dir := lab(t, 15)
	print := fresh(t, dir)["explain"]
	record(t, dir, "20261122T100000Z-0001", entry{"explain", pipeline.KindStepStarted, pipeline.StepStarted{Fingerprint: print}},
		entry{"explain", pipeline.KindTable, pipeline.Table{Name: "importance"}},
		entry{"explain", pipeline.KindStepFinished, pipeline.StepFinished{Fingerprint: print}})
	b := newBench(t, dir).toWhatIf()
	b.mustShow("cannot be read just now", errNoRows.Error())
	asked := len(b.store.queries)
	b.press("down", "up")
	if len(b.store.queries) != asked {
		t.Errorf("it asks again: %q", b.store.queries[asked:])
	}
	b.press("v", "V")
	if len(b.store.queries) == asked {
		t.Error("coming back to the view does not try again")
	}
}

func TestTheMouseChoosesViewsAndInputs(t *testing.T) {
	b := shop(t)
	b.press("g", "1", "2")
	click := func(text string) {
		for y, line := range strings.Split(b.screen(), "\n") {
			if before, _, ok := strings.Cut(line, text); ok {
				b.send(tea.MouseClickMsg{X: ansi.StringWidth(before) + 1, Y: y, Button: tea.MouseLeft})
				return
			}
		}
		t.Fatalf("no %q on the screen", text)
	}
	click("Buyers")
	if got := views.Shows(b.frame()); got != "Buyers" || b.focus != onPane {
		t.Fatalf("a click on Buyers shows %q", got)
	}
	click(views.WhatIfView)
	if !b.onWhatIf() {
		t.Fatalf("a click on What-if shows %q", views.Shows(b.frame()))
	}
	click("page load")
	if b.feature() != 2 {
		t.Errorf("a click on the page load chose input %d", b.feature())
	}
}

func TestWhatIfFitsEverySize(t *testing.T) {
	b := shop(t).toWhatIf()
	b.press("down", "down", "down", "right", "f")
	for _, size := range [][2]int{{40, 10}, {60, 16}, {80, 24}, {120, 40}, {200, 60}} {
		b.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		lines := strings.Split(b.View().Content, "\n")
		if len(lines) > size[1] {
			t.Errorf("%d×%d: %d lines", size[0], size[1], len(lines))
		}
		for _, line := range lines {
			if w := ansi.StringWidth(line); w > size[0] {
				t.Errorf("%d×%d: a line of %d cells: %q", size[0], size[1], w, line)
			}
		}
	}
	if math.IsNaN(b.asking.answer.After) {
		t.Error("no answer")
	}
}
