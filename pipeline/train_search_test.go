package pipeline

import (
	"slices"
	"strings"
	"testing"
)

func TestTrainingUsesTheBestOfASearch(t *testing.T) {
	w := newLab(t)
	set(t, w, "train.search=max_depth=1,3; eta=0.1,0.5", "train.objective=binary:logistic", "train.min_child_weight=1")
	_, events := run(t, w, Request{To: "train"})
	runs := shown(t, w, "train", "search")
	if len(runs.Rows) != 4 || !slices.IsSorted(values(runs, "MEAN")) {
		t.Fatalf("the search shows %v", runs.Rows)
	}
	k, err := readModel(t.Context(), w.Store)
	if err != nil {
		t.Fatal(err)
	}
	used := settingsText(map[string]string{"max_depth": k.report.Params["max_depth"], "eta": k.report.Params["eta"]})
	if used != runs.Rows[0][0] || float64(len(k.model.Trees)) != runs.Rows[0][3] {
		t.Errorf("%d trees were trained with %s; best is %v", len(k.model.Trees), used, runs.Rows[0])
	}
	if !logged(t, events, "train", "the best of 4 settings") {
		t.Error("the log does not tell what was chosen")
	}
	if s := assess(t, w).Step("train"); s.Status != Done {
		t.Errorf("train is %s: %s", s.Status, s.Reason)
	}
}

func TestFoldsOfASearchAreApartFromValidation(t *testing.T) {
	w := newLab(t)
	text := SQL("search_rows", searchText(w.Lab(), w.valuesOf("train")))
	counts := query(t, w, "SELECT FOLD, SUM(N) FROM ("+text+") GROUP BY 1 ORDER BY 1")
	if len(counts) != searchFolds {
		t.Errorf("the folds are %v", counts)
	}
	train := query(t, w, "SELECT SUM(N) FROM ("+text+")")
	inner := query(t, w, "SELECT SUM(N) FROM ("+SQL("cells", splitText(w.Lab(), w.valuesOf("train"), ""))+") WHERE FOLD = 0")
	if !slices.Equal(train, inner) {
		t.Errorf("the search has %v rows, training %v", train, inner)
	}
}

func TestASearchThatMakesNoSenseIsRefused(t *testing.T) {
	for text, says := range map[string]string{
		"max_dept=1,2": "max_dep", "eta=fast": "eta", "rounds=10,20": "rounds", "eta": "name=a,b,c", "valid=0.1,0.2": "valid",
	} {
		if _, err := searchSpace(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("search=%s gives %v", text, err)
		}
	}
}
