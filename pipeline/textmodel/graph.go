package textmodel

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// graph is what must be known of an ONNX file before a session is made of it:
// ONNX Runtime tells the names of inputs and outputs only of a second session,
// which for a model of 1.6 GB is a second load. Field numbers are those of
// onnx.proto.
type graph struct {
	inputs, outputs []tensorInfo
	dynamic         bool // some operator quantises activations as it runs
}

// tensorInfo is a ValueInfoProto: a name and a TensorProto.DataType.
type tensorInfo struct {
	name string
	elem uint64
}

// The inputs that a text classifier may have.
const (
	inputIDs      = "input_ids"
	attentionMask = "attention_mask"
	tokenTypeIDs  = "token_type_ids"
)

const (
	elemFloat = 1
	elemInt64 = 7
)

// bindings returns the names to bind: the inputs in the file's order and the
// one output that holds the logits.
func (g graph) bindings() (inputs []string, output string, err error) {
	for _, in := range g.inputs {
		switch in.name {
		case inputIDs, attentionMask, tokenTypeIDs:
		default:
			return nil, "", fmt.Errorf("it wants an input %q; a text classifier's are %s, %s and %s", in.name, inputIDs, attentionMask, tokenTypeIDs)
		}
		if in.elem != elemInt64 {
			return nil, "", fmt.Errorf("its input %s is not int64", in.name)
		}
		inputs = append(inputs, in.name)
	}
	if len(inputs) == 0 {
		return nil, "", errors.New("no inputs are in it; is it an ONNX model?")
	}
	for _, out := range g.outputs {
		if out.name != "logits" && len(g.outputs) > 1 {
			continue
		}
		if out.elem != elemFloat {
			return nil, "", fmt.Errorf("its output %s is not float32", out.name)
		}
		return inputs, out.name, nil
	}
	return nil, "", errors.New(`none of its outputs is called "logits"; export it for sequence classification`)
}

// scanGraph walks an ONNX file of size bytes, past the weights, and refuses what
// ONNX Runtime would stumble over only after it has allocated: see scan. Weights
// in other files are looked at through beside, which may be nil.
func scanGraph(r io.ReaderAt, size int64, beside weightsFile) (graph, error) {
	s := scan{wire: wire{r: r}, beside: beside, shapes: map[string]int64{}, outside: map[string]int64{}}
	err := s.walk(0, size, func(f field) error {
		switch {
		case f.number == 7 && f.bytes: // ModelProto.graph
			return s.graph(f, 0)
		case f.number == 25 && f.bytes: // ModelProto.functions
			return errors.New("it defines operators of its own, which no text classifier needs")
		}
		return nil
	})
	if err == nil {
		err = s.check()
	}
	return s.found, err
}

// quantisesActivations tells the operators whose scale depends on all that is
// in the batch.
func quantisesActivations(op string) bool {
	return strings.HasPrefix(op, "DynamicQuantize") || op == "MatMulInteger" || op == "QAttention"
}
