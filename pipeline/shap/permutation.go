package shap

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"willbuy/pipeline/gbtree"
)

// Cells are rows for Permutation: each stands for as many as its weight.
type Cells struct {
	Values []float32 // a value for each feature of the model, cell after cell
	Weight []float64 // per cell
}

// Permuted is the permutation importance of a feature: by how much the mean loss
// grows when its values are shuffled among the rows.
type Permuted struct {
	Mean, SD float64 // over the repeats; SD 0 for one
}

// Permutation gives the permutation importance of each feature (Breiman 2001,
// "Random forests"; Fisher, Rudin and Dominici 2019 for the difference of mean
// losses). loss is the mean loss of the rows of a cell, were these their margins;
// it is called by many goroutines. Equal seeds give equal results. A feature that
// no split asks about has 0 without being tried.
//
// A repeat lays the cells out twice, each as long as its weight, once as they
// stand and once in random order from a random point on; every row takes the
// value of the one opposite. So values keep their frequencies, every row is as
// likely to get any row's value as under a permutation of rows, and there are at
// most two predictions a cell, however many rows it stands for.
func Permutation(ctx context.Context, m *gbtree.Model, cells Cells, loss func(cell int, margins []float32) float64, repeats int, seed uint64, workers int) ([]Permuted, error) {
	p := permutation{m, cells, loss, make([]float32, len(cells.Weight)*m.Outputs()), 0, 0}
	m.Margins(cells.Values, p.margins)
	for i, w := range cells.Weight {
		p.total += w
		p.loss0 += w * loss(i, p.of(i))
	}
	if p.total == 0 {
		return make([]Permuted, len(m.Features)), nil
	}
	grown := make([]float64, len(m.Features)*repeats)
	splits := NewSplits(m)
	var next atomic.Int64
	var group sync.WaitGroup
	for range max(1, workers) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(grown) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if f := i / repeats; len(splits[f]) > 0 {
					grown[i] = p.shuffled(f, rand.New(rand.NewPCG(seed, uint64(i))))
				}
			}
		})
	}
	group.Wait()
	out := make([]Permuted, len(m.Features))
	for f := range out {
		out[f] = spread(grown[f*repeats:][:repeats])
	}
	return out, ctx.Err()
}

type permutation struct {
	model   *gbtree.Model
	cells   Cells
	loss    func(cell int, margins []float32) float64
	margins []float32 // of the cells as they are
	total   float64   // weight
	loss0   float64   // total loss of the cells as they are
}

func (p *permutation) of(cell int) []float32 {
	outputs := p.model.Outputs()
	return p.margins[cell*outputs:][:outputs]
}

// shuffled is by how much the mean loss grows in one repeat.
func (p *permutation) shuffled(f int, rng *rand.Rand) float64 {
	const block = 1024
	k, n, outputs := len(p.model.Features), len(p.cells.Weight), p.model.Outputs()
	rows, margins := make([]float32, 0, block*k), make([]float32, block*outputs)
	cell, share := make([]int, 0, block), make([]float64, 0, block)
	sum := 0.0
	flush := func() {
		p.model.Margins(rows, margins[:len(cell)*outputs])
		for i, c := range cell {
			sum += share[i] * p.loss(c, margins[i*outputs:][:outputs])
		}
		rows, cell, share = rows[:0], cell[:0], share[:0]
	}
	value := func(c int) float32 { return p.cells.Values[c*k+f] }

	order := rng.Perm(n)
	d, left := 0, 0.0 // the giver, and what is left of it
	skip := rng.Float64() * p.total
	for left = p.cells.Weight[order[0]]; skip > left && d < n-1; left = p.cells.Weight[order[d]] {
		skip -= left
		d++
	}
	left = max(0, left-skip)
	for c, weight := range p.cells.Weight {
		for weight > 0 {
			for left <= 0 {
				d = (d + 1) % n
				left = p.cells.Weight[order[d]]
			}
			part := min(weight, left)
			weight, left = weight-part, left-part
			if x, own := value(order[d]), value(c); x == own || x != x && own != own {
				sum += part * p.loss(c, p.of(c))
				continue
			}
			rows = append(rows, p.cells.Values[c*k:][:k]...)
			rows[len(rows)-k+f] = value(order[d])
			cell, share = append(cell, c), append(share, part)
			if len(cell) == block {
				flush()
			}
		}
	}
	flush()
	return (sum - p.loss0) / p.total
}

// spread is the mean of values and their standard deviation.
func spread(values []float64) Permuted {
	var p Permuted
	for _, x := range values {
		p.Mean += x / float64(len(values))
	}
	if len(values) < 2 {
		return p
	}
	for _, x := range values {
		p.SD += (x - p.Mean) * (x - p.Mean) / float64(len(values)-1)
	}
	p.SD = math.Sqrt(p.SD)
	return p
}
