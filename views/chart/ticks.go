package chart

import (
	"math"
	"strconv"
)

// ticks gives the multiples of a 1-2-5 step within lo and hi, at most most of
// them and at least one where the range holds one, and how many decimals they
// need.
func ticks(lo, hi float64, most int) (at []float64, decimals int) {
	if most < 1 || !(hi > lo) || math.IsInf(hi-lo, 0) {
		return nil, 0
	}
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(most))))
	for _, f := range []float64{1, 2, 5, 10, 20, 50} {
		if math.Floor(hi/(step*f)+1e-9)-math.Ceil(lo/(step*f)-1e-9)+1 <= float64(most) {
			step *= f
			break
		}
	}
	decimals = max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	for n := math.Ceil(lo/step - 1e-9); n <= math.Floor(hi/step+1e-9) && len(at) < most; n++ {
		at = append(at, n*step+0) // +0: never −0
	}
	return at, decimals
}

// fixed writes a number with so many decimals.
func fixed(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

// Number writes a number for people: four significant digits, no exponent
// where it can be avoided.
func Number(v float64) string {
	a := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case math.IsNaN(v):
		return "–"
	case a >= 1e15 || a < 1e-4:
		return strconv.FormatFloat(v, 'g', 4, 64)
	case a >= 1000 || v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	digits := 3 - int(math.Floor(math.Log10(a)))
	return strconv.FormatFloat(v, 'f', min(digits, 4), 64)
}
