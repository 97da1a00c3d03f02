package gbtree

import (
	"fmt"
	"math"
)

// check validates a tree that was read, fills in the parents and leaves out the
// nodes that hang on no other, which XGBoost's pruning leaves behind.
func (t *Tree) check() error {
	n := len(t.Left)
	if n == 0 {
		return fmt.Errorf("it has no nodes")
	}
	for _, a := range []struct {
		name   string
		length int
	}{
		{"right_children", len(t.Right)}, {"split_indices", len(t.Feature)}, {"split_conditions", len(t.Cond)},
		{"default_left", len(t.DefaultLeft)}, {"loss_changes", len(t.Gain)}, {"sum_hessian", len(t.Hess)},
		{"base_weights", len(t.Weight)},
	} {
		if a.length != n {
			return fmt.Errorf("left_children has %d nodes, %s %d", n, a.name, a.length)
		}
	}
	t.Parent = make([]int32, n)
	for id := range t.Parent {
		t.Parent[id] = -1
	}
	kept := 1
	for id := range int32(n) {
		if id > 0 && t.Parent[id] < 0 {
			continue // pruned, or below a node that was
		}
		leaf := t.Left[id] == -1 && t.Right[id] == -1
		if err := t.checkNode(id, leaf); err != nil {
			return err
		}
		if leaf {
			continue
		}
		kept += 2
		for _, child := range []int32{t.Left[id], t.Right[id]} {
			switch {
			case child <= id || int(child) >= n: // children later than parents: no cycles
				return fmt.Errorf("node %d has the child %d; children have to lie between it and %d", id, child, n)
			case t.Parent[child] >= 0:
				return fmt.Errorf("node %d is a child of %d and of %d", child, t.Parent[child], id)
			}
			t.Parent[child] = id
		}
	}
	if kept < n {
		t.compact()
	}
	return nil
}

func (t *Tree) checkNode(id int32, leaf bool) error {
	for _, x := range []float32{t.Gain[id], t.Hess[id], t.Weight[id]} {
		if x != x {
			return fmt.Errorf("node %d has a NaN", id)
		}
	}
	if c := float64(t.Cond[id]); math.IsNaN(c) || leaf && math.IsInf(c, 0) {
		return fmt.Errorf("node %d has the value %g", id, c)
	}
	if !leaf && t.Feature[id] < 0 {
		return fmt.Errorf("node %d splits on feature %d", id, t.Feature[id])
	}
	return nil
}

// compact leaves out nodes without a parent, in place; the others keep their
// order.
func (t *Tree) compact() {
	to := make([]int32, len(t.Left)) // new ids
	n := int32(0)
	for id := range t.Left {
		if id > 0 && t.Parent[id] < 0 {
			continue
		}
		to[id] = n
		t.Left[n], t.Right[n], t.Parent[n], t.Feature[n] = t.Left[id], t.Right[id], t.Parent[id], t.Feature[id]
		t.Cond[n], t.DefaultLeft[n], t.Gain[n], t.Hess[n], t.Weight[n] = t.Cond[id], t.DefaultLeft[id], t.Gain[id], t.Hess[id], t.Weight[id]
		n++
	}
	for id := range n {
		if t.Left[id] >= 0 {
			t.Left[id], t.Right[id] = to[t.Left[id]], to[t.Right[id]]
		}
		if id > 0 {
			t.Parent[id] = to[t.Parent[id]]
		}
	}
	t.Left, t.Right, t.Parent, t.Feature = t.Left[:n], t.Right[:n], t.Parent[:n], t.Feature[:n]
	t.Cond, t.DefaultLeft, t.Gain, t.Hess, t.Weight = t.Cond[:n], t.DefaultLeft[:n], t.Gain[:n], t.Hess[:n], t.Weight[:n]
}

// within checks that the tree reads no feature beyond the model's.
func (t *Tree) within(features int) error {
	for id, feature := range t.Feature {
		if t.Left[id] >= 0 && int(feature) >= features {
			return fmt.Errorf("node %d splits on feature %d of %d", id, feature, features)
		}
	}
	return nil
}
