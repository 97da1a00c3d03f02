package textmodel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrecisionPicksTheNetwork(t *testing.T) {
	both := twins(t)
	moved := twins(t)
	if err := os.Rename(filepath.Join(moved, "onnx/model_quantized.onnx"), filepath.Join(moved, "onnx/model_int8.onnx")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		dir       string
		precision Precision
		file      string
		int8      bool
	}{
		{both, "", "onnx/model.onnx", false},
		{both, Exact, "onnx/model.onnx", false},
		{both, Reduced, "onnx/model.onnx", false},
		{both, Int8, "onnx/model_quantized.onnx", true},
		{moved, Int8, "onnx/model_int8.onnx", true},
		{filepath.Join(tiny, "nli-int8"), Exact, "onnx/model_quantized.onnx", true},
		{filepath.Join(tiny, "nli-reversed"), Exact, "model.onnx", false},
	} {
		if m := openAt(t, test.dir, test.precision); m.File() != test.file || m.Int8() != test.int8 {
			t.Errorf("%s at %q runs %s, int8 %v; want %s, %v", test.dir, test.precision, m.File(), m.Int8(), test.file, test.int8)
		}
	}
	_, err := Open(Directory(filepath.Join(tiny, "nli")), Options{Precision: Int8})
	if err == nil || !strings.Contains(err.Error(), "holds no quantised network") || !strings.HasSuffix(err.Error(), "willbuy textmodel quantize ../../testdata/tiny/nli") {
		t.Error(err)
	}
	for _, o := range []Options{{Precision: "float16"}, {Provider: "tpu"}} {
		if _, err := Open(Directory(both), o); err == nil || !strings.Contains(err.Error(), "there is no ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if Directory(both).OneNetwork() || !Directory(filepath.Join(tiny, "nli-int8")).OneNetwork() || Directory(filepath.Join(tiny, "nli")).OneNetwork() {
		t.Error("OneNetwork is wrong")
	}
}

func TestFingerprintIsOfTheNetworkThatRuns(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	dir := twins(t)
	sum := func(p Precision) string {
		t.Helper()
		s, err := Directory(dir).FingerprintAt(p)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	exact, int8 := sum(Exact), sum(Int8)
	if exact == int8 || exact != sum(Reduced) || int8 != sum(Int8) {
		t.Errorf("exact %s, reduced %s, int8 %s, again %s", exact, sum(Reduced), int8, sum(Int8))
	}
	if err := os.WriteFile(filepath.Join(dir, "onnx/model_quantized.onnx"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if sum(Exact) != exact || sum(Int8) == int8 {
		t.Error("another quantised network changes the exact fingerprint, or not its own")
	}
}

// The library that tests run has no other provider; where somebody's has, the
// model runs on it and there is nothing to note.
func TestProviderThatTheLibraryLacksIsReplacedByTheCPUAndSaidSo(t *testing.T) {
	want := openTiny(t, "nli")
	for _, p := range []Provider{CUDA, CoreML, OpenVINO} {
		m, err := Open(Directory(filepath.Join(tiny, "nli")), Options{Provider: p})
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		if m.Note() != "" && !(strings.HasPrefix(m.Note(), p.String()+" ") && strings.HasSuffix(m.Note(), ": runs on the CPU")) {
			t.Errorf("the note is %q", m.Note())
		}
		rows := pairs(t, m)[:3]
		a, b := logits(t, m, rows), logits(t, want, rows)
		for i := range a {
			if !near(a[i], b[i], 1e-4) {
				t.Errorf("%s: %v, the CPU %v", p, a[i], b[i])
			}
		}
		m.Close()
	}
	m, err := Open(Directory(filepath.Join(tiny, "nli-int8")), Options{Provider: OpenVINO})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if !strings.HasPrefix(m.Note(), "a quantised network answers differently on OpenVINO") {
		t.Errorf("a quantised network: %q", m.Note())
	}
}
