package textmodel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"willbuy/pipeline/tokenizer"
)

// selfTestTime is how long the self-test may take: bart-large needs a second.
const selfTestTime = 2 * time.Minute

// selfTest runs a row alone and then beside two of other lengths. Exports that
// hold the batch size they were traced with fail the second run, or answer it
// differently; they are then run a row at a time. Quantised activations move
// with the batch, so there only the shape and the rough value are compared.
func (m *Model) selfTest(limit time.Duration) error {
	// A network may hold a loop; one without an end must not keep us.
	ctx, cancel := context.WithTimeoutCause(context.Background(), limit, errors.New("it does not come to an end"))
	defer cancel()
	var rows []tokenizer.Encoding
	hypothesis := m.tokenizer.Tokens("This example is good.")
	for _, premise := range []string{"It works.", "I bought it in March and it has been with me every day since.", "ok"} {
		row, err := m.tokenizer.Pair(m.tokenizer.Tokens(premise), hypothesis, m.config.MaxTokens)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	alone, err := m.forward(ctx, rows[:1])
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	if _, err := m.forward(ctx, rows[1:2]); err != nil {
		return fmt.Errorf("it runs on %d tokens but not on %d (%w); export it with a dynamic sequence axis",
			len(rows[0].IDs), len(rows[1].IDs), err)
	}
	tolerance := 1e-3
	if m.dynamic {
		tolerance = 0.5
	}
	together, err := m.forward(ctx, rows)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		m.oneRow = true
		return nil
	}
	for i, want := range alone[0] {
		if math.Abs(float64(want-together[0][i])) > tolerance*(1+math.Abs(float64(want))) {
			m.oneRow = true
		}
	}
	return nil
}

// longest returns the length of the longest row.
func longest(rows []tokenizer.Encoding) int {
	n := 0
	for _, row := range rows {
		n = max(n, len(row.IDs))
	}
	return n
}
