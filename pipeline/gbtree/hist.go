package gbtree

import "willbuy/pipeline/encode"

// matrix holds the training bins of cells, in as few bytes as they take. Bin b
// of feature f, 1…m, is the number b−1; a missing value is m. (Bins 0 and m+1,
// outside the cuts, count as 1 and m, as in XGBoost.)
type matrix struct {
	features int
	narrow   numbers[uint8]  // where every feature has at most 256 numbers
	wide     numbers[uint16] // else
	bins     []int32         // m of each feature
	offset   []int32         // where a feature's numbers start in a histogram
	size     int             // length of a histogram
	dense    bool            // no cell has a missing value
}

// numbers are the numbers row by row, as histograms read them, and of up to few
// features a second time, feature by feature, as the division of a node does. (Of
// more, dividing is a small part of the work and the room is worth more.)
type numbers[T uint8 | uint16] struct{ rows, columns []T }

const few = 32

func newMatrix(cells *encode.Cells, room *memory) *matrix {
	k := len(cells.Cuts.Features)
	m := &matrix{features: k, dense: true}
	holes := make([]bool, k)
	for f := range k {
		m.bins = append(m.bins, int32(len(cells.Cuts.Bounds[f])-1))
	}
	for i := range cells.Len() {
		for f, bin := range cells.Row(i) {
			if int32(bin) > m.bins[f]+1 {
				holes[f] = true
			}
		}
	}
	narrow := true
	for f, width := range m.bins {
		if holes[f] {
			width++
			m.dense = false
		}
		m.offset = append(m.offset, int32(m.size))
		m.size += int(width)
		narrow = narrow && width <= 256
	}
	if narrow {
		m.narrow = pack[uint8](m, cells.Bins, room)
	} else {
		m.wide = pack[uint16](m, cells.Bins, room)
	}
	return m
}

func pack[T uint8 | uint16](m *matrix, bins []uint16, room *memory) numbers[T] {
	k := m.features
	out := numbers[T]{rows: array[T](room, len(bins))}
	if k <= few {
		out.columns = array[T](room, len(bins))
	}
	if room.err != nil {
		return out
	}
	n := len(bins) / k
	inChunks(n, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			for f, bin := range bins[row*k : row*k+k] {
				last := uint16(m.bins[f])
				switch bin {
				case 0:
					bin = 1
				case last + 1:
					bin = last
				case last + 2: // missing
					bin = last + 1
				}
				out.rows[row*k+f] = T(bin - 1)
				if out.columns != nil {
					out.columns[f*n+row] = T(bin - 1)
				}
			}
		}
	})
	return out
}

// divide moves the rows whose number for a feature is at most most, and those
// with a missing value if missingLeft, to the front of rows and copies the
// others to away, all in their old order. It returns how many moved.
func (m *matrix) divide(rows, away []int32, feature int, most int32, missingLeft bool) int {
	q := m.question(feature, most, missingLeft)
	if m.narrow.rows != nil {
		column, stride := m.narrow.column(feature, m.features)
		return divide(rows, away, column, stride, q)
	}
	column, stride := m.wide.column(feature, m.features)
	return divide(rows, away, column, stride, q)
}

// addEither adds the first leaf to the margins of the rows that divide would
// move, the second to those of the others; that of row r is at r·outputs.
func (m *matrix) addEither(margins []float32, outputs int, rows []int32, leaves [2]float32, feature int, most int32, missingLeft bool) {
	q := m.question(feature, most, missingLeft)
	if m.narrow.rows != nil {
		column, stride := m.narrow.column(feature, m.features)
		addEither(margins, outputs, rows, leaves, column, stride, q)
		return
	}
	column, stride := m.wide.column(feature, m.features)
	addEither(margins, outputs, rows, leaves, column, stride, q)
}

// column is where the numbers of a feature stand: that of row r at r·stride.
func (x numbers[T]) column(feature, features int) (column []T, stride int) {
	if x.columns == nil {
		return x.rows[feature:], features
	}
	n := len(x.rows) / features
	return x.columns[feature*n : (feature+1)*n], 1
}

// question says which numbers of a feature go right: span of them from first on.
type question struct {
	first int32
	span  uint32
}

func (m *matrix) question(feature int, most int32, missingLeft bool) question {
	q := question{most + 1, uint32(m.bins[feature] - most)} // up to the missing one,
	if missingLeft {
		q.span-- // or all but that
	}
	return q
}

// right is 1 for a number that goes right, else 0; a branch would be guessed
// wrong half the time.
func (q question) right(number int32) int {
	if uint32(number-q.first) < q.span {
		return 1
	}
	return 0
}

func divide[T uint8 | uint16](rows, away []int32, column []T, stride int, q question) int {
	l, r := 0, 0
	for _, row := range rows {
		rows[l], away[r] = row, row // one of them stays
		right := q.right(int32(column[int(row)*stride]))
		l += 1 - right
		r += right
	}
	return l
}

func addEither[T uint8 | uint16](margins []float32, outputs int, rows []int32, leaves [2]float32, column []T, stride int, q question) {
	for _, row := range rows {
		margins[int(row)*outputs] += leaves[q.right(int32(column[int(row)*stride]))]
	}
}
