package pipeline

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"willbuy/pipeline/whatif"
	"willbuy/store"
)

// Customer is somebody whom a question can be about.
type Customer struct {
	ID     string
	Bought bool
	Group  string
	Text   string    // of the review
	Row    []float32 // of the model's features; NaN where missing
}

// inputs are the lab's features with the classes behind their codes.
func inputs(ctx context.Context, s store.Store, l Lab) ([]whatif.Feature, error) {
	rows, err := s.Query(ctx, "SELECT COLUMN_NAME, CLASS FROM "+EncodersTable+" ORDER BY COLUMN_NAME, CODE")
	if err != nil {
		return nil, err
	}
	all, err := rows.Collect(-1)
	if err != nil {
		return nil, err
	}
	classes := map[string][]string{}
	for _, row := range plain(all) {
		column := fmt.Sprint(row[0])
		classes[column] = append(classes[column], fmt.Sprint(row[1]))
	}
	var out []whatif.Feature
	for _, name := range l.Features {
		f := l.Input(name)
		f.Classes = classes[l.Source(name)]
		out = append(out, f)
	}
	return out, nil
}

// customers reads at most so many customers e, in the order and with the
// conditions that the query ends in.
func customers(ctx context.Context, s store.Store, l Lab, end string, most int, args ...any) ([]Customer, error) {
	columns := []string{l.ID, l.Label, l.Group, l.Text}
	for i, c := range columns {
		columns[i] = "e." + Ident(c)
	}
	for _, f := range l.Features {
		columns = append(columns, "CAST(e."+Ident(f)+" AS DOUBLE)")
	}
	rows, err := s.Query(ctx, fmt.Sprintf("SELECT %s FROM %s e %s LIMIT %d", strings.Join(columns, ", "), Ident(l.Encoded), end, most), args...)
	if err != nil {
		return nil, err
	}
	all, err := rows.Collect(most)
	if err != nil {
		return nil, err
	}
	var out []Customer
	for _, row := range all {
		c := Customer{Row: make([]float32, len(l.Features))}
		for f := range c.Row {
			c.Row[f] = float32(math.NaN())
			if x, ok := row[4+f].(float64); ok {
				c.Row[f] = float32(x)
			}
		}
		texts := plain([][]any{row[:4]})[0]
		c.ID, c.Group, c.Text = fmt.Sprint(texts[0]), fmt.Sprint(texts[2]), fmt.Sprint(texts[3])
		c.Bought = fmt.Sprint(texts[1]) == "1" || fmt.Sprint(texts[1]) == "true"
		out = append(out, c)
	}
	return out, nil
}

// FindCustomer gives the customer whose id begins with some letters.
func (w *Workspace) FindCustomer(ctx context.Context, id string) (Customer, error) {
	l := w.Lab()
	id = strings.TrimSpace(id)
	where := fmt.Sprintf("WHERE SUBSTR(LOWER(e.%[1]s), 1, %[2]d) = LOWER(?) ORDER BY e.%[1]s", Ident(l.ID), utf8.RuneCountInString(id))
	found, err := customers(ctx, w.Store, l, where, 1, id)
	if err != nil {
		return Customer{}, err
	}
	if len(found) == 0 {
		return Customer{}, fmt.Errorf("no customer's id begins with %q", id)
	}
	return found[0], nil
}

// Match is a customer who was looked for.
type Match struct {
	ID, Group, Text string
	Bought          bool
	Prediction      float64 // NaN where there is none yet
}

// SearchCustomers gives at most so many customers whose id begins with a text, or
// in whose review each of its words occurs; those with the id come first.
func (w *Workspace) SearchCustomers(ctx context.Context, sought string, most int) ([]Match, error) {
	l := w.Lab()
	sought = strings.ToLower(strings.TrimSpace(sought))
	id, review := fmt.Sprintf("SUBSTR(LOWER(e.%s), 1, %d) = ?", Ident(l.ID), utf8.RuneCountInString(sought)), []string{"TRUE"}
	args := []any{sought}
	for _, word := range strings.Fields(sought) {
		review = append(review, fmt.Sprintf("CONTAINS(LOWER(e.%s), ?)", Ident(l.Text)))
		args = append(args, word)
	}
	rows, err := w.Store.Query(ctx, fmt.Sprintf(`SELECT e.%[1]s, e.%[2]s, e.%[3]s, CAST(e.%[4]s AS DOUBLE), p.PREDICTION
FROM %[5]s e
LEFT JOIN %[6]s p ON p.%[1]s = e.%[1]s
WHERE %[7]s OR %[8]s
ORDER BY CASE WHEN %[7]s THEN 0 ELSE 1 END, e.%[1]s
LIMIT %[9]d`, Ident(l.ID), Ident(l.Group), Ident(l.Text), Ident(l.Label), Ident(l.Encoded), PredictionsTable, id, strings.Join(review, " AND "), most),
		append(args, sought)...)
	if err != nil {
		return nil, err
	}
	found, err := rows.Collect(most)
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, row := range plain(found) {
		m := Match{ID: text(row[0]), Group: text(row[1]), Text: text(row[2]), Bought: row[3] == 1.0, Prediction: math.NaN()}
		if p, ok := row[4].(float64); ok {
			m.Prediction = p
		}
		out = append(out, m)
	}
	return out, nil
}

// population are the customers of both parts.
func (p parts) population() whatif.Population {
	inner, outer := whatif.FromCells(p.inner), whatif.FromCells(p.outer)
	return whatif.NewPopulation(inner.Features, slices.Concat(inner.Values, outer.Values), slices.Concat(inner.Count, outer.Count))
}
