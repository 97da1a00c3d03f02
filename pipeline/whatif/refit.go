package whatif

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
)

// DefaultRefits is how many refits an interval rests on unless somebody wants
// more: 5 % of 30 is one and a half, the least that a 90 % interval can be read
// from.
const DefaultRefits = 30

// Refit trains the model again, draws times, each time on as many customers
// drawn anew from those of the cells (the bootstrap of Efron 1979, every
// customer drawn Poisson(1) times). Of a cell of n customers that makes
// Poisson(n), so that it costs nothing to draw from ten million rows, and a
// training takes a fraction of a second: that, and the cuts staying as they are,
// is what makes an interval by refitting possible here.
//
// The spread of the refits' answers tells how far an answer depends on who
// happened to be among the customers. What all models get wrong alike it does not
// show: leaves that regularisation keeps small, splits that few rows do not pay
// for. Measured over 40 shops of 2,000 lab rows and the lab's parameters, 90 %
// intervals held the true change of half a second in 28, of five stars for four
// in 32, of the best layout in 16; where min_child_weight hardly lets trees split
// (logistic, 100) in none. More rows than these 2,000 and weaker regularisation
// bring the model nearer to the truth, no number of refits does.
//
// params are those that the model was trained with; early stopping is left out,
// so give the number of rounds that the model has. onDone, which may be nil, is
// told after each of them, one call at a time. The same seed gives the same
// models.
func Refit(ctx context.Context, params gbtree.Params, cells *encode.Cells, draws int, seed uint64, onDone func(done int)) ([]*gbtree.Model, error) {
	params.EarlyStoppingRounds = 0
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	models := make([]*gbtree.Model, draws)
	var mu sync.Mutex
	var group sync.WaitGroup
	done, workers := 0, min(draws, runtime.GOMAXPROCS(0))
	for w := range workers {
		group.Go(func() {
			for i := w; i < draws && ctx.Err() == nil; i += workers {
				m, err := refit(ctx, params, cells, rand.NewPCG(seed, uint64(i)))
				if err != nil {
					stop(fmt.Errorf("train again on customers drawn anew (%d of %d): %w", i+1, draws, err))
					return
				}
				models[i] = m
				mu.Lock()
				if done++; onDone != nil {
					onDone(done)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return models, nil
}

func refit(ctx context.Context, params gbtree.Params, cells *encode.Cells, source rand.Source) (*gbtree.Model, error) {
	drawn := resample(cells, source)
	if drawn.Len() == 0 {
		return nil, errors.New("nobody was drawn; there are too few customers")
	}
	return gbtree.Train(ctx, params, gbtree.Input{Train: drawn}, nil)
}

// resample draws Poisson(n) customers for an entry of n, and leaves out the
// entries and cells that are then empty.
func resample(c *encode.Cells, source rand.Source) *encode.Cells {
	out := &encode.Cells{Cuts: c.Cuts, First: []int32{0}}
	outputs := len(c.Margin) / max(1, c.Len())
	for i := range c.Len() {
		for e := c.First[i]; e < c.First[i+1]; e++ {
			n := int64(distuv.Poisson{Lambda: float64(c.Count[e]), Src: source}.Rand())
			if n > 0 {
				out.Label = append(out.Label, c.Label[e])
				out.Weight = append(out.Weight, c.Weight[e])
				out.Count = append(out.Count, n)
			}
		}
		if end := int32(len(out.Count)); end > out.First[len(out.First)-1] {
			out.First = append(out.First, end)
			out.Bins = append(out.Bins, c.Row(i)...)
			out.Margin = append(out.Margin, c.Margin[i*outputs:(i+1)*outputs]...)
		}
	}
	return out
}

// Drift is by how much, on average over everyone, the expected purchase of a
// customer differs between the model and another one: of the model trained again
// on the same cells with the parameters that the refits take, it is 0 where
// these are those of the model.
func (s *Study) Drift(ctx context.Context, other *gbtree.Model) (float64, error) {
	p, k := s.everyone, len(s.everyone.Features)
	blocks := (p.Len() + driftBlock - 1) / driftBlock
	parts := make([]float64, blocks)
	err := each(ctx, blocks, func(at int) {
		from, to := at*driftBlock, min((at+1)*driftBlock, p.Len())
		mine, others := make([]float32, to-from), make([]float32, to-from)
		s.Model().Margins(p.Values[from*k:to*k], mine)
		other.Margins(p.Values[from*k:to*k], others)
		for i, n := range p.Count[from:to] {
			parts[at] += float64(n) * math.Abs(counted(s.Model(), mine[i])-counted(other, others[i]))
		}
	})
	sum := 0.0
	for _, part := range parts {
		sum += part
	}
	return sum / float64(p.Customers()), err
}

const driftBlock = 4096
