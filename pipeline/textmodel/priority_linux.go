package textmodel

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// background is the niceness of threads that run models: low enough that the
// thread which draws the screen gets a core when it wants one, while an idle
// machine still gives everything.
const background = 10

// yieldToOthers lowers the priority of the calling goroutine's thread, on which
// a session with one thread does all its work. The thread cannot be raised
// again, so the goroutine keeps it and Go ends it with the goroutine.
func yieldToOthers() {
	runtime.LockOSThread()
	// On Linux the niceness belongs to the thread. A process that is nicer
	// already is refused, which is as good.
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), background)
}
