package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/pipeline/registry"
	"willbuy/store"
	"willbuy/views"
)

// studied is the shop with training, its measures and surprises recorded: two
// runs of training, of 30 and 20 rounds, with another eta.
func studied(t *testing.T) *bench {
	t.Helper()
	b := shop(t)
	prints := fresh(t, b.ws.Dir)
	for i, run := range []string{"20261122T110000Z-0002", "20261122T120000Z-0003"} {
		entries := []entry{{"", pipeline.KindRunStarted, pipeline.RunStarted{Command: "test"}},
			{"train", pipeline.KindStepStarted, pipeline.StepStarted{Fingerprint: prints["train"], Params: map[string]string{"eta": fmt.Sprint(0.2 - float64(i)/10), "rounds": "30"}}}}
		for round := range 30 - 10*i {
			loss, auc := 1/float64(round+2), 0.7+float64(round)/200
			entries = append(entries, entry{"train", pipeline.KindCurve, pipeline.Curve{Round: round + 1,
				Train: map[string]float64{"logloss": loss / 2, "auc": auc, "error": loss}, Validation: map[string]float64{"logloss": loss, "auc": auc - 0.1, "error": loss}}})
		}
		confusion := pipeline.Table{Name: "confusion", Total: 3}
		for _, name := range []string{"THRESHOLD", "TRUE_POSITIVE", "FALSE_POSITIVE", "FALSE_NEGATIVE", "TRUE_NEGATIVE", "PRECISION", "RECALL", "F1"} {
			confusion.Columns = append(confusion.Columns, store.Column{Name: name, Type: store.Float})
		}
		confusion.Rows = [][]any{{0.5, 20, 10, 15, 15, 0.67, 0.57, 0.62}, {0.4, 30, 20, 5, 5, 0.6, 0.86, 0.71}, {0.6, 10, 2, 25, 23, 0.83, 0.29, 0.43}}
		entries = append(entries, entry{"train", pipeline.KindTable, confusion},
			entry{"train", pipeline.KindStepFinished, pipeline.StepFinished{Fingerprint: prints["train"], Table: pipeline.ModelsTable, Rows: 60}},
			entry{"explain", pipeline.KindStepStarted, pipeline.StepStarted{Fingerprint: prints["explain"]}},
			entry{"explain", pipeline.KindTable, importanceTable()},
			entry{"explain", pipeline.KindTable, pipeline.Table{Name: "surprises", Total: 1, Rows: [][]any{{"id-007", "shoes", 0.93, false, "PAGE_LOAD_TIME", "It fits."}},
				Columns: []store.Column{{Name: "UUID"}, {Name: "PRODUCT_TYPE"}, {Name: "PREDICTION"}, {Name: "BOUGHT"}, {Name: "MISLED_BY"}, {Name: "TEXT"}}}},
			entry{"explain", pipeline.KindStepFinished, pipeline.StepFinished{Fingerprint: prints["explain"]}},
			entry{"", pipeline.KindRunFinished, pipeline.RunFinished{Status: "done"}})
		record(t, b.ws.Dir, run, entries...)
	}
	b.do(b.journal.look(b.ws))
	return b
}

func importanceTable() pipeline.Table {
	t := pipeline.Table{Name: "importance"}
	for _, name := range []string{"FEATURE", "MEAN_ABS", "HIGH_MINUS_LOW", "PERMUTATION", "PERMUTATION_SD", "GAIN", "COVER", "WEIGHT"} {
		t.Columns = append(t.Columns, store.Column{Name: name})
	}
	t.Rows = [][]any{{"PAGE_LOAD_TIME", 0.5, -1.0, 0.2, 0.01, 10.0, 30.0, 12}, {"PRODUCT_RATING", 0.4, 0.8, 0.3, 0.02, 40.0, 20.0, 5}}
	return t
}

// to goes to a view of a step.
func (b *bench) to(step, name string) *bench {
	b.t.Helper()
	s, err := pipeline.FindStep(step)
	if err != nil {
		b.t.Fatal(err)
	}
	b.choose(s)
	b.focus = onPane
	b.chooseTab(views.Output)
	b.goView(name)
	if got := views.Shows(b.frame()); got != name {
		b.t.Fatalf("step %s shows %q, not %q", step, got, name)
	}
	b.send(nil) // what it wants is asked for
	return b
}

func TestTheCrosshairReadsTheCurves(t *testing.T) {
	b := studied(t).to("train", views.CurvesView)
	b.press("left")
	if b.lens.Cross != 20 {
		t.Fatalf("the crosshair begins at %d", b.lens.Cross)
	}
	b.press("left", "left")
	b.mustShow(fmt.Sprintf("validation %.5f", 1.0/19)[:15], "18")
	b.press("+", "+")
	if b.lens.To-b.lens.From+1 != 5 || b.lens.From > 18 || b.lens.To < 18 {
		t.Errorf("rounds %d to %d are in sight", b.lens.From, b.lens.To)
	}
	for range 12 {
		b.press("left")
	}
	if b.lens.From > b.lens.Cross || b.lens.Cross != 6 {
		t.Errorf("the crosshair at %d left the rounds %d to %d", b.lens.Cross, b.lens.From, b.lens.To)
	}
	b.press("esc")
	if b.lens.Cross != 0 || b.lens.To == 0 {
		t.Fatal("esc did not just take the crosshair")
	}
	b.press("esc")
	if b.lens.To != 0 || b.focus != onPane {
		t.Fatal("esc did not just take the zoom")
	}
	b.press("esc")
	if b.focus != onRail {
		t.Fatal("esc did not leave the pane")
	}
}

func TestCurvesAreOfTheMetricThatIsChosen(t *testing.T) {
	b := studied(t).to("train", views.CurvesView)
	b.mustShow("Log loss", "AUC")
	for _, want := range []string{"Log loss", "AUC", "Error"} {
		b.press("m")
		b.mustShow(want + "  validation")
		if n := strings.Count(b.screen(), "validation 0"); n != 1 {
			t.Errorf("%d plots are drawn of %s alone", n, want)
		}
	}
	b.press("m")
	b.mustShow("Log loss", "AUC")
	b.press("l", "l")
	b.mustShow("The axis of values is logarithmic.")
	if b.lens.LogX || !b.lens.LogY {
		t.Error("the other axis is")
	}
}

func TestEarlierRunsAreLaidUnderThisOne(t *testing.T) {
	b := studied(t).to("train", views.CurvesView)
	b.press("c")
	b.mustShow("Compare training with earlier runs", "30 rounds", "auc 0.7450", "eta 0.2")
	b.press("space", "enter")
	b.mustShow("Against earlier runs", "this run", "eta", "0.2", "0.1", "1 parameter the same in all")
	if b.cover != nil || len(b.lens.Earlier) != 1 {
		t.Fatalf("%d runs are compared", len(b.lens.Earlier))
	}
	b.press("c", "space", "esc")
	if len(b.lens.Earlier) != 0 {
		t.Error("it is still compared")
	}
}

func TestTheThresholdMoves(t *testing.T) {
	b := studied(t).to("train", views.ConfusionView)
	b.mustShow("◂ 0.50 ▸", "found: 20 of 35 who bought")
	b.press("right")
	b.mustShow("◂ 0.60 ▸", "found: 10 of 35")
	b.press("right", "left", "left", "left")
	b.mustShow("◂ 0.40 ▸", "found: 30 of 35", "called: 20 of 25 who did not")
}

func TestTreesAreReadOnceAndFold(t *testing.T) {
	b := studied(t).to("train", views.TreesView)
	b.mustShow("Tree 1 of 20", "everybody", "cover")
	all := len(views.TreeBranches(b.frame()))
	b.press("down", "enter")
	if n := len(views.TreeBranches(b.frame())); n >= all {
		t.Errorf("of %d branches %d are shown when one is folded", all, n)
	}
	b.mustShow("below")
	b.press("enter", "right", "right")
	b.mustShow("Tree 3 of 20")
	if b.here().cursor != 0 {
		t.Error("another tree begins in its middle")
	}
}

func TestTreesThatCannotBeReadSayWhy(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.to("train", views.TreesView).mustShow("cannot be read just now", errNoRows.Error())
	asked := len(b.store.queries)
	b.press("down")
	if len(b.store.queries) != asked {
		t.Error("it asks again and again")
	}
	b.press("v", "V")
	if len(b.store.queries) == asked {
		t.Error("coming back does not try again")
	}
}

func TestImportanceIsByTheMeasureThatIsChosen(t *testing.T) {
	b := studied(t).to("explain", views.GlobalView)
	first := func(name string) bool {
		text := b.screen()
		text = text[strings.Index(text, "What moves predictions"):]
		return strings.Index(text, name) < strings.Index(text, map[string]string{"PAGE_LOAD_TIME": "PRODUCT_RATING", "PRODUCT_RATING": "PAGE_LOAD_TIME"}[name])
	}
	if !first("PAGE_LOAD_TIME") {
		t.Errorf("by mean |φ| it is not first:\n%s", b.screen())
	}
	b.press("right")
	b.mustShow("▼ −1.00", "high ▼ buys less")
	b.press("right", "right")
	b.mustShow("loss")
	if !first("PRODUCT_RATING") {
		t.Errorf("by gain it is not first:\n%s", b.screen())
	}
}

func TestVersionsArePickedAndCompared(t *testing.T) {
	dir := lab(t, 15)
	reg := registry.Open(dir + "/models")
	for _, eta := range []string{"0.1", "0.2", "0.3"} {
		_, err := reg.Put(registry.Version{Name: "deployed_xgb", Parameters: map[string]string{"eta": eta}, Metrics: map[string]float64{"validation_auc": 0.8},
			Features: []string{"A"}, Tags: map[string]string{"team": "shop"}}, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
	}
	b := newBench(t, dir).to("register", views.VersionsView)
	b.mustShow("V3", "V2", "V1", "team=shop")
	b.press("space", "down", "down", "space")
	b.mustShow("V3 and V1 are picked")
	b.press("d")
	b.mustShow("V1 → V3", "eta", "0.1", "0.3")
	b.to("register", views.VersionsView).press("up", "enter")
	b.mustShow("deployed_xgb V2", "Limits", "In Python", "model_file=")
}

func TestACustomerIsFoundByWordsAndOpened(t *testing.T) {
	b := studied(t).to("explain", views.SurprisesView)
	b.mustShow("Wrong and sure", "id-007", "93%", "· did not", "PAGE_LOAD_TIME")
	b.press("/")
	b.mustShow("Find a customer")
	b.send(tea.PasteMsg{Content: "id-04"})
	b.mustShow("cannot", "PREDICTIONS") // step explain has not saved any here
	b.press("esc")
	if b.cover != nil {
		t.Fatal("esc did not close it")
	}
	b.press("enter")
	b.mustShow("PREDICTIONS")
	customer := pipeline.Explained{ID: "id-007", Group: "shoes", Text: "It \x1b[2J fits.", Table: pipeline.Table{Name: "customer", Title: "Customer id-007",
		Columns: []store.Column{{Name: "FEATURE"}, {Name: "VALUE"}, {Name: "CONTRIBUTION"}, {Name: "PREDICTION"}},
		Rows:    [][]any{{"start", nil, 0.1, 0.5}, {"PAGE_LOAD_TIME", 2.5, 0.8, nil}, {"this customer", 0, 0.9, 0.93}}}}
	b.send(explainedOne{window: b.window, of: b.source(views.CustomerView), customer: customer})
	b.mustShow("Customer id-007", "93%", "did not buy (truth)", `It \x1b[2J fits.`)
	if got := views.Shows(b.frame()); got != views.CustomerView {
		t.Errorf("it shows %q", got)
	}
}
