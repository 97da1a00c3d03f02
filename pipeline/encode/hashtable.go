package encode

import "math/bits"

// hashTable finds the number of something by its hash: open addressing with
// linear probing. What the numbers stand for is the owner's.
type hashTable struct {
	slots []hashSlot // a power of two, at least a third of them empty
	used  int
}

type hashSlot struct {
	number int32 // + 1; 0 where empty
	hash   uint32
}

// find gives the number with this hash for which same is true. Where there is
// none, it enters next and gives that.
func (t *hashTable) find(hash uint32, next int32, same func(number int32) bool) int32 {
	if 3*t.used >= 2*len(t.slots) {
		t.grow()
	}
	last := uint32(len(t.slots) - 1)
	for at := hash & last; ; at = (at + 1) & last {
		slot := &t.slots[at]
		switch {
		case slot.number == 0:
			*slot = hashSlot{next + 1, hash}
			t.used++
			return next
		case slot.hash == hash && same(slot.number-1):
			return slot.number - 1
		}
	}
}

func (t *hashTable) grow() {
	old := t.slots
	t.slots = make([]hashSlot, max(1024, 2*len(old)))
	last := uint32(len(t.slots) - 1)
	for _, slot := range old {
		if slot.number == 0 {
			continue
		}
		at := slot.hash & last
		for t.slots[at].number != 0 {
			at = (at + 1) & last
		}
		t.slots[at] = slot
	}
}

// mix adds x to a hash (wyhash's multiplication).
func mix(hash, x uint64) uint64 {
	high, low := bits.Mul64(hash^0xA0761D6478BD642F, x^0xE7037ED1A0B428DB)
	return high ^ low
}
