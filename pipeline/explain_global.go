package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/shap"
	"willbuy/store"
)

// dependenceGroups is how many groups of equal size a feature with many values
// is shown in.
const dependenceGroups = 20

// pairedCells is on how many cells interactions are measured: they cost several
// times as much as contributions.
const pairedCells = 5000

// repeats is how often the values of a feature are shuffled for its permutation
// importance.
const repeats = 5

// swarmBins is in how many parts the range of contributions is counted for the
// beeswarm; a table event holds no more rows.
const swarmBins = PreviewRows

// influence is how much a feature moves predictions.
type influence struct {
	feature  string
	meanAbs  float64 // mean |φ| over customers
	meanHigh float64 // mean φ where the value is above its median, minus below
}

// showGlobal shows what moves predictions over all customers, and gives the
// features, strongest first.
func (e *explained) showGlobal(ctx context.Context, x *Exec) ([]influence, error) {
	x.Phase("measuring interactions")
	if err := e.interactions(ctx, x.workers()); err != nil {
		return nil, err
	}
	x.Phase("measuring importance")
	permuted, err := e.permuted(ctx, x.workers())
	if err != nil {
		return nil, err
	}
	var table [][]any
	var out []influence
	gain, cover, weight := shap.Importances(e.model)
	order := e.summary.Order()
	for _, f := range order {
		i := influence{e.model.Features[f], e.summary.MeanAbs(f), e.summary.HighMinusLow(f)}
		out = append(out, i)
		table = append(table, []any{i.feature, i.meanAbs, i.meanHigh, permuted[f].Mean, permuted[f].SD, gain[f], cover[f], weight[f]})
	}
	x.Table("importance", "Mean |contribution| to the margin", []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "MEAN_ABS", Type: store.Float},
		{Name: "HIGH_MINUS_LOW", Type: store.Float}, {Name: "PERMUTATION", Type: store.Float}, {Name: "PERMUTATION_SD", Type: store.Float},
		{Name: "GAIN", Type: store.Float}, {Name: "COVER", Type: store.Float}, {Name: "WEIGHT", Type: store.Float}}, table)
	e.showInteractions(x)
	e.showSwarm(x)
	for f := range e.model.Features {
		e.showDependence(x, f)
	}
	_, err = x.Show(ctx, "by_group", "Mean contribution by "+x.Lab.Group, SQL("explained_groups", x.Lab))
	return out, err
}

// interactions measures which inputs move predictions together, on cells spread
// evenly over all.
func (e *explained) interactions(ctx context.Context, workers int) error {
	k, n := len(e.people.Features), e.people.Len()
	sampled := min(n, pairedCells)
	var mu sync.Mutex
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			matrix := make([]float64, k*k)
			for i := int(next.Add(1)) - 1; i < sampled && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				at := i * n / sampled
				e.explainer.Interactions(e.people.Row(at), matrix)
				mu.Lock()
				e.summary.AddInteractions(matrix, e.people.Count[at])
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return ctx.Err()
}

// permuted is the permutation importance of each feature, on the rows kept
// apart, or on all where none were.
func (e *explained) permuted(ctx context.Context, workers int) ([]shap.Permuted, error) {
	cells, _ := e.fair()
	positive, c := make([]float64, cells.Len()), shap.Cells{Weight: make([]float64, cells.Len()), Values: make([]float32, cells.Len()*len(e.model.Features))}
	for i := range positive {
		cells.Values(i, c.Values[i*len(e.model.Features):][:len(e.model.Features)])
		for at := cells.First[i]; at < cells.First[i+1]; at++ {
			c.Weight[i] += float64(cells.Count[at])
			positive[i] += float64(cells.Count[at]) * float64(cells.Label[at])
		}
	}
	return shap.Permutation(ctx, e.model, c, func(cell int, margins []float32) float64 {
		return loss(e.model.Objective, margins[0], positive[cell], c.Weight[cell])
	}, repeats, 1, workers)
}

// fair are the cells by which the model is judged: of the rows kept apart, or
// of those it learnt from where none were.
func (e *explained) fair() (cells *encode.Cells, part string) {
	if e.rows.outer.Len() > 0 {
		return e.rows.outer, "validation"
	}
	return e.rows.inner, "training"
}

// showInteractions shows the pairs of inputs that interact most, with what each
// does alone as a pair with itself.
func (e *explained) showInteractions(x *Exec) {
	var rows [][]any
	for i, a := range e.model.Features {
		for j := range i + 1 { // with itself: what it does alone
			rows = append(rows, []any{e.model.Features[j], a, e.summary.Interaction(i, j)})
		}
	}
	slices.SortStableFunc(rows, func(a, b []any) int { return cmp.Compare(b[2].(float64), a[2].(float64)) })
	x.Table("interactions", "Mean |interaction| of two inputs", []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "WITH", Type: store.String},
		{Name: "MEAN_ABS", Type: store.Float}}, rows)
}

// showSwarm counts, for each feature, a sample of customers by contribution, on
// one scale for all, with the mean place of their values from low to high.
func (e *explained) showSwarm(x *Exec) {
	all := make([][]shap.Dot, len(e.model.Features))
	low, high := math.Inf(1), math.Inf(-1)
	for f := range all {
		all[f] = e.summary.Dots(f, f)
		for _, d := range all[f] {
			low, high = min(low, d.Phi), max(high, d.Phi)
		}
	}
	for f, name := range e.model.Features {
		var rows [][]any
		for b, bin := range swarm(all[f], low, high) {
			if bin.count > 0 {
				var place any
				if bin.placed > 0 {
					place = bin.place / bin.placed
				}
				rows = append(rows, []any{low + (high-low)*(float64(b)+0.5)/swarmBins, int64(bin.count), place})
			}
		}
		x.Table("beeswarm_"+name, "Contributions of "+name, []store.Column{{Name: "CONTRIBUTION", Type: store.Float}, {Name: "CUSTOMERS", Type: store.Int},
			{Name: "PLACE", Type: store.Float}}, rows)
	}
}

// swarmBin counts dots with about the same contribution.
type swarmBin struct{ count, placed, place float64 }

func swarm(dots []shap.Dot, low, high float64) [swarmBins]swarmBin {
	var bins [swarmBins]swarmBin
	for _, d := range dots {
		at := 0
		if high > low {
			at = min(swarmBins-1, int((d.Phi-low)/(high-low)*swarmBins))
		}
		bins[at].count++
		if d.Colour == d.Colour {
			bins[at].placed++
			bins[at].place += d.Colour
		}
	}
	return bins
}

// showDependence shows how a feature's contribution depends on its value, and
// how much differently where the input that it interacts with most is low or
// high; beside it stands the truth, where it is known.
func (e *explained) showDependence(x *Exec, f int) {
	name, partner := e.model.Features[f], e.summary.Partner(f)
	points := e.summary.Dependence(f, dependenceGroups)
	title := "Contribution of " + name + " by its value"
	var sides [2][]mean
	if partner >= 0 {
		title += ", with " + e.model.Features[partner] + " low and high"
		sides = bySide(e.summary.Dots(f, partner), points)
	}
	inTruth := make([]any, len(points))
	if e.truth != nil {
		values := make([]float64, len(points))
		for i, p := range points {
			values[i] = p.Value
		}
		for i, v := range e.truth.along(evenly(e.people, trueCustomers), e.model.Objective, f, values) {
			inTruth[i] = v
		}
	}
	var rows [][]any
	for i, p := range points {
		row := []any{nil, p.Phi, p.Rows, nil, nil, inTruth[i]}
		if p.Value == p.Value {
			row[0] = p.Value
		}
		for side, means := range sides {
			if means != nil && means[i].n > 0 {
				row[3+side] = means[i].sum / means[i].n
			}
		}
		rows = append(rows, row)
	}
	x.Table("dependence_"+name, title, []store.Column{{Name: "VALUE", Type: store.Float}, {Name: "CONTRIBUTION", Type: store.Float},
		{Name: "CUSTOMERS", Type: store.Int}, {Name: "WHEN_LOW", Type: store.Float}, {Name: "WHEN_HIGH", Type: store.Float},
		{Name: "IN_TRUTH", Type: store.Float}}, rows)
}

type mean struct{ sum, n float64 }

// bySide is, for each point of a dependence, the mean contribution of the
// sampled customers whose other input is in the lower and in the upper half of
// its colours. A customer belongs to the point with the nearest value.
func bySide(dots []shap.Dot, points []shap.Point) [2][]mean {
	sides := [2][]mean{make([]mean, len(points)), make([]mean, len(points))}
	for _, d := range dots {
		best, distance := -1, math.Inf(1)
		for i, p := range points {
			away := math.Abs(p.Value - float64(d.Value))
			if p.Value != p.Value && d.Value != d.Value {
				away = 0
			}
			if away < distance {
				best, distance = i, away
			}
		}
		if best < 0 || d.Colour != d.Colour {
			continue
		}
		side := 0
		if d.Colour > 0.5 {
			side = 1
		}
		sides[side][best].sum += d.Phi
		sides[side][best].n++
	}
	return sides
}
