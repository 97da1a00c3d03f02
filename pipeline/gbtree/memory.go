package gbtree

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memory holds the large arrays of a training outside of Go's heap, so that the
// collector keeps no room for a second copy of them. Beyond inMemory bytes they
// are pages of a temporary file, which the system writes out when it needs room.
type memory struct {
	mapped [][]byte
	total  int
	err    error // the first one
}

// inMemory is how many bytes of arrays stay where they cannot be written out.
const inMemory = 2 << 30

// array returns n zeros, nil after an error, which m keeps. They are gone after
// m.free.
func array[T any](m *memory, n int) []T {
	const small = 1 << 20 // arrays of less stay on the heap
	bytes := n * int(unsafe.Sizeof(*new(T)))
	if bytes < small {
		return make([]T, n)
	}
	if m.err != nil {
		return nil
	}
	m.total += bytes
	space, err := mapMemory(bytes, m.total > inMemory)
	if err != nil {
		m.err = fmt.Errorf("find room for %d MB: %w", m.total>>20, err)
		return nil
	}
	m.mapped = append(m.mapped, space)
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(space))), n)
}

// free gives everything back.
func (m *memory) free() {
	for _, space := range m.mapped {
		_ = unix.Munmap(space)
	}
	m.mapped = nil
}

// mapMemory maps zeroed memory, that of a temporary file if onDisk.
func mapMemory(bytes int, onDisk bool) ([]byte, error) {
	const access = unix.PROT_READ | unix.PROT_WRITE
	if !onDisk {
		space, err := unix.Mmap(-1, 0, bytes, access, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err == nil {
			adviseHugePages(space)
		}
		return space, err
	}
	file, err := os.CreateTemp("", "willbuy-train-*")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := os.Remove(file.Name()); err != nil { // the mapping keeps it
		return nil, err
	}
	if err := reserve(file, int64(bytes)); err != nil {
		return nil, err
	}
	return unix.Mmap(int(file.Fd()), 0, bytes, access, unix.MAP_SHARED)
}
