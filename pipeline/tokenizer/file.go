package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// Bounds of what is read, so that a hostile file costs a sentence and not the memory. The largest vocabularies
// published have some 260,000 tokens, and their tokenizer.json 35 MB.
const (
	maxFile   = 64 << 20 // bytes of a vocabulary
	maxConfig = 8 << 20  // bytes of a file beside it, or of a part of tokenizer.json beside its model
	maxTokens = 1 << 20
	maxMerges = 1 << 20
)

// readFile reads a file of at most that many bytes.
func readFile(fsys fs.FS, name string, most int) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // opening a pipe would wait for ever
		return nil, errors.New("it is not a file")
	case info.Size() > int64(most):
		return nil, fmt.Errorf("it has %d bytes; more than %d are no model's", info.Size(), most)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	return data, err
}

// readJSON reads a file that may be missing.
func readJSON(fsys fs.FS, name string, into any) error {
	data, err := readFile(fsys, name, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = unmarshal(data, into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// elements bounds the number of elements of a JSON value from above, before it takes any memory.
func elements(raw json.RawMessage) int { return bytes.Count(raw, []byte(",")) + 1 }

// unmarshal is json.Unmarshal with errors of bounded length: they may quote a number of a million digits.
func unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if err != nil && len(err.Error()) > maxQuoted {
		return errors.New(clip(err.Error()))
	}
	return err
}

const maxQuoted = 200 // bytes of a file that an error repeats

func clip(s string) string {
	if len(s) > maxQuoted {
		return strings.ToValidUTF8(s[:maxQuoted], "") + "…"
	}
	return s
}

// quote is %q of what may be megabytes long.
func quote(s string) string { return strconv.Quote(clip(s)) }
