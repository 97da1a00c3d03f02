package gbtree

import (
	"runtime"
	"sync/atomic"
	"time"
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
	j := &job{do: do, n: int64(n), done: make(chan struct{})}
	for range hands - 1 {
		j.callHelper()
	}
	j.work()
	for begun := time.Now(); j.finished.Load() < j.n; runtime.Gosched() {
		if time.Since(begun) > patience {
			<-j.done
			return
		}
	}
}

// inChunks divides 0 … n−1 into ranges and calls do for them on all cores.
func inChunks(n int, do func(lo, hi int)) {
	const chunk = 4096
	inParallel((n+chunk-1)/chunk, func(i int) { do(i*chunk, min((i+1)*chunk, n)) })
}

// job is a number of calls that goroutines take one by one.
type job struct {
	do             func(i int)
	n              int64
	next, finished atomic.Int64
	done           chan struct{} // closed when all are finished
}

func (j *job) work() {
	for i := j.next.Add(1) - 1; i < j.n; i = j.next.Add(1) - 1 {
		j.do(int(i))
		if j.finished.Add(1) == j.n {
			close(j.done)
		}
	}
}

// A round of boosting has some 30 jobs of less than a tenth of a millisecond,
// which is about as long as a core that fell asleep takes to wake up. Helpers
// therefore stay awake for a while after a job, for the next one to come.
const patience = 200 * time.Microsecond

var (
	awake atomic.Int64            // helpers who wait and to whom no job was promised
	jobs  = make(chan *job, 1024) // for helpers to whom one was
)

// callHelper has a goroutine work on the job, too.
func (j *job) callHelper() {
	if promise() {
		jobs <- j
		return
	}
	go func() {
		for j != nil {
			j.work()
			j = nextJob()
		}
	}()
}

// promise takes one of those who are awake, if there is one.
func promise() bool {
	for n := awake.Load(); n > 0; n = awake.Load() {
		if awake.CompareAndSwap(n, n-1) {
			return true
		}
	}
	return false
}

// nextJob waits for a job; nil ends the waiting.
func nextJob() *job {
	awake.Add(1)
	for begun := time.Now(); time.Since(begun) < patience; runtime.Gosched() {
		select {
		case j := <-jobs:
			return j
		default:
		}
	}
	if promise() { // to oneself: it is over
		return nil
	}
	return <-jobs
}
