package textmodel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"willbuy/pipeline/tokenizer"
)

// Inspection is what a model directory's files say, without ONNX Runtime.
type Inspection struct {
	Config    Config // zero where it cannot be read
	Tokenizer Vocabulary
	Networks  []Network
	// Problems are what keeps the model from being used, each a sentence.
	Problems []string
}

// Vocabulary is the kind of a tokenizer ("BPE", "WordPiece", "Unigram") and the
// number of its tokens, without those that were added; zero where unknown.
type Vocabulary struct {
	Kind   string
	Tokens int
}

// Network is one ONNX file.
type Network struct {
	File            string // within the directory
	Bytes           int64  // with the weights beside it
	Inputs, Outputs []Tensor
	Weights         map[string]int64 // numbers in the weights, by their type
	Dynamic         bool             // quantises activations as it runs, see Model.Int8
}

// Tensor is an input or output: its type, and each dimension's size or name.
type Tensor struct {
	Name, Type string
	Shape      []string
}

// Inspect reads a model directory. The error is about the directory itself;
// what is wrong within it is among the Problems.
func Inspect(dir string) (Inspection, error) {
	source := Directory(dir)
	if err := source.check(); err != nil {
		return Inspection{}, fmt.Errorf("inspect %s: %w", source, err)
	}
	var i Inspection
	problem := func(err error) {
		if err != nil {
			i.Problems = append(i.Problems, err.Error())
		}
	}
	var err error
	i.Config, err = readConfig(source)
	problem(err)
	i.Tokenizer = vocabulary(source.files)
	_, err = tokenizer.Load(source.files)
	problem(err)
	for _, file := range slices.Concat(exactFiles, int8Files) {
		if _, err := fs.Stat(source.files, file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		n, err := inspectNetwork(source, file)
		problem(err)
		i.Networks = append(i.Networks, n)
	}
	if len(i.Networks) == 0 {
		_, err = source.modelFile()
		problem(err)
	}
	return i, nil
}

// Readable tells whether the configuration and the tokenizer in a directory are
// a text classifier's, before its network is there.
func Readable(dir string) error {
	source := Directory(dir)
	_, err := readConfig(source)
	if err == nil {
		_, err = tokenizer.Load(source.files)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", source, err)
	}
	return nil
}

// vocabulary reads the kind of a tokenizer.json, or tells it by the files that
// are there instead.
func vocabulary(files fs.FS) Vocabulary {
	f, err := files.Open("tokenizer.json")
	if err != nil {
		switch {
		case exists(files, "merges.txt"):
			return Vocabulary{Kind: "BPE"}
		case exists(files, "vocab.txt"):
			return Vocabulary{Kind: "WordPiece"}
		}
		return Vocabulary{}
	}
	defer f.Close()
	var t struct {
		Model struct {
			Type  string
			Vocab json.RawMessage
		}
	}
	const most = 64 << 20
	if json.NewDecoder(io.LimitReader(f, most)).Decode(&t) != nil {
		return Vocabulary{}
	}
	v := Vocabulary{Kind: t.Model.Type}
	var byToken map[string]int
	var list []json.RawMessage // Unigram's
	if json.Unmarshal(t.Model.Vocab, &byToken) == nil {
		v.Tokens = len(byToken)
	} else if json.Unmarshal(t.Model.Vocab, &list) == nil {
		v.Tokens = len(list)
	}
	return v
}

func exists(files fs.FS, name string) bool {
	_, err := fs.Stat(files, name)
	return err == nil
}

func inspectNetwork(source Source, file string) (Network, error) {
	n := Network{File: file, Weights: map[string]int64{}}
	var err error
	if n.Bytes, err = networkBytes(source.path(file)); err != nil {
		return n, err
	}
	g, _, err := source.readModel(file)
	if err != nil {
		return n, err
	}
	n.Dynamic = g.dynamic
	f, err := os.Open(source.path(file))
	if err != nil {
		return n, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return n, err
	}
	if err := n.readTensors(f, info.Size()); err != nil {
		return n, fmt.Errorf("%s: %w", file, err)
	}
	if _, _, err := g.bindings(); err != nil {
		return n, fmt.Errorf("%s: %w", file, err)
	}
	return n, nil
}

// readTensors reads the shapes of inputs and outputs and counts the weights.
// Field numbers are those of onnx.proto.
func (n *Network) readTensors(r io.ReaderAt, size int64) error {
	return walk(r, 0, size, func(field protowire.Number, from, to int64) error {
		if field != 7 { // ModelProto.graph
			return nil
		}
		return walk(r, from, to, func(field protowire.Number, from, to int64) error {
			if field != 5 && field != 11 && field != 12 {
				return nil
			}
			message, err := head(r, from, to)
			if err != nil {
				return err
			}
			switch field {
			case 5: // GraphProto.initializer
				elem, count := weightsOf(message)
				n.Weights[elem] += count
			case 11: // GraphProto.input
				n.Inputs = append(n.Inputs, tensorOf(message))
			case 12: // GraphProto.output
				n.Outputs = append(n.Outputs, tensorOf(message))
			}
			return nil
		})
	})
}

// weightsOf reads the type and the number of elements of a TensorProto, whose
// dimensions and type stand at its beginning.
func weightsOf(message []byte) (elem string, count int64) {
	count = 1
	times := func(d uint64) {
		if d > 1<<40 || count > 1<<40 {
			d, count = 0, 0
		}
		count *= int64(d)
	}
	var kind uint64
	fields(message, func(field protowire.Number, varint uint64, value []byte) {
		switch {
		case field == 1 && value == nil: // dims
			times(varint)
		case field == 1: // dims, packed
			for len(value) > 0 {
				d, size := protowire.ConsumeVarint(value)
				if size < 0 {
					return
				}
				times(d)
				value = value[size:]
			}
		case field == 2: // data_type
			kind = varint
		}
	})
	return elemName(kind), count
}

// tensorOf reads a ValueInfoProto.
func tensorOf(message []byte) Tensor {
	tensor := find(find(message, 2), 1) // type, TypeProto.tensor_type
	elem, _ := protowire.ConsumeVarint(find(tensor, 1))
	t := Tensor{Name: string(find(message, 1)), Type: elemName(elem)}
	fields(find(tensor, 2), func(field protowire.Number, _ uint64, dim []byte) {
		if field != 1 || len(t.Shape) > 8 { // TensorShapeProto.dim
			return
		}
		name := "?"
		fields(dim, func(field protowire.Number, varint uint64, value []byte) {
			switch {
			case field == 1 && value == nil: // dim_value
				name = fmt.Sprint(int64(varint))
			case field == 2 && value != nil: // dim_param
				name = string(value[:min(len(value), 40)])
			}
		})
		t.Shape = append(t.Shape, name)
	})
	return t
}

// fields calls visit with every varint and every length-delimited field of a
// message, which may be cut; value is nil for a varint.
func fields(message []byte, visit func(field protowire.Number, varint uint64, value []byte)) {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		size := protowire.ConsumeFieldValue(field, kind, message)
		if size < 0 {
			return
		}
		switch kind {
		case protowire.VarintType:
			v, _ := protowire.ConsumeVarint(message)
			visit(field, v, nil)
		case protowire.BytesType:
			v, _ := protowire.ConsumeBytes(message)
			if v == nil {
				v = []byte{}
			}
			visit(field, 0, v)
		}
		message = message[size:]
	}
}

// elemName is a TensorProto.DataType in words.
func elemName(elem uint64) string {
	switch elem {
	case elemFloat:
		return "float32"
	case 2:
		return "uint8"
	case 3:
		return "int8"
	case 6:
		return "int32"
	case elemInt64:
		return "int64"
	case 9:
		return "bool"
	case 10:
		return "float16"
	case 11:
		return "float64"
	case 16:
		return "bfloat16"
	}
	return fmt.Sprintf("type %d", elem)
}

// OneRow tells that the network answers single rows only, as exports do that
// hold the batch size they were traced with.
func (m *Model) OneRow() bool { return m.oneRow }
