package views

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"willbuy/pipeline"
	"willbuy/store"
)

// tableOfWords is a table with the types that its rows have.
func tableOfWords(name string, columns string, rows ...[]any) pipeline.Table {
	t := pipeline.Table{Name: name, Title: "Customer x\x1b", Rows: rows, Total: int64(len(rows))}
	for i, column := range strings.Fields(columns) {
		kind := store.String
		if _, ok := rows[0][i].(float64); ok {
			kind = store.Float
		}
		t.Columns = append(t.Columns, store.Column{Name: column, Type: kind})
	}
	return t
}

func TestChartsInWords(t *testing.T) {
	for _, c := range []struct {
		table pipeline.Table
		want  string
	}{
		{tableOfWords("histogram", "FROM_SCORE REVIEWS", []any{-1.0, 5.0}, []any{0.0, 2.0}, []any{0.5, 90.0}),
			"Reviews by sentiment: most between +0.5 and +1.0 (90), fewest between 0.0 and +0.5 (2); the ends are between −1.0 and 0.0 (5) and between +0.5 and +1.0 (90)."},
		{tableOfWords("calibration", "CUSTOMERS PREDICTED OBSERVED", []any{9.0, 0.1, 0.12}, []any{9.0, 0.5, 0.3}, []any{9.0, 0.9, 0.88}),
			"Calibration: of those with the lowest predictions (10.0%) 12.0% bought, of those with the highest (90.0%) 88.0%; farthest apart are 50.0% predicted and 30.0% observed."},
		{tableOfWords("confusion", "THRESHOLD TRUE_POSITIVE FALSE_POSITIVE FALSE_NEGATIVE TRUE_NEGATIVE PRECISION RECALL F1",
			[]any{0.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0}, []any{0.5, 7.0, 3.0, 1.0, 9.0, 0.7, 0.875, 0.78}),
			"At a threshold of 0.5: 7 buyers found and 1 missed, 3 others called buyers and 9 rightly not; precision 70.0%, recall 87.5%."},
		{tableOfWords("dependence_LOAD", "VALUE CONTRIBUTION", []any{1.0, 0.3}, []any{2.0, 0.35}, []any{4.0, -0.2}),
			"By LOAD the contribution falls, from +0.30 at 1 to −0.20 at 4; least −0.20 at 4, most +0.35 at 2."},
		{tableOfWords("dependence_LOAD", "VALUE CONTRIBUTION", []any{-1.0, 0.0}, []any{0.0, 1.0}, []any{1.0, 0.1}),
			"By LOAD the contribution neither rises nor falls, from 0.00 at −1 to +0.10 at 1; least 0.00 at −1, most +1.00 at 0."},
		{tableOfWords("customer", "FEATURE VALUE CONTRIBUTION PREDICTION", []any{"start", nil, 0.4, 0.4}, []any{"LOAD", 5.25, -0.3, nil}, []any{"LAYOUT", "grid", 0.1, nil}, []any{"this customer", nil, 0.2, 0.2}),
			`Customer x\x1b: from 40.0% for an average customer to 20.0% by LOAD 5.25 −0.30, LAYOUT grid +0.10.`},
		{tableOfWords("heat", "REVIEW_QUALITY TONE PURCHASE_RATE", []any{"Basic accurate", "negative", 0.1}, []any{"Detailed with", "positive", 0.7}, []any{"Generic brief", "neutral", 0.4}),
			"By quality and tone of the review, most buy after detailed and positive (70.0%), fewest after basic and negative (10.0%)."},
		{tableOfWords("uncertain", "HOW_GOOD SCORE SCORES WORDS", []any{"Detailed with", 0.34, "[]", "fine\x1b"}), `Least certain: detailed 0.34, “fine\x1b”.`},
		{tableOfWords("buyers", "CUSTOMER SORT PROBABILITY REASON_1", []any{"c7", "bag", 0.9, "rating 5"}), "Most likely to buy: c7 (bag), 90.0%: rating 5."},
		{tableOfWords("groups", "SORT PURCHASE_RATE", []any{"bag", 0.2}, []any{"phone", 0.6}, []any{"lamp", 0.1}), "phone buy most (60.0%), lamp least (10.0%)."},
		{tableOfWords("gain", "SHARE GAIN LIFT", []any{0.25, 0.5, 2.0}, []any{0.5, 0.75, 1.5}, []any{0.75, 0.9, 1.2}, []any{1.0, 1.0, 1.0}),
			"Gain: the best 25.0% of scores hold 50.0% of the buyers (lift 2), the best 50.0% hold 75.0%."},
		{tableOfWords("graph", "NODE AFTER", []any{"setup", ""}, []any{"retrain", "setup"}), "The graph: setup, retrain after setup."},
		{tableOfWords("versions", "VERSION ALIASES AUC", []any{"V2", "production", 0.8}, []any{"V1", "", 0.75}), "Versions: V2 (production) with AUC 0.8000, V1 with AUC 0.7500."},
		{tableOfWords("levers", "CHANGE PER_1000 TRUE_PER_1000", []any{"load at most 1 s", 154.2, 108.0}, []any{"rating 5", 50.0, nil}),
			"What would move purchases most, of 1,000 customers: load at most 1 s +154 (in truth +108); rating 5 +50."},
		{pipeline.Table{Name: "histogram"}, ""},
		{tableOfWords("nobody_draws_this", "A", []any{"b"}), ""},
	} {
		if got := inWords(c.table); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.table.Name, got, c.want)
		}
	}
}

func TestMarkdownBecomesLinesToBeRead(t *testing.T) {
	text := "First `code` sentence,\ngoes on. **Second.**\n\n## A heading\n- one\n  goes on\n- two\n\n    willbuy run\n    willbuy show\nAfter."
	want := []string{"First code sentence, goes on. Second.", "A heading", "- one goes on", "- two", "willbuy run", "willbuy show", "After."}
	if got := MarkdownLines(text); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	for _, s := range pipeline.Steps {
		for _, line := range MarkdownLines(s.Why) {
			if strings.ContainsAny(line, "`#") || strings.Contains(line, "**") || strings.TrimSpace(line) == "" {
				t.Errorf("%s: marks in %q", s.ID, line)
			}
		}
	}
}

// eventOf is an event of a step.
func eventOf(t *testing.T, step string, kind pipeline.Kind, body any) pipeline.Event {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return pipeline.Event{Step: step, Kind: kind, Body: raw}
}

func TestProgressIsToldWhenItIsWorthReading(t *testing.T) {
	var teller Teller
	began := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var told []int64
	for i := range int64(101) { // a percent every 100 ms
		e := eventOf(t, "quality", pipeline.KindProgress, pipeline.Progress{Done: i, Total: 100, Unit: "reviews"})
		e.Time = began.Add(time.Duration(i) * 100 * time.Millisecond)
		if teller.Line(e) != "" {
			told = append(told, i)
		}
	}
	if want := []int64{0, 21, 42, 63, 84}; !slices.Equal(told, want) {
		t.Errorf("progress is told at %v, not %v", told, want)
	}
	if teller.Line(eventOf(t, "quality", pipeline.KindStepFinished, pipeline.StepFinished{Summary: "So it went."})) == "" {
		t.Error("the end is not told")
	}
}

func TestARowInWords(t *testing.T) {
	columns := []store.Column{{Name: "UUID", Type: store.String}, {Name: "LOAD", Type: store.Float}, {Name: "LAYOUT", Type: store.String}, {Name: "N", Type: store.Int}}
	if got, want := RowInWords(columns, []any{"a\x1b", 2.5, nil, int64(1200)}), `UUID a\x1b; LOAD 2.5; N 1,200`; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}
