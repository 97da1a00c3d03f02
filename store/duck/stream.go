package duck

import (
	"context"
	"fmt"
	"strings"
)

// Stream reads columns of a table as float32 in the order of the file, as often
// as one likes, in memory that does not grow with the file.
type Stream struct {
	table *Table
	read  []string // the columns as SQL, each a FLOAT
	part  string   // each row's part as SQL, empty if all are in part 0
	names []string
}

// streamTable is where the rows of a file that cannot be read from the middle
// are kept until the table is closed. It is spilled as need be.
const streamTable = "willbuy_rows"

// Stream prepares to read columns, cast as Group casts them. There is one stream
// of a table at a time.
func (t *Table) Stream(ctx context.Context, columns []string, parts Parts) (*Stream, error) {
	if err := t.numeric(columns); err != nil {
		return nil, err
	}
	part, err := t.part(ctx, parts)
	if err != nil {
		return nil, err
	}
	s := &Stream{table: t, names: columns, part: part}
	for _, c := range columns {
		s.read = append(s.read, fmt.Sprintf("CAST(%s AS FLOAT)", t.float(c)))
	}
	if t.row != "" {
		return s, t.count(ctx) // before many goroutines may want it
	}
	var list []string
	for i := range s.read {
		list = append(list, fmt.Sprintf("%s AS c%d", s.read[i], i))
		s.read[i] = fmt.Sprintf("c%d", i)
	}
	if s.part != "" {
		list = append(list, s.part+" AS part")
		s.part = "part"
	}
	err = t.query(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE %s AS SELECT %s FROM %s", streamTable, strings.Join(list, ", "), t.source), nil)
	if err != nil {
		return nil, t.culprit(ctx, columns, err)
	}
	s.table = &Table{path: t.path, source: streamTable, row: "rowid", end: -1, columns: t.columns, classes: t.classes, conn: t.conn, Progress: t.Progress}
	return s, s.table.count(ctx)
}

// sliceValues is about how many values Scan holds at a time; a variable for tests.
var sliceValues = 4 << 20

// rowGroup is how many rows DuckDB stores together.
const rowGroup = 122880

// Scan calls each with the rows of some of the stream's columns, named by their
// positions, in the order of the file.
func (s *Stream) Scan(ctx context.Context, columns []int, each func(columns [][]float32) error) error {
	list, names := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		list[i], names[i] = s.read[c], s.names[c]
	}
	rows := max(1, sliceValues/(rowGroup*len(columns))) * rowGroup
	err := s.table.slices(ctx, int64(rows), func(from string) (n int, err error) {
		err = s.table.query(ctx, fmt.Sprintf("SELECT %s FROM %s", strings.Join(list, ", "), from), func(c chunk) error {
			n += c.rows
			values := make([][]float32, len(columns))
			for i := range values {
				values[i] = c.floats(i)
			}
			return each(values)
		})
		return n, err
	})
	return s.table.culprit(ctx, names, err)
}

// Parts gives the part of every row in the order of the file, nil if all are in
// part 0. There may be 256 parts.
func (s *Stream) Parts(ctx context.Context) (parts []uint8, err error) {
	if s.part == "" {
		return nil, nil
	}
	err = s.table.query(ctx, fmt.Sprintf("SELECT CAST(%s AS BIGINT) FROM %s", s.part, s.table.source), func(c chunk) error {
		for _, part := range c.ints(0) {
			parts = append(parts, uint8(part))
		}
		return nil
	})
	return parts, err
}
