package duck

import (
	"errors"
	"testing"

	"willbuy/store"
)

// What does not fit into the memory that a sparing store may take is told as
// such, and fits again when it need not spare any more.
func TestSparingStoreSaysThatItNeedsMore(t *testing.T) {
	s := newStore(t)
	const large = "SELECT LENGTH(STRING_AGG(REPEAT('x', 1000) || i, '')) FROM range(90000) t(i)"
	ask := func() error {
		rows, err := s.Query(t.Context(), large)
		if err != nil {
			return err
		}
		_, err = rows.Collect(-1)
		return err
	}
	s.Spare(true)
	if err := ask(); !errors.Is(err, store.ErrMemory) {
		t.Errorf("with little memory: %v", err)
	}
	s.Spare(false)
	if err := ask(); err != nil {
		t.Errorf("with more: %v", err)
	}
}
