package gbtree

import (
	"os"

	"golang.org/x/sys/unix"
)

// adviseHugePages asks for pages of 2 MB. Rows of a node are read far apart, and
// a fifth of the time goes into finding the pages of 4 KB that they are on.
// Where the advice is not taken, nothing is lost.
func adviseHugePages(space []byte) { _ = unix.Madvise(space, unix.MADV_HUGEPAGE) }

// reserve makes a file so long and finds the room at once: a full disk is an
// error here and would be the end of the process later.
func reserve(file *os.File, bytes int64) error {
	return unix.Fallocate(int(file.Fd()), 0, 0, bytes)
}
