package pipeline

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"willbuy/store"
)

// paramOf gives one of our own parameters.
func paramOf(t *testing.T, step, name string) Param {
	t.Helper()
	p, err := mustStep(step).Param(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnEditedJoinIsWhatRunsAndMakesStaleWhatRestsOnIt(t *testing.T) {
	w := newLab(t)
	before := query(t, w, "SELECT COUNT(*) FROM JOINED_DATA")
	want := query(t, w, "SELECT COUNT(*) FROM JOINED_DATA WHERE PRODUCT_RATING >= 3")
	text := SQL("join", w.Lab()) + "\nWHERE t.PRODUCT_RATING >= 3;"
	draft, err := w.TryText(t.Context(), paramOf(t, "join", "sql"), text)
	if err != nil || Thousands(draft.Rows) != want[0] {
		t.Fatalf("the draft gives %d rows, %v; want %v", draft.Rows, err, want)
	}
	if strings.HasSuffix(draft.Value, ";") || len(draft.Plan.Columns) < 9 || len(draft.Plan.Steps) < 3 {
		t.Errorf("the draft is %+v", draft)
	}
	set(t, w, "join.sql="+draft.Value)
	if got := w.Edited(mustStep("join")); !slices.Equal(got, []string{"sql"}) || w.Edited(mustStep("train")) != nil {
		t.Errorf("edited of join is %v", got)
	}
	state := assess(t, w)
	if s := state.Step("join"); s.Status != Stale || s.Reason != "its SQL was edited" {
		t.Errorf("join is %s because %q", s.Status, s.Reason)
	}
	for id, status := range map[string]Status{"sentiment": Done, "encode": Stale, "explain": Stale, "dashboard": Stale} {
		if got := state.Step(id).Status; got != status {
			t.Errorf("%s is %s, want %s", id, got, status)
		}
	}
	again := openLab(t, w.Dir) // as another process would: the text is in the workspace
	run(t, again, Request{})
	if got := query(t, again, "SELECT COUNT(*) FROM JOINED_DATA"); !slices.Equal(got, want) || slices.Equal(got, before) {
		t.Errorf("the join has %v rows, want %v, had %v", got, want, before)
	}
	if got := query(t, again, "SELECT COUNT(*) FROM PREDICTIONS"); !slices.Equal(got, want) {
		t.Errorf("%v customers have a prediction, want %v", got, want)
	}
	if code := assess(t, again).Step("join").Code; !strings.Contains(code, "PRODUCT_RATING >= 3") {
		t.Errorf("the log says that this ran: %s", code)
	}
	set(t, again, "join.sql=")
	if r := assess(t, again).Step("join").Reason; r != "its own SQL was put back" {
		t.Errorf("join is stale because %q", r)
	}
}

func TestATextThatWillNotDoIsRefusedInASentence(t *testing.T) {
	w := newLab(t)
	own := SQL("join", w.Lab())
	for _, c := range []struct {
		step, param, text, says string
		line                    int
	}{
		{"join", "sql", strings.Replace(own, "INNER JOIN", "INNR JOIN", 1), "syntax error at or near", 6},
		{"join", "sql", strings.Replace(own, "r.REVIEW_TEXT", "r.REVIEW_TXT", 1), "REVIEW_TXT", 2},
		{"join", "sql", strings.Replace(own, "t.*", "t.* EXCLUDE (UUID)", 1), "the result lacks UUID, which later steps need", 0},
		{"join", "sql", strings.Replace(own, "t.*", "t.* EXCLUDE (UUID, PRODUCT_RATING)", 1), "the result lacks UUID and PRODUCT_RATING,", 0},
		{"join", "sql", strings.Replace(own, "t.*", "t.*, r.UUID", 1), "several columns are called UUID", 0},
		{"join", "sql", strings.Replace(own, "t.*", "t.* REPLACE ('slow' AS PAGE_LOAD_TIME)", 1), "PAGE_LOAD_TIME, and here it is no number", 0},
		{"join", "sql", own + "\nWHERE CAST(r.REVIEW_TEXT AS INTEGER) > 0", "Could not convert", 1 + strings.Count(own, "\n") + 1},
		{"join", "sql", own + "; DROP TABLE REVIEWS", "several statements", 0},
		{"join", "sql", "DROP TABLE REVIEWS", store.ErrReadOnly.Error(), 0},
		{"join", "sql", "COPY REVIEWS TO 'stolen.csv'", store.ErrReadOnly.Error(), 0},
		{"join", "sql", own + "\nWHERE t.PRODUCT_RATING > ?", "placeholder", 0},
		{"join", "sql", " ; ", "there is no statement", 0},
		{"join", "sql", own + "\x00", "control character", 0},
		{"encode", "sql", "SELECT * FROM JOINED_DATA", "the result lacks REVIEW_QUALITY_OUT and PRODUCT_LAYOUT_OUT", 0},
		{"dashboard", "totals", "SELECT COUNT(*) AS CUSTOMERS FROM JOINED_DATA", "the result lacks PURCHASE_RATE, SENTIMENT, RATING and DETAILED", 0},
	} {
		_, err := w.TryText(t.Context(), paramOf(t, c.step, c.param), c.text)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: %v, want %q", c.text, err, c.says)
		}
		var fault store.Fault
		if errors.As(err, &fault); fault.Line != c.line {
			t.Errorf("%.60q: line %d, want %d", c.text, fault.Line, c.line)
		}
	}
	if n := query(t, w, "SELECT COUNT(*) FROM REVIEWS"); n[0] == "0" {
		t.Error("a refused text did something")
	}
}

func TestABrokenTextInTheFileFailsItsStepByNameAndLine(t *testing.T) {
	w := newLab(t)
	set(t, w, "join.sql=SELECT *\nFORM JOINED_DATA")
	_, _, err := try(t, w, Request{})
	refused(t, err, "join.sql: line 2: syntax error", "willbuy run --set join.sql=")
	set(t, w, "join.sql=")
	if outcome, _ := run(t, w, Request{}); !slices.Equal(outcome.Finished, []string{"join"}) {
		t.Errorf("with its own text back the run did %v", outcome.Finished)
	}
}

func TestTheStepsOwnTextsGiveWhatTheyAreAskedFor(t *testing.T) {
	w := newLab(t)
	n := 0
	for _, s := range Steps {
		for _, p := range s.Params {
			if p.Kind != SQLParam {
				continue
			}
			n++
			draft, err := w.TryText(t.Context(), p, SQL(p.Text, w.Lab())+"\r\n;\n")
			if err != nil || draft.Value != "" || draft.Rows < 1 {
				t.Errorf("%s.%s: %+v, %v", s.ID, p.Name, draft, err)
			}
		}
	}
	if n != 6 {
		t.Errorf("%d texts can be edited, want those of join, encode and the four of dashboard", n)
	}
}

func TestADashboardByAnythingElse(t *testing.T) {
	w := newLab(t)
	text := strings.ReplaceAll(SQL("dashboard_groups", w.Lab()), "PRODUCT_TYPE", "PRODUCT_LAYOUT")
	set(t, w, "dashboard.groups="+text)
	_, events := run(t, w, Request{})
	for _, table := range body[Table](t, events, "dashboard", KindTable) {
		if table.Name == "groups" && table.Columns[0].Name != "PRODUCT_LAYOUT" {
			t.Errorf("the groups are by %s", table.Columns[0].Name)
		}
	}
}
