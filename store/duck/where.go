package duck

import (
	"context"
	"fmt"
	"strings"

	"willbuy/store"
)

// FileRow is the column that Where adds: the row's number in the file, from 1.
const FileRow = "willbuy_row"

// Where leaves of the table the rows for which a condition in SQL is true, such
// as PRODUCT_LAYOUT = 'grid' AND PAGE_LOAD_TIME > 3, and adds the column FileRow.
// Columns of a csv file that the condition names are numbers in it if all their
// values are. The condition can only read: what would be another statement is
// refused.
func (t *Table) Where(ctx context.Context, condition string) error {
	if err := t.openRowwise(ctx); err != nil {
		return fmt.Errorf("read %s: %w", t.path, explain(err))
	}
	numbers, err := t.namedNumbers(ctx, condition)
	if err != nil {
		return err
	}
	all := "*"
	if len(numbers) > 0 {
		var list []string
		for _, name := range numbers {
			list = append(list, fmt.Sprintf("CAST(%[1]s AS DOUBLE) AS %[1]s", ident(name)))
		}
		all = "* REPLACE (" + strings.Join(list, ", ") + ")"
	}
	// The line end keeps a comment in the condition from eating the bracket.
	text := fmt.Sprintf("SELECT * FROM (SELECT %s, row_number() OVER () AS %s FROM %s) WHERE (%s\n)", all, FileRow, t.source, condition)
	conn, err := t.rowwise.Conn(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", t.path, explain(err))
	}
	defer conn.Close()
	if err := reading(conn, text); err != nil {
		return fmt.Errorf("the condition %s: %w", condition, err)
	}
	for i, c := range t.columns {
		for _, name := range numbers {
			if c.Name == name {
				t.columns[i].Type = store.Float
			}
		}
	}
	t.source, t.row = "("+text+")", ""
	t.columns = append(t.columns, store.Column{Name: FileRow, Type: store.Int})
	return nil
}

// namedNumbers are the columns of text that a condition seems to name and that
// hold numbers alone.
func (t *Table) namedNumbers(ctx context.Context, condition string) ([]string, error) {
	var names, counts []string
	for _, c := range t.columns {
		if c.Type == store.String && strings.Contains(strings.ToLower(condition), strings.ToLower(c.Name)) {
			names = append(names, c.Name)
			counts = append(counts, fmt.Sprintf("COUNT(%[1]s), COUNT(TRY_CAST(CAST(%[1]s AS VARCHAR) AS DOUBLE))", ident(c.Name)))
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	var numbers []string
	err := t.query(ctx, fmt.Sprintf("SELECT %s FROM %s", strings.Join(counts, ", "), t.source), func(c chunk) error {
		for i, name := range names {
			if texts := c.ints(2 * i)[0]; texts > 0 && texts == c.ints(2*i + 1)[0] {
				numbers = append(numbers, name)
			}
		}
		return nil
	})
	return numbers, err
}
