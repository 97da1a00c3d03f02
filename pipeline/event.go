// Package pipeline is the engine of the lab: its steps, their graph and
// parameters, the events that running them appends to a log, and the state
// that is a fold over that log. Everything a person or a program sees comes
// from the fold; nothing else is shared between a run and its viewers.
package pipeline

import (
	"encoding/json"
	"fmt"
	"time"

	"willbuy/store"
)

// EventVersion is the version of the envelope that this program writes.
const EventVersion = 1

// Kind names what an event tells. Readers ignore kinds that they do not know.
type Kind string

// The kinds of events. Each has a body type of the same name below.
const (
	KindRunStarted   Kind = "run.started"
	KindRunFinished  Kind = "run.finished"
	KindStepStarted  Kind = "step.started"
	KindProgress     Kind = "step.progress"
	KindStepFinished Kind = "step.finished"
	KindStepFailed   Kind = "step.failed"
	KindStepSkipped  Kind = "step.skipped"
	KindCheck        Kind = "check"
	KindTable        Kind = "table"
	KindCurve        Kind = "curve"
	KindQuarantine   Kind = "quarantine"
	KindObject       Kind = "object"
	KindWorker       Kind = "worker"
	KindLog          Kind = "log"
)

// Event is one line of a run's log. Seq counts from 1 in the order written by
// the run's coordinator; lines that workers write carry none.
type Event struct {
	V    int             `json:"v"`
	Seq  int64           `json:"seq,omitempty"`
	Time time.Time       `json:"time"`
	Run  string          `json:"run"`
	Step string          `json:"step,omitempty"`
	Kind Kind            `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// Decode reads the body into the type that belongs to the kind.
func (e Event) Decode(body any) error {
	if err := json.Unmarshal(e.Body, body); err != nil {
		return fmt.Errorf("event %d of run %s (%s): %w", e.Seq, e.Run, e.Kind, err)
	}
	return nil
}

// RunStarted opens a run's log.
type RunStarted struct {
	Command string   `json:"command"`          // what the user typed, or "workbench"
	Steps   []string `json:"steps"`            // what will run, in order
	Version string   `json:"version"`          // of willbuy
	Store   string   `json:"store"`            // the engine, for people
	Reason  string   `json:"reason,omitempty"` // job or schedule that started it
}

// RunFinished closes a run's log. Status is done, failed or interrupted.
type RunFinished struct {
	Status      string  `json:"status"`
	Seconds     float64 `json:"seconds"`
	Quarantined int64   `json:"quarantined"` // records that this run put aside
	Summary     string  `json:"summary"`
}

// StepStarted opens a step. Params are the values in force, as text.
type StepStarted struct {
	Fingerprint string            `json:"fingerprint"`
	Params      map[string]string `json:"params,omitempty"`
	Code        string            `json:"code,omitempty"` // what really runs
}

// Progress tells how far a step is. Rate is per second; ETA in seconds, 0 when
// unknown. Unit is a plural noun.
type Progress struct {
	Done  int64   `json:"done"`
	Total int64   `json:"total"` // 0: not known yet
	Unit  string  `json:"unit"`
	Rate  float64 `json:"rate,omitempty"`
	ETA   float64 `json:"eta,omitempty"`
	Phase string  `json:"phase,omitempty"` // what is being done just now
}

// StepFinished closes a step that did its work. Preview holds the first rows
// of what it made, at most PreviewRows.
type StepFinished struct {
	Fingerprint string         `json:"fingerprint"`
	Seconds     float64        `json:"seconds"`
	Table       string         `json:"table,omitempty"` // the table it made
	Rows        int64          `json:"rows"`
	Unit        string         `json:"unit,omitempty"`
	Schema      []store.Column `json:"schema,omitempty"`
	Preview     [][]any        `json:"preview,omitempty"`
	Summary     string         `json:"summary"` // one or two sentences for people
	Facts       map[string]any `json:"facts,omitempty"`
}

// PreviewRows is how many rows step.finished and table events carry at most.
const PreviewRows = 50

// StepFailed closes a step that did not. Status is failed or interrupted, or
// new when a reset took its result away.
type StepFailed struct {
	Status  string  `json:"status"`
	Error   string  `json:"error"`
	Hint    string  `json:"hint,omitempty"` // the one thing to do next
	Seconds float64 `json:"seconds"`
}

// StepSkipped says why a step was left out of a run.
type StepSkipped struct {
	Reason string `json:"reason"`
}

// Check is something that must be true after a step, and whether it is.
type Check struct {
	Name   string  `json:"name"`
	OK     bool    `json:"ok"`
	Detail string  `json:"detail"`
	Rows   [][]any `json:"rows,omitempty"` // those that break it, at most 10
}

// Table is a small result to show: at most PreviewRows rows of Total.
type Table struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Columns []store.Column `json:"columns"`
	Rows    [][]any        `json:"rows"`
	Total   int64          `json:"total"`
}

// Curve is one round of training.
type Curve struct {
	Round      int                `json:"round"`
	Train      map[string]float64 `json:"train"`
	Validation map[string]float64 `json:"validation,omitempty"`
}

// Quarantine counts the records put aside for one reason.
type Quarantine struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
	File   string `json:"file,omitempty"` // the first one
	Line   int64  `json:"line,omitempty"`
	Raw    string `json:"raw,omitempty"` // its bytes as Go-escaped text, cut
}

// Object tells that something was created, kept or refused.
type Object = store.ObjectState

// Worker is one lane of a step under way.
type Worker struct {
	ID     int     `json:"id"`
	Done   int64   `json:"done"`
	Rate   float64 `json:"rate"`            // per second
	Batch  int     `json:"batch,omitempty"` // items in the last batch
	Tokens int     `json:"tokens,omitempty"`
	State  string  `json:"state"` // busy, idle, done
}

// Log is a line worth reading later. Level is info or warning.
type Log struct {
	Level string `json:"level"`
	Text  string `json:"text"`
}
