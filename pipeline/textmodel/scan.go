package textmodel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"path/filepath"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// scan reads the graph of an ONNX file and checks that it asks for no more
// memory than its files hold, and for no file elsewhere. ONNX Runtime, which is
// C++, finds some of that only after it has allocated. What a network computes
// as it runs is not seen here.
type scan struct {
	wire
	beside weightsFile // nil where weights in other files are not looked at

	found     graph
	shapes    map[string]int64 // constant of whole numbers → their product
	makers    []maker
	outside   map[string]int64 // weights file → its size
	elsewhere int64            // bytes that tensors take there
}

// weightsFile tells the size of a file beside the network.
type weightsFile func(name string) (int64, error)

// maker is a node that makes a tensor as large as its inputs say.
type maker struct {
	op     string
	inputs []string
}

const (
	// maxDepth is how deep graphs may lie within graphs; exports have one or two.
	maxDepth = 8
	// maxMade is how many elements a node may be told to make: more than the
	// attention scores of any text classifier's longest input.
	maxMade = 1 << 28
	// maxShape is the size of a constant that may be a shape.
	maxShape = 64
)

// graph reads a GraphProto.
func (s *scan) graph(at field, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("its graphs lie more than %d deep within each other", maxDepth)
	}
	return s.walk(at.from, at.to, func(f field) error {
		switch {
		case !f.bytes:
			return nil
		case f.number == 1:
			return s.node(f, depth)
		case f.number == 5:
			return s.tensor(f, "")
		case f.number == 15:
			return errors.New("it has sparse tensors, which no text classifier has")
		case (f.number == 11 || f.number == 12) && depth == 0:
			info, err := s.head(f)
			if err != nil {
				return err
			}
			t := tensorInfo{name: string(find(info, 1))}
			// ValueInfoProto.type → TypeProto.tensor_type → Tensor.elem_type
			t.elem, _ = protowire.ConsumeVarint(find(find(find(info, 2), 1), 1))
			if f.number == 11 {
				s.found.inputs = append(s.found.inputs, t)
			} else {
				s.found.outputs = append(s.found.outputs, t)
			}
		}
		return nil
	})
}

// node reads a NodeProto.
func (s *scan) node(at field, depth int) error {
	var op, output string
	var inputs []string
	var attributes []field
	err := s.walk(at.from, at.to, func(f field) (err error) {
		if !f.bytes {
			return nil
		}
		switch f.number {
		case 1:
			var name string
			name, err = s.text(f)
			inputs = append(inputs, name)
		case 2:
			output, err = s.text(f)
		case 4:
			op, err = s.text(f)
		case 5:
			attributes = append(attributes, f)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.found.dynamic = s.found.dynamic || quantisesActivations(op)
	switch op {
	case "ConstantOfShape", "Expand", "Tile", "Pad", "OneHot", "Range", "Resize":
		s.makers = append(s.makers, maker{op, inputs})
	case "RandomNormal", "RandomUniform":
		return fmt.Errorf("it draws at random (%s)", op)
	}
	for _, attribute := range attributes {
		if err := s.attribute(attribute, output, depth); err != nil {
			return err
		}
	}
	return nil
}

// attribute reads an AttributeProto of the node that makes output.
func (s *scan) attribute(at field, output string, depth int) error {
	return s.walk(at.from, at.to, func(f field) error {
		switch {
		case !f.bytes:
			return nil
		case f.number == 5 || f.number == 10: // t, tensors
			return s.tensor(f, output)
		case f.number == 6 || f.number == 11: // g, graphs
			return s.graph(f, depth+1)
		case f.number == 22 || f.number == 23: // sparse_tensor, sparse_tensors
			return errors.New("it has sparse tensors, which no text classifier has")
		}
		return nil
	})
}

// tensor reads a TensorProto, that of an initializer or of the Constant that
// makes output.
func (s *scan) tensor(at field, output string) error {
	var (
		dims      []uint64
		kind      uint64
		name      = output
		raw       = int64(-1)
		data      int64  // bytes of typed values
		values    []byte // of a small tensor of whole numbers
		outside   bool
		place     = map[string]string{}
		failed    error
		remember  = func(f field) { values, failed = s.head(f) }
		maxValues = int64(maxShape * 10) // varints
	)
	err := s.walk(at.from, at.to, func(f field) error {
		switch f.number {
		case 1: // dims, packed or not
			if !f.bytes {
				dims = append(dims, f.value)
				break
			}
			packed, err := s.head(f)
			if err != nil {
				return err
			}
			for len(packed) > 0 {
				d, n := protowire.ConsumeVarint(packed)
				if n < 0 {
					return errTruncated
				}
				dims, packed = append(dims, d), packed[n:]
			}
		case 2:
			kind = f.value
		case 8:
			if output == "" {
				name, failed = s.text(f)
			}
		case 9:
			if raw = f.to - f.from; kind == elemInt64 && raw <= maxShape*8 {
				remember(f)
			}
		case 4, 5, 6, 7, 10, 11:
			data += f.to - f.from
			if f.number == 6 {
				data += 2 // an empty string takes none
			}
			if f.number == 7 && f.bytes && f.to-f.from <= maxValues {
				remember(f)
			}
		case 13: // external_data: StringStringEntryProto
			entry, err := s.head(f)
			if err != nil {
				return err
			}
			place[string(find(entry, 1))] = string(find(entry, 2))
		case 14:
			outside = outside || f.value == 1
		}
		return failed
	})
	if err != nil {
		return err
	}
	elements, err := product(dims)
	if err != nil {
		return fmt.Errorf("its tensor %q has %w", name, err)
	}
	need := elements
	if size := elementSize(kind); size > 0 {
		high, low := bits.Mul64(uint64(elements), uint64(size))
		if high > 0 || low > math.MaxInt64 {
			return fmt.Errorf("its tensor %q has %w", name, errTooLarge)
		}
		need = int64(low)
	}
	switch {
	case outside && s.beside == nil:
		return nil
	case outside:
		s.elsewhere += need
		if s.elsewhere < 0 {
			return errTooLarge
		}
		return s.external(name, place, need)
	case raw >= 0:
		if elementSize(kind) > 0 && need > raw || need > 2*max(raw, 1) && elementSize(kind) == 0 {
			return fmt.Errorf("its tensor %q holds %d bytes where its shape %v needs %d", name, raw, dims, need)
		}
	case elements > 2*data: // two of four bits may share a byte
		return fmt.Errorf("its tensor %q holds %d bytes where its shape %v has %d values", name, data, dims, elements)
	}
	if kind == elemInt64 && values != nil {
		s.shapes[name] = productOf(values, raw >= 0)
	}
	return nil
}

// external checks where a tensor's bytes are.
func (s *scan) external(name string, place map[string]string, need int64) error {
	location := place["location"]
	if !filepath.IsLocal(filepath.FromSlash(location)) || strings.ContainsAny(location, "\\\x00") {
		return fmt.Errorf("its tensor %q is to be read from %q, which is not beside it", name, location)
	}
	size, known := s.outside[location]
	if !known {
		var err error
		if size, err = s.beside(location); err != nil {
			return fmt.Errorf("its tensor %q is kept in %q: %w", name, location, err)
		}
		s.outside[location] = size
	}
	offset, length := int64(0), need
	for key, into := range map[string]*int64{"offset": &offset, "length": &length} {
		if text := place[key]; text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return fmt.Errorf("its tensor %q has the %s %q in %s", name, key, text, location)
			}
			*into = n
		}
	}
	if need > length || offset > size || length > size-offset {
		return fmt.Errorf("its tensor %q needs %d bytes from byte %d of %s, which has %d: is it cut short?", name, max(need, length), offset, location, size)
	}
	return nil
}

// check looks at what only the whole file tells.
func (s *scan) check() error {
	var all int64
	for _, size := range s.outside {
		all += size
	}
	if s.elsewhere > all {
		return fmt.Errorf("its tensors need %d bytes of weights, and the files beside it have %d", s.elsewhere, all)
	}
	for _, m := range s.makers {
		for _, input := range m.inputs {
			if n := s.shapes[input]; n > maxMade {
				return fmt.Errorf("it makes a tensor of %d values (%s)", n, m.op)
			}
		}
	}
	return nil
}

// errTooLarge says that a tensor could not be anywhere.
var errTooLarge = errors.New("a shape that no memory holds")

// product multiplies the dimensions of a shape.
func product(dims []uint64) (int64, error) {
	n := uint64(1)
	for _, d := range dims {
		high, low := bits.Mul64(n, d)
		if high > 0 || low > math.MaxInt64 || int64(d) < 0 {
			return 0, errTooLarge
		}
		n = low
	}
	return int64(n), nil
}

// productOf multiplies whole numbers, fixed or varint; those below 1 stand for
// something else and count as 1.
func productOf(values []byte, fixed bool) int64 {
	n := int64(1)
	for len(values) > 0 {
		var v int64
		if fixed {
			if len(values) < 8 {
				break
			}
			v, values = int64(binary.LittleEndian.Uint64(values)), values[8:]
		} else {
			u, size := protowire.ConsumeVarint(values)
			if size < 0 {
				break
			}
			v, values = int64(u), values[size:]
		}
		high, low := bits.Mul64(uint64(n), uint64(max(1, v)))
		if high > 0 || low > math.MaxInt64 {
			return math.MaxInt64
		}
		n = int64(low)
	}
	return n
}

// elementSize is the size of a TensorProto.DataType in bytes, 0 where it is
// below one, varies, or is not known here.
func elementSize(kind uint64) int64 {
	switch kind {
	case 2, 3, 9, 17, 18, 19, 20, 24: // 8-bit numbers, bool
		return 1
	case 4, 5, 10, 16:
		return 2
	case elemFloat, 6, 12:
		return 4
	case elemInt64, 11, 13, 14:
		return 8
	case 15:
		return 16
	}
	return 0
}
