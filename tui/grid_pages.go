package tui

// pages are the rows of a grid that were read, in pages of the same size, the
// least used of which go when there are too many.
type pages struct {
	of      map[int64]*page // by number, from 0
	quick   page            // the rows on the screen, where a whole page takes long
	asking  bool            // one is on its way
	refused *int64          // the cursor for which one could not be had
	clock   int             // counts uses
}

type page struct {
	from int64
	rows [][]any
	used int
}

const (
	// pageRows is how many rows are read at a time. Of 10 million rows in the
	// order in which they are stored 2,000 take 12 ms; in any other order up to
	// 300 ms, and 64 often 10 to 20 ms.
	pageRows = 2048
	// quickRows are read first where a page takes so long: they fill a screen.
	quickRows = 64
	// mostPages is how many are kept: some 20 MB of rows with reviews.
	mostPages = 8
)

// row is a row that was read, or nil.
func (p *pages) row(i int64) []any {
	if one := p.of[i/pageRows]; one != nil {
		if k := int(i % pageRows); k < len(one.rows) {
			return one.rows[k]
		}
		return nil
	}
	if k := i - p.quick.from; k >= 0 && k < int64(len(p.quick.rows)) {
		return p.quick.rows[k]
	}
	return nil
}

// has tells whether the page of a row was read.
func (p *pages) has(i int64) bool { return p.of[i/pageRows] != nil }

// lacking says which rows to read next: those on the screen, which are from
// first up to last, or those that come into sight next. Scattered rows take long,
// so the screen is read alone at first. False where nothing is lacking.
func (p *pages) lacking(first, last, cursor, rows int64, heading int, scattered bool) (from int64, n int, ok bool) {
	if p.refused != nil && *p.refused == cursor {
		return 0, 0, false
	}
	p.clock++
	for i := first / pageRows; i <= max(first, last-1)/pageRows && i*pageRows < rows; i++ {
		if one := p.of[i]; one != nil {
			one.used = p.clock
			continue
		}
		least := max(0, min(cursor-quickRows/2, rows-quickRows))
		if scattered && rows > pageRows && p.quickLacks(cursor) {
			return least, quickRows, true
		}
		return i * pageRows, pageRows, true
	}
	ahead := last + pageRows/2
	if heading < 0 {
		ahead = first - pageRows/2
	}
	if ahead >= 0 && ahead < rows && !p.has(ahead) {
		return ahead / pageRows * pageRows, pageRows, true
	}
	return 0, 0, false
}

// quickLacks tells whether the row under the cursor is not there at all.
func (p *pages) quickLacks(cursor int64) bool { return p.row(cursor) == nil }

// keep takes in rows that were asked for from a place on.
func (p *pages) keep(from int64, n int, rows [][]any) {
	p.refused = nil
	if n != pageRows {
		p.quick = page{from: from, rows: rows}
		return
	}
	if p.of == nil {
		p.of = map[int64]*page{}
	}
	p.of[from/pageRows] = &page{from: from, rows: rows, used: p.clock}
	for len(p.of) > mostPages {
		oldest := from / pageRows
		for i, one := range p.of {
			if one.used < p.of[oldest].used {
				oldest = i
			}
		}
		if oldest == from/pageRows {
			return
		}
		delete(p.of, oldest)
	}
}

// refuse remembers where rows could not be had, so that they are not asked for
// again and again.
func (p *pages) refuse(cursor int64) { p.refused = &cursor }
