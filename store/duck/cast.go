package duck

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"willbuy/store"
)

// NotNumber says that a column that should hold numbers does not.
type NotNumber struct {
	Column string
	Value  string // the first value that is none; "" where the type is at fault
	Row    int64  // its row in file order, from 1; 0 where the type is at fault
	Type   store.Type
	Kind   string // the type as DuckDB calls it, such as INTERVAL, where it is at fault
}

func (e NotNumber) Error() string {
	switch {
	case e.Type == store.Instant:
		return fmt.Sprintf("column %s holds dates, not numbers", e.Column)
	case e.Row == 0:
		return fmt.Sprintf("column %s holds %s values, not numbers", e.Column, e.Kind)
	}
	return fmt.Sprintf("column %s holds text: %q in row %d", e.Column, e.Value, e.Row)
}

// OutOfRange says that a number has no float32.
type OutOfRange struct {
	Column, Value string
	Row           int64
}

func (e OutOfRange) Error() string {
	return fmt.Sprintf("column %s: %s in row %d is infinite as float32; XGBoost refuses infinities, use an empty field for missing", e.Column, e.Value, e.Row)
}

// UnknownClass says that a text is none of the classes that Encode was given.
type UnknownClass struct {
	Column, Value string
	Row           int64
	Classes       []string
}

func (e UnknownClass) Error() string {
	return fmt.Sprintf("column %s: %q in row %d is none of the classes", e.Column, e.Value, e.Row)
}

// TooManyClasses says that a text column has more than MostClasses values.
type TooManyClasses struct{ Column string }

func (e TooManyClasses) Error() string {
	return fmt.Sprintf("column %s holds more than %d different texts", e.Column, MostClasses)
}

// MostClasses is how many different texts a column may have to be encoded.
const MostClasses = 4096

// Encode makes everything that reads numbers read this column's texts as their
// position among classes, and NULL as NULL.
func (t *Table) Encode(column string, classes []string) {
	if t.classes == nil {
		t.classes = map[string][]string{}
	}
	t.classes[column] = classes
}

// Encoded are the classes that Encode gave a column, nil if it did not.
func (t *Table) Encoded(column string) []string { return t.classes[column] }

// Classes gives the different texts of a column, in no order: nil if it holds
// numbers, or nothing. A column that mixes numbers and texts is refused with
// NotNumber, as is one of dates, and one of too many texts with TooManyClasses.
func (t *Table) Classes(ctx context.Context, column string) (classes []string, err error) {
	if err := t.numeric([]string{column}); err != nil {
		return nil, err
	}
	switch t.columns[t.index(column)].Type {
	case store.Int, store.Float, store.Boolean:
		return nil, nil
	}
	var texts, numbers, instants int64
	err = t.query(ctx, fmt.Sprintf("SELECT COUNT(x), COUNT(TRY_CAST(x AS DOUBLE)), COUNT(TRY_CAST(x AS TIMESTAMP)) FROM (SELECT CAST(%s AS VARCHAR) AS x FROM %s)",
		ident(column), t.source), func(c chunk) error {
		texts, numbers, instants = c.ints(0)[0], c.ints(1)[0], c.ints(2)[0]
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case texts == numbers:
		return nil, nil
	case instants == texts:
		return nil, NotNumber{Column: column, Type: store.Instant}
	case numbers > 0:
		return nil, t.firstBad(ctx, column)
	}
	err = t.query(ctx, fmt.Sprintf("SELECT DISTINCT CAST(%[1]s AS VARCHAR) FROM %[2]s WHERE %[1]s IS NOT NULL LIMIT %[3]d", ident(column), t.source, MostClasses+1), func(c chunk) error {
		for _, text := range c.texts(0) {
			classes = append(classes, *text)
		}
		return nil
	})
	if err == nil && len(classes) > MostClasses {
		return nil, TooManyClasses{column}
	}
	return classes, err
}

// float is a column as SQL that CAST(… AS FLOAT) takes. Whole numbers stay as
// they are stored: grouping by them, DuckDB packs them into as few bits as the
// file's statistics allow, which makes it twice as fast.
func (t *Table) float(column string) string {
	if t.classes[column] == nil {
		if kind := t.columns[t.index(column)].Type; kind == store.Int || kind == store.Boolean {
			return ident(column)
		}
	}
	return "CAST(" + t.double(column) + " AS FLOAT)"
}

// double is a column as SQL of type DOUBLE.
func (t *Table) double(column string) string {
	if classes := t.classes[column]; classes != nil {
		return fmt.Sprintf("CAST(enum_code(CAST(CAST(%s AS VARCHAR) AS ENUM(%s))) AS DOUBLE)", ident(column), litList(classes))
	}
	switch t.columns[t.index(column)].Type {
	case store.Int, store.Float, store.Boolean:
		return fmt.Sprintf("CAST(%s AS DOUBLE)", ident(column))
	}
	return fmt.Sprintf("CAST(CAST(%s AS VARCHAR) AS DOUBLE)", ident(column)) // an enum, say, has no other way
}

func litList(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = lit(text)
	}
	return strings.Join(list, ", ")
}

func (t *Table) index(column string) int {
	return slices.IndexFunc(t.columns, func(c store.Column) bool { return c.Name == column })
}

// numeric refuses columns whose type is neither that of numbers nor of texts.
func (t *Table) numeric(columns []string) error {
	for _, c := range t.columns {
		if kind := t.kinds[c.Name]; kind != "" && slices.Contains(columns, c.Name) {
			return NotNumber{Column: c.Name, Type: c.Type, Kind: kind}
		}
	}
	return nil
}

// kindOf is the name of a type whose values are neither numbers nor texts, ""
// for others.
func kindOf(name string) string {
	if strings.HasSuffix(name, "]") {
		return "LIST"
	}
	short, _, _ := strings.Cut(name, "(")
	switch labType(name) {
	case store.Int, store.Float, store.Boolean:
		return ""
	}
	switch short {
	case "VARCHAR", "ENUM", "UUID", "JSON":
		return ""
	}
	return short
}

// Infinite gives the error about the first value of these columns that is
// infinite as float32, nil if there is none.
func (t *Table) Infinite(ctx context.Context, columns []string) error {
	for _, c := range columns {
		if err := t.firstBad(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// culprit finds the value that made a cast fail; where there is none, the
// error stands.
func (t *Table) culprit(ctx context.Context, columns []string, err error) error {
	if !errors.As(err, new(failed)) || errors.Is(err, store.ErrMemory) {
		return err
	}
	for _, c := range columns {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if found := t.firstBad(ctx, c); found != nil {
			return found
		}
	}
	return err
}

// firstBad gives the error about the first value of a column that is no finite
// float, nil if there is none.
func (t *Table) firstBad(ctx context.Context, column string) (found error) {
	classes := t.classes[column]
	bad := "(TRY_CAST(TRY_CAST(x AS DOUBLE) AS FLOAT) IS NULL OR isinf(TRY_CAST(x AS DOUBLE)))"
	if classes != nil {
		bad = "x NOT IN (" + litList(classes) + ")"
	}
	err := t.query(ctx, fmt.Sprintf(`SELECT x, n, CAST(TRY_CAST(x AS DOUBLE) IS NULL AS BIGINT) FROM (SELECT CAST(%s AS VARCHAR) AS x, row_number() OVER () AS n FROM %s)
WHERE x IS NOT NULL AND %s LIMIT 1`, ident(column), t.source, bad), func(c chunk) error {
		value, row, text := *c.texts(0)[0], c.ints(1)[0], c.ints(2)[0]
		switch {
		case classes != nil:
			found = UnknownClass{column, value, row, classes}
		case text == 1:
			found = NotNumber{Column: column, Value: value, Row: row, Type: store.String}
		default:
			found = OutOfRange{column, value, row}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return found
}
