//go:build !linux

package textmodel

// yieldToOthers does nothing where niceness belongs to the whole process.
func yieldToOthers() {}
