package chart

import (
	"math"
	"strconv"
	"strings"
)

// scale maps the values of an axis to 0..1.
type scale struct {
	lo, hi float64
	log    bool
	unit   float64 // what 1, or e on a log scale, comes to; 0: not worked out
}

// has tells whether a value has a place on the scale, in sight or not.
func (s scale) has(v float64) bool { return finite(v) && (!s.log || v > 0) }

// at is the place of a value that the scale has: 0 at the low end, 1 at the high.
func (s scale) at(v float64) float64 {
	unit := s.unit
	if unit == 0 {
		unit = s.measured().unit
	}
	at := (v - s.lo) * unit
	if s.log {
		at = math.Log(v/s.lo) * unit
	}
	if math.IsNaN(at) { // the scale has no length that a number can hold
		return 0
	}
	return at
}

// measured is the scale with its unit worked out once for many values.
func (s scale) measured() scale {
	length := s.hi - s.lo
	if s.log {
		length = math.Log(s.hi / s.lo)
	}
	if s.unit = 1 / length; !finite(s.unit) {
		s.unit = 0
	}
	return s
}

// clamped is at, kept within the scale.
func (s scale) clamped(v float64) float64 { return min(max(s.at(v), 0), 1) }

// roundSteps are the ticks of a decade.
var roundSteps = []float64{1, 2, 5}

// ticks gives at most most round values on the scale, and how they are written.
func (s scale) ticks(most int) (at []float64, text []string) {
	if s.log && s.hi >= 10*s.lo {
		return s.decades(most)
	}
	at, decimals := ticks(s.lo, s.hi, most)
	for _, v := range at {
		text = append(text, tickText(v, decimals))
	}
	return at, text
}

// decades gives the ticks of a log scale: 1, 2 and 5 in each decade where there
// is room, else the decades, else every second of them, and so on.
func (s scale) decades(most int) (at []float64, text []string) {
	from, to := int(math.Floor(math.Log10(s.lo))), int(math.Ceil(math.Log10(s.hi)))
	steps, every := roundSteps, 1
	for {
		at = at[:0]
		for e := from; e <= to; e++ {
			for _, step := range steps {
				if v := step * math.Pow10(e); e%every == 0 && v >= s.lo*(1-1e-9) && v <= s.hi*(1+1e-9) {
					at = append(at, v)
				}
			}
		}
		if len(at) <= max(1, most) {
			break
		}
		if len(steps) > 1 {
			steps = steps[:1]
		} else {
			every++
		}
	}
	for _, v := range at {
		decimals := max(0, -int(math.Floor(math.Log10(v)+1e-9)))
		text = append(text, tickText(v, decimals))
	}
	return at, text
}

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

// tickText writes the number of a tick in a few cells: 0.25, −40, 12k, 1.5M,
// 2e-07.
func tickText(v float64, decimals int) string {
	text := fixed(v, decimals)
	switch a := math.Abs(v); {
	case a >= 1e12 || decimals > 5:
		text = strconv.FormatFloat(v, 'g', 4, 64)
	case a >= 1e9:
		text = strconv.FormatFloat(v/1e9, 'f', -1, 64) + "G"
	case a >= 1e6:
		text = strconv.FormatFloat(v/1e6, 'f', -1, 64) + "M"
	case a >= 1e4:
		text = strconv.FormatFloat(v/1e3, 'f', -1, 64) + "k"
	}
	if strings.HasPrefix(text, "-") {
		return "−" + text[1:]
	}
	return text
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

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
