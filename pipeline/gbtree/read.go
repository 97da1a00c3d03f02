package gbtree

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// ReadJSON reads a model that XGBoost (1.6 or later) or WriteJSON saved as
// JSON. A model with features that this package cannot predict (other
// objectives or boosters, categorical splits, several outputs) is refused by
// name; so is a file that is damaged, in memory proportional to its size.
func ReadJSON(r io.Reader) (*Model, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read an XGBoost model: %w", err)
	}
	f := modelFile{scanner: scanner{text: text}, Model: Model{BaseScore: []float32{0.5}, Round: 1, Attributes: map[string]string{}}}
	if err := f.read(); err != nil {
		return nil, fmt.Errorf("read an XGBoost model: %w", err)
	}
	return &f.Model, nil
}

// modelFile is a model while its file is read.
type modelFile struct {
	scanner
	Model
	declared int // num_feature
	learner  bool
}

func (f *modelFile) read() error {
	err := f.object(func(key string) error {
		if key != "learner" {
			return f.skip()
		}
		f.learner = true
		return f.readLearner()
	})
	if err == nil {
		err = f.end()
	}
	if err != nil {
		return err
	}
	return f.finish()
}

func (f *modelFile) readLearner() error {
	return f.object(func(key string) (err error) {
		switch key {
		case "attributes":
			return f.object(func(name string) error {
				f.Attributes[name], err = f.str()
				if err == nil && len(f.Attributes) > 1000 {
					err = f.errorf("more than 1,000 attributes")
				}
				return err
			})
		case "feature_names":
			return f.array(func() error {
				name, err := f.str()
				f.Features = append(f.Features, name)
				return err
			})
		case "learner_model_param":
			return f.object(f.readParam)
		case "objective":
			return f.object(func(key string) error {
				if key == "name" {
					f.Objective, err = f.str()
					return err
				}
				return f.skip()
			})
		case "gradient_booster":
			return f.object(f.readBooster)
		}
		return f.skip()
	})
}

// readParam reads one of learner_model_param, which are strings.
func (f *modelFile) readParam(key string) error {
	switch key {
	case "base_score", "num_class", "num_feature", "num_target":
	default:
		return f.skip()
	}
	value, err := f.str()
	if err != nil {
		return err
	}
	if key == "base_score" {
		// XGBoost ≥ 3.1 writes an array, "[5.142E-1]", earlier ones a scalar.
		inner := strings.TrimSuffix(strings.TrimPrefix(value, "["), "]")
		x, err := strconv.ParseFloat(inner, 32)
		if err != nil || math.IsNaN(x) {
			return f.errorf("base_score %.40q is not one finite number", value)
		}
		f.BaseScore = []float32{float32(x)}
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return f.errorf("%s %.40q is not a count", key, value)
	}
	switch {
	case key == "num_feature":
		f.declared = n
	case key == "num_class" && n > 1, key == "num_target" && n > 1:
		return f.errorf("%s is %d; models with several outputs are not supported", key, n)
	}
	return nil
}

func (f *modelFile) readBooster(key string) error {
	switch key {
	case "name":
		name, err := f.str()
		if err == nil && name != "gbtree" {
			err = f.errorf("booster %.40q is not supported, only gbtree", name)
		}
		return err
	case "model":
		return f.object(func(key string) error {
			if key != "trees" {
				return f.skip()
			}
			return f.array(func() error {
				t, err := f.readTree()
				if err != nil {
					return fmt.Errorf("tree %d: %w", len(f.Trees), err)
				}
				f.Trees = append(f.Trees, t)
				return nil
			})
		})
	}
	return f.skip()
}

func (f *modelFile) readTree() (Tree, error) {
	var t Tree
	var defaults, types []int32
	err := f.object(func(key string) (err error) {
		switch key {
		case "left_children":
			t.Left, err = f.integers()
		case "right_children":
			t.Right, err = f.integers()
		case "split_indices":
			t.Feature, err = f.integers()
		case "split_conditions":
			t.Cond, err = f.floats()
		case "default_left":
			defaults, err = f.integers()
		case "split_type":
			types, err = f.integers()
		case "loss_changes":
			t.Gain, err = f.floats()
		case "sum_hessian":
			t.Hess, err = f.floats()
		case "base_weights":
			t.Weight, err = f.floats()
		default:
			err = f.skip()
		}
		return err
	})
	if err != nil {
		return t, err
	}
	for id, kind := range types {
		if kind != 0 {
			return t, fmt.Errorf("node %d splits by categories, which is not supported", id)
		}
	}
	t.DefaultLeft = make([]bool, len(defaults))
	for id, d := range defaults {
		t.DefaultLeft[id] = d != 0
	}
	return t, t.check()
}

// check validates a tree that was read and fills in the parents.
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
	for id := range int32(n) {
		leaf := t.Left[id] == -1 && t.Right[id] == -1
		for _, x := range []float32{t.Gain[id], t.Hess[id], t.Weight[id]} {
			if x != x {
				return fmt.Errorf("node %d has a NaN", id)
			}
		}
		if c := float64(t.Cond[id]); math.IsNaN(c) || leaf && math.IsInf(c, 0) {
			return fmt.Errorf("node %d has the value %g", id, c)
		}
		if leaf {
			continue
		}
		if t.Feature[id] < 0 {
			return fmt.Errorf("node %d splits on feature %d", id, t.Feature[id])
		}
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
	for id := 1; id < n; id++ {
		if t.Parent[id] < 0 {
			return fmt.Errorf("node %d hangs on no other (trees pruned by other tree methods are not supported)", id)
		}
	}
	return nil
}

// finish checks what concerns the model as a whole.
func (f *modelFile) finish() error {
	if !f.learner {
		return fmt.Errorf("there is no \"learner\"; is it a model that save_model wrote as JSON?")
	}
	switch f.Objective {
	case SquaredError, Logistic:
	default:
		return fmt.Errorf("objective %.60q is not supported, only %s and %s", f.Objective, SquaredError, Logistic)
	}
	if f.Objective == Logistic && (f.BaseScore[0] < 0 || f.BaseScore[0] > 1) || math.IsInf(float64(f.BaseScore[0]), 0) {
		return fmt.Errorf("base_score %g does not suit %s", f.BaseScore[0], f.Objective)
	}
	if err := f.nameFeatures(); err != nil {
		return err
	}
	for i := range f.Trees {
		for id, feature := range f.Trees[i].Feature {
			if f.Trees[i].Left[id] >= 0 && int(feature) >= len(f.Features) {
				return fmt.Errorf("tree %d: node %d splits on feature %d of %d", i, id, feature, len(f.Features))
			}
		}
	}
	f.BestRound = len(f.Trees) - 1
	if best, err := strconv.Atoi(f.Attributes["best_iteration"]); err == nil && best >= 0 && best < len(f.Trees) {
		f.BestRound = best
	}
	return nil
}

// nameFeatures gives XGBoost's names f0, f1, … to features without names.
func (f *modelFile) nameFeatures() error {
	if len(f.Features) > 0 {
		if f.declared != len(f.Features) {
			return fmt.Errorf("num_feature is %d, but %d features have names", f.declared, len(f.Features))
		}
		seen := make(map[string]bool, len(f.Features))
		for _, name := range f.Features {
			if seen[name] {
				return fmt.Errorf("two features have the name %.60q", name)
			}
			seen[name] = true
		}
		return nil
	}
	if f.declared > max(4096, len(f.text)/4) {
		return fmt.Errorf("num_feature is %d in a file of %d bytes", f.declared, len(f.text))
	}
	for i := range f.declared {
		f.Features = append(f.Features, "f"+strconv.Itoa(i))
	}
	return nil
}
