package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/store"
	"willbuy/store/duck"
)

// explainRows is explainColumn for what is read to train on: it finds the row of
// an infinite value, and has other advice about the label than about a feature.
func explainRows(ctx context.Context, data *duck.Table, names columns, err error) error {
	if errors.Is(err, encode.ErrInfinite) {
		if found := data.Infinite(ctx, names.all()); found != nil {
			return found
		}
	}
	var not duck.NotNumber
	if errors.As(err, &not) && not.Column == names.label {
		return pipeline.Hint(err, "A label is a number: 0 and 1 (or true and false) for binary:logistic, 0, 1, 2, ... for multi:softprob. Make a column of such numbers, or name another --label.")
	}
	if not.Row > 0 && not.Column != names.weight && !likeNumber.MatchString(not.Value) {
		if value, row := firstNumber(ctx, data, not.Column); row > 0 {
			return pipeline.Hint(fmt.Errorf("%w, and a number: %q in row %d", err, value, row),
				"Write all values of "+not.Column+" as numbers, or none, or leave it out: a feature of texts alone is encoded. nan and inf are numbers; an empty field is missing.")
		}
	}
	return explainColumn(err)
}

// firstNumber finds the first value of a column of texts that reads as a number
// all the same; the row is 0 where there is none.
func firstNumber(ctx context.Context, data *duck.Table, column string) (value string, row int64) {
	at := int64(0)
	for texts, err := range data.Texts(ctx, []string{column}) {
		if err != nil {
			break
		}
		at++
		if texts[0] == nil {
			continue
		}
		if _, err := strconv.ParseFloat(strings.TrimSpace(*texts[0]), 64); err == nil {
			return *texts[0], at
		}
	}
	return "", 0
}

// explainColumn adds the way out to an error about a column.
func explainColumn(err error) error {
	var unknown duck.UnknownClass
	switch {
	case errors.Is(err, encode.ErrNoLabel):
		return pipeline.Hint(err, "Leave these rows out.")
	case errors.Is(err, encode.ErrNoWeight):
		return pipeline.Hint(err, "Leave these rows out, or give them a weight of 0.")
	case errors.As(err, new(duck.TooManyClasses)):
		return pipeline.Hint(err, "It looks like an id or free text: leave it out, or turn it into numbers first.")
	case errors.As(err, &unknown):
		return unknownClass(unknown)
	}
	return numbersOnly(err)
}

// mostNamed is how many classes an error lists.
const mostNamed = 12

// unknownClass says which classes there are, and which may have been meant.
func unknownClass(e duck.UnknownClass) error {
	encoder := encode.LabelEncoder{Column: e.Column, Classes: e.Classes}
	_, err := encoder.Encode(e.Value)
	known := strings.Join(e.Classes[:min(len(e.Classes), mostNamed)], ", ")
	if more := len(e.Classes) - mostNamed; more > 0 {
		known += fmt.Sprintf(" and %d more", more)
	}
	return pipeline.Hint(fmt.Errorf("row %d: %w", e.Row, err), "The model knows "+known+". Correct the value, leave it empty for missing, or train on data that have it.")
}

// numbersOnly adds the way out to the error about a column of text.
func numbersOnly(err error) error {
	var not duck.NotNumber
	switch {
	case !errors.As(err, &not):
		return err
	case not.Type == store.Instant:
		return pipeline.Hint(err, "Leave "+not.Column+" out, or turn it into a number first, such as days since a date.")
	case not.Row == 0:
		return pipeline.Hint(err, "Leave "+not.Column+" out, or turn it into a number first.")
	case strings.TrimSpace(not.Value) == "":
		return pipeline.Hint(err, "Leave "+not.Column+" out. An empty field is missing; a blank is not.")
	case likeNumber.MatchString(not.Value):
		return pipeline.Hint(err, "It looks like a number. Write it with a point and nothing else, such as 2.5 or 1100; an empty field is missing.")
	}
	return pipeline.Hint(err, "Leave "+not.Column+" out, or correct the value. A feature of texts alone is encoded; an empty field is missing.")
}

// likeNumber are texts that people read as a number: with a decimal comma,
// thousands apart, a currency, a percent sign.
var likeNumber = regexp.MustCompile(`^[+\-]?\s*\p{Sc}?\s*[+\-]?(\d+|\d{1,3}([.,'’ \x{a0}\x{202f}]\d{3})+)?([.,]\d+)?\s*(%|\p{Sc}|EUR|USD|GBP|CHF)?\s*$`)

// meantAsNumbers refuses a feature most of whose texts look like numbers: as
// texts, 10,5 would come before 2,5.
func meantAsNumbers(ctx context.Context, data *duck.Table, feature string, texts []string) error {
	alike := 0
	for _, text := range texts {
		if likeNumber.MatchString(text) {
			alike++
		}
	}
	if 2*alike <= len(texts) {
		return nil
	}
	return data.Group(ctx, []string{feature}, duck.Parts{}, func(duck.Batch) error { return nil })
}
