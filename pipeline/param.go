package pipeline

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"willbuy/pipeline/nearest"
	"willbuy/store"
)

// ParamKind is the type of a parameter's value.
type ParamKind string

// The kinds of parameters.
const (
	IntParam    ParamKind = "int"
	FloatParam  ParamKind = "float"
	BoolParam   ParamKind = "bool"
	StringParam ParamKind = "string"
	ChoiceParam ParamKind = "choice"
	ListParam   ParamKind = "list" // comma-separated
	SQLParam    ParamKind = "sql"  // a SELECT in the place of the step's own; empty for that one
)

// Param is one thing of a step that a user may set. Values are kept as text in
// one normal form, so that equal values have equal fingerprints.
type Param struct {
	Name     string           `json:"name"`
	Group    string           `json:"group,omitempty"` // head under which a long list shows it
	Kind     ParamKind        `json:"kind"`
	Default  string           `json:"default"`
	FromLab  func(Lab) string `json:"-"` // gives the default where the workspace names it under [lab]
	Min, Max float64          `json:"-"` // of numbers, both included; no bounds when equal
	Choices  []string         `json:"choices,omitempty"`
	Unit     string           `json:"unit,omitempty"`
	Help     string           `json:"help"`

	// Of an SQL text:
	Text  string                   `json:"-"` // the step's own is this one under sql/
	Gives func(Lab) []store.Column `json:"-"` // columns that its result must have; of type String: any
}

// Range says which values are allowed, for people; "" when any are.
func (p Param) Range() string {
	switch {
	case p.Kind == ChoiceParam:
		return strings.Join(p.Choices, " | ")
	case p.Kind == ListParam && len(p.Choices) > 0:
		return "some of " + strings.Join(p.Choices, ",")
	case p.Kind == BoolParam:
		return "true | false"
	case p.Min < p.Max && math.IsInf(p.Max, 1):
		return "≥ " + bound(p.Min)
	case p.Min < p.Max:
		return bound(p.Min) + " … " + bound(p.Max)
	}
	return ""
}

// bound is a number for people: 100 million, 1 billion, 1e15.
func bound(x float64) string {
	for _, unit := range []struct {
		of   float64
		name string
	}{{1e9, " billion"}, {1e6, " million"}} {
		if n := x / unit.of; n >= 1 && n < 1000 && n == math.Trunc(n) {
			return number(n) + unit.name
		}
	}
	return strings.Replace(number(x), "e+", "e", 1)
}

// Normal checks a value and gives its normal form.
func (p Param) Normal(value string) (string, error) {
	value = strings.TrimSpace(value)
	if !utf8.ValidString(value) { // the file that keeps it could not be read back
		return "", fmt.Errorf("%s must be text in UTF-8, not %q", p.Name, value)
	}
	switch p.Kind {
	case IntParam:
		n, err := strconv.ParseInt(strings.ReplaceAll(value, "_", ""), 10, 64)
		if err != nil {
			return "", fmt.Errorf("%s must be a whole number, not %q", p.Name, value)
		}
		return strconv.FormatInt(n, 10), p.bounds(float64(n))
	case FloatParam:
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(x) {
			return "", fmt.Errorf("%s must be a number, not %q", p.Name, value)
		}
		return number(x + 0), p.bounds(x) // −0 is 0
	case BoolParam:
		b, err := strconv.ParseBool(value)
		if err != nil {
			return "", fmt.Errorf("%s must be true or false, not %q", p.Name, value)
		}
		return strconv.FormatBool(b), nil
	case ChoiceParam:
		if !slices.Contains(p.Choices, value) {
			return "", fmt.Errorf("%s must be one of %s, not %q%s", p.Name,
				strings.Join(p.Choices, ", "), value, didYouMean(value, p.Choices))
		}
		return value, nil
	case ListParam:
		var items []string
		for item := range strings.SplitSeq(value, ",") {
			if item = strings.TrimSpace(item); item == "" {
				continue
			}
			if len(p.Choices) > 0 && !slices.Contains(p.Choices, item) {
				return "", fmt.Errorf("%s takes %s, not %q%s", p.Name, strings.Join(p.Choices, ", "), item, didYouMean(item, p.Choices))
			}
			items = append(items, item)
		}
		return strings.Join(items, ","), nil
	case SQLParam:
		return normalSQL(value)
	}
	return value, nil
}

// normalSQL is a text with the line ends of this system and without the last
// semicolon: it will stand inside a statement.
func normalSQL(text string) (string, error) {
	text = strings.NewReplacer("\r\n", "\n", "\t", "    ").Replace(text)
	for line, part := range strings.Split(text, "\n") {
		if i := strings.IndexFunc(part, unicode.IsControl); i >= 0 {
			return "", fmt.Errorf("line %d of the SQL has the control character %q", line+1, part[i])
		}
	}
	return strings.TrimSpace(strings.TrimRight(text, "; \n")), nil
}

// Shown is a value for people, in one line.
func (p Param) Shown(value string) string {
	switch {
	case p.Kind != SQLParam:
		return value
	case value == "":
		return "the lab's own"
	}
	return "edited, " + Plural(int64(1+strings.Count(value, "\n")), "line")
}

func (p Param) bounds(x float64) error {
	if p.Min < p.Max && (x < p.Min || x > p.Max) {
		return fmt.Errorf("%s must be in %s, not %s", p.Name, p.Range(), number(x))
	}
	return nil
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Values are the parameters of one step in normal form, by name. The getters
// are for names and kinds that the step itself declares.
type Values map[string]string

// Int gives a whole number.
func (v Values) Int(name string) int { n, _ := strconv.Atoi(v[name]); return n }

// Float gives a number.
func (v Values) Float(name string) float64 { x, _ := strconv.ParseFloat(v[name], 64); return x }

// Bool gives a truth value.
func (v Values) Bool(name string) bool { return v[name] == "true" }

// List gives the items of a list.
func (v Values) List(name string) []string {
	if v[name] == "" {
		return nil
	}
	return strings.Split(v[name], ",")
}

func didYouMean(word string, candidates []string) string {
	if c := nearest.Close(word, candidates); c != "" {
		return fmt.Sprintf("; did you mean %s?", c)
	}
	return ""
}
