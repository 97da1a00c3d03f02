package synth

import (
	"context"
	"sync"
)

// inOrder fills blocks 0 to n-1 on several goroutines and drains them on the
// caller's in order. Buffers go round: there are two more than workers, which
// bounds the memory and keeps everyone busy while one block is written. The
// first error of drain, or the end of ctx, stops the work; no goroutine
// outlives the call.
func inOrder[B any](ctx context.Context, workers int, n int64, fill func(int64, *B), drain func(int64, *B) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	type block struct {
		number int64
		data   B
		full   chan struct{}
	}
	buffers := workers + 2
	free := make(chan *block, buffers)
	for range buffers {
		free <- &block{full: make(chan struct{}, 1)}
	}
	todo := make(chan *block, buffers)  // to the workers
	order := make(chan *block, buffers) // the same, to the caller

	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() {
		defer close(todo)
		defer close(order)
		for number := range n {
			select {
			case b := <-free:
				b.number = number
				todo <- b
				order <- b
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		running.Go(func() {
			for b := range todo {
				if ctx.Err() == nil {
					fill(b.number, &b.data)
				}
				b.full <- struct{}{}
			}
		})
	}

	for b := range order {
		<-b.full
		if ctx.Err() != nil {
			continue
		}
		if err := drain(b.number, &b.data); err != nil {
			cancel(err)
			continue
		}
		free <- b
	}
	return context.Cause(ctx)
}
