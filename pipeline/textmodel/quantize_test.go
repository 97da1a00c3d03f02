package textmodel

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ownTiny is a copy of a tiny model to change.
func ownTiny(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a model's [folder]*")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(tiny, name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fakePython is an interpreter that does something else with the script's
// arguments: -c SCRIPT SOURCE TARGET.
func fakePython(t *testing.T, does string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python3")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nsource=$3 target=$4\n"+does+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// untouched fails the test unless the folder of networks holds these alone.
func untouched(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "onnx"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("onnx holds %q, want %q", names, want)
	}
}

func TestFailedQuantisationLeavesASentenceAndNothingElse(t *testing.T) {
	dir := ownTiny(t, "nli")
	for _, test := range []struct {
		name, does, want string
		python           bool
	}{
		{"no onnxruntime", `echo '{"missing":"onnxruntime","error":"No module named onnxruntime"}'; exit 1`, "has no module onnxruntime; install it with: ", true},
		{"an error of the script", `echo '{"phase":"x"}'; echo '{"error":"RuntimeError: out of luck"}'; exit 1`, "says: RuntimeError: out of luck", false},
		{"a crash", `echo half > $target; echo 'Traceback' >&2; echo 'MemoryError' >&2; exit 1`, "(exit status 1): MemoryError", false},
		{"a silent crash", `kill -9 $$`, "(signal: killed): it said nothing", false},
		{"no result", `echo 'hello'`, "ended without a result", false},
		{"no file", `echo '{"done":{"matmuls":8}}'`, "the script wrote no network", false},
		{"nothing to quantise", `cp "$source" "$target"; echo '{"done":{"matmuls":0}}'`, "no matrix product", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Quantize(t.Context(), dir, Quantization{Python: fakePython(t, test.does)})
			var python *PythonError
			if err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, &python) != test.python {
				t.Errorf("%v\nwant %q", err, test.want)
			}
			untouched(t, dir, "model.onnx")
		})
	}
	_, err := Quantize(t.Context(), dir, Quantization{Python: filepath.Join(dir, "python")})
	var python *PythonError
	if !errors.As(err, &python) {
		t.Errorf("an interpreter that is not there: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Quantize(t.Context(), dir, Quantization{}); !errors.As(err, &python) || !strings.Contains(err.Error(), "no python3") {
		t.Errorf("without any: %v", err)
	}
}

func TestUnfitModelsAreRefusedBeforePythonRuns(t *testing.T) {
	never := fakePython(t, `echo '{"error":"it ran"}'`)
	for name, test := range map[string]struct {
		dir  string
		want string
	}{
		"no such folder":    {filepath.Join(t.TempDir(), "gone"), "there is no such directory"},
		"no network":        {t.TempDir(), "no onnx/model.onnx is there"},
		"int8 already":      {ownTiny(t, "nli-int8"), "is quantised already"},
		"not even a folder": {filepath.Join(tiny, "texts.json"), "it is a file"},
	} {
		if _, err := Quantize(t.Context(), test.dir, Quantization{Python: never}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestExistingNetworkIsReplacedOnlyWhenAsked(t *testing.T) {
	dir := ownTiny(t, "nli")
	q := Quantization{Python: fakePython(t, `cp "$source" "$target"; echo '{"done":{"matmuls":8,"onnxruntime":"1.99"}}'`)}
	out := filepath.Join(dir, "onnx", "model_quantized.onnx")
	for name, content := range map[string]string{out: "earlier", out + ".data": "earlier weights"} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Quantize(t.Context(), dir, q); !errors.Is(err, fs.ErrExist) {
		t.Errorf("not asked: %v", err)
	}
	q.Replace = true
	made, err := Quantize(t.Context(), dir, q)
	if err != nil || made.Out != filepath.Join(dir, "onnx", "model_quantized.onnx") || made.OutBytes != made.InBytes || made.Products != 8 || made.Runtime != "1.99" {
		t.Errorf("asked: %+v, %v", made, err)
	}
	untouched(t, dir, "model.onnx", "model_quantized.onnx") // the earlier weights would belong to another network
	q.Python = fakePython(t, `cp "$source" "$target"; echo weights > "$target.data"; echo '{"done":{"matmuls":8}}'`)
	if made, err := Quantize(t.Context(), dir, q); err != nil || made.OutBytes != made.InBytes+int64(len("weights\n")) {
		t.Errorf("with weights beside it: %+v, %v", made, err)
	}
	untouched(t, dir, "model.onnx", "model_quantized.onnx", "model_quantized.onnx.data")
	q.Out = filepath.Join(dir, "onnx", "model.onnx")
	if _, err := Quantize(t.Context(), dir, q); err == nil || !strings.Contains(err.Error(), "the network itself") {
		t.Errorf("onto itself: %v", err)
	}
}

func TestCancelledQuantisationStopsPythonAndCleansUp(t *testing.T) {
	dir := ownTiny(t, "nli")
	ctx, cancel := context.WithCancel(t.Context())
	began := time.Now()
	_, err := Quantize(ctx, dir, Quantization{
		Python:  fakePython(t, `echo half > "$target"; echo '{"phase":"working"}'; sleep 60`),
		OnPhase: func(string) { cancel() },
	})
	if !errors.Is(err, context.Canceled) || time.Since(began) > 20*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	untouched(t, dir, "model.onnx")
}

func TestQuantisedNetworkAnswersNearly(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import onnx, onnxruntime.quantization").CombinedOutput(); err != nil {
		t.Skipf("python3 has no onnxruntime with onnx: %s", out)
	}
	for _, name := range []string{"bart", "nli-reversed"} {
		dir := ownTiny(t, name)
		var phases []string
		made, err := Quantize(t.Context(), dir, Quantization{OnPhase: func(p string) { phases = append(phases, p) }})
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Dir(made.Out) != filepath.Dir(made.In) || len(phases) < 2 {
			t.Errorf("%s: %+v after %q", name, made, phases)
		}
		exact, err := Open(Directory(dir), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer exact.Close()
		int8, err := Open(Directory(dir), Options{Precision: Int8})
		if err != nil {
			t.Fatal(err)
		}
		defer int8.Close()
		if exact.Int8() || !int8.Int8() {
			t.Errorf("%s: which network is quantised is mistaken", name)
		}
		rows := pairs(t, exact)
		equal := 0
		for i := range rows {
			want, got := logits(t, exact, rows[i:i+1])[0], logits(t, int8, rows[i:i+1])[0]
			if !near(want, got, 1) {
				t.Errorf("%s: text %d has the logits %v, in int8 %v", name, i, want, got)
			}
			if near(want, got, 0) {
				equal++
			}
		}
		if equal == len(rows) {
			t.Errorf("%s: int8 changes nothing", name)
		}
	}
}
