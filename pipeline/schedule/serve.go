package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
)

// lookEvery is how often the served schedule compares the clock with the next
// due time. One timer for the due time itself would be late by as long as a
// laptop slept, for timers stand still meanwhile, and would not notice that the
// graph was changed, suspended or resumed by another process.
const lookEvery = 10 * time.Second

// Serve runs the graph whenever it is due until ctx is cancelled, and returns
// when the last run has ended. It does not make up for what was due before it
// was called: that is CatchUp, at somebody's wish. Of several times that passed
// at once only the latest is run for.
//
// ended is called after every run with what Run returns, and when the schedule
// itself cannot be read; from one goroutine.
func (s *Schedule) Serve(ctx context.Context, exec Exec, ended func(GraphRun, error)) error {
	w := &watch{Schedule: s, exec: exec, ended: ended, seen: s.now()}
	scheduler, err := gocron.NewScheduler(gocron.WithClock(s.clock), gocron.WithLocation(time.UTC))
	if err != nil {
		return fmt.Errorf("serve the schedule: %w", err)
	}
	_, err = scheduler.NewJob(
		gocron.DurationJob(lookEvery),
		gocron.NewTask(func() { w.look(ctx) }),
		gocron.WithSingletonMode(gocron.LimitModeReschedule))
	if err != nil {
		return fmt.Errorf("serve the schedule: %w", errors.Join(err, scheduler.Shutdown()))
	}
	scheduler.Start()
	<-ctx.Done()
	w.wait()
	return scheduler.Shutdown()
}

// watch is a schedule being served.
type watch struct {
	*Schedule
	exec    Exec
	ended   func(GraphRun, error)
	seen    time.Time // due times up to here are dealt with
	trouble string    // the last error reported, not to be repeated at every look
	busy    sync.Mutex
}

// wait lets the run that ctx ended come to its end, however long it takes: the
// scheduler's own patience is limited.
func (w *watch) wait() {
	w.busy.Lock()
	defer w.busy.Unlock()
}

// look runs the graph if it is due.
func (w *watch) look(ctx context.Context) {
	w.busy.Lock()
	defer w.busy.Unlock()
	if ctx.Err() != nil {
		return
	}
	now := w.now()
	d, err := w.Deployment()
	if err != nil && !errors.Is(err, ErrNotDeployed) && err.Error() != w.trouble {
		w.trouble = err.Error()
		w.ended(GraphRun{}, err)
	}
	if err != nil || d.Suspended {
		w.seen = now
		return
	}
	w.trouble = ""
	if d.Since.After(w.seen) {
		w.seen = d.Since
	}
	due, _ := passed(d, w.seen, now)
	if due.IsZero() {
		return
	}
	run, runErr := w.run(ctx, w.exec, d.Graph, BySchedule, due, nil)
	w.seen = due

	// What became due in the meantime would have overlapped.
	if last, n := passed(d, due, w.now()); n > 0 && ctx.Err() == nil {
		w.seen = last
		why := fmt.Sprintf("run %s was executing", run.ID)
		if n > 1 {
			why = fmt.Sprintf("%s, also at %d earlier due times", why, n-1)
		}
		runErr = errors.Join(runErr, w.record(entry{GraphRun: w.newID(), State: Skipped, Cause: BySchedule, Due: last, Time: w.now(), Error: why}))
	}
	w.ended(run, runErr)
}

// passed returns the last due time of a deployment after `after` up to now, and
// how many there were.
func passed(d Deployment, after, now time.Time) (last time.Time, n int) {
	next, err := d.Graph.When.times(d.Since)
	if err != nil {
		return time.Time{}, 0 // cannot be: Deployment checks
	}
	for t := next(after); !t.IsZero() && !t.After(now); t = next(t) {
		last = t
		n++
	}
	return last, n
}
