package main

import (
	"context"
	"errors"
	"slices"

	"willbuy/store"
	"willbuy/store/duck"
)

// truths are the spellings of truth values in files whose columns are texts,
// each as its classes: the first is 0 and the second 1.
var truths = [][]string{{"false", "true"}, {"False", "True"}, {"FALSE", "TRUE"}}

// truthOf is the spelling in which these texts are truth values, nil if they are
// none.
func truthOf(texts []string) []string {
	for _, spelling := range truths {
		other := func(text string) bool { return !slices.Contains(spelling, text) }
		if len(texts) > 0 && !slices.ContainsFunc(texts, other) {
			return spelling
		}
	}
	return nil
}

// readTruths reads a table, again if it failed because truth values in it are
// texts: these count as 1 and 0 from then on. Read may not have used any row
// when it fails for what a column holds.
func readTruths(ctx context.Context, data *duck.Table, read func() error) error {
	for {
		err := read()
		var not duck.NotNumber
		if !errors.As(err, &not) || not.Type != store.String || not.Row == 0 {
			return err
		}
		texts, failed := data.Classes(ctx, not.Column)
		spelling := truthOf(texts)
		if failed != nil || spelling == nil {
			return err
		}
		data.Encode(not.Column, spelling)
	}
}
