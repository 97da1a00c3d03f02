package tune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline/gbtree"
)

// Range is what a search may choose for one parameter: one of Choices, or where
// there are none a number from Low to High.
type Range struct {
	Name      string // as gbtree.Params.Set takes it
	Choices   []string
	Low, High float64
	Log       bool // evenly by the logarithm
	Whole     bool // whole numbers only
}

// ParseRange reads name=a,b,c or name=low..high, the latter with :log behind it
// to choose evenly by the logarithm: eta=0.01..0.3:log. A parameter that takes
// whole numbers gets whole numbers. What gbtree refuses is refused here.
func ParseRange(text string) (Range, error) {
	name, values, ok := strings.Cut(text, "=")
	r := Range{Name: strings.TrimSpace(name)}
	if !ok || strings.TrimSpace(values) == "" {
		return r, fmt.Errorf("search %q: a parameter is given as name=a,b,c or name=low..high or name=low..high:log", text)
	}
	low, high, ok := strings.Cut(values, "..")
	if !ok {
		for choice := range strings.SplitSeq(values, ",") {
			choice = strings.TrimSpace(choice)
			if slices.Contains(r.Choices, choice) {
				return r, fmt.Errorf("search %q: %s stands there twice", text, choice)
			}
			r.Choices = append(r.Choices, choice)
		}
		return r, r.check(r.Choices...)
	}
	if high, r.Log = strings.CutSuffix(high, ":log"); strings.Contains(high, ":") {
		return r, fmt.Errorf("search %q: behind a range stands nothing or :log", text)
	}
	var errs [2]error
	r.Low, errs[0] = strconv.ParseFloat(strings.TrimSpace(low), 64)
	r.High, errs[1] = strconv.ParseFloat(strings.TrimSpace(high), 64)
	switch {
	case errs[0] != nil || errs[1] != nil || math.IsInf(r.High-r.Low, 0) || !(r.Low < r.High):
		return r, fmt.Errorf("search %q: a range goes from a number to a larger one", text)
	case r.Log && r.Low <= 0:
		return r, fmt.Errorf("search %q: a range by the logarithm begins above 0", text)
	}
	if err := r.check(strings.TrimSpace(low), strings.TrimSpace(high)); err != nil {
		return r, err
	}
	r.Whole = r.check("0.5") != nil
	return r, nil
}

// settled are the parameters that a search decides in another way.
var settled = map[string]string{
	"num_boost_round":       "of the rounds of a run the best is chosen anyway",
	"n_estimators":          "of the rounds of a run the best is chosen anyway",
	"num_round":             "of the rounds of a run the best is chosen anyway",
	"early_stopping_rounds": "of the rounds of a run the best is chosen anyway",
	"objective":             "runs of different objectives have no metric in common",
	"eval_metric":           "one metric decides between the runs",
}

// check asks the trainer whether it knows the parameter and reads the values.
func (r Range) check(values ...string) error {
	if why, ok := settled[r.Name]; ok {
		return fmt.Errorf("search %s: it is not searched; %s", r.Name, why)
	}
	for _, value := range values {
		p := gbtree.DefaultParams(gbtree.SquaredError)
		if err := p.Set(r.Name, value); err != nil {
			return fmt.Errorf("search %s: %w", r.Name, err)
		}
	}
	return nil
}

// gridPoints is how many values a grid takes of a range.
const gridPoints = 5

// grid lists the values of a grid, from low to high for a range.
func (r Range) grid() []string {
	if len(r.Choices) > 0 {
		return r.Choices
	}
	var values []string
	for i := range gridPoints {
		// Of whole numbers a range may hold fewer than five.
		values = append(values, r.at(float64(i)/(gridPoints-1)))
	}
	return slices.Compact(values)
}

// draw chooses a value at random.
func (r Range) draw(rng *rand.Rand) string {
	if len(r.Choices) > 0 {
		return r.Choices[rng.IntN(len(r.Choices))]
	}
	return r.at(rng.Float64())
}

// at is the value at a place in 0…1 of the range.
func (r Range) at(place float64) string {
	low, high := r.Low, r.High
	if r.Whole { // every number has an equal share of the places
		low, high = r.Low-0.5, r.High+0.5
	}
	value := low + place*(high-low)
	if r.Log {
		value = low * math.Pow(high/low, place)
	}
	if r.Whole {
		return strconv.FormatFloat(min(max(math.Round(value), r.Low), r.High), 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 4, 64) // more digits say nothing, and are hard to read
}
