//go:build !linux

package pipeline

func fileUser(int) bool { return false }
