package encode

import (
	"errors"
	"math"
)

// ErrInfinite is what Float32 gives for ±Inf and for numbers beyond float32.
var ErrInfinite = errors.New("infinite as float32; XGBoost refuses infinities, use NULL for missing")

// Float32 casts a number of the database as XGBoost does before it looks at a
// feature: NaN (which also stands for NULL) stays NaN and means missing, −0
// becomes 0, doubles round to the nearest float32 and so may become equal, and
// what is infinite after the cast is refused.
func Float32(x float64) (float32, error) {
	v := float32(x)
	if math.IsInf(float64(v), 0) {
		return 0, ErrInfinite
	}
	return v + 0, nil // −0 + 0 is +0
}
