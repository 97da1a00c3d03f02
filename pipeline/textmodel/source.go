package textmodel

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
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

// Embedded tells that the files are held by the program.
func (s Source) Embedded() bool { return s.dir == "" }

// String names the source in sentences.
func (s Source) String() string {
	if s.dir == "" {
		return "the embedded model"
	}
	return "model directory " + s.dir
}

// maxSmallFile is the size of the largest file but the network's: the largest
// published tokenizer.json has a tenth of it.
const maxSmallFile = 256 << 20

// smallFiles are those that are read whole.
var smallFiles = []string{"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
	"vocab.json", "merges.txt", "vocab.txt"}

// check tells a directory that is not there from one that lacks a file, and
// refuses files that reading would hang on or fill the memory with.
func (s Source) check() error {
	if err := s.checkDir(); err != nil {
		return err
	}
	for _, name := range smallFiles {
		info, err := fs.Stat(s.files, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is no regular file", name)
		case info.Size() > maxSmallFile:
			return fmt.Errorf("%s has %d MiB, more than any model's", name, info.Size()>>20)
		}
	}
	return nil
}

func (s Source) checkDir() error {
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

// exactFiles and int8Files are the places of the networks, in the order of
// preference.
var (
	exactFiles = []string{"onnx/model.onnx", "model.onnx"}
	int8Files  = []string{"onnx/model_quantized.onnx", "model_quantized.onnx", "onnx/model_int8.onnx", "model_int8.onnx"}
)

// modelFile returns the name of the network's file.
func (s Source) modelFile() (string, error) { return s.fileFor(Exact) }

// fileFor returns the name of the file that runs at a precision.
func (s Source) fileFor(p Precision) (string, error) {
	places := slices.Concat(exactFiles, int8Files)
	if p == Int8 {
		places = int8Files
	}
	for _, name := range places {
		info, err := fs.Stat(s.files, name)
		if err == nil && info.Mode().IsRegular() {
			return name, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if p == Int8 {
		return "", fmt.Errorf("%w; make one with: willbuy textmodel quantize %s", errNoInt8, s.dir)
	}
	return "", fmt.Errorf("no %s is there; export the model to ONNX first (optimum-cli export onnx), or take a directory that has it", exactFiles[0])
}

// OneNetwork tells that every precision runs the same file, as in the embedded
// model: what Exact runs is the quantised network, or there is none.
func (s Source) OneNetwork() bool {
	exact, err := s.fileFor(Exact)
	if err != nil {
		return false // Open says what is wrong
	}
	return slices.Contains(int8Files, exact)
}

// path returns the path of a file on disk, or "" where there is none.
func (s Source) path(file string) string {
	if s.dir == "" {
		return ""
	}
	return filepath.Join(s.dir, filepath.FromSlash(file))
}

// network reads what must be known of the network that runs at a precision.
func (s Source) network(p Precision) (network, error) {
	file, err := s.fileFor(p)
	if err != nil {
		return network{}, err
	}
	g, data, err := s.readModel(file)
	if err != nil {
		return network{}, err
	}
	n := network{file: file, path: s.path(file), data: data,
		dynamic: g.dynamic || strings.Contains(file, "int8") || strings.Contains(file, "quantized")}
	if n.inputs, n.output, err = g.bindings(); err != nil {
		return network{}, fmt.Errorf("%s: %w", file, err)
	}
	return n, nil
}

// readModel reads the graph of the network, and its bytes where they are not
// on disk.
func (s Source) readModel(file string) (graph, []byte, error) {
	if s.dir == "" {
		data, err := fs.ReadFile(s.files, file)
		if err != nil {
			return graph{}, nil, err
		}
		g, err := scanGraph(bytes.NewReader(data), int64(len(data)), noWeights)
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
	g, err := scanGraph(f, info.Size(), s.weightsBeside(file))
	if err != nil {
		return graph{}, nil, fmt.Errorf("%s: %w", file, err)
	}
	return g, nil, nil
}

// weightsBeside tells the sizes of files in the folder of the network.
func (s Source) weightsBeside(file string) weightsFile {
	return func(name string) (int64, error) {
		info, err := fs.Stat(s.files, path.Join(path.Dir(file), name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return 0, errors.New("there is no such file; is the directory copied whole?")
		case err != nil:
			return 0, err
		case !info.Mode().IsRegular():
			return 0, errors.New("it is no file")
		}
		return info.Size(), nil
	}
}

// noWeights refuses weights beside a network that the program holds.
func noWeights(string) (int64, error) {
	return 0, errors.New("a network held by the program must hold its weights")
}

// contents lists the files that decide the model's answers at a precision, with
// their sizes and times: configuration, tokenizer, network and weights beside it.
func (s Source) contents(p Precision) ([]fs.FileInfo, []string, error) {
	model, err := s.fileFor(p)
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
