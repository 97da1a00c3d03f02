package textmodel

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// part is a length-delimited field of a protobuf message.
func part(number protowire.Number, content ...[]byte) []byte {
	var all []byte
	for _, c := range content {
		all = append(all, c...)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), all)
}

func word(number protowire.Number, s string) []byte { return part(number, []byte(s)) }

func number(n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), v)
}

// tensor is a TensorProto of a type, with dimensions and whatever else.
func tensor(name string, kind uint64, dims []uint64, rest ...[]byte) []byte {
	all := append(number(2, kind), word(8, name)...)
	for _, d := range dims {
		all = append(all, number(1, d)...)
	}
	for _, r := range rest {
		all = append(all, r...)
	}
	return all
}

// outsideFile says where a tensor's bytes are.
func outsideFile(pairs ...string) []byte {
	all := number(14, 1)
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, part(13, word(1, pairs[i]), word(2, pairs[i+1]))...)
	}
	return all
}

func int64s(values ...int64) []byte {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return part(9, raw)
}

// hostile copies a tiny model and lets a test add to its graph: messages of the
// same field are one to protobuf.
func hostile(t *testing.T, graph ...[]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(tiny, "nli"))); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "onnx/model.onnx"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(part(7, graph...))
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// refusedCheaply wants a sentence and little memory for it.
func refusedCheaply(t *testing.T, dir, want string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := Open(Directory(dir), Options{})
	runtime.ReadMemStats(&after)
	if err == nil {
		m.Close()
		t.Fatal("opened")
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "open model directory ") {
		t.Errorf("%v\nwant a sentence with %q", err, want)
	}
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 64 {
		t.Errorf("%d MiB were allocated to refuse it", used)
	}
}

func TestGraphThatAsksForMoreThanItHoldsIsRefused(t *testing.T) {
	const float = elemFloat
	node := func(op string, rest ...[]byte) []byte {
		return part(1, append([][]byte{word(4, op), word(1, "shape"), word(2, "made")}, rest...)...)
	}
	deep := []byte{}
	for range 2000 { // a graph in an attribute of a node in a graph …
		deep = part(1, word(4, "If"), part(5, part(6, deep)))
	}
	for name, test := range map[string]struct {
		graph []byte
		want  string
	}{
		"terabytes of weights":         {part(5, tensor("w", float, []uint64{1 << 20, 1 << 20}, part(9, make([]byte, 64)))), `its tensor "w" holds 64 bytes where its shape [1048576 1048576] needs 4398046511104`},
		"a shape past all numbers":     {part(5, tensor("w", float, []uint64{1 << 40, 1 << 40})), "a shape that no memory holds"},
		"bytes past all numbers":       {part(5, tensor("w", float, []uint64{1 << 62})), "a shape that no memory holds"},
		"a negative dimension":         {part(5, tensor("w", float, []uint64{math.MaxUint64})), "a shape that no memory holds"},
		"a shape without values":       {part(5, tensor("w", float, []uint64{1 << 30})), "has 1073741824 values"},
		"a packed shape":               {part(5, tensor("w", float, nil, part(1, protowire.AppendVarint(nil, 1<<36)))), "68719476736 values"},
		"an unknown type":              {part(5, tensor("w", 99, []uint64{1 << 36}, part(9, []byte{1}))), `its tensor "w" holds 1 bytes`},
		"the same in a constant":       {node("Constant", part(5, part(5, tensor("", float, []uint64{1 << 34})))), `its tensor "made" holds 0 bytes`},
		"sparse weights":               {part(15, number(3, 1<<40)), "sparse tensors"},
		"a sparse constant":            {node("Constant", part(5, part(22, number(3, 1<<40)))), "sparse tensors"},
		"graphs without end":           {deep, "its graphs lie more than 8 deep"},
		"a filled terabyte":            {append(part(5, tensor("shape", elemInt64, []uint64{2}, int64s(1<<20, 1<<20))), node("ConstantOfShape")...), "it makes a tensor of 1099511627776 values (ConstantOfShape)"},
		"an expanded one, packed":      {append(part(5, tensor("shape", elemInt64, []uint64{1}, part(7, protowire.AppendVarint(nil, 1<<36)))), node("Expand")...), "it makes a tensor of 68719476736 values (Expand)"},
		"a product past all numbers":   {append(part(5, tensor("shape", elemInt64, []uint64{2}, int64s(1<<62, 1<<62))), node("Tile")...), "it makes a tensor of"},
		"a random one":                 {node("RandomNormal"), "it draws at random"},
		"a file above":                 {part(5, tensor("w", float, []uint64{1}, outsideFile("location", "../config.json"))), `from "../config.json", which is not beside it`},
		"a file of the system":         {part(5, tensor("w", float, []uint64{1}, outsideFile("location", "/etc/passwd"))), "not beside it"},
		"a file above, further in":     {part(5, tensor("w", float, []uint64{1}, outsideFile("location", "a/../../config.json"))), "not beside it"},
		"a file of another system":     {part(5, tensor("w", float, []uint64{1}, outsideFile("location", `..\config.json`))), "not beside it"},
		"a nameless file":              {part(5, tensor("w", float, []uint64{1}, outsideFile())), "not beside it"},
		"a file that is not there":     {part(5, tensor("w", float, []uint64{1}, outsideFile("location", "model.onnx_data"))), `is kept in "model.onnx_data": there is no such file`},
		"a folder":                     {part(5, tensor("w", float, []uint64{1}, outsideFile("location", "."))), "it is no file"},
		"weights past the file's end":  {part(5, tensor("w", float, []uint64{1 << 30}, outsideFile("location", "model.onnx"))), "is it cut short?"},
		"an offset past the end":       {part(5, tensor("w", float, []uint64{1}, outsideFile("location", "model.onnx", "offset", "9223372036854775807"))), "is it cut short?"},
		"a length that is too short":   {part(5, tensor("w", float, []uint64{1 << 10}, outsideFile("location", "model.onnx", "length", "4"))), "is it cut short?"},
		"an offset before the file":    {part(5, tensor("w", float, []uint64{1}, outsideFile("location", "model.onnx", "offset", "-4"))), `has the offset "-4"`},
		"the same bytes over and over": {sharedBytes(), "its tensors need "},
	} {
		t.Run(name, func(t *testing.T) { refusedCheaply(t, hostile(t, test.graph), test.want) })
	}
	t.Run("operators of its own", func(t *testing.T) {
		dir := hostile(t)
		appendTo(t, filepath.Join(dir, "onnx/model.onnx"), part(25, word(1, "Mine")))
		refusedCheaply(t, dir, "operators of its own")
	})
	t.Run("millions of nothings", func(t *testing.T) {
		dir := hostile(t)
		if err := os.WriteFile(filepath.Join(dir, "onnx/model.onnx"), numbers(maxFields+1), 0o644); err != nil {
			t.Fatal(err)
		}
		refusedCheaply(t, dir, "more parts than any text classifier")
	})
}

// sharedBytes are a thousand tensors that all claim one file.
func sharedBytes() (graph []byte) {
	for range 1000 {
		graph = append(graph, part(5, tensor("w", elemFloat, []uint64{1 << 14}, outsideFile("location", "model.onnx")))...)
	}
	return graph
}

// numbers is a message of n numbers.
func numbers(n int) []byte {
	b := make([]byte, 2*n)
	for i := 0; i < len(b); i += 2 {
		b[i] = 1 << 3
	}
	return b
}

func appendTo(t *testing.T, name string, data []byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(data)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Weights beside the network that are whole are no reason to refuse it.
func TestWeightsBesideTheNetworkAreTaken(t *testing.T) {
	dir := hostile(t, part(5, tensor("unused", elemFloat, []uint64{4}, outsideFile("location", "model.onnx_data", "offset", "16", "length", "16"))))
	if err := os.WriteFile(filepath.Join(dir, "onnx/model.onnx_data"), make([]byte, 32), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := Open(Directory(dir), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
}

func TestFileThatWouldFillTheMemoryOrHangIsRefused(t *testing.T) {
	sparse := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			os.Remove(path)
			f, err := os.Create(path)
			if err == nil {
				err = f.Truncate(10 << 30)
				f.Close()
			}
			if err != nil {
				t.Skip("no sparse files here:", err)
			}
		}
	}
	for name, test := range map[string]struct {
		spoil func(*testing.T, string)
		want  string
	}{
		"tokenizer of 10 GB":        {sparse("tokenizer.json"), "tokenizer.json has 10240 MiB"},
		"configuration of 10 GB":    {sparse("config.json"), "config.json has 10240 MiB"},
		"vocabulary of 10 GB":       {sparse("vocab.txt"), "vocab.txt has 10240 MiB"},
		"network of 10 GB of zeros": {sparse("onnx/model.onnx"), "cut short or not an ONNX model"},
		"configuration that is a pipe": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "config.json")
			os.Remove(path)
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Skip(err)
			}
		}, "config.json is no regular file"},
		"tokenizer that is a folder": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "tokenizer.json")
			os.Remove(path)
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}, "tokenizer.json is no regular file"},
		"configuration that is a link to itself": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "config.json")
			os.Remove(path)
			if err := os.Symlink("config.json", path); err != nil {
				t.Skip(err)
			}
		}, "config.json"},
		"network of another kind": {func(t *testing.T, dir string) {
			copyFile(t, filepath.Join(dir, "tokenizer.json"), filepath.Join(dir, "onnx/model.onnx"))
		}, "ONNX model"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := hostile(t)
			test.spoil(t, dir)
			refusedCheaply(t, dir, test.want)
		})
	}
}

// Ids that the network has no row for are found when the model is tried.
func TestTokenizerWithIdsPastTheNetworkIsRefused(t *testing.T) {
	dir := hostile(t)
	path := filepath.Join(dir, "tokenizer.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// [CLS] is in every row; its id stands in three places.
	spoilt := string(data)
	for _, place := range [][2]string{
		{`"[CLS]": 2`, `"[CLS]": 2000000`},
		{`"id": 2,`, `"id": 2000000,`},
		{"\"ids\": [\n          2\n", "\"ids\": [\n          2000000\n"},
	} {
		if !strings.Contains(spoilt, place[0]) {
			t.Fatalf("tokenizer.json has no %s", place[0])
		}
		spoilt = strings.ReplaceAll(spoilt, place[0], place[1])
	}
	if err := os.WriteFile(path, []byte(spoilt), 0o644); err != nil {
		t.Fatal(err)
	}
	refusedCheaply(t, dir, "run the model on [1 ")
}

func TestNetworkThatDoesNotEndIsGivenUp(t *testing.T) {
	m := openTiny(t, "nli")
	if err := m.selfTest(1); err == nil || !strings.Contains(err.Error(), "does not come to an end") {
		t.Error(err)
	}
}
