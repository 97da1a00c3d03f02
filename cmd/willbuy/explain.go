package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
)

// explanation is what `willbuy explain` was asked for.
type explanation struct {
	model, data, table string
	out                string
	row                int64
	class              int // −1 for none in particular
	interactions       bool
	probability        bool
	label, by          string
}

func (c *cli) explainCommand() *cobra.Command {
	var x explanation
	cmd := &cobra.Command{
		Use:   "explain --model FILE|NAME@ALIAS --data FILE",
		Short: "what moved each prediction: SHAP contributions",
		Long: `Splits the margin of every row into the contributions of its features (exact SHAP values): they and the bias add up to the margin, which is checked.

With --out it writes them, a column a feature and the bias, a line a row; with --row N the waterfall of one row, counted from 1; without either how much each feature moves predictions over all rows, in each group of --by, and with --label how much worse predictions get when a feature's values are shuffled among the rows.

--interactions takes the contributions apart: a×b is what two features do together, and a what it does by itself. A model of several classes has contributions to each class's margin; --class picks one, and --row shows the predicted one by itself. --probability spreads the way from the probability at the bias to the row's in proportion to the contributions to the margin.`,
		Example: `willbuy explain --model model.json --data shop.csv
willbuy explain --model model.json --data shop.csv --row 17
willbuy explain --model model.json --data shop.csv --interactions
willbuy explain --model deployed_xgb@production --data shop.csv --out c.csv`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case cmd.Flags().Changed("row") && x.row < 1:
				return usagef("rows are counted from 1, there is no row %d", x.row)
			case cmd.Flags().Changed("class") && x.class < 0:
				return usagef("classes are counted from 0, there is no class %d", x.class)
			case x.row > 0 && x.out != "":
				return usagef("--row and --out exclude each other")
			case (x.row > 0 || x.out != "") && x.label+x.by != "":
				return usagef("--label and --by are for the table over all rows: leave out --row and --out")
			case x.interactions && x.label+x.by != "":
				return usagef("--interactions and --label or --by exclude each other")
			}
			return halted(cmd.Context(), c.explain(cmd.Context(), x), "before the end")
		},
	}
	flags := cmd.Flags()
	dataFlags(cmd, &x.data, &x.table)
	flags.StringVar(&x.model, "model", "", modelFlag)
	flags.StringVar(&x.out, "out", "", "csv file for the contributions of every row")
	flags.Int64Var(&x.row, "row", 0, "one row, from 1")
	flags.IntVar(&x.class, "class", -1, "one class of a model of several, from 0")
	flags.Lookup("class").DefValue = "" // help shows no −1
	flags.BoolVar(&x.interactions, "interactions", false, "take contributions apart into those of features by themselves and of pairs")
	flags.BoolVar(&x.probability, "probability", false, "contributions to the probability instead of the margin, of a logistic model")
	flags.StringVar(&x.label, "label", "", "column with the label, for the permutation importance")
	flags.StringVar(&x.by, "by", "", "column whose values make groups of rows")
	return cmd
}

func (c *cli) explain(ctx context.Context, x explanation) error {
	rows, err := c.openRows(ctx, x.model, x.data, x.table)
	if err != nil {
		return err
	}
	defer rows.close()
	e, err := c.newExplaining(rows, x)
	switch {
	case err != nil:
		return err
	case x.row > 0:
		return c.explainRow(ctx, e, x.row)
	case x.out != "":
		written := int64(0)
		err := c.writeTo(x.out, func(w *bufio.Writer) (err error) {
			written, err = e.write(ctx, w)
			return err
		})
		if err != nil {
			return err
		}
		return c.written(x.out, written, x.model)
	}
	return c.explainAll(ctx, e, x)
}

// newExplaining prepares explanations of rows.
func (c *cli) newExplaining(rows *modelRows, x explanation) (*explaining, error) {
	m := rows.model
	if len(m.Features) == 0 {
		return nil, fmt.Errorf("%s has no features: there is nothing to explain", x.model)
	}
	explainer, err := shap.New(m)
	if err != nil {
		return nil, fmt.Errorf("explain with %s: %w", x.model, err)
	}
	e := &explaining{modelRows: rows, shap: explainer, splits: shap.NewSplits(m), pairs: x.interactions, progress: c.meter("row")}
	switch outputs := m.Outputs(); {
	case x.class >= outputs && outputs == 1:
		return nil, usagef("--class is for models of several classes; %s has one output", x.model)
	case x.class >= outputs:
		return nil, usagef("there is no class %d; %s has classes 0 to %d", x.class, x.model, outputs-1)
	case x.class >= 0:
		e.outputs = []int{x.class}
	default:
		for o := range outputs {
			e.outputs = append(e.outputs, o)
		}
	}
	if e.probability = x.probability; x.probability && m.Objective != gbtree.Logistic {
		return nil, usagef("--probability is for %s; the objective of %s is %s", gbtree.Logistic, x.model, m.Objective)
	}
	for f := range m.Features {
		e.effects = append(e.effects, effect{f, f})
	}
	if x.interactions {
		err = e.addPairs()
	}
	return e, err
}

// mostEffects is how many contributions a row may have: of features and of pairs
// of 100 of them.
const mostEffects = 5050

// effect is what a contribution is of: a feature, or what two do together.
type effect struct{ a, b int }

// addPairs makes effects of the pairs of features that the model splits on; others
// cannot interact.
func (e *explaining) addPairs() error {
	var used []int
	for f, conditions := range e.splits {
		if len(conditions) > 0 {
			used = append(used, f)
		}
	}
	if n := len(used); len(e.effects)+n*(n-1)/2 > mostEffects {
		return fmt.Errorf("--interactions: the model splits on %d features, which make %d pairs; more than %d contributions a row take too long to write and to read. Leave out --interactions, or train on the features that matter",
			n, n*(n-1)/2, mostEffects)
	}
	for i, a := range used {
		for _, b := range used[i+1:] {
			e.effects = append(e.effects, effect{a, b})
		}
	}
	return nil
}

// names are those of the effects.
func (e *explaining) names() []string {
	names := slices.Clone(e.model.Features)
	for _, t := range e.effects[len(names):] {
		names = append(names, e.model.Features[t.a]+"×"+e.model.Features[t.b])
	}
	return names
}
