package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/views"
)

// tableRows is how many rows of an answer are drawn as a table; csv and JSON
// have no limit.
const tableRows = 1000

func (c *cli) sqlCommand() *cobra.Command {
	var csv bool
	cmd := &cobra.Command{
		Use:   `sql "SELECT ..."`,
		Short: "a read-only query on the lab's tables",
		Example: `willbuy sql "SELECT * FROM REVIEWS LIMIT 5"
willbuy sql "SELECT REASON, COUNT(*) FROM QUARANTINE GROUP BY REASON"
willbuy sql --csv "SELECT * FROM PREDICTIONS" > predictions.csv
willbuy sql "SHOW TABLES"`,
		Args: between(1, 1, "statement in quotes"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(args[0]) == "" {
				return usagef("there is no statement")
			}
			if csv && c.json {
				return usagef("--csv and --json exclude each other")
			}
			return c.sql(cmd.Context(), args[0], csv)
		},
	}
	cmd.Flags().BoolVar(&csv, "csv", false, "comma-separated values with a header")
	return cmd
}

func (c *cli) sql(ctx context.Context, text string, csv bool) error {
	ws, err := c.open(duck.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer ws.Store.Close()
	rows, err := ws.Store.Query(ctx, text)
	if errors.Is(err, store.ErrReadOnly) {
		return pipeline.Hint(err, "Rows come from the steps: change a parameter or a file and use willbuy run. To change a copy, query with --csv.")
	}
	if err != nil {
		return c.nearestTable(ctx, ws.Store, err)
	}
	defer rows.Close()
	switch {
	case csv:
		return writeCSV(c.out, rows)
	case c.json:
		for rows.Next() {
			row, err := scan(rows)
			if err != nil {
				return err
			}
			if err := c.object(record{rows.Columns, row}); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	return c.answer(rows)
}

// noTable is what the engine says of a table that is not there.
var noTable = regexp.MustCompile(`^Table with name (\S+) does not exist!`)

// nearestTable answers an unknown table with the nearest of the lab's; the
// engine would offer its own as well.
func (c *cli) nearestTable(ctx context.Context, s store.Store, err error) error {
	unknown := noTable.FindStringSubmatch(err.Error())
	if unknown == nil {
		return err
	}
	rows, listErr := s.Query(ctx, "SHOW TABLES")
	if listErr != nil {
		return err
	}
	all, listErr := rows.Collect(-1)
	if listErr != nil {
		return err
	}
	var names []string
	for _, row := range all {
		names = append(names, fmt.Sprint(row[0]))
	}
	return pipeline.Hint(fmt.Errorf("there is no table %s%s", unknown[1], meant(unknown[1], names, "")), `See what there is with: willbuy sql "SHOW TABLES"`)
}

// answer draws the first rows and says how many there are.
func (c *cli) answer(rows *store.Rows) error {
	var shown [][]any
	total := int64(0)
	for ; rows.Next(); total++ {
		if total >= tableRows {
			continue
		}
		row, err := scan(rows)
		if err != nil {
			return err
		}
		tableText(rows.Columns, row)
		shown = append(shown, row)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	c.drawn(views.Table(rows.Columns, shown, c.width(), total, c.theme()))
	return nil
}
