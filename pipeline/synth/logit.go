package synth

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"willbuy/pipeline/nearest"
)

// term is an input of the logit: a name and what its coefficient multiplies.
type term struct {
	name       string
	multiplies string
	effect     float64 // default
	value      func(*Row) float64
}

// terms are centred, so that a changed effect moves the share of buyers little.
var terms = [...]term{
	{"page_load_time", "PAGE_LOAD_TIME in seconds, minus 2.3", -0.7,
		func(r *Row) float64 { return r.PageLoadTime - 2.3 }},
	{"review_sentiment", "REVIEW_SENTIMENT, -1 to 1", 1,
		func(r *Row) float64 { return r.Sentiment }},
	{"product_rating", "PRODUCT_RATING, minus 3.5", 0.5,
		func(r *Row) float64 { return float64(r.Rating) - 3.5 }},
	{"review_quality", "1 for detailed, 0 for basic, -1 for generic reviews", 0.5,
		func(r *Row) float64 { return qualityScores[r.quality] }},
	{"product_layout", "1 for single-column, 0.5 two-column, 0 grid, -0.5 three-column, -1 carousel", 0.5,
		func(r *Row) float64 { return layoutScores[r.layout] }},
	{"product_type", "1 for coffee machine and shoes, 0.5 phone, 0 headphones and jacket, -0.5 backpack, -1 camera and laptop", 0,
		func(r *Row) float64 { return productScores[r.product] }},
}

var (
	qualityScores = [len(qualities)]float64{basic: 0, detailed: 1, generic: -1}
	layoutScores  = [len(layouts)]float64{-1, 0, 1, -0.5, 0.5}
	productScores = [len(productTypes)]float64{-0.5, -1, 1, 0, 0, -1, 0.5, 1}
)

const (
	interceptName    = "intercept"
	defaultIntercept = -0.85
	// Slow pages cost less where people are happy.
	interactionName    = "page_load_time:review_sentiment"
	defaultInteraction = 0.15
	// The noise is a normal deviate of the customer, unknown to any model.
	noiseName = "noise"
)

// logit gives the probability of a purchase as
//
//	1/(1+exp(-(intercept + Σ effect·term + Σ effect·term·term + noise·ε)))
type logit struct {
	intercept    float64
	effects      [len(terms)]float64
	interactions []interaction
	noise        float64 // standard deviation
}

// interaction multiplies the product of terms a and b.
type interaction struct {
	a, b   int
	effect float64
}

// DefaultEffects returns the logit's coefficients by name. Any two terms can
// interact ("a:b"); pairs not named here have effect 0.
func DefaultEffects() map[string]float64 {
	m := map[string]float64{interceptName: defaultIntercept, interactionName: defaultInteraction, noiseName: 0}
	for _, t := range terms {
		m[t.name] = t.effect
	}
	return m
}

func newLogit(changed map[string]float64) (logit, error) {
	effects := DefaultEffects()
	names := effectNames()
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		x := changed[name]
		if !slices.Contains(names, name) {
			return logit{}, fmt.Errorf("synth: no effect is called %q, the nearest is %q", name, nearestEffect(name, names))
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return logit{}, fmt.Errorf("synth: effect %s is %v, it must be a finite number", name, x)
		}
		if name == noiseName && x < 0 {
			return logit{}, fmt.Errorf("synth: effect noise is %v, a standard deviation is not negative", x)
		}
		effects[name] = x
	}
	l := logit{intercept: effects[interceptName], noise: effects[noiseName]}
	for i, t := range terms {
		l.effects[i] = effects[t.name]
		for j := range i {
			if x, ok := effects[terms[j].name+":"+t.name]; ok {
				l.interactions = append(l.interactions, interaction{j, i, x})
			}
		}
	}
	return l, nil
}

// probability of the purchase for a row and a standard normal deviate.
func (l *logit) probability(r *Row, deviate float64) float64 {
	var x [len(terms)]float64
	for i := range terms {
		x[i] = terms[i].value(r)
	}
	return l.of(x, deviate)
}

// of is the probability for the values of the terms.
func (l *logit) of(x [len(terms)]float64, deviate float64) float64 {
	z := l.intercept + l.noise*deviate
	for i, v := range x {
		z += l.effects[i] * v
	}
	for _, ab := range l.interactions {
		z += ab.effect * x[ab.a] * x[ab.b]
	}
	return 1 / (1 + math.Exp(-z))
}

// effectNames lists every name that an effect can have.
func effectNames() []string {
	names := []string{interceptName, noiseName}
	for i, t := range terms {
		names = append(names, t.name)
		for j := range i {
			names = append(names, terms[j].name+":"+t.name)
		}
	}
	return names
}

// nearestEffect gives the name that may have been meant; the two sides of an
// interaction may stand in either order.
func nearestEffect(name string, names []string) string {
	candidates := slices.Clone(names)
	for _, n := range names {
		a, b, _ := strings.Cut(n, ":")
		candidates = append(candidates, b+":"+a)
	}
	found := nearest.Word(name, candidates)
	if a, b, ok := strings.Cut(found, ":"); ok && !slices.Contains(names, found) {
		return b + ":" + a
	}
	return found
}
