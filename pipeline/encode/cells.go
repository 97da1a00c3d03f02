package encode

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
