package pipeline

import "syscall"

// fileUser makes the calling thread act on files as this user.
func fileUser(uid int) bool { return syscall.Setfsuid(uid) == nil }
