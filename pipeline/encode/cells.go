package encode

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Cells are the distinct binned rows of a table. All rows of a cell have the
// same margin in every round of boosting, so a cell with the counts of its
// labels stands for all of them, exactly.
//
// The arrays of entries hold, for cell i, the indices First[i] … First[i+1]−1:
// one entry for each distinct (label, weight) in the cell. Cells are ordered by
// their bins and entries by label and weight, whatever order the rows came in.
type Cells struct {
	Cuts  *Cuts
	Bins  []uint16 // cell i has Bins[i·k : (i+1)·k] for k features
	First []int32  // length Len()+1

	Label  []float32 // per entry
	Weight []float32 // per entry: the weight of each of its rows, 1 without sample weights
	Count  []int64   // per entry: its number of rows

	// Margin holds, per cell, what an earlier model gives its rows, a value for
	// each of its outputs: boosting goes on from there. Nil to begin from the
	// base score. Rows of one cell have the same margins.
	Margin []float32
}

// Len is the number of cells.
func (c *Cells) Len() int { return len(c.First) - 1 }

// Row returns the bins of cell i, one per feature.
func (c *Cells) Row(i int) []uint16 {
	k := len(c.Cuts.Features)
	return c.Bins[i*k : i*k+k : i*k+k]
}

// Values fills row with a value per feature that lies in the bins of cell i
// (see Cuts.Value), NaN where missing: what Model.Predict takes.
func (c *Cells) Values(i int, row []float32) {
	for f, bin := range c.Row(i) {
		row[f] = c.Cuts.Value(f, bin)
	}
}

// Rows is the number of rows that the cells stand for.
func (c *Cells) Rows() int64 {
	sum := int64(0)
	for _, n := range c.Count {
		sum += n
	}
	return sum
}

// Builder collects cells from the rows of GROUP BY features, label (and weight)
// and merges those that binning or the cast to float32 makes equal. Its memory
// grows with the number of cells, not of rows.
type Builder struct {
	cuts    *Cuts
	cells   map[string]int32 // bins → cell
	entries map[string]int32 // bins, label, weight → entry
	bins    []uint16
	entry   []builderEntry
	key     []byte // scratch
}

type builderEntry struct {
	cell          int32
	label, weight float32
	count         int64
}

// NewBuilder returns a builder of cells with these cuts. Training and
// validation rows take one builder each.
func (c *Cuts) NewBuilder() *Builder {
	return &Builder{cuts: c, cells: map[string]int32{}, entries: map[string]int32{}}
}

// Add adds count equal rows: a value per feature in the order of the cuts (NaN
// for NULL), the label, and the sample weight of each row (1 if there are none).
func (b *Builder) Add(row []float64, label, weight float64, count int64) error {
	if len(row) != len(b.cuts.Features) {
		return fmt.Errorf("add a cell: %d values for %d features", len(row), len(b.cuts.Features))
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
	b.key = b.key[:0]
	for f, x := range row {
		v, err := Float32(x)
		if err != nil {
			return fmt.Errorf("add a cell: %s = %g is %w", b.cuts.Features[f], x, err)
		}
		b.key = binary.LittleEndian.AppendUint16(b.key, b.cuts.Bin(f, v))
	}
	width := len(b.key)
	b.key = binary.LittleEndian.AppendUint32(b.key, math.Float32bits(y))
	b.key = binary.LittleEndian.AppendUint32(b.key, math.Float32bits(w))
	if e, found := b.entries[string(b.key)]; found {
		b.entry[e].count += count
		return nil
	}
	b.entries[string(b.key)] = int32(len(b.entry))
	b.entry = append(b.entry, builderEntry{b.cell(b.key[:width]), y, w, count})
	return nil
}

// cell returns the number of the cell with these bins, a new one if need be.
func (b *Builder) cell(key []byte) int32 {
	if i, found := b.cells[string(key)]; found {
		return i
	}
	i := int32(len(b.cells))
	b.cells[string(key)] = i
	for f := range b.cuts.Features {
		b.bins = append(b.bins, binary.LittleEndian.Uint16(key[2*f:]))
	}
	return i
}

// Cells returns what was added. The builder is used up.
func (b *Builder) Cells() *Cells {
	k, n := len(b.cuts.Features), len(b.cells)
	order := make([]int32, n) // new position → cell
	for i := range order {
		order[i] = int32(i)
	}
	row := func(i int32) []uint16 { return b.bins[int(i)*k : int(i)*k+k] }
	slices.SortFunc(order, func(i, j int32) int { return slices.Compare(row(i), row(j)) })

	c := &Cells{Cuts: b.cuts, Bins: make([]uint16, 0, n*k), First: make([]int32, n+1)}
	position := make([]int32, n)
	for p, i := range order {
		position[i] = int32(p)
		c.Bins = append(c.Bins, row(i)...)
	}
	for i := range b.entry {
		b.entry[i].cell = position[b.entry[i].cell]
	}
	slices.SortFunc(b.entry, func(x, y builderEntry) int {
		return cmp.Or(cmp.Compare(x.cell, y.cell), cmp.Compare(x.label, y.label), cmp.Compare(x.weight, y.weight))
	})
	for _, e := range b.entry {
		c.First[e.cell+1]++
		c.Label = append(c.Label, e.label)
		c.Weight = append(c.Weight, e.weight)
		c.Count = append(c.Count, e.count)
	}
	for i := range n {
		c.First[i+1] += c.First[i]
	}
	return c
}
