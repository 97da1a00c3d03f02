package gbtree

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAscendingSortsNumbersOfBothSigns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	numbers := []float32{0, 1, -1, 0.5, -0.5, float32(math.Copysign(0, -1)), math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32}
	for range 1000 {
		numbers = append(numbers, float32(random.NormFloat64()))
	}
	sorted := make([]uint64, len(numbers))
	for i, x := range numbers {
		sorted[i] = order(x, uint32(i))
	}
	var got []float32
	for _, x := range ascending(sorted, make([]uint64, len(sorted))) {
		got = append(got, numbers[uint32(x)])
	}
	if !slices.IsSorted(got) {
		t.Error("not in ascending order")
	}
	if len(got) != len(numbers) {
		t.Errorf("%d of %d numbers", len(got), len(numbers))
	}
}
