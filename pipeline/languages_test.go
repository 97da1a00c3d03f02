package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"willbuy/pipeline/language"
	"willbuy/pipeline/sentiment"
	"willbuy/pipeline/textmodel"
)

func TestLanguagesAddUpToTheReviews(t *testing.T) {
	w := newLab(t)
	state := assess(t, w)
	for _, id := range []string{"quality", "sentiment"} {
		st := state.Step(id)
		table, ok := st.Table("languages")
		if !ok || len(table.Rows) < 3 {
			t.Fatalf("%s shows the languages %v", id, table.Rows)
		}
		reviews, positive := 0.0, 0.0
		for _, row := range table.Rows {
			n := row[1].(float64) // of JSON
			reviews += n
			if id == "quality" {
				if sum := row[2].(float64) + row[3].(float64) + row[4].(float64); math.Abs(sum-1) > 1e-5 {
					t.Errorf("the shares of %v sum to %v", row, sum)
				}
				continue
			}
			positive += n * row[3].(float64)
		}
		if int64(reviews) != st.Result.Rows {
			t.Errorf("%s tells the languages of %v reviews out of %d", id, reviews, st.Result.Rows)
		}
		if totals, ok := st.Table("totals"); ok && math.Abs(positive/reviews-totals.Rows[0][1].(float64)) > 1e-5 {
			t.Errorf("positive are %v of the languages' reviews, %v of all", positive/reviews, totals.Rows[0])
		}
	}
}

func TestLanguagesAreTheSamePageByPage(t *testing.T) {
	w := newLab(t)
	x := &Exec{WS: w, Store: w.Store, Lab: w.Lab(), step: sentimentStep, emit: func(string, Kind, any) {}}
	sums := func(page int64) map[string][]float64 {
		got, err := x.sumByLanguage(t.Context(), "REVIEWS r", "r.REVIEW_TEXT", []measure{{"MEAN", "r.REVIEW_SENTIMENT"}}, page)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	whole, parts := sums(languagePage), sums(3)
	near := func(a, b []float64) bool { return a[0] == b[0] && math.Abs(a[1]-b[1]) < 1e-9 }
	if len(whole) < 3 || !maps.EqualFunc(whole, parts, near) {
		t.Errorf("at once %v, in parts %v", whole, parts)
	}
}

func TestTheMostSpokenLanguageIsFirstAndOtherLast(t *testing.T) {
	rows := languageRows(map[string][]float64{language.Other: {9, 3}, "fr": {2, 1}, "de": {5, -1}, "en": {2, 2}})
	if got, want := fmt.Sprint(rows), "[[de 5 -0.2] [en 2 1] [fr 2 0.5] [other 9 0.333333]]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestALanguageCanHaveItsOwnEngine(t *testing.T) {
	w := newLab(t)
	scores := func() map[string]float64 {
		rows, err := w.Store.Query(t.Context(), "SELECT REVIEW_TEXT, REVIEW_SENTIMENT FROM REVIEWS")
		if err != nil {
			t.Fatal(err)
		}
		all, err := rows.Collect(-1)
		if err != nil {
			t.Fatal(err)
		}
		of := map[string]float64{}
		for _, row := range all {
			of[row[0].(string)] = row[1].(float64)
		}
		return of
	}
	want := scores()
	err := sentiment.NewVADER().Score(t.Context(), func(yield func(textmodel.Text) bool) {
		for text := range want {
			if language.Of(text) == "en" && !yield(textmodel.Text{Text: text}) {
				return
			}
		}
	}, sentiment.Run{OnResult: func(r sentiment.Result) { want[r.Text.Text] = r.Score }})
	if err != nil {
		t.Fatal(err)
	}
	set(t, w, "sentiment.by_language=en=vader")
	if outcome, _ := run(t, w, Request{To: "sentiment"}); !slices.Equal(outcome.Finished, []string{"sentiment"}) {
		t.Fatalf("the run did %v", outcome.Finished)
	}
	if got := scores(); !maps.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-5 }) {
		t.Errorf("scores %v, want %v", got, want)
	}
	set(t, w, "sentiment.by_language=")
	if _, events := run(t, w, Request{To: "sentiment"}); !logged(t, events, "sentiment", "were scored before") {
		t.Error("going back scores all again")
	}
}

func TestAnEngineThatCannotBeIsRefusedBeforeAnythingIsScored(t *testing.T) {
	for setting, words := range map[string]string{
		"sv=vader":       `there is no language "sv"`,
		"en":             `"en" is no language=engine`,
		"de=/nowhere/at": "there is no such directory",
	} {
		w := newLab(t)
		set(t, w, "sentiment.by_language="+setting)
		_, events, err := try(t, w, Request{To: "sentiment"})
		if err == nil || !strings.Contains(err.Error(), words) || HintOf(err) == "" || len(body[Worker](t, events, "sentiment", KindWorker)) > 0 {
			t.Errorf("%s: %v (%s)", setting, err, HintOf(err))
		}
	}
}
