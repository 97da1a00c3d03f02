// Package demo holds a recorded run of the whole lab on its own data, so that
// `willbuy replay demo` has something to play a second after installation.
// `make demo` records it anew.
package demo

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"

	"willbuy/pipeline"
)

// log is the events.jsonl of the run.
//
//go:embed run.jsonl.gz
var log []byte

// Events are those of the run, in order.
func Events() ([]pipeline.Event, error) {
	r, err := gzip.NewReader(bytes.NewReader(log))
	if err != nil {
		return nil, fmt.Errorf("open the demo run: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the demo run: %w", err)
	}
	return pipeline.ParseLog(text)
}
