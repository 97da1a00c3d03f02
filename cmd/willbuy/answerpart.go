package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// partSuffix is what the name of an unfinished file ends in.
const partSuffix = ".part"

// partHead is the first line of a part.
type partHead struct {
	Willbuy  int      `json:"willbuy_answers"` // the version of this form
	Question question `json:"question"`
}

const partVersion = 1

// partLine is an answer in a part.
type partLine struct {
	Place  int             `json:"place"` // of the text in the input, from 0
	Text   string          `json:"text"`  // digest of the text and its id
	Answer json.RawMessage `json:"answer"`
	Probe  json.RawMessage `json:"probe,omitempty"`
}

// tornHead tells the beginning of a head, which a kill or a power failure may
// leave, from somebody else's file.
func tornHead(line []byte) bool {
	const begins = `{"willbuy_answers":`
	line = bytes.TrimRight(line, "\x00")
	n := min(len(line), len(begins))
	return string(line[:n]) == begins[:n]
}

// lineAt reads the line that begins at a place of a file.
func lineAt(in io.ReaderAt, at int64, into []byte) ([]byte, error) {
	for into = into[:cap(into)]; ; into = make([]byte, 4*len(into)) {
		n, err := in.ReadAt(into, at)
		if end := bytes.IndexByte(into[:n], '\n'); end >= 0 {
			return into[:end], nil
		}
		if err != nil {
			return into, err
		}
	}
}

// jsonText is jsonLine without the end of the line.
func jsonText(v any) (json.RawMessage, error) {
	line, err := jsonLine(v)
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// digestOf tells texts apart.
func digestOf(t text) uint64 {
	h := sha256.New()
	fmt.Fprintf(h, "%d %s %v ", len(t.id), t.id, t.err)
	io.WriteString(h, t.text)
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// readDigest reads a digest as partLine has it.
func readDigest(text string) (digest uint64, ok bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(raw), true
}
