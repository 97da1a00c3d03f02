package encode

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls do(0) … do(n−1) on all cores and returns when all are done.
func inParallel(n int, do func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
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
	const chunk = 512
	inParallel((n+chunk-1)/chunk, func(i int) { do(i*chunk, min((i+1)*chunk, n)) })
}
