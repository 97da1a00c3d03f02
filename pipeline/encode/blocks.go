package encode

// Blocks makes cells of rows that stream by. Where binning makes rows equal they
// are merged as they come, so that memory grows with the cells; where it does
// not, as with many continuous features, every row is a cell of its own.
type Blocks struct {
	cuts    *Cuts
	names   *Rows
	margin  func(values, margins []float32)
	ordered bool
	folds   []collector

	bins            []uint16  // of the rows at hand, as of Cells
	values, margins []float32 // of them, if there is an earlier model
}

// firstRows is after how many rows it shows whether merging them is worth its
// while: if more than apartShare of them are cells, it is not.
const (
	firstRows  = 1 << 17
	apartShare = 0.8
)

// NewBlocks prepares for rows of so many folds. Names gives the columns' names.
// Margin writes what an earlier model of so many outputs gives to rows of values;
// it is nil and outputs 0 without one. Ordered tells that the rows come in the
// same order every time; else cells are sorted even where none are alike, so that
// they do.
func NewBlocks(names *Rows, cuts *Cuts, folds, outputs int, margin func(values, margins []float32), ordered bool) *Blocks {
	b := &Blocks{cuts: cuts, names: names, margin: margin, ordered: ordered, folds: make([]collector, folds)}
	for i := range b.folds {
		b.folds[i].cuts, b.folds[i].outputs = cuts, outputs
	}
	return b
}

// Append adds rows as Rows.Append does.
func (b *Blocks) Append(columns [][]float32, fold []int32, count []int64) error {
	if err := b.names.check(columns); err != nil {
		return err
	}
	k, n := len(b.cuts.Features), len(columns[0])
	b.bin(columns[:k], n)
	outputs := b.folds[0].outputs
	if b.margin != nil {
		b.values, b.margins = resize(b.values, n*k), resize(b.margins, n*outputs)
		for f, column := range columns[:k] {
			for i, x := range column {
				b.values[i*k+f] = x
			}
		}
		b.margin(b.values, b.margins)
	}
	to, weight, rows := int32(0), float32(1), int64(1)
	for i, label := range columns[k] {
		if fold != nil {
			to = fold[i]
		}
		if len(columns) > k+1 {
			weight = columns[k+1][i]
		}
		if count != nil {
			rows = count[i]
		}
		b.folds[to].add(b.bins[i*k:i*k+k], b.margins[i*outputs:i*outputs+outputs], label+0, weight, rows)
	}
	for i := range b.folds {
		if c := &b.folds[i]; b.ordered && !c.apart && c.rows >= firstRows && float64(c.len()) > apartShare*float64(c.rows) {
			c.leaveApart()
		}
	}
	return nil
}

// bin fills bins, on all cores where there is enough to do.
func (b *Blocks) bin(columns [][]float32, n int) {
	k := len(columns)
	b.bins = resize(b.bins, n*k)
	inChunks(n, func(lo, hi int) {
		for f, column := range columns {
			for i := lo; i < hi; i++ {
				b.bins[i*k+f] = b.cuts.Bin(f, column[i])
			}
		}
	})
}

// Cells gives the cells of each fold. The blocks are used up.
func (b *Blocks) Cells() []*Cells {
	cells := make([]*Cells, len(b.folds))
	for i := range b.folds {
		if c := &b.folds[i]; c.apart {
			cells[i] = c.unsorted()
		} else {
			cells[i] = c.sorted()
		}
	}
	return cells
}

// resize gives a slice of n, in the memory of another if it is large enough.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
