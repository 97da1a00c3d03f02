package gbtree

// reach is what a uint8 can reach of a histogram from where a feature starts.
// There is always as much: histograms have room beyond their length.
type reach = [256]pair

// sum adds the gradients of rows by bin for the features from up to to.
func (m *matrix) sum(hist []pair, rows []int32, gradients []pair, from, to int) {
	if bins := m.narrow.rows; bins != nil {
		inBatches(bins, m.features, rows, gradients, from, to, func(rows []int32) {
			m.addNarrow(hist, rows, gradients, from, to)
		})
		return
	}
	inBatches(m.wide.rows, m.features, rows, gradients, from, to, func(rows []int32) {
		m.addWide(hist, rows, gradients, from, to)
	})
}

// inBatches hands the rows to add: all at once where they lie close together.
// Rows far from each other in memory, which the CPU does not read ahead by
// itself, would wait for it one by one; touched before, many wait together: of a
// million rows of 20 features 10 ns a bin become 2.8.
func inBatches[T uint8 | uint16](bins []T, k int, rows []int32, gradients []pair, from, to int, add func(rows []int32)) {
	const cached, together = 1 << 17, 128 // cells that stay in the CPU's cache; rows of a batch
	if n := len(rows); n == 0 || len(gradients) < cached || int(rows[n-1]-rows[0]) < 2*n {
		add(rows)
		return
	}
	for len(rows) > 0 {
		batch := rows[:min(together, len(rows))]
		rows = rows[len(batch):]
		touch(bins[from:], bins[to-1:], k, batch, gradients)
		add(batch)
	}
}

// touch reads the first and the last number of every row and its gradients. What
// it returns has no meaning, but without it nothing would be read.
//
//go:noinline
func touch[T uint8 | uint16](first, last []T, k int, rows []int32, gradients []pair) (numbers T, sum float64) {
	for _, r := range rows {
		numbers |= first[int(r)*k] | last[int(r)*k]
		sum += gradients[r].g
	}
	return numbers, sum
}

// addNarrow takes five features at a time, whose tables' addresses stay in
// registers: 2.1 ns a bin become 1.1.
func (m *matrix) addNarrow(hist []pair, rows []int32, gradients []pair, from, to int) {
	of := func(feature int) *reach {
		at := int(m.offset[feature])
		return (*reach)(hist[at : at+len(reach{})])
	}
	k := m.features
	for ; from+5 <= to; from += 5 {
		a, b, c, d, e := of(from), of(from+1), of(from+2), of(from+3), of(from+4)
		bins := m.narrow.rows[from:]
		for _, r := range rows {
			s, row := gradients[r], (*[5]uint8)(bins[int(r)*k:])
			a[row[0]].add(s)
			b[row[1]].add(s)
			c[row[2]].add(s)
			d[row[3]].add(s)
			e[row[4]].add(s)
		}
	}
	for ; from+2 <= to; from += 2 {
		a, b := of(from), of(from+1)
		bins := m.narrow.rows[from:]
		for _, r := range rows {
			s, row := gradients[r], (*[2]uint8)(bins[int(r)*k:])
			a[row[0]].add(s)
			b[row[1]].add(s)
		}
	}
	for ; from < to; from++ {
		a, bins := of(from), m.narrow.rows[from:]
		for _, r := range rows {
			a[bins[int(r)*k]].add(gradients[r])
		}
	}
}

func (m *matrix) addWide(hist []pair, rows []int32, gradients []pair, from, to int) {
	k, offset := m.features, m.offset[from:to]
	for _, r := range rows {
		s := gradients[r]
		for j, bin := range m.wide.rows[int(r)*k+from : int(r)*k+to] {
			hist[int(offset[j])+int(bin)].add(s)
		}
	}
}
