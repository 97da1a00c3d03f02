package gbtree

import (
	"bufio"
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
	out := &jsonWriter{Writer: bufio.NewWriter(w)}
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
func ReadDump(r io.Reader, features []string) (*Model, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read an XGBoost dump: %w", err)
	}
	d := dumpFile{scanner: scanner{text: text}, open: len(features) == 0, index: map[string]int32{}}
	for i, name := range features {
		d.index[name] = int32(i)
	}
	m := &Model{Features: slices.Clone(features), Objective: SquaredError, BaseScore: []float32{0}, Round: 1, Attributes: map[string]string{}}
	d.model = m
	err = d.array(func() error {
		t, err := d.tree()
		if err != nil {
			return fmt.Errorf("tree %d: %w", len(m.Trees), err)
		}
		m.Trees = append(m.Trees, t)
		return nil
	})
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
}

// dumpNode is one node of a dump with what it says about others.
type dumpNode struct {
	id, yes, no, missing int32
	feature              int32
	cond, gain, cover    float32
	split, leaf          bool
}

func (d *dumpFile) tree() (Tree, error) {
	var nodes []dumpNode
	if err := d.node(&nodes); err != nil {
		return Tree{}, err
	}
	slices.SortFunc(nodes, func(a, b dumpNode) int { return int(a.id) - int(b.id) })
	var t Tree
	for i, n := range nodes {
		if int(n.id) != i {
			return t, fmt.Errorf("node ids are not 0…%d, each once", len(nodes)-1)
		}
		if n.split == n.leaf {
			return t, fmt.Errorf("node %d is neither a leaf nor a split, or both", i)
		}
		if n.split && n.missing != n.yes && n.missing != n.no {
			return t, fmt.Errorf("node %d sends missing values to %d, which is no child of it", i, n.missing)
		}
		weight := float32(0)
		if n.leaf {
			n.yes, n.no, weight = -1, -1, n.cond
		}
		t.Left, t.Right = append(t.Left, n.yes), append(t.Right, n.no)
		t.Feature, t.Cond = append(t.Feature, n.feature), append(t.Cond, n.cond)
		t.DefaultLeft = append(t.DefaultLeft, n.split && n.missing == n.yes)
		t.Gain, t.Hess, t.Weight = append(t.Gain, n.gain), append(t.Hess, n.cover), append(t.Weight, weight)
	}
	return t, t.check()
}

// node reads a node and, before it, those below it.
func (d *dumpFile) node(nodes *[]dumpNode) error {
	n := dumpNode{id: -1}
	err := d.object(func(key string) (err error) {
		switch key {
		case "nodeid":
			n.id, err = d.integer()
		case "leaf":
			n.leaf = true
			n.cond, err = d.float()
		case "split":
			n.split = true
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
			err = d.array(func() error { return d.node(nodes) })
		default:
			err = d.skip()
		}
		return err
	})
	*nodes = append(*nodes, n)
	return err
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
		d.model.Features = append(d.model.Features, name)
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
