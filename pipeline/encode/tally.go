package encode

import (
	"errors"
	"math"
	"math/bits"
	"slices"
)

// Tally makes cells of rows that stream by: it counts how often each binned row
// came with each label and weight. Several goroutines take one each, and Total
// adds them up. Of rows that it can take it makes what Blocks makes, several times as
// fast. Its memory grows with the cells.
//
// A row is a key of 64 bits: its bins, the first feature's on top, and below
// them the number of its label and weight.
type Tally struct {
	cuts   *Cuts
	names  *Rows
	binned []binCache // of each feature
	shifts []int      // where its bins stand in a key
	labels labelCodes
	folds  []counts

	keys []uint64 // of the rows at hand
}

// leastMerged is how many rows of a fold are collected before equal ones are merged.
const leastMerged = 1 << 18

// binBits is how much of a key bins may take. What is left is for the number of
// a label and weight.
const (
	binBits   = 48
	labelBits = 64 - binBits
)

// ErrTooManyLabels says that labels and weights have too many values for a Tally;
// Blocks takes any number.
var ErrTooManyLabels = errors.New("too many different labels or weights")

// NewTally prepares for rows of so many folds; names gives the columns' names. It
// is nil where there are too many features for a key.
func NewTally(names *Rows, cuts *Cuts, folds int) *Tally {
	t := &Tally{cuts: cuts, names: names, labels: newLabelCodes(), folds: make([]counts, folds)}
	shift := 64
	for f := range cuts.Features {
		shift -= cuts.binWidth(f)
		t.shifts = append(t.shifts, shift)
	}
	if shift < labelBits {
		return nil
	}
	t.binned = make([]binCache, len(cuts.Features))
	for f := range t.binned {
		t.binned[f].bin[0] = uint64(cuts.Bin(f, 0))
	}
	return t
}

// binWidth is the number of bits of a bin of feature f.
func (c *Cuts) binWidth(f int) int { return bits.Len(uint(c.Width(f) - 1)) }

// Append adds rows as Rows.Append does.
func (t *Tally) Append(columns [][]float32, fold []int32, count []int64) error {
	if err := t.names.checkWidth(columns); err != nil {
		return err
	}
	t.keys = resize(t.keys, len(columns[0]))
	if err := t.code(columns); err != nil {
		return err
	}
	for f, column := range columns[:len(t.shifts)] {
		if x, ok := t.place(f, column); !ok {
			return t.names.infinite(f, x)
		}
	}
	if t.folds[0].keys == nil { // most rows are of this one
		t.folds[0].keys = make([]keyed, 0, leastMerged/2)
	}
	to, rows := int32(0), int64(1)
	for i, key := range t.keys {
		if fold != nil {
			to = fold[i]
		}
		if count != nil {
			rows = count[i]
		}
		t.folds[to].keys = append(t.folds[to].keys, keyed{key, rows})
	}
	for i := range t.folds {
		t.folds[i].settle(leastMerged)
	}
	return nil
}

// code begins the keys with the numbers of labels and weights.
func (t *Tally) code(columns [][]float32) error {
	k := len(t.shifts)
	labels, weights := columns[k], []float32(nil)
	if len(columns) > k+1 {
		weights = columns[k+1]
	}
	weight := float32(1)
	for i, label := range labels {
		if weights != nil {
			weight = weights[i]
		}
		code, known := t.labels.code(label, weight)
		if !known {
			if err := t.names.checkLabel(label, weight); err != nil {
				return err
			}
			if code = t.labels.enter(label, weight); code >= 1<<labelBits {
				return ErrTooManyLabels
			}
		}
		t.keys[i] = code
	}
	return nil
}

// place puts the bins of a feature into the keys. It ends at a value that is
// infinite.
func (t *Tally) place(f int, column []float32) (infinite float32, ok bool) {
	cache, shift := &t.binned[f], t.shifts[f]
	keys := t.keys[:len(column)]
	for i, x := range column {
		value := math.Float32bits(x)
		slot := &cache.bin[value*0x9E3779B1>>(32-binCacheBits)]
		if uint32(*slot>>32) != value {
			if x-x != 0 && x == x {
				return x, false
			}
			*slot = uint64(value)<<32 | uint64(t.cuts.Bin(f, x))
		}
		keys[i] |= *slot & math.MaxUint32 << shift
	}
	return 0, true
}

// binCache holds, for some values of a feature, their bins: looking one up in it
// takes a fraction of the search among the cuts. A slot is the value's bits above
// its bin. Since the bits 0 belong to the first slot, empty ones hold nothing
// that could be taken for a value.
type binCache struct{ bin [1 << binCacheBits]uint64 }

const binCacheBits = 12

// labelCodes numbers the pairs of label and weight in the order in which they
// come first.
type labelCodes struct {
	codes  map[uint64]uint64 // by label and weight, as bits
	recent [64]struct{ pair, code uint64 }
}

func newLabelCodes() labelCodes {
	l := labelCodes{codes: map[uint64]uint64{}}
	for i := range l.recent {
		l.recent[i].pair = math.MaxUint64 // no label is NaN
	}
	return l
}

// pairOf is a label and a weight as a number; −0 becomes +0.
func pairOf(label, weight float32) uint64 {
	return uint64(math.Float32bits(label+0))<<32 | uint64(math.Float32bits(weight+0))
}

func (l *labelCodes) code(label, weight float32) (code uint64, known bool) {
	pair := pairOf(label, weight)
	recent := &l.recent[pair*0x9E3779B97F4A7C15>>58]
	if recent.pair == pair {
		return recent.code, true
	}
	if code, known = l.codes[pair]; known {
		recent.pair, recent.code = pair, code
	}
	return code, known
}

func (l *labelCodes) enter(label, weight float32) uint64 {
	code := uint64(len(l.codes))
	l.codes[pairOf(label, weight)] = code
	return code
}

// Total gives the cells of each fold of tallies with the same cuts, which are
// used up. Which tally a row went to makes no difference.
func Total(tallies []*Tally) []*Cells {
	pairs, ranks := rankLabels(tallies)
	inParallel(len(tallies), func(i int) { tallies[i].rank(ranks[i]) })
	cells := make([]*Cells, len(tallies[0].folds))
	for fold := range cells {
		var all []keyed
		for _, t := range tallies {
			all = union(all, t.folds[fold].keys)
			t.folds[fold] = counts{}
		}
		cells[fold] = tallies[0].cells(all, pairs)
	}
	return cells
}

// rank puts the ranks of labels in the place of their numbers.
func (t *Tally) rank(ranks []uint64) {
	for i := range t.folds {
		fold := &t.folds[i]
		for j, e := range fold.keys {
			code := e.key & (1<<labelBits - 1)
			fold.keys[j].key += ranks[code] - code
		}
		fold.merge()
	}
}

// rankLabels gives the pairs of label and weight of all tallies in order, and for
// each tally the places that its own numbers have there.
func rankLabels(tallies []*Tally) (pairs []uint64, ranks [][]uint64) {
	order := func(pair uint64) uint64 { // by which pairs ascend
		return uint64(ascending(math.Float32frombits(uint32(pair>>32))))<<32 | pair&math.MaxUint32
	}
	for _, t := range tallies {
		for pair := range t.labels.codes {
			pairs = append(pairs, pair)
		}
	}
	slices.SortFunc(pairs, func(a, b uint64) int {
		if order(a) < order(b) {
			return -1
		}
		return 1
	})
	pairs = slices.Compact(pairs)
	place := make(map[uint64]uint64, len(pairs))
	for i, pair := range pairs {
		place[pair] = uint64(i)
	}
	for _, t := range tallies {
		rank := make([]uint64, len(t.labels.codes))
		for pair, code := range t.labels.codes {
			rank[code] = place[pair]
		}
		ranks = append(ranks, rank)
	}
	return pairs, ranks
}

// cells are those of sorted keys.
func (t *Tally) cells(keys []keyed, pairs []uint64) *Cells {
	n := 0
	for i, e := range keys {
		if i == 0 || e.key>>labelBits != keys[i-1].key>>labelBits {
			n++
		}
	}
	out := &Cells{Cuts: t.cuts, Bins: make([]uint16, 0, n*len(t.shifts)), First: make([]int32, 0, n+1),
		Label: make([]float32, len(keys)), Weight: make([]float32, len(keys)), Count: make([]int64, len(keys))}
	for i, e := range keys {
		if i == 0 || e.key>>labelBits != keys[i-1].key>>labelBits {
			out.First = append(out.First, int32(i))
			for f, shift := range t.shifts {
				out.Bins = append(out.Bins, uint16(e.key>>shift&(1<<t.cuts.binWidth(f)-1)))
			}
		}
		pair := pairs[e.key&(1<<labelBits-1)]
		out.Label[i], out.Weight[i], out.Count[i] = math.Float32frombits(uint32(pair>>32)), math.Float32frombits(uint32(pair)), e.payload
	}
	out.First = append(out.First, int32(len(keys)))
	return out
}
