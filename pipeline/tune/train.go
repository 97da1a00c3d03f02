package tune

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
)

// trainer trains settings on folds, several at a time.
type trainer struct {
	search Search
	parts  *parts
	higher bool

	mu          sync.Mutex // over what follows, and over entries' results
	on          Events
	done, total int // trainings
}

// race trains all entries up to the first rung, those that are left up to the
// next, and so on. It reorders the entries.
func (t *trainer) race(ctx context.Context, entries []*entry, done []Run, compare func(a, b Run) int) error {
	ladder := rungs(len(entries), t.search.Params.Rounds, t.search.Halving)
	left := len(entries)
	for range ladder {
		t.total += left * t.search.Folds
		left = survivors(left)
	}
	for i, rounds := range ladder {
		for _, e := range entries {
			e.recall(done, rounds)
		}
		if err := t.reach(ctx, entries, rounds); err != nil {
			return err
		}
		slices.SortStableFunc(entries, func(a, b *entry) int { return compare(a.run, b.run) })
		kept := 0
		if i < len(ladder)-1 {
			kept = survivors(len(entries))
		}
		for _, e := range entries[kept:] {
			e.models = nil // nobody goes on from them
		}
		entries = entries[:kept]
	}
	return nil
}

// task is one training.
type task struct {
	entry *entry
	fold  int
}

// reach trains entries until they have so many rounds; those that are recalled
// have them. As many trainings run at a time as there are cores: on 1,200 cells
// that takes half the time of one after the other, on 59,000, where the trainer
// keeps all cores busy by itself, the same time.
func (t *trainer) reach(ctx context.Context, entries []*entry, rounds int) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tasks := make(chan task)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for task := range tasks {
				if err := t.train(ctx, task, rounds); err != nil {
					stop(err) // the first error is the cause of the others
				}
			}
		})
	}
	for _, e := range entries {
		if e.run.Trained == rounds {
			t.skip()
			continue
		}
		e.left = t.search.Folds
		for fold := range t.search.Folds {
			select {
			case tasks <- task{e, fold}:
			case <-ctx.Done():
			}
		}
	}
	close(tasks)
	wait.Wait()
	return context.Cause(ctx)
}

// train trains one setting on one fold and, if it is the setting's last, makes
// its run.
func (t *trainer) train(ctx context.Context, on task, rounds int) error {
	e, began := on.entry, time.Now()
	if err := ctx.Err(); err != nil {
		return err
	}
	params, curve := e.params, e.curves[on.fold]
	in, err := t.input(on)
	if err != nil {
		return err
	}
	if in.From == nil {
		curve = nil
	}
	params.Rounds = rounds - len(curve)
	model, err := gbtree.Train(ctx, params, in, func(r gbtree.Round) error {
		value, defined := r.Validation[t.search.Metric]
		if !defined {
			return fmt.Errorf("%s is not defined for the rows that are kept apart; take fewer folds or another metric", t.search.Metric)
		}
		curve = append(curve, value)
		t.tell(on, r.Round)
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("try %s on fold %d of %d: %w", e, on.fold+1, t.search.Folds, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	e.models[on.fold], e.curves[on.fold] = model, curve
	e.took += time.Since(began)
	t.done++
	if e.left--; e.left > 0 {
		return nil
	}
	e.finish(t.higher)
	if t.on.Run != nil {
		return t.on.Run(e.run)
	}
	return nil
}

// input is what a training works on: the fold's cells and, where it has been
// trained before, the model to go on from. Features are drawn anew by a
// training that goes on, so where they are drawn it begins anew itself: its
// trees have to be those of one go, interrupted or not.
func (t *trainer) input(on task) (gbtree.Input, error) {
	p := &on.entry.params
	train, held, err := t.parts.of(on.fold, p.MaxBin)
	if err != nil {
		return gbtree.Input{}, err
	}
	in := gbtree.Input{Train: train}
	if from := on.entry.models[on.fold]; from != nil && p.ColsampleByTree == 1 && p.ColsampleByLevel == 1 && p.ColsampleByNode == 1 {
		in.From, in.Train, held = from, withMargins(train, from), withMargins(held, from)
	}
	in.Watch = []gbtree.Watch{{Name: "held out", Cells: held}}
	return in, nil
}

// withMargins are cells with what a model gives them.
func withMargins(cells *encode.Cells, m *gbtree.Model) *encode.Cells {
	width := len(m.Features)
	rows := make([]float32, cells.Len()*width)
	for i := range cells.Len() {
		cells.Values(i, rows[i*width:(i+1)*width])
	}
	with := *cells
	with.Margin = make([]float32, cells.Len()*m.Outputs())
	m.Margins(rows, with.Margin)
	return &with
}

// skip counts the trainings of a run that an earlier search did.
func (t *trainer) skip() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done += t.search.Folds
}

func (t *trainer) tell(on task, round int) {
	if t.on.Progress == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on.Progress(Progress{Run: on.entry.settings, Fold: on.fold, Round: round, Done: t.done, Total: t.total})
}
