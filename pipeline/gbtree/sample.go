package gbtree

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"willbuy/pipeline/encode"
)

// sampleRows writes into out how many rows of every entry a tree is grown on:
// Binomial(count, subsample) of them, which is the law of XGBoost's rows that
// are in or out independently. tree, counted over the whole training, and seed
// decide; the number of cores does not.
func sampleRows(p *Params, cells *encode.Cells, tree int, out []int64) {
	inChunks(len(out), func(lo, hi int) {
		source := rand.NewPCG(uint64(p.Seed), uint64(tree)<<32|uint64(lo))
		random := rand.New(source)
		share := float64(p.Subsample)
		for e := lo; e < hi; e++ {
			n := cells.Count[e]
			if n > oneByOne {
				out[e] = int64(distuv.Binomial{N: float64(n), P: share, Src: source}.Rand())
				continue
			}
			out[e] = 0
			for range n {
				if random.Float64() < share {
					out[e]++
				}
			}
		}
	})
}

// oneByOne is up to how many rows are drawn so.
const oneByOne = 16
