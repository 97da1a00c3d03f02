package gbtree

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func TestEveryPartOfAJobIsDoneOnce(t *testing.T) {
	for _, cores := range []int{1, 2, 5} {
		before := runtime.GOMAXPROCS(cores)
		defer runtime.GOMAXPROCS(before)
		// Jobs of several trainings, and jobs within jobs.
		var trainings sync.WaitGroup
		for range 4 {
			trainings.Go(func() {
				for n := range 200 {
					outer, inner := make([]int, n%7), make([]atomic.Int32, n)
					inParallel(len(outer), func(i int) {
						outer[i]++
						inParallel(n, func(i int) { inner[i].Add(1) })
					})
					for i, times := range outer {
						if times != 1 {
							t.Errorf("%d cores: part %d of %d was done %d times", cores, i, len(outer), times)
						}
					}
					for i := range inner {
						if times := inner[i].Load(); int(times) != len(outer) {
							t.Errorf("%d cores: part %d of %d was done %d times in %d jobs", cores, i, n, times, len(outer))
						}
					}
				}
			})
		}
		trainings.Wait()
	}
}

func TestHelpersGoHomeWithoutJobs(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	inParallel(100, func(int) { runtime.Gosched() })
	for range 1_000_000 { // a second or so at the worst
		if awake.Load() == 0 && len(jobs) == 0 {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d helpers still wait, %d jobs are left", awake.Load(), len(jobs))
}
