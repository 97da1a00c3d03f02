package encode

import "math"

// weighted is a distinct float32 value with its total weight.
type weighted struct {
	value  float32
	weight float64
}

// entry is one value of XGBoost's WQSummary: rmin and rmax bound the total
// weight of smaller values. XGBoost keeps ranks in float32, and so must we.
type entry struct{ rmin, rmax, weight, value float32 }

func (e entry) rminNext() float32 { return e.rmin + e.weight }
func (e entry) rmaxPrev() float32 { return e.rmax - e.weight }

// bounds returns b₀ … bₘ of Cuts from the sorted distinct values of a feature
// and the number of its rows.
func bounds(values []weighted, rows int64, maxBin int, compat Compat) []float32 {
	var low, last float32
	var inner []float32
	s := summary(values)
	if limit := sketchLimit(rows, maxBin, compat); rows <= 2*limit {
		s = prune(s, int(limit)) // all rows fit XGBoost's queue: it prunes once, in no order
	}
	switch compat {
	case XGBoost32: // SketchContainerImpl::MakeCuts of 3.2
		const tiny = float64(float32(1e-5))
		first, top := float32(1e-5), float32(1e-5)
		if low = first; len(values) > 0 {
			first, top = values[0].value, values[len(values)-1].value
			low = float32(float64(first) - math.Abs(float64(first)) - tiny)
		}
		last = float32(float64(top) + (math.Abs(float64(top)) + tiny))
		inner = prunedCuts(s, maxBin)
	default: // WQSummary::QueryCutValues of 3.3
		low, last = float32(math.Inf(-1)), 1e-5
		if len(values) > 0 {
			top := values[len(values)-1].value
			last = top + (float32(math.Abs(float64(top))) + 1e-5)
		}
		inner = queriedCuts(s, maxBin)
	}
	return append(append([]float32{low}, inner...), last)
}

// summary is the exact summary of all values (SetFromSorted).
func summary(values []weighted) []entry {
	out := make([]entry, len(values))
	sum := float32(0)
	for i, v := range values {
		w := float32(v.weight)
		out[i] = entry{rmin: sum, rmax: sum + w, weight: w, value: v.value}
		sum += w
	}
	return out
}

// oversampling is kFactor: how many entries the sketch keeps for a bin.
var oversampling = map[Compat]int{XGBoost34: 2, XGBoost32: 8}

// sketchLimit is the number of entries that XGBoost's sketch keeps of a feature
// with so many rows (WQuantileSketch::LimitSizeLevel).
func sketchLimit(rows int64, maxBin int, compat Compat) int64 {
	bins := max(1, min(int64(maxBin), rows))
	perLevel := 1 / float64(bins) / float64(oversampling[compat])
	if compat == XGBoost32 {
		perLevel = 1 / float64(bins*int64(oversampling[compat]))
	}
	for level := 1; ; level++ {
		limit := min(rows, int64(math.Ceil(float64(level)/perLevel))+1)
		if limit<<level >= rows {
			return limit
		}
	}
}

// prunedCuts prunes twice, as releases up to 3.2 do, and takes the second and
// the following values, at most maxBin−1: the first value is never a cut.
func prunedCuts(s []entry, maxBin int) []float32 {
	s = prune(prune(s, oversampling[XGBoost32]*maxBin), maxBin+1)
	var cuts []float32
	for i := 1; i < min(len(s), maxBin); i++ {
		cuts = append(cuts, s[i].value)
	}
	return cuts
}

// prune keeps at most size entries at even ranks (WQSummary::SetPrune).
func prune(s []entry, size int) []entry {
	if len(s) <= size {
		return s
	}
	tail := len(s) - 1
	begin, span, n := s[0].rmax, s[tail].rmin-s[0].rmax, size-1
	out := []entry{s[0]}
	i, last := 1, 0
	for k := 1; k < n; k++ {
		rank2 := 2 * (float32(float32(k)*span)/float32(n) + begin)
		for i < tail && rank2 >= s[i+1].rmax+s[i+1].rmin {
			i++
		}
		if i == tail {
			break
		}
		pick := i
		if rank2 >= s[i].rminNext()+s[i+1].rmaxPrev() {
			pick = i + 1
		}
		if pick != last {
			out = append(out, s[pick])
			last = pick
		}
	}
	if last != tail {
		out = append(out, s[tail])
	}
	return out
}

// queriedCuts asks the unpruned summary for maxBin−1 even ranks, as releases
// from 3.3 on do; a value that is no greater than the cut before it gives way
// to the next distinct one.
func queriedCuts(s []entry, maxBin int) []float32 {
	if len(s) == 0 {
		return nil
	}
	var cuts []float32
	if len(s) <= maxBin {
		for _, e := range s[1:] {
			cuts = append(cuts, e.value)
		}
		return cuts
	}
	total := float64(s[len(s)-1].rmax)
	previous, next, q := s[0].value, 1, 0
	for i := 1; i < maxBin; i++ {
		rank2 := 2 * (float64(i) * total / float64(maxBin))
		for q < len(s)-2 && rank2 >= float64(s[q+1].rmin+s[q+1].rmax) {
			q++
		}
		cut := s[q+1].value
		if rank2 < float64(s[q].rminNext()+s[q+1].rmaxPrev()) {
			cut = s[q].value
		}
		if cut <= previous {
			for next < len(s) && s[next].value <= previous {
				next++
			}
			if next == len(s) {
				break
			}
			cut = s[next].value
		}
		cuts = append(cuts, cut)
		previous = cut
	}
	return cuts
}
