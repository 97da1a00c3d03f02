package whatif

import (
	"cmp"
	"context"
	"slices"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
)

// bundles are customers prepared for prediction: those who differ in one feature
// alone, as far as trees can tell, stand together, so that one walk through a tree
// serves them all. Of the lab's shop, where page loads make most of the
// difference, that is a dozen customers a walk.
type bundles struct {
	feature int       // in which customers of a bundle differ
	rows    []float32 // a customer of each bundle
	first   []int     // bundle i has the entries first[i] … first[i+1]−1
	values  []float32 // of the feature, per entry; rising in a bundle, or missing in all of it
	count   []int64   // customers, per entry
}

// bundle sorts customers by what the splits tell apart but for feature f, then
// by f.
func bundle(p Population, splits shap.Splits, f int) *bundles {
	b := &bundles{feature: f, first: []int{0}}
	type entry struct {
		bundle int
		value  float32
		row    int
	}
	entries := make([]entry, p.Len())
	known := make(map[string]int, min(p.Len(), 1<<16))
	rest, key := make([]float32, len(p.Features)), []byte(nil)
	for i := range entries {
		copy(rest, p.Row(i))
		missing := byte(0) // has a bundle of its own
		if rest[f] != rest[f] {
			missing = 1
		}
		rest[f] = 0
		key = splits.AppendKey(append(key[:0], missing), rest)
		at, found := known[string(key)]
		if !found {
			at = len(known)
			known[string(key)] = at
		}
		entries[i] = entry{at, p.Row(i)[f], i}
	}
	slices.SortFunc(entries, func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.bundle, y.bundle), cmp.Compare(x.value, y.value), cmp.Compare(x.row, y.row))
	})
	for i, e := range entries {
		n := p.Count[e.row]
		switch {
		case i > 0 && e.bundle == entries[i-1].bundle && same(e.value, entries[i-1].value):
			b.count[len(b.count)-1] += n
			continue
		case i == 0 || e.bundle != entries[i-1].bundle:
			b.rows = append(b.rows, p.Row(e.row)...)
			b.first = append(b.first, len(b.count))
		}
		b.values, b.count = append(b.values, e.value), append(b.count, n)
		b.first[len(b.first)-1] = len(b.count)
	}
	return b
}

// moved are the bundles after moves of their feature; false where the moves
// would change the order of the values.
func (b *bundles) moved(moves []Move) (*bundles, bool) {
	after := *b
	after.values = slices.Clone(b.values)
	for _, m := range moves {
		if m.Feature != b.feature || m.Op == Scale && m.By < 0 {
			return nil, false
		}
		for i, x := range after.values {
			after.values[i] = m.Apply(x)
		}
	}
	return &after, true
}

func (b *bundles) len() int { return len(b.first) - 1 }

// customers is how many there are in bundle i.
func (b *bundles) customers(i int) int64 {
	sum := int64(0)
	for _, n := range b.count[b.first[i]:b.first[i+1]] {
		sum += n
	}
	return sum
}

// bundleBlock is how many bundles pass through a tree before the next tree.
const bundleBlock = 512

// purchases is the expected number of purchases of each of the models.
func (b *bundles) purchases(ctx context.Context, models []*gbtree.Model) ([]float64, error) {
	k, blocks := len(models[0].Features), (b.len()+bundleBlock-1)/bundleBlock
	parts := make([][]float64, blocks) // summed in order at the end, whoever computed them
	err := each(ctx, blocks, func(at int) {
		from, to := at*bundleBlock, min((at+1)*bundleBlock, b.len())
		entries, end := b.first[from], b.first[to]
		t := newTracer(b.feature, b.values[entries:end])
		parts[at] = make([]float64, len(models))
		for i, m := range models {
			t.begin(m)
			for tree := range m.Trees {
				for g := from; g < to; g++ {
					t.follow(&m.Trees[tree], 0, b.rows[g*k:g*k+k], b.first[g]-entries, b.first[g+1]-entries)
				}
			}
			for e, margin := range t.margins {
				parts[at][i] += float64(b.count[entries+e]) * counted(m, margin)
			}
		}
	})
	sums := make([]float64, len(models))
	for _, part := range parts {
		for i, x := range part {
			sums[i] += x
		}
	}
	return sums, err
}

// tracer follows a row through a tree for many values of one feature at once:
// only a split on that feature parts them.
type tracer struct {
	feature int32
	values  []float32 // in runs that rise, or are all missing
	margins []float32 // one a value
}

func newTracer(feature int, values []float32) *tracer {
	return &tracer{int32(feature), values, make([]float32, len(values))}
}

// begin sets the margins to those before the first tree.
func (t *tracer) begin(m *gbtree.Model) {
	base := m.BaseMargin(0)
	for v := range t.margins {
		t.margins[v] = base
	}
}

// trace gives margins the row's margin at every value, which rise.
func (t *tracer) trace(m *gbtree.Model, row []float32) {
	t.begin(m)
	for i := range m.Trees {
		t.follow(&m.Trees[i], 0, row, 0, len(t.values))
	}
}

// follow goes on from a node with the run of values from…to−1 and adds to each
// margin its leaf. Called for one tree after the other it gives what
// Model.Margin gives, bit for bit.
func (t *tracer) follow(tree *gbtree.Tree, id int32, row []float32, from, to int) {
	for tree.Left[id] >= 0 {
		cond, x := tree.Cond[id], row[tree.Feature[id]]
		if tree.Feature[id] == t.feature {
			x = t.values[from]
			at := from
			for at < to && t.values[at] < cond {
				at++
			}
			if from < at && at < to {
				t.follow(tree, tree.Left[id], row, from, at)
				from, x = at, t.values[at]
			}
		}
		if x < cond || x != x && tree.DefaultLeft[id] {
			id = tree.Left[id]
		} else {
			id = tree.Right[id]
		}
	}
	for v := from; v < to; v++ {
		t.margins[v] += tree.Cond[id]
	}
}

// mostSplit is the feature with most conditions.
func mostSplit(splits shap.Splits) int {
	best := 0
	for f, conds := range splits {
		if len(conds) > len(splits[best]) {
			best = f
		}
	}
	return best
}

// splitsOf are the split conditions of all models together.
func splitsOf(models ...*gbtree.Model) shap.Splits {
	all := shap.NewSplits(models[0])
	for _, m := range models[1:] {
		for f, conds := range shap.NewSplits(m) {
			all[f] = append(all[f], conds...)
		}
	}
	for f := range all {
		slices.Sort(all[f])
		all[f] = slices.Compact(all[f])
	}
	return all
}
