package gbtree

import (
	"maps"
	"slices"
	"strconv"
)

// Portable returns the model with a base score that older releases of XGBoost
// read, too, all margins the same bit for bit. Before 3.2 a probability may not
// be 0 or 1, as it is after training on labels of one class: it becomes the
// nearest that is clamped to none. Before 3.1 there is one number for all
// outputs: where these differ in theirs, their base margins become leaves of a
// round before the first, and best_iteration counts that round. Trees are shared.
func (m *Model) Portable() *Model {
	if base := m.BaseScore[0]; links[m.Objective].probability && clamp(base) != base {
		out := *m
		out.BaseScore = []float32{clamp(base)}
		return &out
	}
	if !links[m.Objective].classes || len(slices.Compact(slices.Clone(m.BaseScore))) == 1 {
		return m
	}
	out := *m
	out.BaseScore = make([]float32, m.Outputs())
	out.Trees = make([]Tree, 0, m.Round+len(m.Trees))
	for i := range m.Round { // a forest adds its trees: one holds the margin
		output := i * m.Outputs() / m.Round
		margin := float32(0)
		if i == 0 || (i-1)*m.Outputs()/m.Round != output {
			margin = m.BaseMargin(output)
		}
		out.Trees = append(out.Trees, lonelyLeaf(int32(output), margin))
	}
	out.Trees = append(out.Trees, m.Trees...)
	out.BestRound++
	if _, stopped := m.Attributes["best_iteration"]; stopped {
		out.Attributes = maps.Clone(m.Attributes)
		out.Attributes["best_iteration"] = strconv.Itoa(out.BestRound)
	}
	return &out
}

// lonelyLeaf is a tree of one leaf.
func lonelyLeaf(class int32, value float32) Tree {
	return Tree{
		Class: class, Left: []int32{-1}, Right: []int32{-1}, Parent: []int32{-1}, Feature: []int32{0},
		Cond: []float32{value}, DefaultLeft: []bool{false}, Gain: []float32{0}, Hess: []float32{0}, Weight: []float32{value},
	}
}
