package gbtree

import (
	"os"
	"runtime"
	"testing"
)

func TestArraysBeyondMemoryLiveInAFileThatNobodySees(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	m := memory{total: inMemory}
	defer m.free()
	numbers := array[float32](&m, 1<<20)
	if m.err != nil || len(numbers) != 1<<20 {
		t.Fatalf("%d numbers, %v", len(numbers), m.err)
	}
	for i := range numbers {
		if numbers[i] != 0 {
			t.Fatalf("number %d is %v", i, numbers[i])
		}
		numbers[i] = float32(i)
	}
	if numbers[1<<20-1] != 1<<20-1 {
		t.Error("what was written is not read")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("the folder for temporary files holds %v, %v", files, err)
	}
}

func TestTooLittleRoomIsASentence(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux finds the room at once")
	}
	m := memory{}
	if array[float64](&m, 1<<50) != nil || m.err == nil {
		t.Errorf("8 PB were found, %v", m.err)
	}
	if array[byte](&m, 1<<21) != nil {
		t.Error("more was given after an error")
	}
}
