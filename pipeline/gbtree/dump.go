package gbtree

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// WriteDump writes the trees as XGBoost's dump_model(dump_format="json",
// with_stats=True) does without a feature map: features are f0, f1, …, and
// there is neither base_score nor objective. github.com/Elvenson/xgboost-go
// reads it. A condition of −Inf (every present value goes right) becomes the
// least float32, which no JSON reader refuses.
func WriteDump(w io.Writer, m *Model) error {
	out := newJSONWriter(w)
	out.text("[")
	for i := range m.Trees {
		if i > 0 {
			out.text(",")
		}
		out.text("\n")
		out.dumpNode(&m.Trees[i], 0, 0)
	}
	out.text("\n]\n")
	return out.Flush()
}

func (out *jsonWriter) dumpNode(t *Tree, id int32, depth int) {
	out.text(`{"nodeid":` + strconv.Itoa(int(id)))
	if t.Left[id] < 0 {
		out.text(`,"leaf":`)
		out.float(t.Cond[id])
	} else {
		missing := t.Right[id]
		if t.DefaultLeft[id] {
			missing = t.Left[id]
		}
		out.text(fmt.Sprintf(`,"depth":%d,"split":"f%d","split_condition":`, depth, t.Feature[id]))
		out.float(min(max(t.Cond[id], -math.MaxFloat32), math.MaxFloat32))
		out.text(fmt.Sprintf(`,"yes":%d,"no":%d,"missing":%d,"gain":`, t.Left[id], t.Right[id], missing))
		out.float(t.Gain[id])
	}
	out.text(`,"cover":`)
	out.float(t.Hess[id])
	if t.Left[id] >= 0 {
		out.text(`,"children":[`)
		out.dumpNode(t, t.Left[id], depth+1)
		out.text(",")
		out.dumpNode(t, t.Right[id], depth+1)
		out.text("]")
	}
	out.text("}")
}

// ReadDump reads the JSON dump of a model with these feature names; a dump
// without a feature map has f0, f1, … in their place, which are taken too. With
// no names given the features are those that occur, in the order of their
// first occurrence. A dump has no base_score: the margin of the model that is
// returned is the sum of the leaves (SquaredError, BaseScore 0) until the
// caller sets both.
func ReadDump(file []byte, features []string) (*Model, error) {
	d := dumpFile{scanner: scanner{text: file}, open: len(features) == 0, index: map[string]int32{}}
	for i, name := range features {
		d.index[name] = int32(i)
	}
	m := &Model{
		Features: slices.Clone(features), Objective: SquaredError, BaseScore: []float32{0}, Round: 1, Attributes: map[string]string{},
		Notes: []string{"a dump holds neither base score nor objective: the prediction is the sum of all leaves, also where the trees are those of several classes or weighted as dart's"},
	}
	d.model = m
	err := d.count()
	if err == nil {
		err = d.array(func() error {
			t, err := d.tree()
			if err != nil {
				return fmt.Errorf("tree %d: %w", len(m.Trees), err)
			}
			m.Trees = append(m.Trees, t)
			return nil
		})
	}
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return nil, fmt.Errorf("read an XGBoost dump: %w", err)
	}
	m.BestRound = len(m.Trees) - 1
	return m, nil
}

// dumpFile is a dump while it is read.
type dumpFile struct {
	scanner
	model *Model
	open  bool // features may be added
	index map[string]int32
	nodes []dumpNode // of the tree that is read
}

// dumpNode is one node of a dump with what it says about others.
type dumpNode struct {
	id, yes, no, missing int32
	feature              int32 // -1 for a leaf, whose value is cond
	cond, gain, cover    float32
}

// count makes room for the trees, since a slice that grew would cost many times
// the file. A tree of one leaf has 28 bytes as XGBoost writes it.
func (d *dumpFile) count() error {
	trees, probe := 0, d.scanner
	err := probe.array(func() error {
		trees++
		return probe.skip()
	})
	if least := 28; err == nil && trees > 1+len(d.text)/least {
		return d.errorf("%d trees in a file of %d bytes", trees, len(d.text))
	}
	d.model.Trees = make([]Tree, 0, trees)
	return err
}

// tree reads a tree, whose nodes may come in any order.
func (d *dumpFile) tree() (Tree, error) {
	d.nodes = d.nodes[:0]
	if err := d.node(); err != nil {
		return Tree{}, err
	}
	slices.SortFunc(d.nodes, func(a, b dumpNode) int { return int(a.id) - int(b.id) })
	n := len(d.nodes)
	ids, values := make([]int32, 3*n), make([]float32, 4*n)
	t := Tree{
		Left: ids[:n:n], Right: ids[n : 2*n : 2*n], Feature: ids[2*n:], DefaultLeft: make([]bool, n),
		Cond: values[:n:n], Gain: values[n : 2*n : 2*n], Hess: values[2*n : 3*n : 3*n], Weight: values[3*n:],
	}
	for i, node := range d.nodes {
		if i > 0 && node.id == d.nodes[i-1].id {
			return t, fmt.Errorf("two nodes have the id %d", node.id)
		}
		t.Left[i], t.Right[i], t.Weight[i] = -1, -1, node.cond
		if node.feature >= 0 {
			t.Left[i], t.Right[i], t.Feature[i], t.Weight[i] = d.place(node.yes), d.place(node.no), node.feature, 0
			t.DefaultLeft[i] = node.missing == node.yes
		}
		t.Cond[i], t.Gain[i], t.Hess[i] = node.cond, node.gain, node.cover
	}
	return t, t.check()
}

// place is where a node stands among the sorted ones: XGBoost's pruning leaves
// gaps between the ids. One that is not there stands at the end, where no node is.
func (d *dumpFile) place(id int32) int32 {
	at, found := slices.BinarySearchFunc(d.nodes, id, func(n dumpNode, id int32) int { return int(n.id) - int(id) })
	if !found {
		return int32(len(d.nodes))
	}
	return int32(at)
}

// node reads a node and, before it, those below it into d.nodes.
func (d *dumpFile) node() error {
	n := dumpNode{id: -1, feature: -1}
	leaf := false
	err := d.object(func(key string) (err error) {
		switch key {
		case "nodeid":
			n.id, err = d.integer()
		case "leaf":
			leaf = true
			if d.peek() == '[' {
				return errors.New("its leaves hold several values each, which is not supported")
			}
			n.cond, err = d.float()
		case "split":
			n.feature, err = d.feature()
		case "split_condition":
			if d.peek() == '[' {
				return errors.New("it splits by categories, which is not supported")
			}
			n.cond, err = d.float()
		case "yes":
			n.yes, err = d.integer()
		case "no":
			n.no, err = d.integer()
		case "missing":
			n.missing, err = d.integer()
		case "gain":
			n.gain, err = d.float()
		case "cover":
			n.cover, err = d.float()
		case "children":
			err = d.array(d.node)
		case "bias":
			return errors.New("it is a linear model (gblinear), which has no trees")
		default:
			err = d.skip()
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case n.id < 0:
		return d.errorf("a node without a nodeid")
	case n.feature >= 0 == leaf:
		return d.errorf("node %d is neither a leaf nor a split, or both", n.id)
	case !leaf && n.missing != n.yes && n.missing != n.no:
		return d.errorf("node %d sends missing values to %d, which is no child of it", n.id, n.missing)
	}
	d.nodes = appendDoubling(d.nodes, n)
	return nil
}

// appendDoubling is append that doubles, which allocates less in all than
// append's own smaller steps.
func appendDoubling[T any](list []T, item T) []T {
	if len(list) == cap(list) {
		list = slices.Grow(list, len(list)+1)
	}
	return append(list, item)
}

// feature reads the name of a feature.
func (d *dumpFile) feature() (int32, error) {
	name, err := d.str()
	if err != nil {
		return 0, err
	}
	if i, known := d.index[name]; known {
		return i, nil
	}
	if d.open {
		i := int32(len(d.model.Features))
		d.model.Features = appendDoubling(d.model.Features, name)
		d.index[name] = i
		return i, nil
	}
	if len(name) > 1 && name[0] == 'f' {
		if i, err := strconv.Atoi(name[1:]); err == nil && i >= 0 && i < len(d.model.Features) {
			return int32(i), nil
		}
	}
	return 0, d.errorf("feature %.60q is not one of the model's %d", name, len(d.model.Features))
}
