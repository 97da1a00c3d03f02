package tokenizer

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goldenDirectory is a model directory that testdata/tokenizer/directories.py made up, and what transformers'
// AutoTokenizer makes of it.
type goldenDirectory struct {
	Of         string            // the tokenizer whose vocabulary it has
	Bare       bool              // without tokenizer.json
	Files      map[string]string // beside the vocabulary
	CRC        []uint32          // of the ids of each of the texts
	IDs, Types []int64           // of the pair
	Pad        *int64
}

// files is the directory, as directories.py writes it.
func (d goldenDirectory) files(t *testing.T) fs.FS {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, d.Of, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for name, content := range d.Files {
		files = append(files, name, content)
	}
	if !d.Bare {
		return directory(append(files, "tokenizer.json", string(data))...)
	}
	var spec struct {
		Model struct {
			Vocab  map[string]int
			Merges [][]string
		}
	}
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	if spec.Model.Merges == nil {
		return directory(append(files, "vocab.txt", strings.Join(byValue(spec.Model.Vocab), "\r\n")+"\r\n")...)
	}
	vocab, err := json.Marshal(spec.Model.Vocab)
	if err != nil {
		t.Fatal(err)
	}
	merges := "#version: 0.2\n"
	for _, pair := range spec.Model.Merges {
		merges += strings.Join(pair, " ") + "\n"
	}
	return directory(append(files, "vocab.json", string(vocab), "merges.txt", merges)...)
}

func TestDirectoriesAreReadAsTransformersReadsThem(t *testing.T) {
	g := readGoldens(t)
	for i, d := range g.Directories {
		tok, err := Load(d.files(t))
		if err != nil {
			t.Errorf("directory %d %+v: %v", i, d.Files, err)
			continue
		}
		wrong := 0
		for j, text := range g.DirectoryTexts {
			if ids := tok.Tokens(text); checksum(ids) != d.CRC[j] {
				if wrong++; wrong == 1 {
					t.Errorf("directory %d of %s (bare: %v) %s: text %+q: ids %d have another checksum", i, d.Of, d.Bare, d.Files, text, ids)
				}
			}
		}
		row, err := tok.Pair(tok.Tokens("one great day"), tok.Tokens("two <mask>[MASK]"), 512)
		if err != nil || !slices.Equal(row.IDs, d.IDs) || !slices.Equal(row.TypeIDs, d.Types) {
			t.Errorf("directory %d of %s %s: pair %v %v, want %v %v", i, d.Of, d.Files, row, err, d.IDs, d.Types)
		}
		if d.Pad != nil && tok.PadID() != *d.Pad {
			t.Errorf("directory %d of %s %s: pads with %d, want %d", i, d.Of, d.Files, tok.PadID(), *d.Pad)
		}
	}
}
