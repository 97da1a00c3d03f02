package main

import (
	"strings"
	"syscall"
	"testing"
)

func TestFullDiskLosesNothing(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=3m"); err != nil {
		t.Skip("no right to mount a small disk here:", err)
	}
	defer syscall.Unmount(disk, 0)
	r := willbuy(t, disk, "run", "--to", "quality", "--set", "setup.rows=4000", "--set", "cluster.factor=1")
	if r.code != 1 || !strings.Contains(r.err, "no space left on device") && !strings.Contains(r.err, "No space left on device") {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	contains(t, r.err, "Free some disk space, then run again: what is done is kept.")
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=100m"); err != nil {
		t.Fatal(err)
	}
	willbuy(t, disk, "run", "--to", "parse").must(t)
	if rows := willbuy(t, disk, "sql", "SELECT COUNT(*) AS N FROM TABULAR_DATA", "--json").must(t).objects(t); rows[0]["N"] != 4000.0 {
		t.Errorf("customers: %v", rows)
	}
}
