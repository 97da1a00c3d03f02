package gbtree

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestHistogramsAreTheSumsInRowOrder(t *testing.T) {
	const cells, features, bins = 1<<17 + 5, 9, 200 // 9 = 5 + 2 + 2, and 8 leave a single one
	random := rand.New(rand.NewPCG(1, 2))
	m := &matrix{features: features, size: features * bins}
	for f := range features {
		m.bins, m.offset = append(m.bins, bins), append(m.offset, int32(f*bins))
	}
	narrow, wide := make([]uint8, cells*features), make([]uint16, cells*features)
	for i := range narrow {
		narrow[i] = uint8(random.IntN(bins))
		wide[i] = uint16(narrow[i])
	}
	gradients := make([]pair, cells)
	for i := range gradients {
		gradients[i] = pair{random.NormFloat64(), random.Float64()}
	}
	for _, step := range []int{1, 7} { // side by side, and far from each other
		var rows []int32
		for r := 0; r < cells; r += step {
			rows = append(rows, int32(r))
		}
		for _, to := range []int{features, features - 1} {
			want := make([]pair, m.size)
			for _, r := range rows {
				for f := range to {
					want[int(m.offset[f])+int(narrow[int(r)*features+f])].add(gradients[r])
				}
			}
			for _, kind := range []string{"uint8", "uint16"} {
				m.narrow.rows, m.wide.rows = narrow, nil
				if kind == "uint16" {
					m.narrow.rows, m.wide.rows = nil, wide
				}
				hist := make([]pair, m.size, m.size+len(reach{}))
				m.sum(hist, rows, gradients, 0, to)
				if !slices.Equal(hist, want) {
					t.Errorf("%s, every row of %d, %d features: other sums", kind, step, to)
				}
			}
		}
	}
}
