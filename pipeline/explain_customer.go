package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"willbuy/pipeline/gbtree"
	"willbuy/store"
)

// showTruth puts what the model found beside the coefficients that the data
// were drawn from, where they are known.
func (x *Exec) showTruth(importance []influence) error {
	text, err := os.ReadFile(x.WS.TruthFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil // somebody's own data: nobody knows the truth
	}
	if err != nil {
		return fmt.Errorf("compare with the truth: %w", err)
	}
	var truth struct {
		Effects map[string]struct {
			Value      float64 `json:"value"`
			Multiplies string  `json:"multiplies"`
		} `json:"effects"`
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		return fmt.Errorf("compare with the truth: read %s: %w", x.WS.TruthFile(), err)
	}
	var table [][]any
	for _, i := range importance {
		name := strings.ToLower(strings.TrimSuffix(i.feature, EncodedSuffix))
		if effect, ok := truth.Effects[name]; ok {
			table = append(table, []any{i.feature, effect.Value, effect.Multiplies, i.meanAbs, i.meanHigh})
		}
	}
	x.Table("truth", "True effect and what the model found", []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "TRUE_EFFECT", Type: store.Float},
		{Name: "MULTIPLIES", Type: store.String}, {Name: "MEAN_ABS", Type: store.Float}, {Name: "HIGH_MINUS_LOW", Type: store.Float}}, table)
	return nil
}

// showCustomer shows one customer's prediction, input by input.
func (x *Exec) showCustomer(ctx context.Context, m *gbtree.Model, bias float64) error {
	var inputs, phis, strength []string
	for _, f := range x.Lab.Features {
		inputs = append(inputs, "e."+Ident(f))
		if source := x.Lab.Source(f); source != "" {
			inputs[len(inputs)-1] = "e." + Ident(source)
		}
		phis = append(phis, "s."+Ident(f+ExplanationSuffix))
		strength = append(strength, "ABS(s."+Ident(f+ExplanationSuffix)+")")
	}
	id := Ident(x.Lab.ID)
	query := fmt.Sprintf(`SELECT p.%[1]s, p.MARGIN, p.PREDICTION, p.%[2]s, %[3]s, %[4]s
FROM %[5]s p
INNER JOIN %[6]s s ON s.%[1]s = p.%[1]s
INNER JOIN %[7]s e ON e.%[1]s = p.%[1]s`, id, Ident(x.Lab.Label), strings.Join(inputs, ", "), strings.Join(phis, ", "),
		PredictionsTable, ExplanationsTable, Ident(x.Lab.Encoded))
	var args []any
	if who := x.Values["customer"]; who != "" {
		query += fmt.Sprintf(" WHERE LOWER(p.%s) = LOWER(?)", id)
		args = append(args, who)
	}
	query += fmt.Sprintf(" ORDER BY %s DESC, p.%s LIMIT 1", strings.Join(strength, " + "), id)
	rows, err := x.Store.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	found, err := rows.Collect(1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return Hint(fmt.Errorf("there is no customer %q", x.Values["customer"]), "Set explain.customer to an id of the joined data, or to nothing.")
	}
	row, k := plain(found)[0], len(x.Lab.Features)
	table := [][]any{{"start: average customer", nil, bias, float64(m.Output(float32(bias)))}}
	for i, f := range x.Lab.Features {
		table = append(table, []any{f, row[4+i], row[4+k+i], nil})
	}
	steps := table[1:]
	slices.SortStableFunc(steps, func(a, b []any) int {
		p, q := math.Abs(a[2].(float64)), math.Abs(b[2].(float64))
		switch {
		case p > q:
			return -1
		case p < q:
			return 1
		}
		return 0
	})
	table = append(table, []any{"this customer", row[3], row[1], row[2]})
	x.Table("customer", fmt.Sprintf("Customer %v", row[0]), []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "VALUE", Type: store.String},
		{Name: "CONTRIBUTION", Type: store.Float}, {Name: "PREDICTION", Type: store.Float}}, table)
	return nil
}
