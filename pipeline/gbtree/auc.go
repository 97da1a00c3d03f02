package gbtree

import (
	"math"
	"math/bits"
)

// rankingMetric is an area under a curve over the rows by descending prediction.
// weight is that of the class in an average over classes; not defined is a set
// that lacks rows with label 0 or with label 1.
type rankingMetric func(s *tracked, output, class int) (area, weight float64, defined bool)

// auc is the area under the ROC curve; pairs with equal predictions count half.
// In an average a class weighs as much as its rows.
func auc(s *tracked, output, class int) (area, weight float64, defined bool) {
	fp, tp := rank(s, output, class, func(fp0, fp, tp0, tp float64) {
		area += float64(math.Abs(fp0-fp) * (tp0 + tp) * 0.5)
	})
	if fp <= 0 || tp <= 0 {
		return 0, 0, false
	}
	return min(area/(fp*tp), 1), tp, true
}

// aucpr is the area under the precision-recall curve, interpolated as XGBoost
// does it: between two points the false positives grow linearly with the true
// ones (Keilwagen, Grosse, Grau, PLoS ONE 9(3), 2014). In an average all classes
// weigh the same.
func aucpr(s *tracked, output, class int) (area, weight float64, defined bool) {
	negatives, total := 0.0, 0.0
	for i := range s.cells.Len() {
		zeros, ones := s.labelled(i, class)
		negatives += zeros
		total += ones
	}
	if negatives <= 0 || total <= 0 {
		return 0, 0, false
	}
	rank(s, output, class, func(fp0, fp, tp0, tp float64) {
		a, b := 1.0, 0.0
		if tp != tp0 {
			h := (fp - fp0) / (tp - tp0)
			a, b = h+1, (fp0-float64(h*tp0))/total
		}
		recall0, recall := tp0/total, tp/total
		if b != 0 {
			area += (recall - recall0 - float64(b/a*(math.Log(float64(a*recall)+b)-math.Log(float64(a*recall0)+b)))) / a
		} else {
			area += (recall - recall0) / a
		}
	})
	return min(area, 1), 1, true
}

// rank passes the rows by descending prediction of one output, those with equal
// predictions together: step gets how many rows with label 0 (fp) and with label
// 1 (tp) were passed before and after. All of them are returned.
func rank(s *tracked, output, class int, step func(fp0, fp, tp0, tp float64)) (fp, tp float64) {
	s.ranking.Lock()
	defer s.ranking.Unlock()
	if s.order == nil {
		s.order, s.room = make([]uint64, s.cells.Len()), make([]uint64, s.cells.Len())
	}
	// Of single rows with labels 0 and 1 the labels themselves are sorted, which
	// saves a way through memory in the order of the predictions.
	plain := s.plain && class < 0
	for i := range s.order {
		note := uint32(i)
		if plain {
			note = uint32(s.cells.Label[i])
		}
		s.order[i] = order(s.predicted[i*s.outputs+output], note)
	}
	sorted := ascending(s.order, s.room)
	fp0, tp0 := 0.0, 0.0
	for at := len(sorted) - 1; at >= 0; at-- {
		note := uint32(sorted[at])
		switch {
		case plain:
			tp += float64(note)
			fp += float64(1 - note)
		case s.counts != nil:
			n := s.counts[note]
			fp += float64(n[0])
			tp += float64(n[1])
		default:
			zeros, ones := s.labelled(int(note), class)
			fp += zeros
			tp += ones
		}
		if at == 0 || sorted[at-1]>>32 != sorted[at]>>32 {
			step(fp0, fp, tp0, tp)
			fp0, tp0 = fp, tp
		}
	}
	return fp, tp
}

// labelled is how many rows of a cell have label 0 and label 1. Rows of class
// count as label 1, all others as 0; with class −1 the label itself counts, which
// may be a share.
func (s *tracked) labelled(cell, class int) (zeros, ones float64) {
	c := s.cells
	for e := c.First[cell]; e < c.First[cell+1]; e++ {
		y := c.Label[e]
		if class >= 0 {
			y = 0
			if int(c.Label[e]) == class {
				y = 1
			}
		}
		n, w := float64(c.Count[e]), c.Weight[e]
		zeros += float64(n * float64(float32((1-y)*w)))
		ones += float64(n * float64(float32(y*w)))
	}
	return zeros, ones
}

// ofOutput is a ranking metric of objectives with one output.
func ofOutput(of rankingMetric) func(*tracked) (float64, bool) {
	return func(s *tracked) (float64, bool) {
		area, _, defined := of(s, 0, -1)
		return area, defined
	}
}

// overClasses averages a ranking metric over the classes, each against the rest.
func overClasses(of rankingMetric) func(*tracked) (float64, bool) {
	return func(s *tracked) (float64, bool) {
		sum, total := 0.0, 0.0
		for k := range s.outputs {
			area, weight, defined := of(s, k, k)
			if !defined {
				return 0, false
			}
			sum += float64(area * weight)
			total += weight
		}
		return sum / total, true
	}
}

// order is a number, its bits turned so that they are ordered as the numbers
// are, in the upper half, and a note in the lower.
func order(x float32, note uint32) uint64 {
	u := math.Float32bits(x + 0) // both zeros are one number
	if u>>31 == 0 {
		u |= 1 << 31
	} else {
		u = ^u
	}
	return uint64(u)<<32 | uint64(note)
}

// ascending sorts what order made by the numbers, equal ones in their old order,
// and returns the result, which is in sorted or in room, of the same length. (A
// radix sort: of 55,000 cells 0.5 ms, where a comparison sort, 20 ms, would cost
// more than the tree.)
func ascending(sorted, room []uint64) []uint64 {
	least, most := uint32(math.MaxUint32), uint32(0)
	for _, x := range sorted {
		least, most = min(least, uint32(x>>32)), max(most, uint32(x>>32))
	}
	if least >= most {
		return sorted
	}
	// Only the bits count in which numbers differ: of probabilities two passes' worth.
	const table = 13 // bits; its counters fit the CPU's cache
	width := bits.Len32(most - least)
	passes := (width + table - 1) / table
	digit := (width + passes - 1) / passes
	var start [1 << table]uint32
	for pass := range passes {
		shift, mask := pass*digit, uint32(1)<<digit-1
		clear(start[:mask+1])
		for _, x := range sorted {
			start[(uint32(x>>32)-least)>>shift&mask%(1<<table)]++
		}
		at := uint32(0)
		for d, n := range start[:mask+1] {
			start[d] = at
			at += n
		}
		for _, x := range sorted {
			to := &start[(uint32(x>>32)-least)>>shift&mask%(1<<table)]
			room[*to] = x
			*to++
		}
		sorted, room = room, sorted
	}
	return sorted
}
