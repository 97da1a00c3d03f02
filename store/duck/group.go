package duck

import (
	"context"
	"fmt"
	"math"
	"strings"

	"willbuy/store"
)

// Split says which rows are kept apart for validation. The zero value keeps
// none apart.
type Split struct {
	// Share keeps apart the rows in which the first eight hex digits of the
	// MD5 of the id, as text, followed by Seed are below that share of all
	// such numbers. ID is the column that holds the id; empty for the row's
	// number in file order, from 1.
	Share    float64
	ID, Seed string
	// Column keeps apart the rows in which it has this value: the same
	// number, or else the same text.
	Column, Value string
}

// where is the split as SQL, true for validation.
func (s Split) where() string {
	switch {
	case s.Column != "":
		return fmt.Sprintf("COALESCE(TRY_CAST(%[1]s AS DOUBLE) = TRY_CAST(%[2]s AS DOUBLE), CAST(%[1]s AS VARCHAR) = %[2]s, FALSE)", ident(s.Column), lit(s.Value))
	case s.Share > 0:
		id := "row_number() OVER ()"
		if s.ID != "" {
			id = ident(s.ID)
		}
		return fmt.Sprintf("COALESCE(SUBSTR(MD5(CAST(%s AS VARCHAR) || %s), 1, 8) < '%08x', FALSE)", id, lit(s.Seed), uint32(s.Share*math.Exp2(32)))
	}
	return "FALSE"
}

// Groups are the distinct rows of a few columns with their counts, apart for
// training and validation. There is one set of groups a table at a time.
type Groups struct{ table *Table }

// groupsTable is where the groups are kept until the table is closed.
const groupsTable = "willbuy_groups"

// Group counts the distinct rows of columns, as DOUBLE, in one pass over the
// file.
func (t *Table) Group(ctx context.Context, columns []string, split Split) (*Groups, error) {
	if err := t.numeric(columns); err != nil {
		return nil, err
	}
	var list []string
	for i, c := range columns {
		list = append(list, fmt.Sprintf("CAST(%s AS DOUBLE) AS c%d", ident(c), i))
	}
	_, err := t.db.ExecContext(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE %s AS SELECT *, COUNT(*) AS n FROM (SELECT %s, %s AS valid FROM %s) GROUP BY ALL",
		groupsTable, strings.Join(list, ", "), split.where(), t.source))
	if err != nil {
		return nil, t.culprit(ctx, columns, fmt.Errorf("read %s: %w", t.path, explain(err)))
	}
	return &Groups{t}, nil
}

// Values gives the distinct values of column i in the training part, each with
// the distinct values of column j beside it, and their counts; with j < 0 a 1
// stands in its place. The order is that of the values.
func (g *Groups) Values(ctx context.Context, i, j int) (*store.Rows, error) {
	beside := "CAST(1 AS DOUBLE)"
	if j >= 0 {
		beside = fmt.Sprintf("c%d", j)
	}
	return g.table.query(ctx, fmt.Sprintf("SELECT c%d, %s, CAST(SUM(n) AS BIGINT) FROM %s WHERE NOT valid GROUP BY 1, 2 ORDER BY 1, 2", i, beside, groupsTable))
}

// Rows gives the groups: a value a column, whether they are for validation,
// and their number of rows.
func (g *Groups) Rows(ctx context.Context) (*store.Rows, error) {
	return g.table.query(ctx, "SELECT * FROM "+groupsTable)
}
