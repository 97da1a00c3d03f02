package textmodel

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
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

// maxHead is how much of a node or an input is read: names, operator and type
// stand at its beginning, and what may follow is weights.
const maxHead = 16 << 10

// readGraph walks an ONNX file of size bytes, past the weights.
func readGraph(r io.ReaderAt, size int64) (graph, error) {
	var g graph
	err := walk(r, 0, size, func(field protowire.Number, from, to int64) error {
		if field != 7 { // ModelProto.graph
			return nil
		}
		return walk(r, from, to, func(field protowire.Number, from, to int64) error {
			switch field {
			case 1: // GraphProto.node
				op, err := head(r, from, to)
				if err != nil {
					return err
				}
				g.dynamic = g.dynamic || quantisesActivations(string(find(op, 4)))
			case 11, 12: // GraphProto.input, output
				info, err := head(r, from, to)
				if err != nil {
					return err
				}
				t := tensorInfo{name: string(find(info, 1))}
				// ValueInfoProto.type → TypeProto.tensor_type → Tensor.elem_type
				t.elem, _ = protowire.ConsumeVarint(find(find(find(info, 2), 1), 1))
				if field == 11 {
					g.inputs = append(g.inputs, t)
				} else {
					g.outputs = append(g.outputs, t)
				}
			}
			return nil
		})
	})
	return g, err
}

// quantisesActivations tells the operators whose scale depends on all that is
// in the batch.
func quantisesActivations(op string) bool {
	return strings.HasPrefix(op, "DynamicQuantize") || op == "MatMulInteger" || op == "QAttention"
}

// errTruncated is what walk says of a file that ends too early.
var errTruncated = errors.New("it is cut short or not an ONNX model")

// walk calls visit with each length-delimited field of the message in [from,to).
func walk(r io.ReaderAt, from, to int64, visit func(field protowire.Number, from, to int64) error) error {
	var buf [2 * 10]byte // a tag and a length
	for from < to {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), to-from)], from)
		if n == 0 {
			return fmt.Errorf("%w (%w)", errTruncated, err)
		}
		b := buf[:n]
		field, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return errTruncated
		}
		from += int64(size)
		if kind != protowire.BytesType {
			size := protowire.ConsumeFieldValue(field, kind, b[size:])
			if size < 0 {
				return errTruncated
			}
			from += int64(size)
			continue
		}
		length, prefix := protowire.ConsumeVarint(b[size:])
		if prefix < 0 || length > uint64(to-from-int64(prefix)) {
			return errTruncated
		}
		from += int64(prefix)
		if err := visit(field, from, from+int64(length)); err != nil {
			return err
		}
		from += int64(length)
	}
	return nil
}

// head reads the beginning of a message.
func head(r io.ReaderAt, from, to int64) ([]byte, error) {
	b := make([]byte, min(to-from, maxHead))
	if _, err := r.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

// find returns the first value of a field in a message, which may be cut: the
// bytes of a length-delimited one, the varint itself of a number. It is nil
// where the field is absent.
func find(message []byte, want protowire.Number) []byte {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil
		}
		message = message[n:]
		size := protowire.ConsumeFieldValue(field, kind, message)
		if size < 0 {
			return nil
		}
		if field == want {
			if kind == protowire.BytesType {
				value, _ := protowire.ConsumeBytes(message)
				return value
			}
			return message[:size]
		}
		message = message[size:]
	}
	return nil
}
