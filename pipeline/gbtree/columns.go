package gbtree

import (
	"slices"

	"gonum.org/v1/gonum/mathext/prng"

	"willbuy/pipeline/encode"
)

// columns draws the features that trees, levels and nodes may split on, as
// XGBoost's ColumnSampler draws them: only the seed and the number of features
// decide. The draws of a model go on from tree to tree, so the calls have to
// come in XGBoost's order.
type columns struct {
	byTree, byLevel, byNode float32
	engine                  *prng.MT19937
	fresh                   bool            // ≥ 3.3: a new engine, seeded from engine, for every set
	all                     []int32         // 0 … features−1
	tree                    []int32         // those of the tree
	levels                  map[int][]int32 // those of its levels
}

func newColumns(p *Params, features int, compat encode.Compat) *columns {
	c := &columns{
		byTree: p.ColsampleByTree, byLevel: p.ColsampleByLevel, byNode: p.ColsampleByNode,
		engine: prng.NewMT19937(), fresh: profiles[compat].freshEngines,
		all: make([]int32, features),
	}
	for f := range c.all {
		c.all[f] = int32(f)
	}
	c.engine.Seed(uint64(p.Seed))
	if !c.fresh {
		c.engine.Seed(uint64(c.engine.Uint32()))
		c.draw(c.all, c.byTree) // these releases set up the sampler twice before the first tree
	}
	return c
}

// startTree draws the features of the next tree.
func (c *columns) startTree() {
	c.tree = c.draw(c.all, c.byTree)
	c.levels = map[int][]int32{}
}

// ofNode returns the features that a node of the tree may split on, in
// ascending order. It is called once for each node whose splits are looked for.
func (c *columns) ofNode(depth int) []int32 {
	if c.byLevel == 1 && c.byNode == 1 {
		return c.tree
	}
	level, drawn := c.levels[depth]
	if !drawn {
		level = c.draw(c.tree, c.byLevel)
		c.levels[depth] = level
	}
	return c.draw(level, c.byNode)
}

// draw takes a share of the features, at least one. (ColumnSampler::ColSample)
func (c *columns) draw(from []int32, share float32) []int32 {
	if share == 1 {
		return from
	}
	engine := c.engine
	if c.fresh {
		engine = prng.NewMT19937()
		engine.Seed(uint64(c.engine.Uint32()))
	}
	out := slices.Clone(from)
	shuffle(out, engine)
	out = out[:max(1, int(share*float32(len(from))))]
	slices.Sort(out)
	return out
}

// largest is the greatest number that an engine draws.
const largest = 1<<32 - 1

// shuffle is std::shuffle of libstdc++, which draws two positions at a time
// while their ranges multiply to less than 2³².
func shuffle(x []int32, engine *prng.MT19937) {
	n := uint64(len(x))
	if n < 2 {
		return
	}
	if largest/n < n {
		for i := uint64(1); i < n; i++ {
			swap(x, i, below(engine, i+1))
		}
		return
	}
	i := uint64(1)
	if n%2 == 0 {
		swap(x, 1, below(engine, 2))
		i = 2
	}
	for ; i < n; i += 2 {
		both := below(engine, (i+1)*(i+2))
		swap(x, i, both/(i+2))
		swap(x, i+1, both%(i+2))
	}
}

func swap(x []int32, i, j uint64) { x[i], x[j] = x[j], x[i] }

// below is std::uniform_int_distribution from 0 to n−1 of libstdc++ up to GCC 10,
// which XGBoost's wheels for Linux are built with: a draw divided by the largest
// factor, and drawn again beyond its last multiple.
func below(engine *prng.MT19937, n uint64) uint64 {
	factor := largest / n
	for {
		if x := uint64(engine.Uint32()); x < n*factor {
			return x / factor
		}
	}
}
