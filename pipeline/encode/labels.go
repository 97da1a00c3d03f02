// Package encode turns table values into what boosting works on: strings into
// label codes, numbers into float32, float32 into bins, and rows into weighted
// cells.
//
// Order of use: a LabelEncoder for each text column; NewCuts from one GROUP BY
// value per feature; a Builder that takes the rows of one GROUP BY over all
// features and the label, and gives Cells. Training and validation rows go into
// two builders of the same Cuts.
package encode

import (
	"encoding/json"
	"fmt"
	"slices"
	"willbuy/pipeline/nearest"
)

// LabelEncoder maps the distinct values of a text column to 0…k−1 in byte
// order, whatever the database's collation. It is plain data: store it as JSON.
type LabelEncoder struct {
	Column  string   `json:"column"`
	Classes []string `json:"classes"` // sorted by bytes, without duplicates; a code is an index
}

// NewLabelEncoder returns the encoder of a column from its values, in any order
// and with any number of duplicates.
func NewLabelEncoder(column string, values []string) *LabelEncoder {
	classes := slices.Clone(values)
	slices.Sort(classes)
	return &LabelEncoder{Column: column, Classes: slices.Compact(classes)}
}

// Encode returns the code of a value. A value that was not among the classes is
// an error that names the nearest class.
func (e *LabelEncoder) Encode(value string) (int, error) {
	code, found := slices.BinarySearch(e.Classes, value)
	if !found {
		return 0, fmt.Errorf("encode %s: %q is not one of its %d classes%s",
			e.Column, clip(value), len(e.Classes), hint(value, e.Classes))
	}
	return code, nil
}

// Decode returns the class of a code.
func (e *LabelEncoder) Decode(code int) (string, error) {
	if code < 0 || code >= len(e.Classes) {
		return "", fmt.Errorf("decode %s: code %d is outside 0…%d", e.Column, code, len(e.Classes)-1)
	}
	return e.Classes[code], nil
}

// UnmarshalJSON reads an encoder and refuses classes that are not sorted by
// bytes, since every code would be wrong.
func (e *LabelEncoder) UnmarshalJSON(text []byte) error {
	type plain LabelEncoder
	var read plain
	if err := json.Unmarshal(text, &read); err != nil {
		return fmt.Errorf("read a label encoder: %w", err)
	}
	for i := 1; i < len(read.Classes); i++ {
		if read.Classes[i-1] >= read.Classes[i] {
			return fmt.Errorf("read the label encoder of %s: classes %q and %q are not in byte order",
				read.Column, clip(read.Classes[i-1]), clip(read.Classes[i]))
		}
	}
	*e = LabelEncoder(read)
	return nil
}

// hint is the end of an error about an unknown word.
func hint(word string, known []string) string {
	if near := nearest.Word(word, known); near != "" {
		return fmt.Sprintf("; the nearest is %q", clip(near))
	}
	return ""
}

// clip shortens a value that may be a whole review for an error message.
func clip(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
