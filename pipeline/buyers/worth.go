package buyers

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"willbuy/pipeline/metrics"
)

// Calibrate turns scores into probabilities by isotonic regression on customers
// of whom it is known who bought. It never says never: at the highest and at the
// lowest score it counts one buyer and one who did not buy more (Laplace's rule
// of succession), where a few lucky ones would make a certainty.
func Calibrate(groups []metrics.Group) metrics.Calibrator {
	low, high := math.Inf(1), math.Inf(-1)
	for _, g := range groups {
		if g.Total > 0 {
			low, high = min(low, g.Score), max(high, g.Score)
		}
	}
	if low > high {
		return metrics.Isotonic(nil)
	}
	return metrics.Isotonic(append(slices.Clone(groups),
		metrics.Group{Score: low, Positive: 1, Total: 2}, metrics.Group{Score: high, Positive: 1, Total: 2}))
}

// Worth is what the first entries of a list hold, where it is known who bought.
type Worth struct {
	First  int64   `json:"first"`  // entries
	Of     int64   `json:"of"`     // customers there are
	Held   float64 `json:"held"`   // buyers among the first, tied customers shared out evenly
	Buyers float64 `json:"buyers"` // among all
	Share  float64 `json:"share"`  // Held / Buyers
	Times  float64 `json:"times"`  // Share over that of as many customers taken at random
}

// WorthOf measures the list of the first so many customers by score. The groups
// are all customers. It is false where there is no buyer or no customer.
func WorthOf(groups []metrics.Group, first int64) (Worth, bool) {
	sorted := slices.SortedFunc(slices.Values(groups), func(a, b metrics.Group) int { return cmp.Compare(b.Score, a.Score) })
	w := Worth{}
	all := 0.0
	for _, g := range sorted {
		all += g.Total
		w.Buyers += g.Positive
	}
	if all == 0 || w.Buyers == 0 || first < 1 {
		return w, false
	}
	w.Of = int64(all)
	w.First = min(first, w.Of)
	left := float64(w.First)
	for i := 0; i < len(sorted) && left > 0; {
		tied := metrics.Group{}
		for at := sorted[i].Score; i < len(sorted) && sorted[i].Score == at; i++ {
			tied.Positive += sorted[i].Positive
			tied.Total += sorted[i].Total
		}
		if tied.Total > 0 {
			take := min(left, tied.Total)
			w.Held += tied.Positive * take / tied.Total
			left -= take
		}
	}
	w.Share = w.Held / w.Buyers
	w.Times = w.Share / (float64(w.First) / all)
	return w, true
}

// String is the worth as a sentence.
func (w Worth) String() string {
	return fmt.Sprintf("The first %s of %s customers hold %.1f%% of all buyers, %.1f times as many as %s taken at random.",
		thousands(w.First), thousands(w.Of), 100*w.Share, w.Times, thousands(w.First))
}

// thousands writes a count with commas.
func thousands(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
