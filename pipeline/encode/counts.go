package encode

// counts adds up counts by key. Keys are collected, and sorted now and then, when
// the counts of equal ones are added up: so its memory grows with the keys that
// differ, and it is not all over a table larger than the processor's cache.
type counts struct {
	keys, scratch []keyed // the count is the payload
	limit         int     // how many keys are collected before equal ones are merged
}

// settle merges equal keys if there are more than limit, at least least, and
// tells whether it did: then keys stand elsewhere.
func (c *counts) settle(least int) bool {
	before := len(c.keys)
	if before <= max(least, c.limit) {
		return false
	}
	c.merge()
	if c.limit = 2 * len(c.keys); c.limit > before {
		c.limit *= 2 // most are distinct: merge less often
	}
	return true
}

// merge sorts the keys and adds up equal ones.
func (c *counts) merge() {
	if len(c.scratch) < len(c.keys) {
		c.scratch = make([]keyed, cap(c.keys))
	}
	sortKeyed(c.keys, c.scratch)
	c.keys = addEqual(c.keys[:0], c.keys)
}

// addEqual appends sorted keys, those of equal ones as one.
func addEqual(to, sorted []keyed) []keyed {
	for _, e := range sorted {
		if n := len(to); n > 0 && to[n-1].key == e.key {
			to[n-1].payload += e.payload
		} else {
			to = append(to, e)
		}
	}
	return to
}

// union merges what two have merged.
func union(a, b []keyed) []keyed {
	both := make([]keyed, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].key < b[0].key:
			both, a = append(both, a[0]), a[1:]
		case a[0].key > b[0].key:
			both, b = append(both, b[0]), b[1:]
		default:
			both, a, b = append(both, keyed{a[0].key, a[0].payload + b[0].payload}), a[1:], b[1:]
		}
	}
	return append(append(both, a...), b...)
}
