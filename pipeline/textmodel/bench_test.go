package textmodel

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"willbuy/pipeline/tokenizer"
)

// BenchmarkBatchTokens shows how many padded tokens a batch should have:
//
//	WILLBUY_BENCH_MODEL=DIR go test -run '^$' -bench BatchTokens -benchtime 1x ./pipeline/textmodel
//
// One goroutine runs, on a machine that should be idle otherwise.
func BenchmarkBatchTokens(b *testing.B) {
	dir := os.Getenv("WILLBUY_BENCH_MODEL")
	if dir == "" {
		b.Skip("WILLBUY_BENCH_MODEL names no model directory")
	}
	m, err := Open(Directory(dir), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	const texts = 48 // of three rows each, 30 to 90 tokens
	for _, budget := range []int{200, 400, 768, 1600, 3200} {
		b.Run(fmt.Sprint(budget), func(b *testing.B) {
			for b.Loop() {
				w := window{dynamic: m.Int8(), budget: budget}
				for i := range texts {
					length := 30 + i*60/texts
					row := tokenizer.Encoding{IDs: slices.Repeat([]int64{100}, length), TypeIDs: make([]int64, length)}
					w.add(&question{rows: []tokenizer.Encoding{row, row, row}})
				}
				for _, batch := range w.cut() {
					var rows []tokenizer.Encoding
					for _, q := range batch.questions {
						rows = append(rows, q.rows...)
					}
					if _, err := m.forward(b.Context(), rows); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(3*texts*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
