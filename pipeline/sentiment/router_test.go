package sentiment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"willbuy/pipeline/language"
	"willbuy/pipeline/textmodel"
)

func TestEachLanguageHasItsEngine(t *testing.T) {
	stars, err := ForModel(openTiny(t, "stars"))
	if err != nil {
		t.Fatal(err)
	}
	tones, err := ForModel(openTiny(t, "tones"))
	if err != nil {
		t.Fatal(err)
	}
	vader := NewVADER()
	router := Router{ByLanguage: map[string]Engine{"en": vader, "de": stars, language.Other: stars}, Default: tones}
	// More than one window, languages mixed.
	var texts []string
	for i := range routeWindow + 10 {
		texts = append(texts, []string{"The jacket is great and I love it.", "Die Jacke ist nicht gut.", "Muy buen producto, es perfecto.", "10/10"}[i%4])
	}
	want := [][]Result{score(t, vader, texts[0]), score(t, stars, texts[1]), score(t, tones, texts[2]), score(t, stars, texts[3])}
	for i, r := range score(t, router, texts...) {
		if w := want[i%4][0]; r.Text.Text != texts[i] || r.Index != i || r.Err != nil || r.Label != w.Label || r.Score-w.Score > 1e-5 || w.Score-r.Score > 1e-5 {
			t.Fatalf("text %d is %+v, want %+v", i, r, w)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := router.Score(ctx, slices.Values([]textmodel.Text{{Text: "fine"}}), Run{OnResult: func(Result) {}}); !errors.Is(err, context.Canceled) {
		t.Errorf("under a cancelled context: %v", err)
	}
}

func TestRoutesAreReadOrRefused(t *testing.T) {
	for _, test := range []struct {
		items string
		want  string
		err   string
	}{
		{"", "[]", ""},
		{"en=vader", "[{en vader}]", ""},
		{"EN = vader, other=models/a=b", "[{en vader} {other models/a=b}]", ""},
		{"en", "", `"en" is no language=engine, such as en=vader`},
		{"en=", "", "is no language=engine"},
		{"=vader", "", `there is no language ""`},
		{"sv=vader", "", `there is no language "sv" in "sv=vader"; the languages are de, en, es, fr, it, nl, pt, other`},
		{"en=vader,en=embedded", "", "the language en has two engines"},
	} {
		var items []string
		if test.items != "" {
			items = strings.Split(test.items, ",")
		}
		routes, err := ParseRoutes(items)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: %v, want %q", test.items, err, test.err)
			}
		} else if got := fmt.Sprint(routes); err != nil || got != test.want {
			t.Errorf("%q: %s (%v), want %s", test.items, got, err, test.want)
		}
	}
}
