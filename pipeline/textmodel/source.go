package textmodel

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Source is where a model's files are: in a directory, or held by the program.
type Source struct {
	dir   string // "" for files held by the program
	files fs.FS
}

// Directory is the model directory at dir.
func Directory(dir string) Source { return Source{dir: dir, files: os.DirFS(dir)} }

// Files is a model in a file system, such as the embedded one. Its network
// must hold its own weights (no external data).
func Files(files fs.FS) Source { return Source{files: files} }

// String names the source in sentences.
func (s Source) String() string {
	if s.dir == "" {
		return "the embedded model"
	}
	return "model directory " + s.dir
}

// check tells a directory that is not there from one that lacks a file.
func (s Source) check() error {
	if s.dir == "" {
		return nil
	}
	info, err := os.Stat(s.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such directory")
	case err != nil:
		return err
	case !info.IsDir():
		return errors.New("it is a file; give the directory that holds config.json")
	}
	return nil
}

// modelFiles are the places of the network, in the order of preference.
var modelFiles = []string{"onnx/model.onnx", "model.onnx", "onnx/model_quantized.onnx", "model_quantized.onnx"}

// modelFile returns the name of the network's file.
func (s Source) modelFile() (string, error) {
	for _, name := range modelFiles {
		info, err := fs.Stat(s.files, name)
		if err == nil && info.Mode().IsRegular() {
			return name, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("no %s is there; export the model to ONNX first (optimum-cli export onnx), or take a directory that has it", modelFiles[0])
}

// path returns the path of a file on disk, or "" where there is none.
func (s Source) path(file string) string {
	if s.dir == "" {
		return ""
	}
	return filepath.Join(s.dir, filepath.FromSlash(file))
}

// readModel reads the graph of the network, and its bytes where they are not
// on disk.
func (s Source) readModel(file string) (graph, []byte, error) {
	if s.dir == "" {
		data, err := fs.ReadFile(s.files, file)
		if err != nil {
			return graph{}, nil, err
		}
		g, err := readGraph(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return graph{}, nil, fmt.Errorf("%s: %w", file, err)
		}
		return g, data, nil
	}
	f, err := os.Open(s.path(file))
	if err != nil {
		return graph{}, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return graph{}, nil, err
	}
	g, err := readGraph(f, info.Size())
	if err != nil {
		return graph{}, nil, fmt.Errorf("%s: %w", file, err)
	}
	return g, nil, nil
}

// contents lists the files that decide the model's answers, with their sizes
// and times: configuration, tokenizer, network and weights beside it.
func (s Source) contents() ([]fs.FileInfo, []string, error) {
	model, err := s.modelFile()
	if err != nil {
		return nil, nil, err
	}
	names := []string{"config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "vocab.txt", model}
	beside, err := fs.ReadDir(s.files, path.Dir(model))
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range beside { // model.onnx_data, model.onnx.data
		name := path.Join(path.Dir(model), entry.Name())
		if len(name) > len(model) && name[:len(model)] == model {
			names = append(names, name)
		}
	}
	var infos []fs.FileInfo
	var present []string
	for _, name := range names {
		info, err := fs.Stat(s.files, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		infos, present = append(infos, info), append(present, name)
	}
	return infos, present, nil
}
