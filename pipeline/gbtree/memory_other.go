//go:build !linux

package gbtree

import "os"

func adviseHugePages([]byte) {}

// reserve makes a file so long.
func reserve(file *os.File, bytes int64) error { return file.Truncate(bytes) }
