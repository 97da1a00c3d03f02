package shap

import (
	"encoding/binary"
	"slices"

	"willbuy/pipeline/gbtree"
)

// Splits holds, for each feature, the distinct conditions that the trees of a
// model split at, rising. They cut the values into intervals: what lies in one
// interval is the same to every tree, so rows whose values share all intervals
// share margin and contributions, to the last bit.
type Splits [][]float32

// NewSplits collects the split conditions of m.
func NewSplits(m *gbtree.Model) Splits {
	s := make(Splits, len(m.Features))
	for i := range m.Trees {
		t := &m.Trees[i]
		for id, left := range t.Left {
			if left >= 0 {
				s[t.Feature[id]] = append(s[t.Feature[id]], t.Cond[id])
			}
		}
	}
	for f := range s {
		slices.Sort(s[f])
		s[f] = slices.Compact(s[f])
	}
	return s
}

// Interval is the number of conditions on feature f that are at most x, which
// must not be missing: x is below the condition of that index and all later
// ones.
func (s Splits) Interval(f int, x float32) int {
	conds := s[f]
	low, high := 0, len(conds)
	for low < high {
		if mid := int(uint(low+high) / 2); conds[mid] <= x {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// AppendKey appends to key what a row has in common with all rows that no tree
// tells apart from it: a varint a feature, 0 for a missing value, else 1 more
// than its interval. A feature without splits takes no room.
func (s Splits) AppendKey(key []byte, row []float32) []byte {
	for f, x := range row {
		switch {
		case len(s[f]) == 0:
		case x != x:
			key = append(key, 0)
		default:
			key = binary.AppendUvarint(key, uint64(s.Interval(f, x))+1)
		}
	}
	return key
}

// longest is the feature with most conditions, -1 without any.
func (s Splits) longest() int {
	best, most := -1, 0
	for f, conds := range s {
		if len(conds) > most {
			best, most = f, len(conds)
		}
	}
	return best
}
