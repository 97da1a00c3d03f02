package textmodel

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"willbuy/pipeline/tokenizer"
)

// tiny is the folder of random models that testdata/tiny/make.py builds.
const tiny = "../../testdata/tiny"

func openTiny(t *testing.T, name string) *Model {
	t.Helper()
	m, err := Open(Directory(filepath.Join(tiny, name)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// texts are those of testdata/tiny, in many scripts and lengths.
func texts(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(tiny, "texts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// pairs encodes every text against one hypothesis.
func pairs(t *testing.T, m *Model) []tokenizer.Encoding {
	t.Helper()
	hypothesis := m.Tokenizer().Tokens("This example is good.")
	var rows []tokenizer.Encoding
	for _, text := range texts(t) {
		row, err := m.Tokenizer().Pair(m.Tokenizer().Tokens(text), hypothesis, m.Config().MaxTokens)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func logits(t *testing.T, m *Model, rows []tokenizer.Encoding) [][]float32 {
	t.Helper()
	out, err := m.Logits(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func near(a, b []float32, tolerance float64) bool {
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > tolerance {
			return false
		}
	}
	return len(a) == len(b)
}

// Rows of any length, and in BART's case of any number of literal </s>, get the
// same logits alone as together.
func TestLogitsDoNotDependOnTheBatch(t *testing.T) {
	for _, name := range []string{"nli", "nli-reversed", "nli-fixed", "bart"} {
		t.Run(name, func(t *testing.T) {
			m := openTiny(t, name)
			rows := pairs(t, m)
			together := logits(t, m, rows)
			for i := range rows {
				if alone := logits(t, m, rows[i:i+1]); !near(alone[0], together[i], 1e-4) {
					t.Errorf("row %d (%q): alone %v, in the batch %v", i, texts(t)[i], alone[0], together[i])
				}
			}
		})
	}
}

func TestFixedBatchExportRunsRowByRow(t *testing.T) {
	fixed, free := openTiny(t, "nli-fixed"), openTiny(t, "nli")
	if !fixed.oneRow || free.oneRow {
		t.Fatalf("row by row: fixed %v, free %v; want true, false", fixed.oneRow, free.oneRow)
	}
	a, b := logits(t, fixed, pairs(t, fixed)), logits(t, free, pairs(t, free))
	for i := range a {
		if !near(a[i], b[i], 1e-4) {
			t.Errorf("row %d: fixed %v, free %v", i, a[i], b[i])
		}
	}
}

func TestInt8IsRecognisedByItsOperators(t *testing.T) {
	for name, want := range map[string]bool{"nli": false, "bart": false, "nli-int8": true} {
		if got := openTiny(t, name).Int8(); got != want {
			t.Errorf("%s: Int8() = %v", name, got)
		}
	}
	// The same network under the name of an exact one.
	data, err := os.ReadFile(filepath.Join(tiny, "nli-int8/onnx/model_quantized.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	files := memory(t, "nli")
	files["onnx/model.onnx"].Data = data
	m, err := Open(Files(files), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if !m.Int8() {
		t.Error("a quantised network called model.onnx is taken for an exact one")
	}
}

func TestModelHeldInMemoryAnswersLikeItsDirectory(t *testing.T) {
	m, err := Open(Files(os.DirFS(filepath.Join(tiny, "nli"))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	dir := openTiny(t, "nli")
	a, b := logits(t, m, pairs(t, m)), logits(t, dir, pairs(t, dir))
	for i := range a {
		if !near(a[i], b[i], 0) {
			t.Errorf("row %d: in memory %v, directory %v", i, a[i], b[i])
		}
	}
}

func TestManyGoroutinesShareAModel(t *testing.T) {
	m := openTiny(t, "nli")
	rows := pairs(t, m)
	want := logits(t, m, rows)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			got, err := m.Logits(t.Context(), rows)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range got {
				if !near(got[i], want[i], 0) {
					t.Errorf("row %d: %v, then %v", i, want[i], got[i])
				}
			}
		})
	}
	group.Wait()
}

func TestCancellingStopsARunInsideTheNetwork(t *testing.T) {
	m := openTiny(t, "nli")
	var rows []tokenizer.Encoding
	for range 30 {
		rows = append(rows, pairs(t, m)...)
	}
	// Past the check at the beginning: the run itself must end early.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	inputs, err := m.tensors(rows)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := m.run(ctx, inputs, newOutputs()); !errors.Is(err, context.Canceled) {
		t.Fatalf("run under a cancelled context: %v, after %v", err, time.Since(began))
	}
	for _, in := range inputs {
		in.Destroy()
	}
	if _, err := m.Logits(t.Context(), rows[:3]); err != nil {
		t.Errorf("the model does not work after a cancelled run: %v", err)
	}
}

func TestConfigIsReadLikeHuggingFaceDoes(t *testing.T) {
	c := openTiny(t, "bart").Config()
	if c.Type != "bart" || c.MaxTokens != 96 || c.eos != 2 || strings.Join(c.Labels, " ") != "contradiction neutral entailment" {
		t.Errorf("bart: %+v", c)
	}
	for _, test := range []struct {
		config, tokenizer string
		want              int
	}{
		{`{"id2label":{"0":"a"},"max_position_embeddings":1024}`, `{"model_max_length":1000000000000000019884624838656}`, 1024},
		{`{"id2label":{"0":"a"},"max_position_embeddings":1024}`, `{"model_max_length":512}`, 512},
		{`{"id2label":{"0":"a"},"max_position_embeddings":512}`, `{"model_max_length":1024}`, 512},
		{`{"id2label":{"0":"a"},"max_position_embeddings":514,"model_type":"roberta","pad_token_id":1}`, `{}`, 512},
		{`{"id2label":{"0":"a"}}`, `{"model_max_length":1024}`, 1024},
		{`{"id2label":{"0":"a"}}`, `{}`, 512},
	} {
		c, err := readConfig(Files(fstest.MapFS{
			"config.json":           {Data: []byte(test.config)},
			"tokenizer_config.json": {Data: []byte(test.tokenizer)},
		}))
		if err != nil || c.MaxTokens != test.want {
			t.Errorf("%s %s: at most %d tokens (%v), want %d", test.config, test.tokenizer, c.MaxTokens, err, test.want)
		}
	}
}

// memory copies a tiny model into a file system that a test may spoil.
func memory(t *testing.T, name string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, file := range []string{"config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"} {
		data, err := os.ReadFile(filepath.Join(tiny, name, file))
		if err != nil {
			t.Fatal(err)
		}
		files[file] = &fstest.MapFile{Data: data}
	}
	return files
}

func TestSpoiltDirectoryGivesASentence(t *testing.T) {
	replace := func(file, old, new string) func(fstest.MapFS) {
		return func(m fstest.MapFS) {
			m[file].Data = []byte(strings.ReplaceAll(string(m[file].Data), old, new))
		}
	}
	for _, test := range []struct {
		name  string
		spoil func(fstest.MapFS)
		want  string
	}{
		{"no configuration", func(m fstest.MapFS) { delete(m, "config.json") }, "config.json is missing"},
		{"no tokenizer", func(m fstest.MapFS) { delete(m, "tokenizer.json") }, "tokenizer"},
		{"no network", func(m fstest.MapFS) { delete(m, "onnx/model.onnx") }, "no onnx/model.onnx is there; export"},
		{"a pointer to the network", func(m fstest.MapFS) {
			m["onnx/model.onnx"].Data = []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
		}, "onnx/model.onnx"},
		{"half a network", func(m fstest.MapFS) {
			m["onnx/model.onnx"].Data = m["onnx/model.onnx"].Data[:60000]
		}, "cut short"},
		{"an empty network", func(m fstest.MapFS) { m["onnx/model.onnx"].Data = nil }, "is it an ONNX model?"},
		{"configuration that is no JSON", replace("config.json", "{", "<"), "config.json is not what a model has there"},
		{"no labels", replace("config.json", `"id2label"`, `"names"`), "no id2label"},
		{"labels with a gap", replace("config.json", `"2": "entailment"`, `"7": "entailment"`), `the key "7"`},
		{"a label id that is not there", replace("config.json", `"entailment": 2`, `"entailment": 9`), "the id 9"},
		{"a label too many", replace("config.json", `"2": "entailment"`, `"2": "entailment", "3": "more"`), "config.json names 4 labels"},
		{"a foreign input", replace("onnx/model.onnx", "token_type_ids", "token_kind_ids"), `it wants an input "token_kind_ids"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := memory(t, "nli")
			test.spoil(files)
			m, err := Open(Files(files), Options{})
			if err == nil {
				m.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "open the embedded model: ") {
				t.Errorf("%v\nwant a sentence with %q", err, test.want)
			}
		})
	}
	_, err := Open(Directory(filepath.Join(t.TempDir(), "gone")), Options{})
	if err == nil || !strings.Contains(err.Error(), "gone") || !strings.Contains(err.Error(), "there is no such directory") {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func TestFingerprintFollowsTheContent(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	sum := func(s Source) string {
		t.Helper()
		got, err := s.Fingerprint()
		if err != nil || len(got) != 64 {
			t.Fatalf("%q, %v", got, err)
		}
		return got
	}
	want := sum(Files(memory(t, "nli")))
	dir := t.TempDir()
	if err := os.CopyFS(dir, memory(t, "nli")); err != nil {
		t.Fatal(err)
	}
	if first, again := sum(Directory(dir)), sum(Directory(dir)); first != want || again != want {
		t.Errorf("in memory %s, directory %s, then %s", want, first, again)
	}
	for name := range memory(t, "nli") {
		files := memory(t, "nli")
		files[name].Data = append(files[name].Data, ' ')
		if sum(Files(files)) == want {
			t.Errorf("%s changed and the fingerprint did not", name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), files[name].Data, 0o644); err != nil {
			t.Fatal(err)
		}
		if sum(Directory(dir)) == want {
			t.Errorf("%s changed on disk and the remembered fingerprint did not", name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), memory(t, "nli")[name].Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	beside := memory(t, "nli")
	beside["onnx/model.onnx_data"] = &fstest.MapFile{Data: []byte("weights")}
	if sum(Files(beside)) == want {
		t.Error("weights beside the network do not count")
	}
}
