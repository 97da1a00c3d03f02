package pipeline

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"strconv"
	"sync"
	"time"

	"willbuy/store"
)

// progressEvery is how often a step's progress and each worker's lane are
// logged at most; more would be news to nobody.
const progressEvery = 100 * time.Millisecond

// rateWindow is the time over which a rate is measured.
const rateWindow = 5 * time.Second

// Exec is what a step has at hand while it runs: the names and parameters in
// force, the store, and the log. Its methods are safe for concurrent use.
type Exec struct {
	WS          *Workspace
	Store       store.Store
	Lab         Lab
	Values      Values
	Run         string
	Fingerprint string

	step *Step
	emit func(step string, kind Kind, body any)

	mu       sync.Mutex
	progress Progress
	logged   time.Time
	lanes    map[int]time.Time
	history  []sample
}

type sample struct {
	at   time.Time
	done int64
}

// Progress tells how far the step is; total 0 means not known. The rate comes
// from what was done in the last seconds, the ETA from the rate.
func (x *Exec) Progress(done, total int64, unit string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.WS.Clock()
	p := &x.progress
	if p.Unit != unit || done < p.Done {
		x.history = nil
	}
	p.Done, p.Total, p.Unit, p.Phase = done, total, unit, ""
	last := done == total
	if now.Sub(x.logged) < progressEvery && !last {
		return
	}
	x.history = append(x.history, sample{now, done})
	for len(x.history) > 2 && now.Sub(x.history[1].at) > rateWindow {
		x.history = x.history[1:]
	}
	first := x.history[0]
	p.Rate, p.ETA = 0, 0
	if seconds := now.Sub(first.at).Seconds(); seconds > 0 && done > first.done {
		p.Rate = float64(done-first.done) / seconds
		p.ETA = float64(max(0, total-done)) / p.Rate
	}
	x.logged = now
	x.emit(x.step.ID, KindProgress, *p)
}

// Phase says what the step is doing just now.
func (x *Exec) Phase(text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.progress = Progress{Phase: text}
	x.history = nil
	x.emit(x.step.ID, KindProgress, x.progress)
}

// Worker tells how one lane is doing.
func (x *Exec) Worker(w Worker) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.WS.Clock()
	if now.Sub(x.lanes[w.ID]) < progressEvery && w.State == "busy" {
		return
	}
	if x.lanes == nil {
		x.lanes = map[int]time.Time{}
	}
	x.lanes[w.ID] = now
	x.emit(x.step.ID, KindWorker, w)
}

// Log keeps a line worth reading later.
func (x *Exec) Log(format string, args ...any) {
	x.emit(x.step.ID, KindLog, Log{Level: "info", Text: fmt.Sprintf(format, args...)})
}

// Warn keeps a line that the user should see.
func (x *Exec) Warn(format string, args ...any) {
	x.emit(x.step.ID, KindLog, Log{Level: "warning", Text: fmt.Sprintf(format, args...)})
}

// Table shows a small result. Rows beyond PreviewRows are left out; total says
// how many there are.
func (x *Exec) Table(name, title string, columns []store.Column, rows [][]any) {
	x.emit(x.step.ID, KindTable, Table{Name: name, Title: title, Columns: columns,
		Rows: plain(rows[:min(len(rows), PreviewRows)]), Total: int64(len(rows))})
}

// Curve shows one round of training.
func (x *Exec) Curve(c Curve) { x.emit(x.step.ID, KindCurve, c) }

// Quarantined counts records put aside for one reason.
func (x *Exec) Quarantined(q Quarantine) { x.emit(x.step.ID, KindQuarantine, q) }

// Objects tells what was created, kept or refused.
func (x *Exec) Objects(objects []store.ObjectState) {
	for _, o := range objects {
		x.emit(x.step.ID, KindObject, o)
	}
}

// Show runs a query and shows its result as a table event.
func (x *Exec) Show(ctx context.Context, name, title, query string, args ...any) ([][]any, error) {
	rows, err := x.Store.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	all, err := rows.Collect(-1)
	if err != nil {
		return nil, err
	}
	x.Table(name, title, rows.Columns, all)
	return all, nil
}

// Write runs fn in one transaction that also marks the shard as done.
func (x *Exec) Write(ctx context.Context, shard, input string, fn func(store.Writer) error) error {
	return x.Store.Write(ctx, store.Marker{Run: x.Run, Step: x.step.ID, Shard: shard, Input: input}, fn)
}

// Committed gives the inputs of the shards that are done already, by shard.
func (x *Exec) Committed(ctx context.Context) (map[string]string, error) {
	markers, err := x.Store.Markers(ctx, x.step.ID)
	if err != nil {
		return nil, err
	}
	done := map[string]string{}
	for _, m := range markers {
		done[m.Shard] = m.Input
	}
	return done, nil
}

// Made describes a table that the step made: its rows, schema and first rows
// in the order given (column names, or "" for any).
func (x *Exec) Made(ctx context.Context, table, order string) (StepFinished, error) {
	out := StepFinished{Table: table}
	var err error
	if out.Rows, err = x.Count(ctx, "SELECT COUNT(*) FROM "+Ident(table)); err != nil {
		return out, err
	}
	query := "SELECT * FROM " + Ident(table)
	if order != "" {
		query += " ORDER BY " + order
	}
	rows, err := x.Store.Query(ctx, query+" LIMIT "+strconv.Itoa(PreviewRows))
	if err != nil {
		return out, err
	}
	out.Schema = rows.Columns
	preview, err := rows.Collect(PreviewRows)
	out.Preview = plain(preview)
	return out, err
}

// Count runs a query that gives one number.
func (x *Exec) Count(ctx context.Context, query string, args ...any) (int64, error) {
	return count(ctx, x.Store, query, args...)
}

func count(ctx context.Context, s store.Store, query string, args ...any) (int64, error) {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var n int64
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err == nil {
		err = rows.Err()
	}
	return n, err
}

// check runs the step's rules; the first broken one is the error.
func (x *Exec) check(ctx context.Context) error {
	var broken error
	for _, rule := range x.step.Checks {
		rows, err := x.Store.Query(ctx, rule.Query(x.Lab))
		if err != nil {
			return fmt.Errorf("check that %s: %w", rule.Name, err)
		}
		breaking, err := rows.Collect(11)
		if err != nil {
			return fmt.Errorf("check that %s: %w", rule.Name, err)
		}
		x.Assert(rule.Name, len(breaking) == 0, "", breaking)
		if len(breaking) > 0 && broken == nil {
			broken = x.broken(rule.Name, breaking)
		}
	}
	return broken
}

// Assert records a check that the step made by itself, and gives the error
// that stops the run if it does not hold. Rows are those that break it.
func (x *Exec) Assert(name string, ok bool, detail string, rows [][]any) error {
	x.emit(x.step.ID, KindCheck, Check{Name: name, OK: ok, Detail: detail, Rows: plain(rows[:min(len(rows), 10)])})
	if ok {
		return nil
	}
	if len(rows) == 0 {
		return fmt.Errorf("the check that %s does not hold: %s", name, detail)
	}
	return x.broken(name, rows)
}

func (x *Exec) broken(name string, rows [][]any) error {
	some := fmt.Sprint(len(rows))
	if len(rows) > 10 {
		some = "more than 10"
	}
	return Hint(fmt.Errorf("the check that %s does not hold: %s rows break it, the first is %v", name, some, plain(rows[:1])[0]),
		"Look at the step's checks for the rows, mend the data or the parameter, then run again.")
}

// plain makes values fit for JSON and for every view: bytes become text,
// NaN and infinities their names, decimals and times strings.
func plain(rows [][]any) [][]any {
	out := make([][]any, len(rows))
	for i, row := range rows {
		out[i] = make([]any, len(row))
		for j, v := range row {
			out[i][j] = plainValue(v)
		}
	}
	return out
}

func plainValue(v any) any {
	switch v := v.(type) {
	case nil, bool, string, int, int64, int32, int16, int8, uint8, uint16, uint32:
		return v
	case float64:
		if v != v || v > maxFinite || v < -maxFinite {
			return number(v)
		}
		return v
	case float32:
		return plainValue(float64(v))
	case *big.Int: // a sum of whole numbers
		if v.IsInt64() {
			return v.Int64()
		}
	case interface{ Float64() float64 }: // a decimal
		return plainValue(v.Float64())
	case []byte:
		return string(v)
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05")
	case map[string]any:
		return maps.Clone(v)
	}
	return fmt.Sprint(v)
}

const maxFinite = 1.7976931348623157e308
