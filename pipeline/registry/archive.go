package registry

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxModel is the size of an unpacked model up to which Import goes along: ten
// thousand trees of depth 8 are a tenth of it.
const maxModel = 2 << 30

// Export writes the version that ref names as one file: a zip of model.json
// and meta.json.
func (r *Registry) Export(ref, file string) error {
	v, model, err := r.Read(ref)
	if err != nil {
		return err
	}
	meta, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, entry := range []struct {
		name string
		b    []byte
	}{{modelFile, model}, {metaFile, meta}} {
		f, err := w.Create(entry.name)
		if err == nil {
			_, err = f.Write(entry.b)
		}
		if err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := writeFile(file, buf.Bytes()); err != nil {
		return fmt.Errorf("export model %s: %w", ref, err)
	}
	return nil
}

// Import stores an exported file as the next version of model name, which may
// be another than the one it was exported from. What describes the model comes
// along, its former version number and aliases do not.
func (r *Registry) Import(name, file string) (Version, error) {
	if err := checkName(name); err != nil {
		return Version{}, err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return Version{}, fmt.Errorf("import model: %w", err)
	}
	v, model, err := unpack(b)
	if err != nil {
		return Version{}, fmt.Errorf("import model %s: %w; it takes files that export wrote", file, err)
	}
	v.Name = name
	return r.Put(v, model)
}

// unpack reads an exported file from anywhere.
func unpack(b []byte) (Version, []byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return Version{}, nil, err
	}
	meta, err := entry(archive, metaFile)
	if err != nil {
		return Version{}, nil, err
	}
	v, err := parseMeta(meta)
	if err != nil {
		return Version{}, nil, fmt.Errorf("%s: %w", metaFile, err)
	}
	model, err := entry(archive, modelFile)
	if err != nil {
		return Version{}, nil, err
	}
	if sum := sha256.Sum256(model); hex.EncodeToString(sum[:]) != v.SHA256 {
		return Version{}, nil, errors.New("the model's SHA-256 is not the one in its metadata")
	}
	return v, model, nil
}

func entry(archive *zip.Reader, name string) ([]byte, error) {
	f, err := archive.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxModel+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(b) > maxModel {
		return nil, fmt.Errorf("%s: larger than %d GiB", name, maxModel>>30)
	}
	return b, nil
}
