package whatif

import (
	"math"
	"strconv"
	"strings"
)

// Kind is what it takes to move a feature.
type Kind string

// The kinds of the lab's closing question: is it better to work on the page or
// on what is sold?
const (
	Technical Kind = "technical" // the page: how fast, how laid out
	Product   Kind = "product"   // what is sold and how it is liked
)

// Feature tells how to speak of an input of a model. Only the name is needed.
type Feature struct {
	Name    string   `toml:"name" json:"name"`             // in the model
	Say     string   `toml:"say" json:"say,omitempty"`     // in words, such as "page load time"
	Unit    string   `toml:"unit" json:"unit,omitempty"`   // such as "s" or "stars"
	Low     string   `toml:"low" json:"low,omitempty"`     // what values below the median are, such as "fast"; "low" by default
	High    string   `toml:"high" json:"high,omitempty"`   // and those above it
	Kind    Kind     `toml:"kind" json:"kind,omitempty"`   // empty where no kind is known
	Classes []string `toml:"-" json:"classes,omitempty"`   // of an encoded text: what its codes 0, 1, … stand for
	Fixed   bool     `toml:"fixed" json:"fixed,omitempty"` // a shop cannot move it
}

// String is the feature in words.
func (f Feature) String() string {
	if f.Say != "" {
		return f.Say
	}
	return f.Name
}

// Value writes a value with its unit, or the class that a code stands for.
func (f Feature) Value(x float32) string {
	switch {
	case x != x:
		return "missing"
	case len(f.Classes) > 0 && x >= 0 && x < float32(len(f.Classes)) && x == float32(int(x)):
		return f.Classes[int(x)]
	}
	text := number(x)
	switch one := strings.TrimSuffix(f.Unit, "s"); {
	case f.Unit == "":
		return text
	case x == 1 && one != "":
		return text + " " + one // 1 star
	}
	return text + " " + f.Unit
}

// number writes a value with four digits, and with all of those before the
// point.
func number(x float32) string {
	size := math.Abs(float64(x))
	if size != 0 && (size < 1e-4 || size >= 1e12) {
		return strconv.FormatFloat(float64(x), 'g', 4, 32)
	}
	decimals := 3
	for ; size >= 10 && decimals > 0; size /= 10 {
		decimals--
	}
	for ; size > 0 && size < 1 && decimals < 7; size *= 10 {
		decimals++
	}
	text := strconv.FormatFloat(float64(x), 'f', decimals, 32)
	if decimals > 0 {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}
