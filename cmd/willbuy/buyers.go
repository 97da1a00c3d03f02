package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"willbuy/pipeline/buyers"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/metrics"
	"willbuy/pipeline/shap"
	"willbuy/pipeline/whatif"
	"willbuy/store/duck"
)

// buyersQuestion is what `willbuy predict --top` was asked for.
type buyersQuestion struct {
	top              int64
	why              bool
	id, label, where string
	movable          []string
}

// buyersFlags are those of predict that make a list of likely buyers.
func buyersFlags(cmd *cobra.Command, q *buyersQuestion) {
	flags := cmd.Flags()
	flags.Int64Var(&q.top, "top", 0, "instead of all rows: the customers who will most likely buy, so many, ranked")
	flags.BoolVar(&q.why, "why", false, "with --top: the three strongest reasons of each, and what would help most")
	flags.StringVar(&q.id, "id", "", "with --top: column that names the customer")
	flags.StringVar(&q.label, "label", "", "with --top: column that says who bought (0 or 1), to calibrate the probabilities and to tell what the list is worth")
	flags.StringVar(&q.where, "where", "", "with --top: only customers for whom a condition in SQL is true; it is only read")
	flags.StringSliceVar(&q.movable, "movable", nil, "with --why: features that the shop can change, comma-separated; all by default")
}

// check refuses what does not go together.
func (q buyersQuestion) check(cmd *cobra.Command, margin bool) error {
	switch {
	case cmd.Flags().Changed("top") && q.top < 1:
		return usagef("--top %d: a list has one customer at least", q.top)
	case q.top == 0 && (q.why || q.id+q.label+q.where != "" || len(q.movable) > 0):
		return usagef("--why, --id, --label, --where and --movable are for the list of likely buyers: say how long it shall be by --top N")
	case q.top > 0 && margin:
		return usagef("--margin is for the predictions of all rows: leave out --top")
	case len(q.movable) > 0 && !q.why:
		return usagef("--movable is for what would help: add --why")
	}
	return nil
}

// buyers answers --top.
func (c *cli) buyers(ctx context.Context, ref, path, tableName, out string, q buyersQuestion) error {
	shop, err := c.openShop(ctx, ref, path, tableName, q.movable)
	if err != nil {
		return err
	}
	defer shop.close()
	everyone, rows, err := c.everyone(ctx, shop, q.label)
	if err != nil {
		return err
	}
	list := &buyers.List{Features: shop.inputs}
	if list.Study, err = whatif.New(shop.model, everyone, nil); err != nil {
		return err
	}
	if list.Explainer, err = shap.New(shop.model); err != nil {
		return fmt.Errorf("explain with %s: %w", ref, err)
	}
	var all []metrics.Group
	if rows != nil {
		all = shop.groups(rows)
		calibrator := buyers.Calibrate(all)
		list.Calibrator = &calibrator
	}
	table := shop.table
	if q.where != "" {
		if table, err = shop.where(ctx, q.where); err != nil {
			return err
		}
		defer table.Close()
		if rows != nil {
			chosen, err := c.readRows(ctx, table, columns{features: shop.columns, names: shop.model.Features, label: rows.LabelName}, duck.Parts{})
			if err != nil {
				return err
			}
			all = shop.groups(chosen)
		}
	}
	customers, err := shop.likeliest(ctx, table, q.top)
	if err != nil {
		return err
	}
	if len(customers) == 0 && q.where != "" {
		return usagef("--where %s: there is no such customer", q.where)
	}
	names, err := shop.names(ctx, table, customers, q)
	if err != nil {
		return err
	}
	progress := c.meter("customer")
	found, err := list.Explain(ctx, customers, func(done int) { progress.at(int64(done), int64(len(customers))) })
	if err != nil {
		return err
	}
	sheet := &buyersSheet{cli: c, question: q, calibrated: list.Calibrator != nil, found: found, names: names}
	if worth, ok := buyers.WorthOf(all, q.top); ok {
		sheet.worth = &worth
	}
	switch {
	case out != "":
		return c.writeTo(out, sheet.csv)
	case c.json:
		return sheet.objects()
	}
	return sheet.print()
}

// groups are labelled rows by their prediction.
func (s *shopData) groups(rows *encode.Rows) []metrics.Group {
	margins := make([]float32, rows.Len())
	s.model.Margins(rows.Values, margins)
	groups := make([]metrics.Group, len(margins))
	for i, margin := range margins {
		n := float64(rows.Count[i])
		groups[i] = metrics.Group{Score: float64(s.model.Output(margin)), Positive: float64(rows.Label[i]) * n, Total: n}
	}
	return groups
}

// likeliest reads a table once and keeps the customers with the highest
// predictions.
func (s *shopData) likeliest(ctx context.Context, table *duck.Table, most int64) ([]buyers.Customer, error) {
	top, row, width := buyers.NewTop(int(most)), int64(0), len(s.columns)
	margins := make([]float32, batchRows)
	rows := modelRows{model: s.model, table: table, columns: s.columns}
	err := rows.batches(ctx, func(values []float32, n int) error {
		s.model.Margins(values, margins[:n])
		for i, margin := range margins[:n] {
			row++
			top.Add(row, float64(s.model.Output(margin)), values[i*width:(i+1)*width])
		}
		return nil
	})
	return top.Ranked(), err
}

// named is how a customer is called: by row of the file, and by id if there is
// one.
type named struct{ row, id string }

// names reads the names of customers, by their rows in the table.
func (s *shopData) names(ctx context.Context, table *duck.Table, customers []buyers.Customer, q buyersQuestion) (map[int64]named, error) {
	wanted, last := map[int64]named{}, int64(0)
	for _, customer := range customers {
		wanted[customer.Row] = named{row: strconv.FormatInt(customer.Row, 10)}
		last = max(last, customer.Row)
	}
	var columns []string
	if q.where != "" {
		columns = append(columns, duck.FileRow)
	}
	if q.id != "" {
		id, err := onlyColumn(ctx, table, q.id)
		if err != nil {
			return nil, err
		}
		columns = append(columns, id)
	}
	if len(columns) == 0 {
		return wanted, nil
	}
	row := int64(0)
	for texts, err := range table.Texts(ctx, columns) {
		if err != nil {
			return nil, err
		}
		if row++; row > last {
			break
		}
		name, ok := wanted[row]
		if !ok {
			continue
		}
		if q.where != "" {
			name.row, texts = *texts[0], texts[1:]
		}
		if q.id != "" && texts[0] != nil {
			name.id = *texts[0]
		}
		wanted[row] = name
	}
	return wanted, nil
}
