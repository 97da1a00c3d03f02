package textmodel

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Only the thread that runs models gives way; the one that draws keeps its
// priority.
func TestModelThreadsGiveWayToOthers(t *testing.T) {
	nice := func() int {
		raw, err := unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid())
		if err != nil {
			t.Error(err)
		}
		return 20 - raw // as the system call has it
	}
	before := nice()
	within := make(chan int)
	go func() {
		yieldToOthers()
		within <- nice()
	}()
	if got := <-within; got != max(before, background) {
		t.Errorf("the worker's niceness is %d, want %d", got, max(before, background))
	}
	if got := nice(); got != before {
		t.Errorf("the caller's niceness went from %d to %d", before, got)
	}
}
