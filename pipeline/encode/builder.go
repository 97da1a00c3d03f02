package encode

import (
	"errors"
	"fmt"
)

// Builder collects cells from the rows of GROUP BY features, label (and weight)
// one at a time and merges those that binning or the cast to float32 makes
// equal. Its memory grows with the number of cells, not of rows.
type Builder struct {
	rows collector
	row  []uint16 // scratch
}

// NewBuilder returns a builder of cells with these cuts. Training and
// validation rows take one builder each.
func (c *Cuts) NewBuilder() *Builder {
	return &Builder{collector{cuts: c}, make([]uint16, len(c.Features))}
}

// Add adds count equal rows: a value per feature in the order of the cuts (NaN
// for NULL), the label, and the sample weight of each row (1 if there are none).
func (b *Builder) Add(row []float64, label, weight float64, count int64) error {
	cuts := b.rows.cuts
	if len(row) != len(cuts.Features) {
		return fmt.Errorf("add a cell: %d values for %d features", len(row), len(cuts.Features))
	}
	y, err := Float32(label)
	if err == nil && y != y {
		err = errors.New("missing; leave out rows without a label")
	}
	if err != nil {
		return fmt.Errorf("add a cell: the label is %w", err)
	}
	w, err := Float32(weight)
	if err != nil || !(w >= 0) {
		return fmt.Errorf("add a cell: weight %g is not a number from 0 up", weight)
	}
	if count <= 0 {
		return fmt.Errorf("add a cell: it has %d rows", count)
	}
	for f, x := range row {
		v, err := Float32(x)
		if err != nil {
			return fmt.Errorf("add a cell: %s = %g is %w", cuts.Features[f], x, err)
		}
		b.row[f] = cuts.Bin(f, v)
	}
	b.rows.add(b.row, nil, y, w, count)
	return nil
}

// Cells returns what was added. The builder is used up.
func (b *Builder) Cells() *Cells { return b.rows.sorted() }
