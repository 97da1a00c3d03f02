package gbtree

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// workers is the number of goroutines that work at a time.
func workers() int { return runtime.GOMAXPROCS(0) }

// inParallel calls do(0) … do(n−1) on all cores and returns when all are done.
// Which goroutine does what never changes a result here: every sum has one
// owner.
func inParallel(n int, do func(i int)) {
	hands := min(workers(), n)
	if hands <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range hands {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}

// inChunks divides 0 … n−1 into ranges and calls do for them on all cores.
func inChunks(n int, do func(lo, hi int)) {
	const chunk = 4096
	inParallel((n+chunk-1)/chunk, func(i int) { do(i*chunk, min((i+1)*chunk, n)) })
}
