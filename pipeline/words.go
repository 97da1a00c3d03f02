package pipeline

import (
	"fmt"
	"strconv"
)

// Thousands writes a count with commas: 12,345.
func Thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(text) - 3; i > start; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Percent writes a share with one decimal: 33.1%.
func Percent(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }

// Bytes writes a size in the largest fitting unit: 1.2 MB.
func Bytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	x, i := float64(n), 0
	for x >= 1000 && i < len(units)-1 {
		x /= 1000
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", x, units[i])
}

// Plural joins a count and its noun: 1 file, 2 files.
func Plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Thousands(n) + " " + noun + "s"
}
