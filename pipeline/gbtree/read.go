package gbtree

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Read reads a model file that XGBoost 1.6 or later or this package saved, as
// JSON or UBJ, or the JSON dump of a model (ReadDump); which of them it is shows
// in its first bytes. It takes all objectives and boosters of which XGBoost
// makes margins by adding up leaves; Model.Notes says what of them is not
// trained here. Linear boosters, categorical splits and leaves of several values
// are refused by name, as is a damaged file, in memory proportional to its size.
func Read(file []byte) (*Model, error) {
	start := bytes.TrimLeft(file, " \t\r\n")
	switch {
	case bytes.HasPrefix(start, []byte("[")):
		return ReadDump(file, nil)
	case bytes.HasPrefix(file, []byte("{L")): // JSON would go on with a quote
		return readModel(&ubjScanner{file: file}, len(file))
	case bytes.HasPrefix(start, []byte("{")) || len(start) == 0:
		return readModel(&scanner{text: file}, len(file))
	case bytes.HasPrefix(start, []byte("booster[")):
		return nil, errors.New("read an XGBoost model: it is a dump as text, which rounds its numbers; save the model itself, as .json or .ubj")
	}
	return nil, errors.New("read an XGBoost model: it is neither JSON nor UBJ; a file in the binary format of XGBoost before 3.1 has to be loaded there and saved as .json or .ubj")
}

// source gives the values of a model file one after the other. JSON and UBJ are
// two spellings of the same values.
type source interface {
	// object calls member for every key; member consumes the value.
	object(member func(key string) error) error
	// array calls element before every element; element consumes it.
	array(element func() error) error
	str() (string, error)
	strs() ([]string, error)
	integers() ([]int32, error)
	floats() ([]float32, error)
	skip() error
	end() error // refuses anything after the value that was read
	errorf(format string, args ...any) error
}

// modelFile is a model while its file is read.
type modelFile struct {
	source
	Model
	size int // of the file, in bytes

	learner                  bool
	features                 int // num_feature
	classes, targets, forest int // num_class, num_target, num_parallel_tree
	trees                    int // num_trees
	classOf                  []int32
	weights                  []float32 // weight_drop: what dart multiplies each tree by
}

func readModel(from source, size int) (*Model, error) {
	f := modelFile{source: from, size: size, Model: Model{BaseScore: []float32{0.5}, Attributes: map[string]string{}}}
	err := f.object(func(key string) error {
		if key != "learner" {
			return f.skip()
		}
		f.learner = true
		return f.object(f.readLearner)
	})
	if err == nil {
		err = f.end()
	}
	if err == nil {
		err = f.finish()
	}
	if err != nil {
		return nil, fmt.Errorf("read an XGBoost model: %w", err)
	}
	return &f.Model, nil
}

// mostAttributes bounds what a file of many tiny attributes costs; one in 100 bytes
// is more than the long ones of a real file need.
func (f *modelFile) mostAttributes() int { return 1000 + f.size/100 }

func (f *modelFile) readLearner(key string) (err error) {
	switch key {
	case "attributes":
		return f.object(func(name string) error {
			if len(f.Attributes) == f.mostAttributes() {
				return f.errorf("more than %d attributes", f.mostAttributes())
			}
			f.Attributes[name], err = f.str()
			return err
		})
	case "feature_names":
		f.Features, err = f.strs()
		return err
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
}

// readParam reads one of learner_model_param, which are strings.
func (f *modelFile) readParam(key string) error {
	switch key {
	case "base_score":
		return f.readBaseScore()
	case "num_class":
		return f.count(key, &f.classes)
	case "num_feature":
		return f.count(key, &f.features)
	case "num_target":
		return f.count(key, &f.targets)
	}
	return f.skip()
}

// readBaseScore reads "5E-1" or, as XGBoost writes it since 3.1, "[5E-1]" with
// an entry for each class or target.
func (f *modelFile) readBaseScore() error {
	value, err := f.str()
	if err != nil {
		return err
	}
	f.BaseScore = make([]float32, 0, strings.Count(value, ",")+1)
	for word := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(value, "["), "]"), ",") {
		x, err := strconv.ParseFloat(word, 32)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return f.errorf("base_score %.40q is not finite numbers", value)
		}
		f.BaseScore = append(f.BaseScore, float32(x))
	}
	return nil
}

// count reads a count that is written as a string.
func (f *modelFile) count(key string, into *int) error {
	value, err := f.str()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 0 {
		return f.errorf("%s %.40q is not a count", key, value)
	}
	*into = int(n)
	return nil
}

// readBooster reads gradient_booster, which for dart holds another one.
func (f *modelFile) readBooster(key string) (err error) {
	switch key {
	case "name":
		name, err := f.str()
		if err == nil && name != "gbtree" && name != "dart" {
			err = f.errorf("booster %.40q is not supported, only gbtree and dart", name)
		}
		return err
	case "gbtree":
		return f.object(func(key string) error {
			if key == "gbtree" {
				return f.errorf("a booster within the booster of dart")
			}
			return f.readBooster(key)
		})
	case "model":
		return f.object(f.readTrees)
	case "weight_drop":
		f.weights, err = f.floats()
		return err
	}
	return f.skip()
}

func (f *modelFile) readTrees(key string) (err error) {
	switch key {
	case "gbtree_model_param":
		return f.object(func(key string) error {
			switch key {
			case "num_parallel_tree":
				return f.count(key, &f.forest)
			case "num_trees":
				return f.count(key, &f.trees)
			}
			return f.skip()
		})
	case "tree_info":
		f.classOf, err = f.integers()
		return err
	case "weight_drop": // of any booster, since 3.4
		f.weights, err = f.floats()
		return err
	case "trees":
		const leastTree = 128 // bytes in any file
		f.Trees = make([]Tree, 0, min(f.trees, f.size/leastTree))
		return f.array(func() error {
			t, err := f.readTree()
			if err != nil {
				return fmt.Errorf("tree %d: %w", len(f.Trees), err)
			}
			f.Trees = append(f.Trees, t)
			return nil
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
		case "tree_param":
			err = f.object(f.readTreeParam)
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

func (f *modelFile) readTreeParam(key string) error {
	if key != "size_leaf_vector" {
		return f.skip()
	}
	size := 0
	if err := f.count(key, &size); err != nil {
		return err
	}
	if size > 1 {
		return f.errorf("its leaves hold %d values each (multi_strategy=multi_output_tree), which is not supported", size)
	}
	return nil
}
