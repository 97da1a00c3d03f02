package pipeline

import (
	"context"
	"fmt"
	"math"
	"strings"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/whatif"
	"willbuy/store"
)

// Trees are those of the model that training kept, for people to read.
type Trees struct {
	features []whatif.Feature
	missing  []bool // by feature: some customer lacks a value
	model    *gbtree.Model
}

// Branch is a node of a tree with the condition that leads to it from the node
// above.
type Branch struct {
	Depth     int    // of the root 0
	Last      bool   // it is the second of its siblings
	Condition string // in words; the root's is about everybody
	Leaf      bool
	Value     float64 // of a leaf: what it adds to the margin
	Gain      float64 // of a split: by how much it lowers the loss
	Cover     float64 // sum of hessians; for squared error the customers it was grown on
	Below     int     // nodes below it
}

// OpenTrees reads the model.
func (w *Workspace) OpenTrees(ctx context.Context) (*Trees, error) {
	k, err := readModel(ctx, w.Store)
	if err != nil {
		return nil, err
	}
	features, err := inputs(ctx, w.Store, w.Lab())
	if err != nil {
		return nil, err
	}
	if len(features) != len(k.model.Features) {
		return nil, fmt.Errorf("read the trees: the model has %d inputs, the lab %d", len(k.model.Features), len(features))
	}
	missing, err := lacking(ctx, w.Store, w.Lab())
	return &Trees{features, missing, k.model}, err
}

// lacking tells for each feature whether some customer lacks a value.
func lacking(ctx context.Context, s store.Store, l Lab) ([]bool, error) {
	var counts []string
	for _, f := range l.Features {
		counts = append(counts, fmt.Sprintf("CAST(COUNT(*) - COUNT(%s) AS BIGINT)", Ident(f)))
	}
	rows, err := s.Query(ctx, "SELECT "+strings.Join(counts, ", ")+" FROM "+Ident(l.Encoded))
	if err != nil {
		return nil, err
	}
	found, err := rows.Collect(1)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(l.Features))
	for _, row := range found {
		for f := range out {
			out[f] = row[f] != int64(0)
		}
	}
	return out, nil
}

// Len is how many trees there are.
func (t *Trees) Len() int { return len(t.model.Trees) }

// Tree gives the branches of a tree, counted from 0, each before those below it.
func (t *Trees) Tree(n int) []Branch {
	tree := &t.model.Trees[n]
	var out []Branch
	var add func(id int32, depth int, last bool, condition string)
	add = func(id int32, depth int, last bool, condition string) {
		at := len(out)
		b := Branch{Depth: depth, Last: last, Condition: condition, Cover: float64(tree.Hess[id])}
		if tree.Left[id] < 0 {
			b.Leaf, b.Value = true, float64(tree.Cond[id])
			out = append(out, b)
			return
		}
		b.Gain = float64(tree.Gain[id])
		out = append(out, b)
		f, cond := t.features[tree.Feature[id]], tree.Cond[id]
		below, above := conditions(f, cond)
		switch {
		case !t.missing[tree.Feature[id]]:
		case tree.DefaultLeft[id]:
			below += ", or missing"
		default:
			above += ", or missing"
		}
		add(tree.Left[id], depth+1, false, below)
		add(tree.Right[id], depth+1, true, above)
		out[at].Below = len(out) - at - 1
	}
	add(0, 0, true, "everybody")
	return out
}

// conditions are the two sides of a split in words: of a number below and from
// the condition on, of a code the classes on each side.
func conditions(f whatif.Feature, cond float32) (below, above string) {
	if len(f.Classes) == 0 {
		return fmt.Sprintf("%s below %s", f, f.Value(cond)), fmt.Sprintf("%s from %s on", f, f.Value(cond))
	}
	at := min(max(0, int(math.Ceil(float64(cond)))), len(f.Classes))
	return fmt.Sprintf("%s is %s", f, oneOf(f.Classes[:at])), fmt.Sprintf("%s is %s", f, oneOf(f.Classes[at:]))
}

// oneOf lists classes; one of many words is named by its first.
func oneOf(classes []string) string {
	if len(classes) == 0 {
		return "none of those known"
	}
	names := make([]string, len(classes))
	for i, class := range classes {
		names[i] = class
		if words := strings.Fields(class); len(words) > 2 {
			names[i] = strings.ToLower(words[0])
		}
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return names[0]
}
