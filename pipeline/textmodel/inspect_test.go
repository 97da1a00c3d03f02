package textmodel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInspectTellsWhatIsInADirectory(t *testing.T) {
	for _, test := range []struct {
		name, kind string
		file       string
		inputs     int
		float, int int64
		dynamic    bool
	}{
		{"nli", "WordPiece", "onnx/model.onnx", 3, 28579, 0, false},
		{"nli-int8", "WordPiece", "onnx/model_quantized.onnx", 3, 19275, 9320, true},
		{"nli-reversed", "WordPiece", "model.onnx", 3, 28579, 0, false},
		{"bart", "BPE", "onnx/model.onnx", 2, 16627, 0, false},
	} {
		i, err := Inspect(filepath.Join(tiny, test.name))
		if err != nil || len(i.Problems) > 0 || len(i.Networks) != 1 {
			t.Errorf("%s: %+v, %v", test.name, i, err)
			continue
		}
		n := i.Networks[0]
		if i.Tokenizer.Kind != test.kind || i.Tokenizer.Tokens < 400 || i.Config.MaxTokens != 96 {
			t.Errorf("%s: %+v, at most %d tokens", test.name, i.Tokenizer, i.Config.MaxTokens)
		}
		info, err := os.Stat(filepath.Join(tiny, test.name, test.file))
		if err != nil {
			t.Fatal(err)
		}
		if n.File != test.file || n.Bytes != info.Size() || len(n.Inputs) != test.inputs || n.Dynamic != test.dynamic {
			t.Errorf("%s: %+v", test.name, n)
		}
		if n.Weights["float32"] != test.float || n.Weights["int8"] != test.int {
			t.Errorf("%s: weights %v, want %d float32 and %d int8", test.name, n.Weights, test.float, test.int)
		}
		if in := n.Inputs[0]; in.Name != inputIDs || in.Type != "int64" || strings.Join(in.Shape, " ") != "batch sequence" {
			t.Errorf("%s: input %+v", test.name, in)
		}
		if out := n.Outputs[0]; out.Name != "logits" || out.Type != "float32" || strings.Join(out.Shape, " ") != "batch 3" {
			t.Errorf("%s: output %+v", test.name, out)
		}
	}
	if _, err := Inspect(filepath.Join(t.TempDir(), "gone")); err == nil || !strings.Contains(err.Error(), "no such directory") {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func TestEveryProblemOfADirectoryIsListed(t *testing.T) {
	dir := ownTiny(t, "nli")
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("config.json", `{"model_type":"bert"}`)
	write("tokenizer.json", `{"model":{"type":"Unigram","vocab":[["a",0.1],["b",0.2]]}}`)
	if err := Readable(dir); err == nil || !strings.Contains(err.Error(), "no id2label") {
		t.Errorf("the configuration: %v", err)
	}
	network, err := os.ReadFile(filepath.Join(dir, "onnx", "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	write("onnx/model.onnx", string(network[:60000]))
	write("onnx/model_quantized.onnx", "version https://git-lfs.github.com/spec/v1\n")
	i, err := Inspect(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(i.Problems) != 4 || i.Tokenizer != (Vocabulary{"Unigram", 2}) || len(i.Networks) != 2 {
		t.Errorf("%+v", i)
	}
	for k, want := range []string{"no id2label", "Unigram", "onnx/model.onnx: it is cut short", "onnx/model_quantized.onnx: "} {
		if k < len(i.Problems) && !strings.Contains(i.Problems[k], want) {
			t.Errorf("problem %d is %q, want %q", k, i.Problems[k], want)
		}
	}
}

func FuzzInspectedNetwork(f *testing.F) {
	network, err := os.ReadFile(filepath.Join(tiny, "nli", "onnx", "model.onnx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(network[:4000])
	f.Add(network[len(network)-2000:])
	f.Add([]byte{7<<3 | 2, 6, 5<<3 | 2, 4, 8, 0xff, 0xff, 0x7f})
	f.Add([]byte{7<<3 | 2, 8, 11<<3 | 2, 6, 0x0a, 1, 'x', 0x12, 1, 0x0a})
	f.Fuzz(func(t *testing.T, data []byte) {
		n := Network{Weights: map[string]int64{}}
		if err := n.readTensors(strings.NewReader(string(data)), int64(len(data))); err == nil && len(n.Weights) > 1000 {
			t.Errorf("%d types of weights", len(n.Weights))
		}
	})
}
