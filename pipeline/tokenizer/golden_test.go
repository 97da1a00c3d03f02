package tokenizer

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// goldens is what testdata/tokenizer/goldens.py made with Hugging Face's tokenizers 0.22.2.
type goldens struct {
	Texts []string
	CRC   map[string][]uint32 // by tokenizer: of each text's ids as little-endian int32
	Sweep map[string][]uint32 // by tokenizer: of the ids of each 100 texts of texts.py's sweep
	Rows  map[string][]struct {
		A          string
		B          *string
		Max        int
		IDs, Types []int64 // null where the library refuses
	}
	Directories    []goldenDirectory
	DirectoryTexts []string `json:"directory_texts"`
}

const folder = "../../testdata/tokenizer"

var goldensFile = flag.String("goldens", filepath.Join(folder, "goldens.json.gz"), "what goldens.py wrote")

func readGoldens(t testing.TB) goldens {
	t.Helper()
	f, err := os.Open(*goldensFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var g goldens
	if err := json.NewDecoder(z).Decode(&g); err != nil {
		t.Fatal(err)
	}
	return g
}

func load(t testing.TB, name string) *Tokenizer {
	t.Helper()
	if !filepath.IsAbs(name) {
		name = filepath.Join(folder, name)
	}
	tok, err := Load(os.DirFS(name))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func checksum(ids []int32) uint32 {
	var raw []byte
	for _, id := range ids {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(id))
	}
	return crc32.ChecksumIEEE(raw)
}

func TestIdsAreThoseOfHuggingFace(t *testing.T) {
	g := readGoldens(t)
	for name, want := range g.CRC {
		t.Run(name, func(t *testing.T) {
			tok := load(t, name)
			wrong := 0
			for i, text := range g.Texts {
				if ids := tok.Tokens(text); checksum(ids) != want[i] {
					if wrong++; wrong <= 5 {
						t.Errorf("text %d %+q: ids %d have another checksum", i, text, ids)
					}
				}
			}
			if wrong > 0 || len(want) < 3000 {
				t.Errorf("%d of %d texts have other ids", wrong, len(want))
			}
		})
	}
}

// TestEveryCharacterIsTreatedAsHuggingFaceDoes puts each code point up to the last Han extension between
// letters, digits, marks and blanks.
func TestEveryCharacterIsTreatedAsHuggingFaceDoes(t *testing.T) {
	const last, perText, perChecksum = 0x323AF, 48, 100
	for name, want := range readGoldens(t).Sweep {
		tok := load(t, name)
		var text strings.Builder
		var ids []int32
		var got []uint32
		characters := 0
		for r := rune(0); r <= last; r++ {
			if utf8.ValidRune(r) {
				fmt.Fprintf(&text, "a%[1]c b1%[1]c%[1]c \u0301%[1]c\u0323!%[1]c", r)
				characters++
			}
			if characters%perText == 0 || r == last {
				ids = append(ids, tok.Tokens(text.String())...)
				text.Reset()
			}
			if characters%(perText*perChecksum) == 0 && utf8.ValidRune(r) || r == last {
				got, ids = append(got, checksum(ids)), ids[:0]
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d checksums, want %d", name, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: other ids for characters of block %d of %d", name, i, perText*perChecksum)
			}
		}
	}
}

func TestRowsAreThoseOfHuggingFace(t *testing.T) {
	for name, rows := range readGoldens(t).Rows {
		t.Run(name, func(t *testing.T) {
			tok := load(t, name)
			for _, want := range rows {
				a := tok.Tokens(want.A)
				if want.B == nil {
					// Where nothing is left of a text the library makes an error of it, and Single a row without text.
					if row := tok.Single(a, want.Max); want.IDs != nil && (!slices.Equal(row.IDs, want.IDs) || !slices.Equal(row.TypeIDs, want.Types)) {
						t.Errorf("Single(%q, %d) = %v, want %v %v", want.A, want.Max, row, want.IDs, want.Types)
					}
					continue
				}
				row, err := tok.Pair(a, tok.Tokens(*want.B), want.Max)
				if (err != nil) != (want.IDs == nil) {
					t.Errorf("Pair(%q, %q, %d): error %v, want ids %v", want.A, *want.B, want.Max, err, want.IDs)
				} else if err == nil && (!slices.Equal(row.IDs, want.IDs) || !slices.Equal(row.TypeIDs, want.Types)) {
					t.Errorf("Pair(%q, %q, %d) = %v, want %v %v", want.A, *want.B, want.Max, row, want.IDs, want.Types)
				}
			}
		})
	}
}
