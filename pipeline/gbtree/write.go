package gbtree

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
)

// WriteJSON writes the model as XGBoost's save_model does, in a form that
// XGBoost 1.7 to 3.4 read: base_score is a scalar string of the shortest digits
// (1.7 and 2.1 silently read the array form of 3.1, and 17 digits, as 0.5),
// away from 0 and 1 for logistic (they refuse these), and every float has an
// exponent (whole numbers are refused as floats).
func WriteJSON(w io.Writer, m *Model) error {
	out := &jsonWriter{Writer: bufio.NewWriter(w)}
	out.text(`{"learner":{"attributes":{`)
	for i, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		if i > 0 {
			out.text(",")
		}
		out.str(name)
		out.text(":")
		out.str(m.Attributes[name])
	}
	out.text(`},"feature_names":`)
	list(out, m.Features, out.str)
	out.text(`,"feature_types":[],"gradient_booster":{"model":{"gbtree_model_param":{"num_parallel_tree":"1","num_trees":"`)
	out.text(strconv.Itoa(len(m.Trees)) + `","size_leaf_vector":"0"},"tree_info":`)
	list(out, make([]int32, len(m.Trees)), out.integer)
	out.text(`,"trees":[`)
	for i := range m.Trees {
		if i > 0 {
			out.text(",")
		}
		out.tree(i, &m.Trees[i], len(m.Features))
	}
	out.text(`]},"name":"gbtree"},"learner_model_param":{"base_score":"`)
	out.float(trainable(m.Objective, m.BaseScore[0]))
	out.text(`","boost_from_average":"1","num_class":"0","num_feature":"` + strconv.Itoa(len(m.Features)))
	out.text(`","num_target":"1"},"objective":{"name":`)
	out.str(m.Objective)
	out.text(`,"reg_loss_param":{"scale_pos_weight":"1"}}},"version":[2,1,4]}`)
	return out.Flush()
}

func (out *jsonWriter) tree(id int, t *Tree, features int) {
	n := len(t.Left)
	parents := slices.Clone(t.Parent)
	parents[0] = math.MaxInt32
	defaults := make([]int32, n)
	for i, left := range t.DefaultLeft {
		if left {
			defaults[i] = 1
		}
	}
	out.text(`{"base_weights":`)
	list(out, t.Weight, out.float)
	out.text(`,"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],"default_left":`)
	list(out, defaults, out.integer)
	out.text(`,"id":` + strconv.Itoa(id) + `,"left_children":`)
	list(out, t.Left, out.integer)
	out.text(`,"loss_changes":`)
	list(out, t.Gain, out.float)
	out.text(`,"parents":`)
	list(out, parents, out.integer)
	out.text(`,"right_children":`)
	list(out, t.Right, out.integer)
	out.text(`,"split_conditions":`)
	list(out, t.Cond, out.float)
	out.text(`,"split_indices":`)
	list(out, t.Feature, out.integer)
	out.text(`,"split_type":`)
	list(out, make([]int32, n), out.integer)
	out.text(`,"sum_hessian":`)
	list(out, t.Hess, out.float)
	out.text(`,"tree_param":{"num_deleted":"0","num_feature":"` + strconv.Itoa(features) +
		`","num_nodes":"` + strconv.Itoa(n) + `","size_leaf_vector":"0"}}`)
}

// jsonWriter writes pieces of JSON; bufio keeps the first error for Flush.
type jsonWriter struct {
	*bufio.Writer
	scratch []byte
}

func (out *jsonWriter) text(s string) { out.WriteString(s) }

// str leaves &, < and > as they are: XGBoost does not read \u escapes.
func (out *jsonWriter) str(s string) {
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	out.Write(bytes.TrimSuffix(quoted.Bytes(), []byte("\n")))
}

func (out *jsonWriter) integer(n int32) {
	out.scratch = strconv.AppendInt(out.scratch[:0], int64(n), 10)
	out.Write(out.scratch)
}

// float writes the shortest digits that read back as the same float32.
func (out *jsonWriter) float(x float32) {
	switch {
	case math.IsInf(float64(x), 1):
		out.text("Infinity")
	case math.IsInf(float64(x), -1):
		out.text("-Infinity")
	default:
		out.scratch = strconv.AppendFloat(out.scratch[:0], float64(x), 'E', -1, 32)
		out.Write(out.scratch)
	}
}

func list[T any](out *jsonWriter, values []T, write func(T)) {
	out.text("[")
	for i, v := range values {
		if i > 0 {
			out.text(",")
		}
		write(v)
	}
	out.text("]")
}
