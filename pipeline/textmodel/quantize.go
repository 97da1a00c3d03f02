package textmodel

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// quantizeScript makes the int8 network; it holds the recipe.
//
//go:embed quantize.py
var quantizeScript string

// Quantization says how Quantize works.
type Quantization struct {
	// Python is the interpreter, which must have onnxruntime and onnx; empty
	// for the python3 or python on the PATH.
	Python string
	// Out is the file to write; empty for model_quantized.onnx beside the
	// network.
	Out string
	// Replace allows an existing Out to be replaced.
	Replace bool
	// OnPhase, which may be nil, is told what happens next.
	OnPhase func(phase string)
}

// Quantized is what Quantize made.
type Quantized struct {
	In, Out           string // paths of the networks
	InBytes, OutBytes int64  // with the weights beside them
	Products          int    // matrix products that are integers now
	Runtime           string // version of Python's onnxruntime
}

// PythonError says that there is no Python, or that it lacks a module and how to
// install it.
type PythonError struct{ Problem string }

func (e *PythonError) Error() string { return e.Problem }

// externalData is what the script adds to the name of the network for the
// weights that it keeps beside it.
const externalData = ".data"

// Quantize writes an int8 twin of the network in a model directory, by Python's
// onnxruntime. The twin appears under its name only when it is whole; when ctx
// ends or something fails nothing is left. The error is a sentence that names
// the directory; where it is Python that is missing it wraps a PythonError.
func Quantize(ctx context.Context, dir string, q Quantization) (Quantized, error) {
	made, err := q.run(ctx, Directory(dir))
	if err != nil {
		return Quantized{}, fmt.Errorf("quantise %s: %w", Directory(dir), err)
	}
	return made, nil
}

func (q Quantization) run(ctx context.Context, source Source) (made Quantized, err error) {
	if made.In, err = quantizable(source); err != nil {
		return made, err
	}
	made.Out = q.Out
	if made.Out == "" {
		made.Out = filepath.Join(filepath.Dir(made.In), "model_quantized.onnx")
	}
	if there, err := os.Stat(made.Out); err == nil {
		if in, err := os.Stat(made.In); err == nil && os.SameFile(in, there) {
			return made, fmt.Errorf("%s is the network itself", made.Out)
		}
		if !q.Replace {
			return made, fmt.Errorf("%s: %w", made.Out, fs.ErrExist)
		}
	}
	python, err := q.python()
	if err != nil {
		return made, err
	}
	// Beside the result, so that it is renamed within a disk.
	temp, err := os.MkdirTemp(filepath.Dir(made.Out), ".quantize-*")
	if err != nil {
		return made, err
	}
	defer os.RemoveAll(temp)
	if temp, err = filepath.Abs(temp); err != nil {
		return made, err
	}
	target := filepath.Join(temp, filepath.Base(made.Out))
	done, err := q.script(ctx, python, made.In, target)
	if err != nil {
		return made, err
	}
	made.Products, made.Runtime = done.MatMuls, done.Runtime
	if made.Products == 0 {
		return made, errors.New("the network has no matrix product with constant weights, so nothing would be gained")
	}
	if made.InBytes, err = networkBytes(made.In); err != nil {
		return made, err
	}
	if made.OutBytes, err = networkBytes(target); err != nil {
		return made, err
	}
	if made.OutBytes == 0 {
		return made, errors.New("the script wrote no network")
	}
	return made, install(target, made.Out)
}

// quantizable is the path of a directory's network in floating point.
func quantizable(source Source) (string, error) {
	if err := source.check(); err != nil {
		return "", err
	}
	file, err := source.modelFile()
	if err != nil {
		return "", err
	}
	g, _, err := source.readModel(file)
	if err != nil {
		return "", err
	}
	if g.dynamic {
		return "", fmt.Errorf("%s is quantised already", file)
	}
	return filepath.Abs(source.path(file))
}

// python finds the interpreter.
func (q Quantization) python() (string, error) {
	if q.Python != "" {
		path, err := exec.LookPath(q.Python)
		if err != nil {
			return "", &PythonError{fmt.Sprintf("there is no Python %s", q.Python)}
		}
		return filepath.Abs(path) // the script runs in another folder
	}
	for _, name := range []string{"python3", "python"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", &PythonError{"no python3 is on the PATH; quantising needs Python with the modules onnxruntime and onnx"}
}

// FindQuantizer gives the Python that Quantize takes where none is named, and
// the version of its onnxruntime. The error wraps a PythonError where something
// is to be installed.
func FindQuantizer(ctx context.Context) (python, version string, err error) {
	if python, err = (Quantization{}).python(); err != nil {
		return "", "", err
	}
	out, err := exec.CommandContext(ctx, python, "-c", "import onnx, onnxruntime; print(onnxruntime.__version__)").Output()
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}
	if err != nil {
		return "", "", lacks(python, "onnxruntime or onnx")
	}
	return python, strings.TrimSpace(string(out)), nil
}

// lacks says that a module is not there, and how to install it.
func lacks(python, module string) error {
	return &PythonError{fmt.Sprintf("%s has no module %s; install it with: %s -m pip install onnxruntime onnx", python, module, python)}
}

// scriptDone is the last line of a script that succeeded.
type scriptDone struct {
	MatMuls int    `json:"matmuls"`
	Runtime string `json:"onnxruntime"`
}

// script runs quantize.py in the folder of target.
func (q Quantization) script(ctx context.Context, python, source, target string) (*scriptDone, error) {
	folder := filepath.Dir(target)
	cmd := exec.CommandContext(ctx, python, "-c", quantizeScript, source, target)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "TMPDIR="+folder) // gigabytes, which /tmp may not hold
	// In a group of its own, Ctrl-C reaches it through us alone, and all that it
	// has started.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	complaints := &tail{}
	cmd.Stderr = complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", python, err)
	}
	var last struct {
		Phase, Missing, Error string
		Done                  *scriptDone
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if json.Unmarshal(lines.Bytes(), &last) == nil && last.Phase != "" && q.OnPhase != nil {
			q.OnPhase(last.Phase)
		}
		last.Phase = ""
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case last.Missing != "":
		return nil, lacks(python, last.Missing)
	case last.Error != "":
		return nil, fmt.Errorf("%s says: %s", python, last.Error)
	case err != nil:
		return nil, fmt.Errorf("%s failed (%w): %s", python, err, complaints.lastLine())
	case last.Done == nil:
		return nil, fmt.Errorf("%s ended without a result: %s", python, complaints.lastLine())
	}
	return last.Done, nil
}

// networkBytes is the size of a network with the weights beside it, whose names
// begin with its own.
func networkBytes(path string) (int64, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), filepath.Base(path)) {
			continue
		}
		info, err := os.Stat(filepath.Join(filepath.Dir(path), entry.Name()))
		if err != nil {
			return 0, err
		}
		sum += info.Size()
	}
	return sum, nil
}

// install renames a network that was written apart, its weights first: a
// network without them is never seen under its name.
func install(from, to string) error {
	err := os.Rename(from+externalData, to+externalData)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.Remove(to + externalData); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return os.Rename(from, to)
}

// tail keeps the end of what a process complains about.
type tail struct{ kept []byte }

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - tailBytes; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(p), nil
}

// lastLine is the one that tells a Python error.
func (t *tail) lastLine() string {
	text := bytes.TrimSpace(t.kept)
	if len(text) == 0 {
		return "it said nothing"
	}
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}
