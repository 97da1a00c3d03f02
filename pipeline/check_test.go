package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"willbuy/store"
)

// spoil changes tables behind the engine's back.
func spoil(t *testing.T, w *Workspace, do func(store.Writer) error) {
	t.Helper()
	if err := w.Store.Write(t.Context(), store.Marker{Run: "spoil", Step: "spoil"}, do); err != nil {
		t.Fatal(err)
	}
}

func TestABrokenRuleStopsTheRunAndShowsTheRows(t *testing.T) {
	dup := "SELECT UUID, PRODUCT_TYPE, PRODUCT_LAYOUT, PAGE_LOAD_TIME, PRODUCT_RATING, PURCHASE_DECISION FROM TABULAR_DATA ORDER BY UUID LIMIT 1"
	tests := []struct {
		rule, step, from string
		spoil            func(store.Writer) error
	}{
		{"no customer stands twice in the joined data", "join", "join", func(w store.Writer) error {
			_, err := w.Insert("TABULAR_DATA", dup)
			return err
		}},
		{"every joined row has a label", "join", "join", func(w store.Writer) error {
			_, err := w.Insert("TABULAR_DATA", "SELECT * REPLACE (UPPER(UUID) AS UUID, NULL AS PURCHASE_DECISION) FROM ("+dup+")")
			return err
		}},
		{"every UUID stands once among the reviews", "save", "save", func(w store.Writer) error {
			_, err := w.Insert("REVIEWS", "SELECT * FROM REVIEWS ORDER BY UUID LIMIT 1")
			return err
		}},
		{"every sentiment is within −1 and 1", "sentiment", "sentiment", func(w store.Writer) error {
			_, err := w.CreateAs("SENTIMENT_CACHE", "SELECT * REPLACE (7.0 AS SCORE) FROM SENTIMENT_CACHE")
			return err
		}},
		{"every review has a sentiment", "sentiment", "sentiment", func(w store.Writer) error {
			_, err := w.CreateAs("SENTIMENT_CACHE", "SELECT * REPLACE (CAST(NULL AS DOUBLE) AS SCORE) FROM SENTIMENT_CACHE")
			return err
		}},
		{"the scores of each review sum to 1", "quality", "quality", func(w store.Writer) error {
			_, err := w.CreateAs("QUALITY_CACHE", "SELECT * REPLACE ('[0.5,0.1,0.1]' AS SCORES) FROM QUALITY_CACHE")
			return err
		}},
		{"no label is outside the 3", "quality", "quality", func(w store.Writer) error {
			_, err := w.CreateAs("QUALITY_CACHE", "SELECT * REPLACE ('Superb' AS LABEL) FROM QUALITY_CACHE")
			return err
		}},
		{"every record of a file is in REVIEW_RECORDS", "read", "read", func(w store.Writer) error {
			_, err := w.CreateAs("REVIEW_RECORDS", "SELECT * FROM REVIEW_RECORDS ORDER BY FILE, LINE LIMIT 40")
			return err
		}},
		{"accepted, quarantined and blank lines add up to the lines of each file", "parse", "parse", func(w store.Writer) error {
			_, err := w.CreateAs("REVIEW_RECORDS", "SELECT * FROM REVIEW_RECORDS ORDER BY FILE, LINE LIMIT 40")
			return err
		}},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			w := newLab(t)
			spoil(t, w, test.spoil)
			outcome, events, err := try(t, w, Request{From: test.from, Steps: []string{"dashboard"}})
			refused(t, err, test.rule, "mend the data or the parameter")
			if outcome.Status != "failed" || len(outcome.Finished) > 0 {
				t.Errorf("the run was %+v", outcome)
			}
			at := slices.IndexFunc(body[Check](t, events, test.step, KindCheck), func(c Check) bool { return c.Name == test.rule })
			if at < 0 {
				t.Fatal("there is no such check among the events")
			}
			check := body[Check](t, events, test.step, KindCheck)[at]
			if check.OK || len(check.Rows) == 0 || len(check.Rows) > 10 {
				t.Errorf("the check is %+v", check)
			}
			if s := assess(t, w).Step(test.step); s.Status != Failed {
				t.Errorf("%s is %s", test.step, s.Status)
			}
		})
	}
}

func TestTheCustomersOfAShopAreChecked(t *testing.T) {
	tests := map[string]struct{ csv, says string }{
		"an id that stands twice": {"UUID,PRODUCT_TYPE,PRODUCT_LAYOUT,PAGE_LOAD_TIME,PRODUCT_RATING,PURCHASE_DECISION\na,b,c,1,1,1\na,b,c,1,1,0\n", "no id stands twice"},
		"no id":                   {"UUID,PRODUCT_TYPE,PRODUCT_LAYOUT,PAGE_LOAD_TIME,PRODUCT_RATING,PURCHASE_DECISION\n,b,c,1,1,1\n", "every customer has an id"},
		"a column too few":        {"UUID,PRODUCT_TYPE,PAGE_LOAD_TIME,PRODUCT_RATING,PURCHASE_DECISION\na,b,1,1,1\n", "no column PRODUCT_LAYOUT"},
		"text where numbers are":  {"UUID,PRODUCT_TYPE,PRODUCT_LAYOUT,PAGE_LOAD_TIME,PRODUCT_RATING,PURCHASE_DECISION\na,b,c,slow,1,1\n", "slow"},
		"an empty file":           {"", "no column UUID"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newLab(t)
			path := filepath.Join(t.TempDir(), "customers.csv")
			if err := os.WriteFile(path, []byte(test.csv), 0o644); err != nil {
				t.Fatal(err)
			}
			set(t, w, "setup.tabular="+path)
			_, _, err := try(t, w, Request{To: "setup"})
			refused(t, err, test.says, "")
			if HintOf(err) == "" {
				t.Errorf("%q has no hint", err)
			}
		})
	}
}

func TestStepsThatBreakEndTheRunAndNotTheProgram(t *testing.T) {
	w := newLab(t)
	step := mustStep("join")
	old := step.Run
	defer func() { step.Run = old }()
	step.Run = func(context.Context, *Exec) (StepFinished, error) {
		panic("a mistake of ours")
	}
	outcome, _, err := try(t, w, Request{From: "join"})
	if err == nil || !strings.Contains(err.Error(), "step join broke") || outcome.Status != "failed" {
		t.Errorf("a step that panics gave %+v, %v", outcome, err)
	}
}

func TestAnyValueIsFitForTheLog(t *testing.T) {
	w := newLab(t)
	rows, err := w.Store.Query(t.Context(), `SELECT SUM(LINES) AS A, 1.50::DECIMAL(9,2) AS B, 'NaN'::DOUBLE AS C, '-inf'::DOUBLE AS D, 170141183460469231731687303715884105727::HUGEINT AS E,
'\xff\x00'::BLOB AS F, DATE '2026-11-22' AS G, [1, 2] AS H, NULL AS I, TRUE AS J, 2.5::FLOAT AS K, uuid() IS NOT NULL AS L, INTERVAL 1 DAY AS M FROM REVIEW_RECORDS`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := rows.Collect(-1)
	if err != nil {
		t.Fatal(err)
	}
	got := plain(all)[0]
	if _, ok := got[0].(int64); !ok {
		t.Errorf("a sum of whole numbers is a %T", got[0])
	}
	want := []any{1.5, "NaN", "-Inf", "170141183460469231731687303715884105727", "\xff\x00", "2026-11-22 00:00:00", "[1 2]", nil, true, 2.5, true}
	if !slices.Equal(got[1:12], want) {
		t.Errorf("values are %#v, want %#v", got[1:12], want)
	}
	if v := plainValue(new(big.Int).Lsh(big.NewInt(1), 80)); v != "1208925819614629174706176" {
		t.Errorf("a large number is %v", v)
	}
	log := openLog(t, t.TempDir())
	defer log.Close()
	if _, err := log.Append(noon, "x", KindTable, Table{Rows: plain(all)}); err != nil {
		t.Error(err)
	}
}

func TestHintsAndUsageSurviveWrapping(t *testing.T) {
	inner := Hint(errors.New("no"), "inner")
	err := fmt.Errorf("step x: %w", Hint(fmt.Errorf("wrapped: %w", Usage(inner)), "outer"))
	if HintOf(err) != "inner" || !IsUsage(err) || err.Error() != "step x: wrapped: no" {
		t.Errorf("%q, hint %q, usage %v", err, HintOf(err), IsUsage(err))
	}
	if HintOf(errors.New("x")) != "" || IsUsage(nil) {
		t.Error("a plain error has a hint or is usage")
	}
}
