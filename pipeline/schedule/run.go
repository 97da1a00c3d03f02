package schedule

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// ErrOverlap says that a run of the graph is executing already, here or in
// another process.
var ErrOverlap = errors.New("a run of the graph is executing already")

// Exec runs the steps of a node and returns the id of the recorded run, also
// when it fails.
type Exec func(ctx context.Context, node Node) (run string, err error)

// Run runs the graph now, suspended or not. The error is the first failed
// node's, if any; the GraphRun tells all.
func (s *Schedule) Run(ctx context.Context, exec Exec) (GraphRun, error) {
	d, err := s.Deployment()
	if err != nil {
		return GraphRun{}, err
	}
	return s.run(ctx, exec, d.Graph, ByHand, time.Time{}, nil)
}

// CatchUp makes up for the run that Missed names.
func (s *Schedule) CatchUp(ctx context.Context, exec Exec) (GraphRun, error) {
	due, err := s.Missed()
	if err == nil && due.IsZero() {
		err = errors.New("catch up: no run was missed")
	}
	if err != nil {
		return GraphRun{}, err
	}
	d, err := s.Deployment()
	if err != nil {
		return GraphRun{}, err
	}
	return s.run(ctx, exec, d.Graph, ByCatchUp, due, nil)
}

// RetryLast runs again what did not succeed in the last run, if that failed or
// was cancelled and the graph is still the one it ran. The nodes that succeeded
// are kept.
func (s *Schedule) RetryLast(ctx context.Context, exec Exec) (GraphRun, error) {
	d, err := s.Deployment()
	if err != nil {
		return GraphRun{}, err
	}
	runs, err := s.History()
	if err != nil {
		return GraphRun{}, err
	}
	kept, err := keep(d.Graph, runs)
	if err != nil {
		return GraphRun{}, fmt.Errorf("retry: %w", err)
	}
	return s.run(ctx, exec, d.Graph, ByRetry, time.Time{}, kept)
}

// keep returns the nodes that a retry of the last run does not repeat.
func keep(g Graph, runs []GraphRun) (map[string]NodeRun, error) {
	runs = slices.DeleteFunc(slices.Clone(runs), func(r GraphRun) bool { return r.State == Skipped })
	if len(runs) == 0 {
		return nil, errors.New("the graph has not run yet")
	}
	last := runs[len(runs)-1]
	switch {
	case last.State == Executing:
		return nil, ErrOverlap
	case last.State == Succeeded:
		return nil, fmt.Errorf("the last run, %s, succeeded: there is nothing to retry", last.ID)
	case last.graph != g.fingerprint():
		return nil, fmt.Errorf("the graph was changed since its last run, %s: run it from the start", last.ID)
	}
	kept := map[string]NodeRun{}
	for _, n := range last.Nodes {
		if n.State != Succeeded {
			continue
		}
		if n.KeptFrom == "" {
			n.KeptFrom = last.ID
		}
		kept[n.Name] = n
	}
	return kept, nil
}

// run runs a graph from beginning to end, one node at a time: they all work on
// one lab, whose file has one writer.
func (s *Schedule) run(ctx context.Context, exec Exec, g Graph, cause Cause, due time.Time, kept map[string]NodeRun) (GraphRun, error) {
	order, err := g.Order()
	if err != nil {
		return GraphRun{}, err
	}
	run := GraphRun{ID: s.newID()}
	// Everything that happens is recorded, and known from what was recorded.
	note := func(entries ...entry) error {
		for i := range entries {
			entries[i].GraphRun, entries[i].Time = run.ID, s.now()
			run.apply(entries[i])
		}
		return s.record(entries...)
	}

	unlock, err := s.lock()
	if errors.Is(err, ErrOverlap) && cause == BySchedule {
		err = errors.Join(err, note(entry{State: Skipped, Cause: cause, Due: due, Error: err.Error()}))
	}
	if err != nil {
		return run, err
	}
	defer unlock()
	if err := s.endAbandoned(); err != nil {
		return run, err
	}

	begin := []entry{{State: Executing, Cause: cause, Due: due, Graph: g.fingerprint()}}
	for _, node := range order {
		begin = append(begin, entry{Node: node.Name, State: Scheduled})
	}
	if err := note(begin...); err != nil {
		return run, err
	}
	states := map[string]State{}
	var failed error
	for _, node := range order {
		end := entry{Node: node.Name}
		unmet := slices.IndexFunc(node.After, func(before string) bool { return states[before] != Succeeded })
		keptNode, isKept := kept[node.Name]
		switch {
		case isKept:
			end.State, end.Run, end.KeptFrom = Succeeded, keptNode.Run, keptNode.KeptFrom
		case ctx.Err() != nil:
			end.State = Cancelled
		case unmet >= 0:
			before := node.After[unmet]
			end.State, end.Error = Skipped, fmt.Sprintf("%s is %s", before, states[before])
		default:
			if err := note(entry{Node: node.Name, State: Executing}); err != nil {
				return run, err
			}
			var err error
			end.Run, err = exec(ctx, node)
			switch {
			case err == nil:
				end.State = Succeeded
			case ctx.Err() != nil:
				end.State, end.Error = Cancelled, err.Error()
			default:
				end.State, end.Error = Failed, err.Error()
				if failed == nil {
					failed = fmt.Errorf("node %s: %w", node.Name, err)
				}
			}
		}
		states[node.Name] = end.State
		if err := note(end); err != nil {
			return run, err
		}
	}

	end := entry{State: Succeeded}
	switch {
	case failed != nil:
		end.State, end.Error = Failed, failed.Error()
	case slices.ContainsFunc(run.Nodes, func(n NodeRun) bool { return n.State == Cancelled }):
		failed = context.Cause(ctx)
		end.State, end.Error = Cancelled, failed.Error()
	}
	return run, errors.Join(failed, note(end))
}

// lock keeps other runs out; ErrOverlap if one is executing.
func (s *Schedule) lock() (unlock func(), err error) {
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(s.dir, lockFile))
	// A reader of the history holds it for a moment, too: look more than once.
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, 10*time.Millisecond)
	switch {
	case ok:
		return func() { lock.Close() }, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, ErrOverlap
	}
	return nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
}

// endAbandoned records the end of runs whose process is gone. The lock is held,
// so that none is executing.
func (s *Schedule) endAbandoned() error {
	runs, err := s.fold()
	if err != nil {
		return err
	}
	var entries []entry
	for _, run := range runs {
		entries = append(entries, abandoned(run, s.now())...)
	}
	if len(entries) == 0 {
		return nil
	}
	return s.record(entries...)
}

// newID returns an id that sorts by time, as those of recorded runs.
func (s *Schedule) newID() string {
	var b [2]byte
	rand.Read(b[:])
	return s.now().Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:])
}
