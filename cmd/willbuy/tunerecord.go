package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"os"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/tune"
)

// tuneRecord keeps the runs of a search in a file: a line that says what was
// searched in, then a line a run. A search that goes on there skips them.
type tuneRecord struct {
	file *os.File // nil when nothing is kept
	done []tune.Run
}

// recordHeader is what has to be the same for runs to be comparable. What is
// searched may change from call to call, and how many settings are drawn.
type recordHeader struct {
	Params gbtree.Params `json:"params"`
	Compat string        `json:"compat"`
	Metric string        `json:"metric"`
	Folds  int           `json:"folds"`
	Rows   int64         `json:"rows"`
	Data   string        `json:"data"` // a fingerprint of the rows and their folds
}

var errOtherSearch = errors.New("it holds the runs of another search")

// openRecord opens a record, or makes it. A name of "" keeps nothing.
func openRecord(path string, s tune.Search, rows *encode.Rows) (*tuneRecord, error) {
	if path == "" {
		return &tuneRecord{}, nil
	}
	header, err := json.Marshal(map[string]any{"search": recordHeader{s.Params, s.Compat.String(), s.Metric, s.Folds, rows.Total(), rowsFingerprint(rows)}})
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	r := &tuneRecord{file: file}
	if err := r.read(header); err != nil {
		file.Close()
		if errors.Is(err, errOtherSearch) {
			return nil, pipeline.Hint(fmt.Errorf("go on from %s: %w", path, err), "The data, folds, metric and --param have to be the same. Name another file.")
		}
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

// read takes the runs and leaves the file where the next one goes: behind the
// last whole line, since an interruption may have torn the one after it.
func (r *tuneRecord) read(header []byte) error {
	in := bufio.NewReader(r.file)
	end, first := int64(0), true
	for {
		line, err := in.ReadBytes('\n')
		if err != nil { // the end, or what is left of a torn line
			break
		}
		end += int64(len(line))
		if first {
			if !bytes.Equal(bytes.TrimSpace(line), header) {
				return errOtherSearch
			}
			first = false
			continue
		}
		var run tune.Run
		if err := json.Unmarshal(line, &run); err != nil {
			return err
		}
		r.done = append(r.done, run)
	}
	if err := r.file.Truncate(end); err != nil {
		return err
	}
	if _, err := r.file.Seek(end, 0); err != nil {
		return err
	}
	if first {
		_, err := r.file.Write(append(header, '\n'))
		return err
	}
	return nil
}

// add keeps a run.
func (r *tuneRecord) add(run tune.Run) error {
	if r.file == nil {
		return nil
	}
	line, err := json.Marshal(run)
	if err == nil {
		_, err = r.file.Write(append(line, '\n'))
	}
	if err != nil {
		return cannotWrite(r.file.Name(), err)
	}
	return nil
}

func (r *tuneRecord) close() {
	if r.file != nil {
		r.file.Close()
	}
}

// rowsFingerprint tells rows and their folds from others, in whatever order they
// come: the sum of a hash of each.
func rowsFingerprint(rows *encode.Rows) string {
	sum, k := uint64(0), len(rows.Features)
	var line []byte
	for i := range rows.Len() {
		line = line[:0]
		for _, x := range append(rows.Values[i*k:i*k+k:i*k+k], rows.Label[i], rows.Weight[i]) {
			line = binary.LittleEndian.AppendUint32(line, math.Float32bits(x))
		}
		line = binary.LittleEndian.AppendUint64(line, uint64(rows.Count[i]))
		line = binary.LittleEndian.AppendUint32(line, uint32(rows.Fold[i]))
		hash := fnv.New64a()
		hash.Write(line)
		sum += hash.Sum64()
	}
	return fmt.Sprintf("%016x", sum)
}
