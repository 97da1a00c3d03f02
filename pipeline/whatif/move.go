package whatif

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline/nearest"
)

// Op is what a move does to a value.
type Op string

// The operations, as they are written between feature and number.
const (
	Set      Op = "="
	Add      Op = "+="
	Subtract Op = "-="
	Scale    Op = "*="
	AtMost   Op = "<=" // larger values become this one, others stay
	AtLeast  Op = ">=" // smaller values become this one, others stay
)

// Move changes one feature. Missing values stay missing unless they are set.
type Move struct {
	Feature int     `json:"-"` // index of the model's features
	Op      Op      `json:"op"`
	By      float32 `json:"by"`
}

// Apply gives what becomes of a value.
func (m Move) Apply(x float32) float32 {
	switch {
	case m.Op == Set:
		return m.By
	case x != x:
		return x
	case m.Op == Add:
		return x + m.By
	case m.Op == Subtract:
		return x - m.By
	case m.Op == Scale:
		return x * m.By
	case m.Op == AtMost:
		return min(x, m.By)
	}
	return max(x, m.By)
}

// Text writes a move of a feature in words.
func (m Move) Text(f Feature) string {
	value := f.Value(m.By)
	switch m.Op {
	case Add:
		return fmt.Sprintf("%s %s more", f, value)
	case Subtract:
		return fmt.Sprintf("%s %s less", f, value)
	case Scale:
		return fmt.Sprintf("%s × %g", f, m.By)
	case AtMost:
		return fmt.Sprintf("%s at most %s", f, value)
	case AtLeast:
		return fmt.Sprintf("%s at least %s", f, value)
	}
	return fmt.Sprintf("%s = %s", f, value)
}

// ParseMove reads FEATURE=V, +=D, -=D, *=K, <=V (at most) or >=V (at least). The
// feature's case does not matter. An encoded one can only be set, to the name of
// a class or to its code. features are those of the model, in its order.
func ParseMove(text string, features []Feature) (Move, error) {
	at := strings.IndexByte(text, '=')
	if at < 1 {
		return Move{}, fmt.Errorf("a change is FEATURE=V, FEATURE+=D, -=D, *=K, <=V (at most) or >=V (at least), not %q", text)
	}
	m := Move{Op: Set}
	name, value := text[:at], strings.TrimSpace(text[at+1:])
	if op := Op(text[at-1 : at+1]); slices.Contains([]Op{Add, Subtract, Scale, AtMost, AtLeast}, op) {
		m.Op, name = op, text[:at-1]
	}
	var err error
	if m.Feature, err = Find(name, features); err != nil {
		return Move{}, err
	}
	f := features[m.Feature]
	if len(f.Classes) > 0 && m.Op != Set {
		return Move{}, fmt.Errorf("%q: %s holds texts, which can only be set, as in %s=%s", text, f.Name, f.Name, f.Classes[0])
	}
	if class := slices.IndexFunc(f.Classes, func(c string) bool { return strings.EqualFold(c, value) }); class >= 0 {
		m.By = float32(class)
		return m, nil
	}
	x, err := strconv.ParseFloat(value, 32)
	code := x >= 0 && x < float64(len(f.Classes)) && x == math.Trunc(x)
	switch {
	case len(f.Classes) > 0 && (err != nil || !code):
		return Move{}, fmt.Errorf("%s has no value %q; the nearest is %q", f.Name, value, nearest.Word(value, f.Classes))
	case err == nil && !math.IsNaN(x) && !math.IsInf(x, 0):
		m.By = float32(x)
		return m, nil
	}
	return Move{}, fmt.Errorf("%q: behind %s a number is expected, not %q", text, m.Op, value)
}

// Find gives the index of a feature, whatever its case. An unknown name is
// answered with the nearest.
func Find(name string, features []Feature) (int, error) {
	name = strings.TrimSpace(name)
	names := make([]string, len(features))
	for i, f := range features {
		if strings.EqualFold(f.Name, name) {
			return i, nil
		}
		names[i] = f.Name
	}
	return 0, fmt.Errorf("the model has no feature %q; the nearest is %s", name, nearest.Word(name, names))
}
