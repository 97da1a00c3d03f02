package gbtree

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// WriteJSON writes the model as XGBoost's save_model does, in a form that
// XGBoost 1.7 to 3.4 read: base_score is a scalar string of the shortest digits
// (1.7 and 2.1 silently read the array form of 3.1, and 17 digits, as 0.5),
// away from 0 and 1 for logistic (they refuse these), and every float has an
// exponent (whole numbers are refused as floats). Only where the outputs differ in
// their base scores is it an array, as XGBoost writes it since 3.1; Portable
// makes a model that earlier ones read, too.
//
// An objective that this package does not train is refused: its parameters were
// not kept.
func WriteJSON(w io.Writer, m *Model) error { return writeModel(newJSONWriter(w), m) }

// WriteUBJ writes the same as Universal Binary JSON, which is smaller and faster
// to read.
func WriteUBJ(w io.Writer, m *Model) error { return writeModel(newUBJWriter(w), m) }

func writeModel(to sink, m *Model) error {
	if !trained(m.Objective) {
		return fmt.Errorf("write an XGBoost model: the objective is %s, whose parameters were not kept; XGBoost itself can convert the file", m.Objective)
	}
	if m.Outputs() > 1 != (m.Objective == Softprob) {
		return errors.New("write an XGBoost model: it has several targets, which are not written here; XGBoost itself can convert the file")
	}
	to.object(func() {
		to.key("learner")
		to.object(func() { writeLearner(to, m) })
		to.key("version")
		version := []int{2, 1, 4}
		to.array(len(version), func(i int) { to.integer(version[i]) })
	})
	if err := to.flush(); err != nil {
		return fmt.Errorf("write an XGBoost model: %w", err)
	}
	return nil
}

func writeLearner(to sink, m *Model) {
	to.key("attributes")
	to.object(func() {
		for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
			to.key(name)
			to.str(m.Attributes[name])
		}
	})
	to.key("feature_names")
	to.array(len(m.Features), func(i int) { to.str(m.Features[i]) })
	to.key("feature_types")
	to.array(0, nil)
	to.key("gradient_booster")
	to.object(func() {
		to.key("model")
		to.object(func() { writeTrees(to, m) })
		to.key("name")
		to.str("gbtree")
	})
	classes := 0
	if m.Objective == Softprob {
		classes = m.Outputs()
	}
	to.key("learner_model_param")
	strings := func(pairs ...string) {
		to.object(func() {
			for pair := range slices.Chunk(pairs, 2) {
				to.key(pair[0])
				to.str(pair[1])
			}
		})
	}
	strings("base_score", baseScoreText(m), "boost_from_average", "1", "num_class", strconv.Itoa(classes),
		"num_feature", strconv.Itoa(len(m.Features)), "num_target", "1")
	to.key("objective")
	to.object(func() {
		to.key("name")
		to.str(m.Objective)
		if classes > 0 {
			to.key("softmax_multiclass_param")
			strings("num_class", strconv.Itoa(classes))
		} else {
			to.key("reg_loss_param")
			strings("scale_pos_weight", "1")
		}
	})
}

// baseScoreText is a scalar where there is one for all outputs.
func baseScoreText(m *Model) string {
	var words []string
	for _, b := range m.BaseScore {
		words = append(words, float32Text(b))
	}
	if len(slices.Compact(slices.Clone(words))) == 1 {
		return words[0]
	}
	return "[" + strings.Join(words, ",") + "]"
}

func writeTrees(to sink, m *Model) {
	to.key("gbtree_model_param")
	to.object(func() {
		to.key("num_parallel_tree")
		to.str(strconv.Itoa(m.Round / m.Outputs()))
		to.key("num_trees")
		to.str(strconv.Itoa(len(m.Trees)))
		to.key("size_leaf_vector")
		to.str("0")
	})
	to.key("iteration_indptr")
	to.array(len(m.Trees)/m.Round+1, func(i int) { to.integer(i * m.Round) })
	to.key("tree_info")
	to.array(len(m.Trees), func(i int) { to.integer(int(m.Trees[i].Class)) })
	to.key("trees")
	to.array(len(m.Trees), func(i int) { to.object(func() { writeTree(to, i, &m.Trees[i], len(m.Features)) }) })
}

func writeTree(to sink, id int, t *Tree, features int) {
	n := len(t.Left)
	parents := slices.Clone(t.Parent)
	parents[0] = math.MaxInt32
	defaults := make([]byte, n)
	for i, left := range t.DefaultLeft {
		if left {
			defaults[i] = 1
		}
	}
	to.key("base_weights")
	to.floats(t.Weight)
	to.key("categories")
	to.int32s(nil)
	to.key("categories_nodes")
	to.int32s(nil)
	to.key("categories_segments")
	to.int64s()
	to.key("categories_sizes")
	to.int64s()
	to.key("default_left")
	to.bytes(defaults)
	to.key("id")
	to.integer(id)
	to.key("left_children")
	to.int32s(t.Left)
	to.key("loss_changes")
	to.floats(t.Gain)
	to.key("parents")
	to.int32s(parents)
	to.key("right_children")
	to.int32s(t.Right)
	to.key("split_conditions")
	to.floats(t.Cond)
	to.key("split_indices")
	to.int32s(t.Feature)
	to.key("split_type")
	to.bytes(make([]byte, n))
	to.key("sum_hessian")
	to.floats(t.Hess)
	to.key("tree_param")
	to.object(func() {
		to.key("num_deleted")
		to.str("0")
		to.key("num_feature")
		to.str(strconv.Itoa(features))
		to.key("num_nodes")
		to.str(strconv.Itoa(n))
		to.key("size_leaf_vector")
		to.str("0")
	})
}

// float32Text are the shortest digits that read back as the same float32.
func float32Text(x float32) string { return string(appendFloat32(nil, x)) }

func appendFloat32(out []byte, x float32) []byte {
	switch {
	case math.IsInf(float64(x), 1):
		return append(out, "Infinity"...)
	case math.IsInf(float64(x), -1):
		return append(out, "-Infinity"...)
	}
	return strconv.AppendFloat(out, float64(x), 'E', -1, 32)
}
