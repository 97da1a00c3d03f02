package schedule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// State is the state of a graph run or of one of its nodes.
type State string

const (
	Scheduled State = "SCHEDULED" // a node waits for its predecessors
	Executing State = "EXECUTING"
	Succeeded State = "SUCCEEDED"
	Failed    State = "FAILED"
	Skipped   State = "SKIPPED" // a node whose predecessor did not succeed; a run that would have overlapped
	Cancelled State = "CANCELLED"
)

// Cause is why a graph run started.
type Cause string

const (
	BySchedule Cause = "SCHEDULE"
	ByHand     Cause = "EXECUTE TASK"
	ByRetry    Cause = "MANUAL RETRY"
	ByCatchUp  Cause = "CATCH UP" // a missed run, made up for at somebody's wish
)

// GraphRun is one run of the graph.
type GraphRun struct {
	ID      string
	Cause   Cause
	State   State
	Due     time.Time // for SCHEDULE and CATCH UP
	Started time.Time // zero if it was skipped
	Ended   time.Time // zero while it is executing
	Error   string    // of the first node that failed, or why it was skipped or cancelled
	Nodes   []NodeRun // in the order in which they run
	graph   string    // fingerprint of the graph it ran
}

// NodeRun is a node's part in a graph run.
type NodeRun struct {
	Name     string
	State    State
	Started  time.Time
	Ended    time.Time
	Run      string // the recorded run of its steps, if it came to one
	KeptFrom string // the graph run in which it succeeded; a retry does not repeat it
	Error    string
}

// entry is a line of the history: a node, or with no node the graph run
// itself, came into a state.
type entry struct {
	GraphRun string    `json:"graph_run"`
	Node     string    `json:"node,omitempty"`
	State    State     `json:"state"`
	Time     time.Time `json:"time"`
	Cause    Cause     `json:"cause,omitempty"`
	Due      time.Time `json:"due,omitzero"`
	Graph    string    `json:"graph,omitempty"`
	Run      string    `json:"run,omitempty"`
	KeptFrom string    `json:"kept_from,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// History returns all graph runs, oldest first. A run whose process ended
// before it was done is shown as CANCELLED.
func (s *Schedule) History() ([]GraphRun, error) {
	runs, err := s.fold()
	if err != nil || !slices.ContainsFunc(runs, func(r GraphRun) bool { return r.State == Executing }) {
		return runs, err
	}
	// Who executes holds the lock. Where it cannot be looked at, believe the file.
	lock := flock.New(filepath.Join(s.dir, lockFile))
	defer lock.Close()
	if free, err := lock.TryRLock(); err != nil || !free {
		return runs, nil
	}
	if runs, err = s.fold(); err != nil { // it may have ended since it was read
		return nil, err
	}
	for i := range runs {
		for _, e := range abandoned(runs[i], s.now()) {
			runs[i].apply(e)
		}
	}
	return runs, nil
}

// abandoned returns the entries that end a run which is executing, but whose
// process is not there any more.
func abandoned(run GraphRun, now time.Time) []entry {
	if run.State != Executing {
		return nil
	}
	const why = "the process ended before the run did"
	var entries []entry
	for _, n := range run.Nodes {
		if n.State == Scheduled || n.State == Executing {
			entries = append(entries, entry{GraphRun: run.ID, Node: n.Name, State: Cancelled, Time: now, Error: why})
		}
	}
	return append(entries, entry{GraphRun: run.ID, State: Cancelled, Time: now, Error: why})
}

// fold reads the history file. A line that is no entry is passed over: the
// last one may be torn by a crash, and the next append leaves it behind.
func (s *Schedule) fold() ([]GraphRun, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, historyFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the graph's history: %w", err)
	}
	return foldLines(b), nil
}

func foldLines(b []byte) []GraphRun {
	var runs []GraphRun
	at := map[string]int{}
	for line := range bytes.Lines(b) {
		var e entry
		if json.Unmarshal(line, &e) != nil || e.GraphRun == "" || e.State == "" {
			continue
		}
		i, known := at[e.GraphRun]
		if !known {
			i = len(runs)
			at[e.GraphRun] = i
			runs = append(runs, GraphRun{ID: e.GraphRun})
		}
		runs[i].apply(e)
	}
	return runs
}

// apply changes a run as an entry says: the only place where runs change.
func (r *GraphRun) apply(e entry) {
	if e.Node != "" {
		i := slices.IndexFunc(r.Nodes, func(n NodeRun) bool { return n.Name == e.Node })
		if i < 0 {
			i = len(r.Nodes)
			r.Nodes = append(r.Nodes, NodeRun{Name: e.Node})
		}
		n := &r.Nodes[i]
		n.State, n.Error = e.State, e.Error
		switch e.State {
		case Scheduled:
		case Executing:
			n.Started = e.Time
		default:
			n.Ended, n.KeptFrom = e.Time, e.KeptFrom
			if e.Run != "" {
				n.Run = e.Run
			}
		}
		return
	}
	r.State, r.Error = e.State, e.Error
	switch e.State {
	case Executing:
		r.Cause, r.Due, r.Started, r.graph = e.Cause, e.Due, e.Time, e.Graph
	case Skipped:
		r.Cause, r.Due, r.Ended = e.Cause, e.Due, e.Time
	default:
		r.Ended = e.Time
	}
}

// record appends entries to the history file, for good.
func (s *Schedule) record(entries ...entry) error {
	var lines []byte
	for _, e := range entries {
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines = append(append(lines, b...), '\n')
	}
	if err := appendLines(filepath.Join(s.dir, historyFile), lines); err != nil {
		return fmt.Errorf("write the graph's history: %w", err)
	}
	return nil
}

// appendLines adds whole lines to a file in one write; if its last line is
// torn, on a line of their own.
func appendLines(file string, lines []byte) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if end > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, end-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			lines = append([]byte{'\n'}, lines...)
		}
	}
	if _, err := f.Write(lines); err != nil {
		return err
	}
	return f.Sync()
}
