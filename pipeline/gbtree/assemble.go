package gbtree

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// finish checks what concerns the model as a whole.
func (f *modelFile) finish() error {
	if !f.learner {
		return errors.New("there is no \"learner\"; is it a model that save_model wrote?")
	}
	kind, known := links[f.Objective]
	if !known {
		return fmt.Errorf("objective %.60q is not supported; supported are %s", f.Objective, strings.Join(slices.Sorted(maps.Keys(links)), ", "))
	}
	if err := f.spreadBaseScore(kind); err != nil {
		return err
	}
	if err := f.nameFeatures(); err != nil {
		return err
	}
	if err := f.assignTrees(); err != nil {
		return err
	}
	for i := range f.Trees {
		if err := f.Trees[i].within(len(f.Features)); err != nil {
			return fmt.Errorf("tree %d: %w", i, err)
		}
	}
	f.note()
	f.BestRound = len(f.Trees)/f.Round - 1
	if best, err := strconv.Atoi(f.Attributes["best_iteration"]); err == nil && best >= 0 && best < f.BestRound {
		f.BestRound = best
	}
	return nil
}

// spreadBaseScore gives each output its base score: a file has one for all, or
// one each.
func (f *modelFile) spreadBaseScore(kind link) error {
	outputs := max(1, f.classes) * max(1, f.targets)
	if kind.classes != (f.classes > 1) {
		return fmt.Errorf("num_class is %d, which does not suit %s", f.classes, f.Objective)
	}
	for _, b := range f.BaseScore {
		if kind.probability && (b < 0 || b > 1) {
			return fmt.Errorf("base_score %g does not suit %s", b, f.Objective)
		}
		if m := float64(toMargin(f.Objective, b)); math.IsNaN(m) || math.IsInf(m, 0) {
			return fmt.Errorf("base_score %g does not suit %s", b, f.Objective)
		}
	}
	if len(f.BaseScore) == 1 {
		if outputs > max(4096, f.size) {
			return fmt.Errorf("the model has %d outputs in a file of %d bytes", outputs, f.size)
		}
		f.BaseScore = slices.Repeat(f.BaseScore, outputs)
	}
	if len(f.BaseScore) != outputs {
		return fmt.Errorf("base_score has %d entries for %d outputs", len(f.BaseScore), outputs)
	}
	return nil
}

// nameFeatures gives XGBoost's names f0, f1, … to features without names.
func (f *modelFile) nameFeatures() error {
	if len(f.Features) > 0 {
		if f.features != len(f.Features) {
			return fmt.Errorf("num_feature is %d, but %d features have names", f.features, len(f.Features))
		}
		sorted := slices.Clone(f.Features) // a set would cost more than the file allows
		slices.Sort(sorted)
		for i := range sorted[1:] {
			if sorted[i] == sorted[i+1] {
				return fmt.Errorf("two features have the name %.60q", sorted[i])
			}
		}
		return nil
	}
	if f.features > max(4096, f.size/4) {
		return fmt.Errorf("num_feature is %d in a file of %d bytes", f.features, f.size)
	}
	f.Features = make([]string, f.features)
	for i := range f.Features {
		f.Features[i] = "f" + strconv.Itoa(i)
	}
	return nil
}

// assignTrees gives each tree its output and folds dart's weights into the
// leaves: XGBoost adds float32(leaf · weight), which is then the leaf.
func (f *modelFile) assignTrees() error {
	trees := len(f.Trees)
	if f.trees != trees {
		return fmt.Errorf("num_trees is %d, but there are %d trees", f.trees, trees)
	}
	// A round that is longer than the model is never a whole one.
	f.Round = len(f.BaseScore) * max(1, f.forest)
	if trees%f.Round != 0 {
		return fmt.Errorf("%d trees are not whole rounds of %d", trees, f.Round)
	}
	if len(f.classOf) != trees {
		return fmt.Errorf("tree_info has %d entries for %d trees", len(f.classOf), trees)
	}
	if f.weights != nil && len(f.weights) != trees {
		return fmt.Errorf("weight_drop has %d entries for %d trees", len(f.weights), trees)
	}
	for i := range f.Trees {
		t := &f.Trees[i]
		if t.Class = f.classOf[i]; t.Class < 0 || int(t.Class) >= len(f.BaseScore) {
			return fmt.Errorf("tree %d counts for output %d of %d", i, t.Class, len(f.BaseScore))
		}
		if f.weights == nil || f.weights[i] == 1 {
			continue
		}
		for id, left := range t.Left {
			if left >= 0 {
				continue
			}
			t.Cond[id] *= f.weights[i]
			if leaf := float64(t.Cond[id]); math.IsNaN(leaf) || math.IsInf(leaf, 0) {
				return fmt.Errorf("tree %d: the weight %g makes a leaf %g", i, f.weights[i], leaf)
			}
			t.Weight[id] = t.Cond[id]
		}
	}
	return nil
}

// note says what of the file is not trained here.
func (f *modelFile) note() {
	if !trained(f.Objective) {
		f.Notes = append(f.Notes, fmt.Sprintf("the objective is %s, with which willbuy predicts but does not train", f.Objective))
	}
	if slices.ContainsFunc(f.weights, func(w float32) bool { return w != 1 }) {
		f.Notes = append(f.Notes, "the model was trained with dropout (dart), which willbuy does not do; the trees' weights are multiplied into their leaves")
	}
	if f.forest > 1 {
		f.Notes = append(f.Notes, fmt.Sprintf("a round has %d trees for each output (num_parallel_tree), where willbuy trains one", f.forest))
	}
	if f.targets > 1 {
		f.Notes = append(f.Notes, fmt.Sprintf("the model has %d targets, where willbuy trains one", f.targets))
	}
}
