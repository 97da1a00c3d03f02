package gbtree

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestALargeNodeIsDividedLikeASmallOne(t *testing.T) {
	const n = 100_003
	random := rand.New(rand.NewPCG(1, 2))
	m := &matrix{features: 1, bins: []int32{9}}
	for range n {
		m.narrow.rows = append(m.narrow.rows, uint8(random.IntN(10))) // 9 is a missing value
	}
	for _, missingLeft := range []bool{false, true} {
		var wantLeft, wantRight []int32
		for row, number := range m.narrow.rows {
			if number <= 3 || number == 9 && missingLeft {
				wantLeft = append(wantLeft, int32(row))
			} else {
				wantRight = append(wantRight, int32(row))
			}
		}
		for name, divide := range map[string]func(*grower, *node, *node, *node){"divide": (*grower).divide, "divideLarge": (*grower).divideLarge} {
			g := &grower{matrix: m, rows: make([]int32, n), scratch: make([]int32, n)}
			for i := range g.rows {
				g.rows[i] = int32(i)
			}
			var left, right node
			divide(g, &node{hi: n, best: split{bound: 4, defaultLeft: missingLeft}}, &left, &right)
			if !slices.Equal(g.rows[left.lo:left.hi], wantLeft) || !slices.Equal(g.rows[right.lo:right.hi], wantRight) {
				t.Errorf("%s, missing left %v: other rows", name, missingLeft)
			}
		}
		margins, leaves := make([]float32, 2*n), [2]float32{1, 2}
		rows := slices.Concat(wantRight, wantLeft)
		m.addEither(margins[1:], 2, rows, leaves, 0, 3, missingLeft)
		for side, rows := range [][]int32{wantLeft, wantRight} {
			for _, r := range rows {
				if margins[2*r] != 0 || margins[2*r+1] != leaves[side] {
					t.Fatalf("missing left %v: row %d got %v", missingLeft, r, margins[2*r:2*r+2])
				}
			}
		}
	}
}
