package gbtree

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// parseFloat32 reads a decimal number as XGBoost reads its parameters: by the
// steps of dmlc-core's ParseFloat (strtonum.h), whose result is now and then the
// neighbour of the nearest float32, for 2.86 and 1.18 for instance.
func parseFloat32(s string) (float32, error) {
	nearest, err := strconv.ParseFloat(s, 32)
	if err != nil || math.IsNaN(nearest) || strings.ContainsAny(s, "xX_") {
		return 0, errors.New("a number is expected")
	}
	if math.IsInf(nearest, 0) {
		return float32(nearest), nil
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(strings.TrimLeft(s, "+-")), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	x := float32(digits(whole))
	if fraction = fraction[:min(19, len(fraction))]; fraction != "" { // 19 digits fit a uint64
		x += float32(float64(digits(fraction)) / math.Pow10(len(fraction)))
	}
	power, _ := strconv.Atoi(exponent)
	scale := float32(1)
	left := max(power, -power)
	if left > 38 { // where ParseFloat gives up
		return 0, errors.New("a number that fits float32 is expected")
	}
	for ; left >= 8; left -= 8 {
		scale *= 1e8
	}
	for ; left > 0; left-- {
		scale *= 10
	}
	if power < 0 {
		x /= scale
	} else {
		x *= scale
	}
	if strings.HasPrefix(s, "-") {
		x = -x
	}
	return x, nil
}

// digits is the number that decimal digits write, modulo 2⁶⁴.
func digits(s string) (n uint64) {
	for _, d := range []byte(s) {
		n = n*10 + uint64(d-'0')
	}
	return n
}
