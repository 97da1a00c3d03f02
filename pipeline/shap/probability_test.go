package shap

import (
	"math"
	"testing"
)

func TestProbabilityContributionsAddUp(t *testing.T) {
	for _, from := range []float64{-800, -30, -2, 0, 0.3, 40} {
		for _, way := range []float64{-900, -7, -1, -1e-3, -1e-12, 0, 1e-9, 0.5, 3, 60} {
			to := from + way
			got, want := Slope(from, to)*(to-from), sigmoid(to)-sigmoid(from)
			if !(math.Abs(got-want) <= 1e-14) {
				t.Errorf("from %g to %g the probability changes by %g, the contributions add up to %g", from, to, want, got)
			}
		}
		p := sigmoid(from)
		if got := Slope(from, from); !(math.Abs(got-p*(1-p)) <= 1e-15) {
			t.Errorf("the slope at %g is %g, not %g", from, got, p*(1-p))
		}
	}
	// Little by little there must be no jump where the formula changes.
	if a, b := Slope(0.1, 2.1-1e-9), Slope(0.1, 2.1+1e-9); !(math.Abs(a-b) < 1e-9) {
		t.Errorf("slopes %g and %g", a, b)
	}
}
