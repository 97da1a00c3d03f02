package encode

import (
	"cmp"
	"math"
	"slices"
)

// collector merges rows in bins into cells, as they come.
type collector struct {
	cuts    *Cuts
	outputs int // margins a cell, 0 without an earlier model

	bins   []uint16  // cell i has bins[i·k : (i+1)·k] for k features
	margin []float32 // cell i has margin[i·outputs : (i+1)·outputs]

	cell          []int32 // of each entry
	label, weight []float32
	count         []int64

	rows           int  // added so far, equal ones counted once each time
	apart          bool // no more rows are merged: each is a cell of its own
	cells, entries hashTable
}

// add adds count equal rows.
func (c *collector) add(row []uint16, margin []float32, label, weight float32, count int64) {
	c.rows++
	cell, entry := c.cellOf(row, margin), int32(len(c.count))
	if !c.apart {
		hash := mix(uint64(cell), uint64(math.Float32bits(label))<<32|uint64(math.Float32bits(weight)))
		entry = c.entries.find(uint32(hash), entry, func(e int32) bool {
			return c.cell[e] == cell && c.label[e] == label && c.weight[e] == weight
		})
	}
	if int(entry) < len(c.count) {
		c.count[entry] += count
		return
	}
	c.cell = append(c.cell, cell)
	c.label = append(c.label, label)
	c.weight = append(c.weight, weight)
	c.count = append(c.count, count)
}

// cellOf finds the cell of a row, a new one if need be.
func (c *collector) cellOf(row []uint16, margin []float32) int32 {
	next := int32(c.len())
	cell := next
	if !c.apart {
		hash := uint64(0)
		for _, bin := range row {
			hash = mix(hash, uint64(bin))
		}
		for _, m := range margin {
			hash = mix(hash, uint64(math.Float32bits(m)))
		}
		cell = c.cells.find(uint32(hash), next, func(i int32) bool {
			return slices.Equal(c.row(i), row) && slices.Equal(c.margins(i), margin)
		})
	}
	if cell == next {
		c.bins = append(c.bins, row...)
		c.margin = append(c.margin, margin...)
	}
	return cell
}

// leaveApart ends the merging of rows, when too few are alike.
func (c *collector) leaveApart() {
	c.apart, c.cells, c.entries = true, hashTable{}, hashTable{}
}

func (c *collector) len() int { return len(c.bins) / len(c.cuts.Features) }

func (c *collector) row(i int32) []uint16 {
	k := len(c.cuts.Features)
	return c.bins[int(i)*k : int(i)*k+k]
}

func (c *collector) margins(i int32) []float32 {
	return c.margin[int(i)*c.outputs : int(i)*c.outputs+c.outputs]
}

// sorted gives the cells in the order of their bins, whatever order the rows
// came in.
func (c *collector) sorted() *Cells {
	order := c.order()
	out := &Cells{Cuts: c.cuts, Bins: make([]uint16, 0, len(c.bins))}
	position := make([]int32, len(order)) // of a cell
	for p, o := range order {
		position[o.payload] = int32(p)
		out.Bins = append(out.Bins, c.row(int32(o.payload))...)
		out.Margin = append(out.Margin, c.margins(int32(o.payload))...)
	}
	for e, cell := range c.cell {
		c.cell[e] = position[cell]
	}
	c.arrange(out, len(order))
	return out
}

// unsorted gives the cells in the order in which they came first.
func (c *collector) unsorted() *Cells {
	out := &Cells{Cuts: c.cuts, Bins: c.bins, Margin: c.margin}
	c.arrange(out, c.len())
	return out
}

// arrange gives n cells their entries, by label and weight.
func (c *collector) arrange(out *Cells, n int) {
	keys := make([]keyed, len(c.cell))
	for e, cell := range c.cell {
		keys[e] = keyed{uint64(cell)<<32 | uint64(ascending(c.label[e])), int64(e)}
	}
	sortKeyed(keys, make([]keyed, len(keys)))
	eachRun(keys, func(run []keyed) {
		slices.SortFunc(run, func(a, b keyed) int { return cmp.Compare(c.weight[a.payload], c.weight[b.payload]) })
	})
	out.First = make([]int32, n+1)
	out.Label, out.Weight, out.Count = make([]float32, len(keys)), make([]float32, len(keys)), make([]int64, len(keys))
	for i, key := range keys {
		e := key.payload
		out.First[key.key>>32+1]++
		out.Label[i], out.Weight[i], out.Count[i] = c.label[e], c.weight[e], c.count[e]
	}
	for i := range n {
		out.First[i+1] += out.First[i]
	}
}

// order gives the cells, as payload, in order. As many of the bins as fit into 64
// bits are sorted by radix; what these leave equal is sorted by comparing.
func (c *collector) order() []keyed {
	width := c.cuts.binWidth
	packed := 0
	for total := 0; packed < len(c.cuts.Features) && total+width(packed) <= 64; packed++ {
		total += width(packed)
	}
	keys := make([]keyed, c.len())
	for i := range keys {
		for f, bin := range c.row(int32(i))[:packed] {
			keys[i].key = keys[i].key<<width(f) | uint64(bin)
		}
		keys[i].payload = int64(i)
	}
	sortKeyed(keys, make([]keyed, len(keys)))
	eachRun(keys, func(run []keyed) {
		slices.SortFunc(run, func(a, b keyed) int {
			i, j := int32(a.payload), int32(b.payload)
			return cmp.Or(slices.Compare(c.row(i), c.row(j)), slices.Compare(c.margins(i), c.margins(j)))
		})
	})
	return keys
}

// eachRun calls do with every two or more neighbours of the same key.
func eachRun(sorted []keyed, do func(run []keyed)) {
	for lo := 0; lo < len(sorted); {
		hi := lo + 1
		for hi < len(sorted) && sorted[hi].key == sorted[lo].key {
			hi++
		}
		if hi-lo > 1 {
			do(sorted[lo:hi])
		}
		lo = hi
	}
}
