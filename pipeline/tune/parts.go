package tune

import (
	"fmt"
	"sync"

	"willbuy/pipeline/encode"
)

// parts are the rows as cells, fold by fold, made when first needed.
type parts struct {
	rows   *encode.Rows
	compat encode.Compat

	mu   sync.Mutex
	made map[partKey]*part
}

// partKey is what the cells of a fold depend on.
type partKey struct{ fold, maxBin int }

// part is what a run on one fold trains on and what it is measured on.
type part struct {
	once        sync.Once
	train, held *encode.Cells
	err         error
}

// split checks the folds of rows.
func split(rows *encode.Rows, folds int, compat encode.Compat) (*parts, error) {
	if folds < 2 {
		return nil, fmt.Errorf("search on %d folds: at least 2 are needed", folds)
	}
	counts := make([]int64, folds)
	for i, fold := range rows.Fold {
		if fold < 0 || int(fold) >= folds {
			return nil, fmt.Errorf("search on %d folds: a row has the fold %d, counted from 0", folds, fold)
		}
		counts[fold] += rows.Count[i]
	}
	for fold, n := range counts {
		if n == 0 {
			return nil, fmt.Errorf("search on %d folds: fold %d holds none of the %d rows; take fewer folds", folds, fold+1, rows.Total())
		}
	}
	return &parts{rows: rows, compat: compat, made: map[partKey]*part{}}, nil
}

// of gives the cells of all other folds and of this one, both with the cuts of
// the other folds' rows.
func (p *parts) of(fold, maxBin int) (train, held *encode.Cells, err error) {
	key := partKey{fold, maxBin}
	p.mu.Lock()
	made, ok := p.made[key]
	if !ok {
		made = &part{}
		p.made[key] = made
	}
	p.mu.Unlock()
	made.once.Do(func() {
		others := func(f int32) bool { return int(f) != fold }
		cuts, err := p.rows.Cuts(others, maxBin, p.compat)
		if err != nil {
			made.err = err
			return
		}
		made.train = p.rows.Cells(cuts, others)
		made.held = p.rows.Cells(cuts, func(f int32) bool { return int(f) == fold })
	})
	return made.train, made.held, made.err
}
