package gbtree

import (
	"encoding/json"
	"io"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// WriteONNX writes the model for ONNX Runtime and others that have
// TreeEnsembleRegressor of ai.onnx.ml 1: input features, float32 [rows,
// features] in the order of Features, NaN for missing; outputs margin [rows,
// outputs] and prediction [rows, width]. Its metadata have the names of the
// features as a JSON list, and the model's attributes. Field numbers are those of
// onnx.proto.
//
// Every row falls into the leaves that it has here; a runtime may add them up in
// another order, which moves margins by some units of their last place.
func WriteONNX(w io.Writer, m *Model) error {
	names, err := json.Marshal(m.Features)
	if err != nil {
		return err
	}
	graph := message{}.
		message(1, treeNode(m)).
		text(2, "trees").
		message(11, tensor("features", len(m.Features))).
		message(12, tensor("margin", m.Outputs())).
		message(12, tensor("prediction", m.Width()))
	for _, node := range outputNodes(m) {
		graph = graph.message(1, node)
	}
	file := message{}.
		number(1, 8). // ir_version, the first of 2021
		text(2, "willbuy").
		message(7, graph).
		message(8, message{}.text(1, "").number(2, 13)).
		message(8, message{}.text(1, trees).number(2, 1)).
		message(14, message{}.text(1, "features").text(2, string(names))).
		message(14, message{}.text(1, "objective").text(2, m.Objective))
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		file = file.message(14, message{}.text(1, "attribute."+name).text(2, m.Attributes[name]))
	}
	_, err = w.Write(file)
	return err
}

// trees is the domain of the tree operators.
const trees = "ai.onnx.ml"

// treeNode makes margins of features.
func treeNode(m *Model) message {
	all := m.Trees
	if len(all) == 0 { // an ensemble without nodes is refused
		all = []Tree{lonelyLeaf(0, 0)}
	}
	var bases, values, weights []float32
	var treeIDs, nodeIDs, featureIDs, lefts, rights, missing, leafTrees, leafNodes, leafClasses []int64
	var modes []string
	for o := range m.Outputs() {
		bases = append(bases, m.BaseMargin(o))
	}
	for tree := range all {
		t := &all[tree]
		for id := range t.Left {
			treeIDs, nodeIDs = append(treeIDs, int64(tree)), append(nodeIDs, int64(id))
			if t.Left[id] < 0 {
				modes, values, featureIDs = append(modes, "LEAF"), append(values, 0), append(featureIDs, 0)
				lefts, rights, missing = append(lefts, 0), append(rights, 0), append(missing, 0)
				leafTrees, leafNodes = append(leafTrees, int64(tree)), append(leafNodes, int64(id))
				leafClasses, weights = append(leafClasses, int64(t.Class)), append(weights, t.Cond[id])
				continue
			}
			modes, values, featureIDs = append(modes, "BRANCH_LT"), append(values, t.Cond[id]), append(featureIDs, int64(t.Feature[id]))
			lefts, rights = append(lefts, int64(t.Left[id])), append(rights, int64(t.Right[id]))
			tracks := int64(0)
			if t.DefaultLeft[id] {
				tracks = 1
			}
			missing = append(missing, tracks)
		}
	}
	return operator("TreeEnsembleRegressor", "features", "margin").
		text(7, trees).
		message(5, stringAttribute("aggregate_function", "SUM")).
		message(5, stringAttribute("post_transform", "NONE")).
		message(5, intAttribute("n_targets", int64(m.Outputs()))).
		message(5, floatsAttribute("base_values", bases)).
		message(5, intsAttribute("nodes_treeids", treeIDs)).
		message(5, intsAttribute("nodes_nodeids", nodeIDs)).
		message(5, intsAttribute("nodes_featureids", featureIDs)).
		message(5, stringsAttribute("nodes_modes", modes)).
		message(5, floatsAttribute("nodes_values", values)).
		message(5, intsAttribute("nodes_truenodeids", lefts)).
		message(5, intsAttribute("nodes_falsenodeids", rights)).
		message(5, intsAttribute("nodes_missing_value_tracks_true", missing)).
		message(5, intsAttribute("target_treeids", leafTrees)).
		message(5, intsAttribute("target_nodeids", leafNodes)).
		message(5, intsAttribute("target_ids", leafClasses)).
		message(5, floatsAttribute("target_weights", weights))
}

// outputNodes make predictions of margins.
func outputNodes(m *Model) []message {
	const float = 1 // TensorProto.FLOAT
	kind := links[m.Objective]
	switch {
	case m.Objective == softmaxObjective:
		return []message{
			operator("ArgMax", "margin", "class").message(5, intAttribute("axis", 1)),
			operator("Cast", "class", "prediction").message(5, intAttribute("to", float)),
		}
	case kind.classes:
		return []message{operator("Softmax", "margin", "prediction").message(5, intAttribute("axis", 1))}
	}
	var nodes []message
	from := "margin"
	for i, name := range kind.onnx {
		to := "prediction"
		if i < len(kind.onnx)-1 {
			to = name
		}
		nodes = append(nodes, operator(name, from, to))
		from = to
	}
	return nodes
}

// operator is a NodeProto.
func operator(name, input, output string) message {
	return message{}.text(1, input).text(2, output).text(4, name)
}

// tensor is the ValueInfoProto of a float32 matrix of any number of rows.
func tensor(name string, columns int) message {
	const float = 1
	shape := message{}.message(1, message{}.text(2, "rows")).message(1, message{}.number(1, uint64(columns)))
	return message{}.text(1, name).message(2, message{}.message(1, message{}.number(1, float).message(2, shape)))
}

// Attributes: name, value, type.

func stringAttribute(name, value string) message {
	return message{}.text(1, name).text(4, value).number(20, 3)
}

func intAttribute(name string, value int64) message {
	return message{}.text(1, name).number(3, uint64(value)).number(20, 2)
}

func floatsAttribute(name string, values []float32) message {
	var packed []byte
	for _, x := range values {
		packed = protowire.AppendFixed32(packed, math.Float32bits(x))
	}
	return message{}.text(1, name).message(7, packed).number(20, 6)
}

func intsAttribute(name string, values []int64) message {
	var packed []byte
	for _, n := range values {
		packed = protowire.AppendVarint(packed, uint64(n))
	}
	return message{}.text(1, name).message(8, packed).number(20, 7)
}

func stringsAttribute(name string, values []string) message {
	m := message{}.text(1, name)
	for _, s := range values {
		m = m.text(9, s)
	}
	return m.number(20, 8)
}

// message is a protocol buffer message while it is put together.
type message []byte

func (m message) number(field protowire.Number, n uint64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), n)
}

func (m message) text(field protowire.Number, s string) message {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), s)
}

func (m message) message(field protowire.Number, content message) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), content)
}
