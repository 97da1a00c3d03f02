package gbtree

import (
	"math"
	"testing"
)

// The two hashes come from a C program that runs the same loop with glibc 2.36
// on x86-64. (All 44 million arguments of a finer grid agreed as well.)
func TestExpfAndLogfAreGlibcs(t *testing.T) {
	mix := func(hash uint64, y float32) uint64 { return (hash ^ uint64(math.Float32bits(y))) * 1099511628211 }
	exp, log := uint64(14695981039346656037), uint64(14695981039346656037)
	for bits := uint64(0); bits < 1<<32; bits += 4099 {
		x := math.Float32frombits(uint32(bits))
		if x != x {
			continue
		}
		exp = mix(exp, expf(x))
		if x >= 0x1p-126 && x <= math.MaxFloat32 {
			log = mix(log, logf(x))
		}
	}
	if exp != glibcExp {
		t.Errorf("expf: hash %016x, glibc's %016x", exp, uint64(glibcExp))
	}
	if log != glibcLog {
		t.Errorf("logf: hash %016x, glibc's %016x", log, uint64(glibcLog))
	}
}

const (
	glibcExp = 0xce7ae8323610f809
	glibcLog = 0xab690dc5328d9935
)
