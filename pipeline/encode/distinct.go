package encode

import "fmt"

// Distinct collects the distinct values of one feature from rows that stream by,
// for cuts that no GROUP BY need come before. Its memory grows with the values,
// not with the rows.
type Distinct struct {
	counts
	// recent holds where some key stands, + 1, by a few bits of its hash: of a
	// feature of few values hardly one is collected twice.
	recent [4096]int32
}

// firstCompaction is how many values a Distinct collects before it merges: so
// many are sorted within the processor's cache.
const firstCompaction = 1 << 14

// Add adds a value for each row. The other slices are as long or nil: the weight
// of each row (1 if nil), its fold (rows of folds other than 0 are left out), and
// how many rows of the table it stands for (1 if nil).
func (d *Distinct) Add(values, weights []float32, fold []int32, count []int64) {
	w, n := float32(1), int64(1)
	for i, x := range values {
		if fold != nil && fold[i] != 0 {
			continue
		}
		if weights != nil {
			w = weights[i]
		}
		if count != nil {
			n = count[i]
		}
		d.add(x, w, n)
	}
}

func (d *Distinct) add(x, weight float32, count int64) {
	if x != x {
		return
	}
	key := valueKey(x+0, weight) // −0 becomes +0
	seen := &d.recent[key*0x9E3779B97F4A7C15>>52]
	if at := int(*seen) - 1; at >= 0 && d.keys[at].key == key {
		d.keys[at].payload += count
		return
	}
	d.keys = append(d.keys, keyed{key, count})
	*seen = int32(len(d.keys))
	if d.settle(firstCompaction) {
		d.recent = [4096]int32{}
	}
}

// Cuts gives the cuts of the one feature, as NewCuts computes them; the collection
// is used up. Join puts the features together.
func (d *Distinct) Cuts(name string, maxBin int, compat Compat) (*Cuts, error) {
	d.merge()
	values, err := observeSorted(d.keys)
	if err != nil {
		return nil, fmt.Errorf("make cuts of %s: %w", name, err)
	}
	return newCuts([]string{name}, []observed{values}, maxBin, compat)
}

// Join makes the cuts of several features out of cuts of one or more, which are
// of the same release.
func Join(parts []*Cuts) *Cuts {
	all := &Cuts{Compat: parts[0].Compat}
	for _, c := range parts {
		all.Features = append(all.Features, c.Features...)
		all.Bounds = append(all.Bounds, c.Bounds...)
		all.Min = append(all.Min, c.Min...)
	}
	return all
}
