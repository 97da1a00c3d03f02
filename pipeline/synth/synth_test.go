package synth

import (
	"context"
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestSeedFixesTheCustomers(t *testing.T) {
	// Written down when the streams were laid out: a change here makes every
	// recorded run of the lab describe other customers.
	want := []string{
		"5e41ab08-7439-411e-997d-4205fdab0823,jacket,single-column,2.97,4,1 | 5e41ab08-7439-411e-997d-4205fdab0823,Detailed with specific information and experience,0.77,0.68533,en",
		"86d6fd95-3217-4e03-b429-38c2c5318e18,coffee machine,grid,2.84,4,1 | 86d6fd95-3217-4e03-b429-38c2c5318e18,Basic accurate information,0.83,0.47982,en",
		"bcd9dbb4-9673-466b-9f77-08f9fcd0ff36,coffee machine,single-column,2.35,4,1 | bcd9dbb4-9673-466b-9f77-08f9fcd0ff36,Detailed with specific information and experience,0.84,0.77053,en",
	}
	for i, r := range collect(t, Options{Rows: 3, Seed: 1, Langs: []string{"en"}}) {
		got := strings.TrimSuffix(string(r.appendTabular(nil)), "\n") + " | " + strings.TrimSuffix(string(r.appendTruth(nil)), "\n")
		if got != want[i] {
			t.Errorf("row %d is\n%s, want\n%s", i, got, want[i])
		}
	}
}

func TestRowsDependOnSeedAndNumberAlone(t *testing.T) {
	base := Options{Rows: 3*blockRows + 17, Seed: 5, Workers: 1}
	want := collect(t, base)
	for name, change := range map[string]func(*Options){
		"seven workers": func(o *Options) { o.Workers = 7 },
		"reviews":       func(o *Options) { o.Reviews = 100 },
		"dirt":          func(o *Options) { o.Dirty = 0.5 },
		"fewer rows":    func(o *Options) { o.Rows -= blockRows + 5 },
	} {
		opts := base
		change(&opts)
		if got := collect(t, opts); !slices.Equal(got, want[:len(got)]) || int64(len(got)) != opts.Rows {
			t.Errorf("%s: other rows than before", name)
		}
	}
	if other := collect(t, Options{Rows: 10, Seed: 6}); other[0] == want[0] {
		t.Error("another seed draws the same row")
	}
}

func TestAnEffectMovesDecisionsOnly(t *testing.T) {
	opts := Options{Rows: 20_000, Seed: 2}
	want := collect(t, opts)
	opts.Effects = map[string]float64{"page_load_time": -2, "noise": 1, "product_type": 1, "product_rating:product_layout": 0.3}
	changed := 0
	for i, r := range collect(t, opts) {
		if r.Probability != want[i].Probability {
			changed++
		}
		r.Probability, r.Purchase = want[i].Probability, want[i].Purchase
		if r != want[i] {
			t.Fatalf("row %d changed beyond its decision: %+v, was %+v", i, r, want[i])
		}
	}
	if changed < len(want)*99/100 {
		t.Errorf("%d of %d probabilities changed", changed, len(want))
	}
}

func TestPurchasesFollowTheLogit(t *testing.T) {
	// By hand: -0.85 - 0.7·(3.4-2.3) + 1·0.5 + 0.5·(4-3.5) + 0.5·1 + 0.5·(-1) + 0.15·1.1·0.5 = -0.7875.
	r := Row{PageLoadTime: 3.4, Sentiment: 0.5, Rating: 4, quality: detailed, layout: slices.Index(layouts[:], "carousel"),
		product: product(slices.Index(productTypes[:], "shoes"))}
	for _, c := range []struct {
		effects map[string]float64
		deviate float64
		logit   float64
	}{
		{nil, 2, -0.7875},
		{map[string]float64{"noise": 0.5}, 2, 0.2125},
		{map[string]float64{"product_type": 0.7, "intercept": 0}, 0, 0.7625},
		{map[string]float64{"page_load_time:review_sentiment": 0, "product_rating:review_quality": 2}, 0, 0.13},
	} {
		l, err := newLogit(c.effects)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := l.probability(&r, c.deviate), 1/(1+math.Exp(-c.logit)); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v: probability %v, want %v", c.effects, got, want)
		}
	}
}

// TestTheDefaultLabIsAsDescribed holds the figures that documentation gives.
func TestTheDefaultLabIsAsDescribed(t *testing.T) {
	const rows = 200_000
	b := dataBlock{rows: collect(t, Options{Rows: rows, Seed: 11})}
	var all tally
	all.add(&b)

	loads, ratings, tonesOf, labels := map[float64]int{}, [6]float64{}, [tones]float64{}, [len(qualities)]float64{}
	sumLoad, ids := 0.0, map[UUID]bool{}
	var sr [5]float64 // Σs Σr Σsr Σs² Σr²
	for _, r := range b.rows {
		loads[r.PageLoadTime]++
		sumLoad += r.PageLoadTime
		ratings[r.Rating] += 1.0 / rows
		tonesOf[r.tone] += 1.0 / rows
		labels[r.quality] += 1.0 / rows
		ids[r.UUID] = true
		s, stars := r.Sentiment, float64(r.Rating)
		for i, x := range [...]float64{s, stars, s * stars, s * s, stars * stars} {
			sr[i] += x / rows
		}
		if r.PageLoadTime < loadMin || r.PageLoadTime > loadMax || r.Sentiment < -1 || r.Sentiment > 1 {
			t.Fatalf("out of range: %+v", r)
		}
	}
	correlation := (sr[2] - sr[0]*sr[1]) / math.Sqrt((sr[3]-sr[0]*sr[0])*(sr[4]-sr[1]*sr[1]))
	t.Logf("load times %d, ratings %.3f, tones %.3f, labels %.3f", len(loads), ratings, tonesOf, labels)
	for _, c := range []struct {
		what           string
		got, low, high float64
	}{
		{"purchase rate", float64(all.buyers) / rows, 0.38, 0.42},
		{"AUC of the true probabilities", all.auc(), 0.80, 0.85},
		{"distinct page load times", float64(len(loads)), 1050, 1250},
		{"mean page load time", sumLoad / rows, 2.27, 2.37},
		{"correlation of rating and sentiment", correlation, 0.6, 0.8},
		{"five stars", ratings[5], 0.29, 0.39},
		{"one star", ratings[1], 0.10, 0.18},
		{"positive", tonesOf[positive], 0.44, 0.54},
		{"negative", tonesOf[negative], 0.28, 0.38},
		{"detailed", labels[detailed], 0.30, 0.38},
		{"basic", labels[basic], 0.30, 0.38},
		{"generic", labels[generic], 0.28, 0.36},
		{"distinct UUIDs", float64(len(ids)), rows, rows},
	} {
		if c.got < c.low || c.got > c.high {
			t.Errorf("%s: %.4f, want %v to %v", c.what, c.got, c.low, c.high)
		} else {
			t.Logf("%s: %.4f", c.what, c.got)
		}
	}
}

func TestUUIDsHaveTheShapeOfVersion4(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for row := range int64(1000) {
		if id := newUUID(9, row).String(); !shape.MatchString(id) {
			t.Fatalf("row %d: %s", row, id)
		}
	}
}

func TestWhatCannotBeDrawnIsExplained(t *testing.T) {
	for _, c := range []struct {
		name string
		opts Options
		want string
	}{
		{"no rows", Options{}, "0 rows asked for, at least 1"},
		{"too many reviews", Options{Rows: 5, Reviews: 6}, "6 reviews asked for 5 customers"},
		{"negative reviews", Options{Rows: 5, Reviews: -2}, "-2 reviews asked for"},
		{"share", Options{Rows: 5, Dirty: 1.5}, "a share of 1.5 dirty lines"},
		{"no share", Options{Rows: 5, Dirty: math.NaN()}, "a share of NaN dirty lines"},
		{"language", Options{Rows: 5, Langs: []string{"xx"}}, `no grammar for language "xx", there is de, en`},
		{"language twice", Options{Rows: 5, Langs: []string{"en", "en"}}, `language "en" is named twice`},
		{"misspelt effect", effectOption("page_load_tme", 1), `no effect is called "page_load_tme", the nearest is "page_load_time"`},
		{"column as effect", effectOption("PRODUCT_RATING", 1), `the nearest is "product_rating"`},
		{"swapped interaction", effectOption("review_sentiment:page_load_time", 1), `the nearest is "page_load_time:review_sentiment"`},
		{"infinite effect", effectOption("intercept", math.Inf(1)), "effect intercept is +Inf"},
		{"negative noise", effectOption("noise", -1), "effect noise is -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Rows(t.Context(), c.opts, func(Row) error { t.Error("a row was drawn"); return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func effectOption(name string, x float64) Options {
	return Options{Rows: 5, Effects: map[string]float64{name: x}}
}

func TestRowsStopsAtAnErrorAndWithItsContext(t *testing.T) {
	boom := errors.New("boom")
	n := 0
	err := Rows(t.Context(), Options{Rows: 1 << 40}, func(Row) error {
		if n++; n == blockRows+1 {
			return boom
		}
		return nil
	})
	if err != boom || n != blockRows+1 {
		t.Errorf("after %d rows: %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = Rows(ctx, Options{Rows: 1 << 40}, func(Row) error { cancel(); return nil })
	if err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

func TestReviewsAreSpreadEvenly(t *testing.T) {
	for _, c := range [][2]int64{{10, 0}, {10, 1}, {10, 7}, {10, 10}, {1 << 40, 1 << 39}} {
		p := &plan{rows: c[0], reviews: c[1]}
		n := min(p.rows, 1000)
		count := int64(0)
		for row := range n {
			if p.reviewed(row) {
				count++
			}
		}
		if want := p.reviewsBefore(n); count != want || p.reviewsBefore(p.rows) != p.reviews {
			t.Errorf("%d of %d: %d in the first %d, want %d", p.reviews, p.rows, count, n, want)
		}
	}
}

func collect(t *testing.T, opts Options) []Row {
	t.Helper()
	var rows []Row
	if err := Rows(t.Context(), opts, func(r Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}
