package pipeline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// diskHint is what to do about a disk that is full.
const diskHint = "Free some disk space, then run again: what is done is kept."

// flushEvery is how long an event may sit in memory before it is in the file.
const flushEvery = 250 * time.Millisecond

// LogWriter appends the events of one run to its file. Events are flushed at
// least every 250 ms and synced to disk when a step begins or ends, so that a
// crash loses at most a quarter of a second of progress and never a result.
type LogWriter struct {
	run string

	mu    sync.Mutex
	file  *os.File
	buf   *bufio.Writer
	seq   int64
	dirty bool
	err   error // the first failure; everything after it fails too
	stop  chan struct{}
	done  sync.WaitGroup
}

// OpenLog opens or creates runs/RUN/events.jsonl below dir for appending. A
// torn last line, as a crash leaves it, is cut off first.
func OpenLog(dir, run string) (*LogWriter, error) {
	folder := filepath.Join(dir, run)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("start the log of run %s: %w", run, err)
	}
	path := filepath.Join(folder, "events.jsonl")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start the log of run %s: %w", run, err)
	}
	w := &LogWriter{run: run, file: file, buf: bufio.NewWriter(file), stop: make(chan struct{})}
	if err := w.recover(); err != nil {
		file.Close()
		return nil, fmt.Errorf("recover the log of run %s: %w", run, err)
	}
	w.done.Go(w.flushLoop)
	return w, nil
}

// recover finds the end of the last whole line and the last sequence number.
func (w *LogWriter) recover() error {
	var end int64
	r := bufio.NewReader(w.file)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			break
		}
		end += int64(len(line))
		var e struct{ Seq int64 }
		if json.Unmarshal(line, &e) == nil {
			w.seq = max(w.seq, e.Seq)
		}
	}
	if err := w.file.Truncate(end); err != nil {
		return err
	}
	_, err := w.file.Seek(end, io.SeekStart)
	return err
}

// Append writes one event and returns it as it stands in the log.
func (w *LogWriter) Append(at time.Time, step string, kind Kind, body any) (Event, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return Event{}, fmt.Errorf("log %s of step %s: %w", kind, step, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return Event{}, w.err
	}
	e := Event{V: EventVersion, Seq: w.seq + 1, Time: at.UTC().Truncate(time.Millisecond),
		Run: w.run, Step: step, Kind: kind, Body: raw}
	line, err := json.Marshal(e)
	if err != nil {
		return Event{}, fmt.Errorf("log %s of step %s: %w", kind, step, err)
	}
	w.seq++
	w.dirty = true
	if _, err := w.buf.Write(append(line, '\n')); err != nil {
		return Event{}, w.fail(err)
	}
	switch kind {
	case KindStepStarted, KindStepFinished, KindStepFailed, KindRunFinished:
		return e, w.sync()
	}
	return e, nil
}

// Close flushes, syncs and closes the file.
func (w *LogWriter) Close() error {
	close(w.stop)
	w.done.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.sync()
	return errors.Join(err, w.file.Close())
}

func (w *LogWriter) sync() error {
	if w.err != nil {
		return w.err
	}
	if err := w.buf.Flush(); err != nil {
		return w.fail(err)
	}
	if err := w.file.Sync(); err != nil {
		return w.fail(err)
	}
	w.dirty = false
	return nil
}

func (w *LogWriter) fail(err error) error {
	w.err = Hint(fmt.Errorf("write the log of run %s: %w", w.run, err), diskHint)
	return w.err
}

func (w *LogWriter) flushLoop() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
			w.mu.Lock()
			if w.dirty && w.err == nil {
				if err := w.buf.Flush(); err != nil {
					w.fail(err)
				}
				w.dirty = false
			}
			w.mu.Unlock()
		}
	}
}

// ReadLog gives the events of a run from byte offset on, and the offset after
// the last whole line, from which a follower reads on. A torn last line is
// left for later; a line that is no event is an error, since a log is ours.
func ReadLog(dir, run string, offset int64) ([]Event, int64, error) {
	data, err := readFrom(filepath.Join(dir, run, "events.jsonl"), offset)
	if err != nil {
		return nil, offset, fmt.Errorf("read the log of run %s: %w", run, err)
	}
	events, read, err := parseLog(data)
	if err != nil {
		err = Hint(fmt.Errorf("read the log of run %s: the line at byte %d is no event: %w", run, offset+read, err),
			"Remove that run: willbuy runs rm "+run)
	}
	return events, offset + read, err
}

// ParseLog gives the events of a whole log that is kept elsewhere than in a
// workspace.
func ParseLog(data []byte) ([]Event, error) {
	events, read, err := parseLog(data)
	if err != nil {
		return nil, fmt.Errorf("read a log: the line at byte %d is no event: %w", read, err)
	}
	return events, nil
}

// atOnce is about how many bytes of a log one goroutine reads: 10,000 events are
// some ten of them.
const atOnce = 200_000

// parseLog reads whole lines, and says how many bytes they have. Long logs are
// read in parts side by side, since somebody waits for them to show.
func parseLog(data []byte) (events []Event, read int64, err error) {
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	var parts [][]byte
	for len(data) > 0 {
		end := min(atOnce, len(data)-1)
		end += bytes.IndexByte(data[end:], '\n') + 1
		parts, data = append(parts, data[:end]), data[end:]
	}
	type parsed struct {
		events []Event
		read   int64
		err    error
	}
	all := make([]parsed, len(parts))
	var reading sync.WaitGroup
	for i, part := range parts {
		reading.Go(func() {
			p := &all[i]
			p.events, p.read, p.err = parseLines(part)
		})
	}
	reading.Wait()
	for _, p := range all {
		events, read = append(events, p.events...), read+p.read
		if p.err != nil {
			return events, read, p.err
		}
	}
	return events, read, nil
}

// parseLines reads lines one after the other, up to the first that is no event.
func parseLines(data []byte) (events []Event, read int64, err error) {
	for line := range bytes.Lines(data) {
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return events, read, err
		}
		events, read = append(events, e), read+int64(len(line))
	}
	return events, read, nil
}

func readFrom(path string, offset int64) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a run that has only just begun
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(file)
}
