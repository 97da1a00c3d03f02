package tui

import (
	"fmt"
	"math"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"
)

// usage is what this process takes of the machine, as the status line says it.
type usage struct {
	cpu    float64 // percent of one core, between the last two samples
	memory int64   // bytes resident; 0: not known
	last   sample
}

// sample is a look at what the process has used since it began.
type sample struct {
	at     time.Time
	spent  time.Duration // of all cores, in the program and the kernel
	memory int64
}

// lookUsage takes a sample. It costs two system calls.
func lookUsage() tea.Msg {
	now := sample{at: time.Now()}
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) == nil {
		now.spent = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil { // Linux only
		var size, resident int64
		if n, _ := fmt.Sscan(string(text), &size, &resident); n == 2 {
			now.memory = resident * int64(os.Getpagesize())
		}
	}
	return now
}

// The least change at rest that is worth a new status line.
const (
	cpuNews    = 5.0
	memoryNews = 10 << 20
)

func (now sample) take(m *model) tea.Cmd {
	u := &m.usage
	cpu := u.cpu
	if passed := now.at.Sub(u.last.at); !u.last.at.IsZero() && passed > 0 {
		cpu = 100 * float64(now.spent-u.last.spent) / float64(passed)
	}
	u.last = now
	works := m.run != nil || m.journal.underWay() != nil
	if works || math.Abs(cpu-u.cpu) >= cpuNews || max(now.memory-u.memory, u.memory-now.memory) >= memoryNews {
		u.cpu, u.memory = cpu, now.memory
	}
	return nil
}

// text says it in a few cells; "" before the first sample.
func (u *usage) text() string {
	if u.memory == 0 {
		return ""
	}
	return fmt.Sprintf("CPU %.0f%% · %d MB", u.cpu, u.memory>>20)
}
