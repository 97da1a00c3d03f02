package buyers

import (
	"encoding/json"
	"fmt"
	"math"

	"willbuy/pipeline/whatif"
)

// Reason is what one feature's value does to a prediction.
type Reason struct {
	Feature whatif.Feature
	Value   float32
	Median  float32 // of all customers
	By      float64 // contribution to the margin
}

// MarshalJSON writes a reason with its words; a missing value is null.
func (r Reason) MarshalJSON() ([]byte, error) {
	known := func(x float32) *float32 {
		if x != x {
			return nil
		}
		return &x
	}
	return json.Marshal(struct {
		Feature string   `json:"feature"`
		Value   *float32 `json:"value"`
		Median  *float32 `json:"median"`
		By      float64  `json:"by"`
		Text    string   `json:"text"`
	}{r.Feature.Name, known(r.Value), known(r.Median), r.By, r.String()})
}

// String is the reason in words: "page load 0.8 s (fast) +0.41". What lies off
// the median by a hair is told as usual.
func (r Reason) String() string {
	return fmt.Sprintf("%s %s%s %s", r.Feature, r.Feature.Value(r.Value), r.standing(), signed(r.By))
}

// Good tells whether the value speaks for a purchase.
func (r Reason) Good() bool { return r.By > 0 }

// standing compares a number with the median of all customers.
func (r Reason) standing() string {
	low, high := r.Feature.Low, r.Feature.High
	if low == "" {
		low = "low"
	}
	if high == "" {
		high = "high"
	}
	switch {
	case len(r.Feature.Classes) > 0 || r.Value != r.Value || r.Median != r.Median:
		return ""
	case r.Value < r.Median:
		return " (" + low + ")"
	case r.Value > r.Median:
		return " (" + high + ")"
	}
	return " (usual)"
}

func signed(x float64) string {
	if text := fmt.Sprintf("%.2f", math.Abs(x)); x < 0 && text != "0.00" {
		return "−" + text
	} else if text != "0.00" {
		return "+" + text
	}
	return "±0.00"
}

// LeverText is a lever in words: "page load 3.2 s → under 1.1 s (+12 points)".
func LeverText(s whatif.Step) string { return fmt.Sprintf("%s (%+.0f points)", s.Text(), 100*s.Change) }
