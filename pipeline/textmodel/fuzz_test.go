package textmodel

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// A network's file is refused or read, whatever its bytes.
func FuzzReadGraph(f *testing.F) {
	for _, name := range []string{"nli/onnx/model.onnx", "nli-int8/onnx/model_quantized.onnx"} {
		data, err := os.ReadFile(filepath.Join(tiny, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte{})
	f.Add([]byte{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Add([]byte{0x3a, 0x04, 0x0a, 0x02, 0x22, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := scanGraph(bytes.NewReader(data), int64(len(data)), noWeights)
		if err == nil {
			g.bindings()
		}
	})
}

// What is read of a config.json is consistent, whatever its bytes.
func FuzzReadConfig(f *testing.F) {
	for _, config := range []string{
		`{"id2label":{"0":"contradiction","1":"entailment"},"label2id":{"entailment":1,"contradiction":0},"eos_token_id":2}`,
		`{"id2label":{"-1":"a"}}`, `{"id2label":{"0":"a"},"label2id":{"a":1e9}}`, `[]`, `{"id2label":{"0":"a"},"label2id":{"a":0,"a":0}}`,
		`{"id2label":{"0":"a"},"max_position_embeddings":-3,"pad_token_id":9000000000}`,
	} {
		f.Add([]byte(config), []byte(`{"model_max_length":512}`))
	}
	f.Fuzz(func(t *testing.T, config, tokenizer []byte) {
		c, err := readConfig(Files(fstest.MapFS{"config.json": {Data: config}, "tokenizer_config.json": {Data: tokenizer}}))
		if err != nil {
			return
		}
		if len(c.Labels) == 0 || c.MaxTokens < 1 {
			t.Errorf("%+v", c)
		}
		for _, l := range c.LabelIDs {
			if l.ID < 0 || l.ID >= len(c.Labels) {
				t.Errorf("%+v", c)
			}
		}
	})
}
