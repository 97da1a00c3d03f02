package shap

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Batch writes the contributions of many rows into out, in the order of
// Contributions, on so many goroutines. Rows that no tree tells apart are
// explained once, and those that differ only in the feature with most split
// conditions together: the more rows at a time, the fewer walks a row. It stops
// early, with out unfinished, when ctx is done. The sums are added in another
// order than Contributions does, which shows in the last digits.
func (e *Explainer) Batch(ctx context.Context, rows []float32, out []float64, workers int) error {
	return e.batch(ctx, batch{rows: rows, out: out, size: e.features}, workers)
}

// BatchInteractions is Batch for Interactions.
func (e *Explainer) BatchInteractions(ctx context.Context, rows []float32, out []float64, workers int) error {
	return e.batch(ctx, batch{rows: rows, out: out, size: e.features * e.features, pairs: true}, workers)
}

// batch is rows to explain, and how they are divided.
type batch struct {
	*Explainer
	rows  []float32
	out   []float64
	size  int  // numbers an output
	pairs bool // interactions, else contributions

	lines [][]place // those explained as a whole
	alone []int32   // rows explained by themselves
	twins [][2]int32
}

// place is where a row stands in a line.
type place struct {
	row      int32
	interval int32 // of the line's feature, −1 where that is missing
}

// block is how many rows go through a tree, one after the other, while it stays
// in the cache.
const block = 128

func (e *Explainer) batch(ctx context.Context, b batch, workers int) error {
	n := 0
	if e.features > 0 {
		n = len(b.rows) / e.features
	}
	e.mustFit(n, len(b.rows), len(b.out), len(e.bias)*b.size)
	b.Explainer = e
	for _, line := range e.lines(b.rows, n) {
		b.divide(line)
	}
	tasks := len(b.lines) + (len(b.alone)+block-1)/block
	var next atomic.Int64
	var group sync.WaitGroup
	for range max(1, workers) {
		group.Go(func() {
			var l *line
			for i := int(next.Add(1)) - 1; i < tasks && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if i >= len(b.lines) {
					begin := (i - len(b.lines)) * block
					b.explainAlone(b.alone[begin:min(begin+block, len(b.alone))])
					continue
				}
				if l == nil {
					l = newLine(e, b.pairs)
				}
				b.explainLine(l, b.lines[i])
			}
		})
	}
	group.Wait()
	for _, twin := range b.twins {
		copy(b.room(twin[1]), b.room(twin[0]))
	}
	return ctx.Err()
}

// lines puts the rows together that differ at most in the feature that lines run
// along, by its intervals.
func (e *Explainer) lines(rows []float32, n int) [][]place {
	across := slices.Clone(e.splits)
	if e.along >= 0 {
		across[e.along] = nil
	}
	number := map[string]int{}
	var lines [][]place
	var key []byte
	for i := range n {
		row := rows[i*e.features:][:e.features]
		key = across.AppendKey(key[:0], row)
		at, found := number[string(key)]
		if !found {
			at = len(lines)
			number[string(key)] = at
			lines = append(lines, nil)
		}
		p := place{row: int32(i), interval: -1}
		if e.along >= 0 && row[e.along] == row[e.along] {
			p.interval = int32(e.splits.Interval(e.along, row[e.along]))
		}
		lines[at] = append(lines[at], p)
	}
	for _, places := range lines {
		slices.SortFunc(places, func(a, b place) int { return int(a.interval - b.interval) })
	}
	return lines
}

// divide says how the rows of a line are explained: as a whole if they are many,
// but for missing values; else alone. Rows of one interval are twins.
func (b *batch) divide(places []place) {
	different := 1
	for i := range places[1:] {
		if places[i+1].interval != places[i].interval {
			different++
		}
	}
	whole := b.worthLine(different)
	for i, p := range places {
		switch {
		case whole && p.interval >= 0:
			b.lines = append(b.lines, places[i:])
			return
		case i > 0 && p.interval == places[i-1].interval:
			b.twins = append(b.twins, [2]int32{places[i-1].row, p.row})
		default:
			b.alone = append(b.alone, p.row)
		}
	}
}

// mostInLine is how many numbers a line may have for all of its intervals.
const mostInLine = 1 << 20

// worthLine tells whether so many different rows are better explained as a
// line. On lab trees, of five features, a line takes as long as five rows; it
// writes down all numbers of an output for each range.
func (b *batch) worthLine(rows int) bool {
	if rows < 6+b.size/2 {
		return false
	}
	return (len(b.splits[b.along])+2)*len(b.bias)*b.size <= mostInLine
}

func (b *batch) explainLine(l *line, places []place) {
	l.explain(b.row(places[0].row))
	for _, p := range places {
		copy(b.room(p.row), l.at(int(p.interval)))
		if b.pairs {
			b.settle(b.room(p.row))
		}
	}
}

func (b *batch) explainAlone(rows []int32) {
	for _, row := range rows {
		clear(b.room(row))
	}
	for i := range b.trees {
		t := &b.trees[i]
		for _, row := range rows {
			if out := b.room(row)[t.output*b.size:][:b.size]; b.pairs {
				t.explainPairs(b.row(row), out)
			} else {
				t.explain(b.row(row), out)
			}
		}
	}
	if b.pairs {
		for _, row := range rows {
			b.settle(b.room(row))
		}
	}
}

func (b *batch) row(i int32) []float32 { return b.rows[int(i)*b.features:][:b.features] }

func (b *batch) room(i int32) []float64 {
	width := len(b.bias) * b.size
	return b.out[int(i)*width:][:width]
}
