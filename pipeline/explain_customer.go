package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"willbuy/store"
)

// Explained is one customer with the prediction, input by input.
type Explained struct {
	ID, Group, Text string // text of the review
	// Table has a row an input, the strongest first, between one where everybody
	// starts and one for the customer: FEATURE, VALUE (of the last row the label),
	// CONTRIBUTION to the margin (of the first and the last the margin itself), and
	// in these two the PREDICTION.
	Table Table
}

// errNobodyThere tells that no such customer is explained.
var errNobodyThere = errors.New("there is no such customer")

// Explain gives a customer's prediction, input by input, as step explain saved
// it.
func (w *Workspace) Explain(ctx context.Context, id string) (Explained, error) {
	return explainOne(ctx, w.Store, w.Lab(), id)
}

// explainOne explains the customer with an id, or without one the customer with
// the strongest contributions.
func explainOne(ctx context.Context, s store.Store, l Lab, who string) (Explained, error) {
	k, err := readModel(ctx, s)
	if err != nil {
		return Explained{}, err
	}
	var values, phis, strength []string
	for _, f := range l.Features {
		value := f
		if source := l.Source(f); source != "" {
			value = source
		}
		values = append(values, "e."+Ident(value))
		phis = append(phis, "s."+Ident(f+ExplanationSuffix))
		strength = append(strength, "ABS(s."+Ident(f+ExplanationSuffix)+")")
	}
	id := Ident(l.ID)
	query := fmt.Sprintf(`SELECT p.%[1]s, e.%[2]s, e.%[3]s, p.%[4]s, p.MARGIN, p.PREDICTION, s.BIAS, %[5]s, %[6]s
FROM %[7]s p
INNER JOIN %[8]s s ON s.%[1]s = p.%[1]s
INNER JOIN %[9]s e ON e.%[1]s = p.%[1]s`, id, Ident(l.Group), Ident(l.Text), Ident(l.Label), strings.Join(values, ", "), strings.Join(phis, ", "),
		PredictionsTable, ExplanationsTable, Ident(l.Encoded))
	var args []any
	if who != "" {
		query += fmt.Sprintf(" WHERE LOWER(p.%s) = LOWER(?)", id)
		args = append(args, who)
	}
	query += fmt.Sprintf(" ORDER BY %s DESC, p.%s LIMIT 1", strings.Join(strength, " + "), id)
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return Explained{}, err
	}
	found, err := rows.Collect(1)
	if err != nil {
		return Explained{}, err
	}
	if len(found) == 0 {
		return Explained{}, fmt.Errorf("%w: %q", errNobodyThere, who)
	}
	row, n := plain(found)[0], len(l.Features)
	label, margin, prediction, bias, inputs := row[3], row[4], row[5], row[6], row[7:]
	var steps [][]any
	for i, f := range l.Features {
		steps = append(steps, []any{f, inputs[i], inputs[n+i], nil})
	}
	slices.SortStableFunc(steps, func(a, b []any) int { return cmp.Compare(size(b[2]), size(a[2])) })
	start, _ := bias.(float64)
	table := append([][]any{{"start: average customer", nil, bias, float64(k.model.Output(float32(start)))}}, steps...)
	table = append(table, []any{"this customer", label, margin, prediction})
	return Explained{ID: fmt.Sprint(row[0]), Group: text(row[1]), Text: text(row[2]),
		Table: Table{Name: "customer", Title: fmt.Sprintf("Customer %v", row[0]), Rows: table, Total: int64(len(table)),
			Columns: []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "VALUE", Type: store.String},
				{Name: "CONTRIBUTION", Type: store.Float}, {Name: "PREDICTION", Type: store.Float}}}}, nil
}

// size is how strong a contribution is.
func size(contribution any) float64 {
	by, _ := contribution.(float64)
	return math.Abs(by)
}

// text is a value that may be missing.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// mostReview is how many letters of a review are recorded.
const mostReview = 600

// showCustomer shows one customer's prediction, input by input.
func (x *Exec) showCustomer(ctx context.Context) error {
	who := x.Values["customer"]
	c, err := explainOne(ctx, x.Store, x.Lab, who)
	if errors.Is(err, errNobodyThere) {
		return Hint(fmt.Errorf("there is no customer %q", who), "Set explain.customer to an id of the joined data, or to nothing.")
	}
	if err != nil {
		return err
	}
	x.Table(c.Table.Name, c.Table.Title, c.Table.Columns, c.Table.Rows)
	x.Table("review", "Review of "+c.ID, []store.Column{{Name: "GROUP", Type: store.String}, {Name: "TEXT", Type: store.String}},
		[][]any{{c.Group, shortened(c.Text, mostReview)}})
	return nil
}

// shortened is the beginning of a text.
func shortened(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return string(letters[:most-1]) + "…"
}

// mostExcerpt is how many letters of a surprising customer's review are recorded.
const mostExcerpt = 160

// showSurprises lists the customers of whom the model was surest and wrong, each
// with the input that misled it most.
func (x *Exec) showSurprises(ctx context.Context) error {
	var phis []string
	for _, f := range x.Lab.Features {
		phis = append(phis, "s."+Ident(f+ExplanationSuffix))
	}
	miss := fmt.Sprintf("ABS(CAST(p.%s AS DOUBLE) - p.PREDICTION)", Ident(x.Lab.Label))
	rows, err := x.Store.Query(ctx, fmt.Sprintf(`SELECT p.%[1]s, e.%[2]s, e.%[3]s, CAST(p.%[4]s AS DOUBLE), p.PREDICTION, COUNT(*) OVER (), %[5]s
FROM %[6]s p
INNER JOIN %[7]s s ON s.%[1]s = p.%[1]s
INNER JOIN %[8]s e ON e.%[1]s = p.%[1]s
WHERE %[9]s > %[10]v
ORDER BY %[9]s DESC, p.%[1]s
LIMIT %[11]d`, Ident(x.Lab.ID), Ident(x.Lab.Group), Ident(x.Lab.Text), Ident(x.Lab.Label), strings.Join(phis, ", "),
		PredictionsTable, ExplanationsTable, Ident(x.Lab.Encoded), miss, Threshold, PreviewRows))
	if err != nil {
		return err
	}
	found, err := rows.Collect(PreviewRows)
	if err != nil {
		return err
	}
	var table [][]any
	total := 0
	for _, row := range plain(found) {
		bought := row[3] == 1.0
		misled, most := "", 0.0
		for i, f := range x.Lab.Features {
			by, _ := row[6+i].(float64)
			if bought {
				by = -by // what spoke against
			}
			if by > most {
				misled, most = f, by
			}
		}
		table = append(table, []any{row[0], row[1], row[4], bought, misled, shortened(text(row[2]), mostExcerpt)})
		if n, ok := row[5].(int64); ok {
			total = int(n)
		}
	}
	x.emit(x.step.ID, KindTable, Table{Name: "surprises", Title: "Wrong and sure", Total: int64(total), Rows: table, Columns: []store.Column{
		{Name: x.Lab.ID, Type: store.String}, {Name: x.Lab.Group, Type: store.String}, {Name: "PREDICTION", Type: store.Float},
		{Name: "BOUGHT", Type: store.Boolean}, {Name: "MISLED_BY", Type: store.String}, {Name: "TEXT", Type: store.String}}})
	return nil
}
