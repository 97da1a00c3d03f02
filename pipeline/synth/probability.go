package synth

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// Truth is the formula that purchases were drawn from, read back.
type Truth struct{ logit logit }

// ReadTruth reads the truth.json of synthetic data.
func ReadTruth(path string) (*Truth, error) {
	var content truth
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &content)
	}
	if err == nil && content.Effects[interceptName] == (effect{}) {
		err = errors.New("it tells no effects; it is not the truth of synthetic data")
	}
	if err != nil {
		return nil, fmt.Errorf("read the truth %s: %w", path, err)
	}
	effects := map[string]float64{}
	for name, e := range content.Effects {
		effects[name] = e.Value
	}
	t := &Truth{}
	if t.logit, err = newLogit(effects); err != nil {
		return nil, fmt.Errorf("read the truth %s: %w", path, err)
	}
	return t, nil
}

// Input is a column of the lab's tables, such as PAGE_LOAD_TIME. Of a column of
// words, such as PRODUCT_LAYOUT, rows hold codes, and Classes says what the codes
// 0, 1, … stand for.
type Input struct {
	Column  string
	Classes []string
}

// Probability gives the true probability that a customer with such values buys,
// as a function of the values of these inputs. What noise adds for a customer is
// unknown to everybody: the probability is the mean over it. A missing value
// counts as an average one. It is an error if the formula depends on a column
// that is not among the inputs, or a class is not one of the lab's words.
func (t *Truth) Probability(inputs []Input) (func(row []float32) float64, error) {
	codes := make([][]int, len(inputs)) // the lab's own number of each code
	at := map[string]int{}
	for i, in := range inputs {
		at[strings.ToLower(in.Column)] = i
		words, ok := wordsOf[strings.ToUpper(in.Column)]
		if !ok {
			continue
		}
		for _, class := range in.Classes {
			code := slices.Index(words, class)
			if code < 0 {
				return nil, fmt.Errorf("the truth knows no %s %q; it knows %s", in.Column, class, strings.Join(words, ", "))
			}
			codes[i] = append(codes[i], code)
		}
	}
	for _, name := range t.logit.needs() {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("the truth depends on %s, which the model does not see", strings.ToUpper(name))
		}
	}
	return func(row []float32) float64 {
		var x [len(terms)]float64
		for i, term := range terms {
			input, ok := at[term.name]
			if !ok || row[input] != row[input] {
				continue
			}
			var r Row
			if set(&r, term.name, row[input], codes[input]) {
				x[i] = term.value(&r)
			}
		}
		return t.logit.meanProbability(x)
	}, nil
}

// wordsOf are the words of the text columns, in the order of their numbers.
var wordsOf = map[string][]string{
	"REVIEW_QUALITY": qualities[:], "PRODUCT_LAYOUT": layouts[:], "PRODUCT_TYPE": productTypes[:],
}

// set gives a row the value of one input; false where a code stands for nothing.
func set(r *Row, term string, x float32, codes []int) bool {
	switch term {
	case "page_load_time":
		r.PageLoadTime = float64(x)
		return true
	case "review_sentiment":
		r.Sentiment = float64(x)
		return true
	case "product_rating":
		r.Rating = int(math.Round(float64(x)))
		return true
	}
	if x < 0 || int(x) >= len(codes) {
		return false
	}
	code := codes[int(x)]
	switch term {
	case "review_quality":
		r.quality = quality(code)
	case "product_layout":
		r.layout = code
	case "product_type":
		r.product = product(code)
	}
	return true
}

// needs are the terms that the probability depends on, sorted.
func (l *logit) needs() []string {
	used := map[string]bool{}
	for i, t := range terms {
		if l.effects[i] != 0 {
			used[t.name] = true
		}
	}
	for _, ab := range l.interactions {
		if ab.effect != 0 {
			used[terms[ab.a].name], used[terms[ab.b].name] = true, true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// deviates is at how many equally likely deviates of the noise the mean is taken.
const deviates = 64

// meanProbability is the probability of these terms over the noise.
func (l *logit) meanProbability(x [len(terms)]float64) float64 {
	if l.noise == 0 {
		return l.of(x, 0)
	}
	sum := 0.0
	for i := range deviates {
		sum += l.of(x, distuv.UnitNormal.Quantile((float64(i)+0.5)/deviates))
	}
	return sum / deviates
}
