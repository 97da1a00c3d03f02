package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/synth"
)

func (c *cli) synthCommand() *cobra.Command {
	var opts synth.Options
	var effects []string
	var out string
	cmd := &cobra.Command{
		Use:   "synth --out DIR",
		Short: "make the lab's data: customers, reviews, and the truth behind them",
		Long: `Makes a synthetic shop: tabular.csv (customers and their page metrics), reviews/*.txt (a record "uuid","text" a line), truth.json (the coefficients that the purchases were drawn from) and truth.csv (per customer what was intended, and the probability before the draw).

The same seed gives the same data. Effects: ` + strings.Join(effectNames(), ", ") + `; two names joined by a colon interact.`,
		Example: `willbuy synth --out shop
willbuy synth --rows 1000000 --reviews 0 --seed 7 --out big
willbuy synth --lang de,fr --effect page_load_time=-0.9 --out shop`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usagef("say where the data shall go: --out DIR")
			}
			if err := addEffects(&opts, effects); err != nil {
				return err
			}
			return c.synth(cmd.Context(), opts, out)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "folder for the data; files of an earlier run are replaced")
	flags.Int64Var(&opts.Rows, "rows", 2000, "customers")
	flags.Int64Var(&opts.Reviews, "reviews", -1, "reviews; -1 for one a customer, 0 for none")
	flags.Uint64Var(&opts.Seed, "seed", 1, "same seed, same data")
	flags.StringSliceVar(&opts.Langs, "lang", nil, "languages of the reviews, comma-separated; all by default ("+strings.Join(synth.Languages(), ",")+")")
	flags.StringArrayVar(&effects, "effect", nil, "a coefficient of the purchase formula, as name=x; can be repeated")
	flags.Float64Var(&opts.Dirty, "dirty", synth.DefaultDirty, "share of review lines damaged on purpose")
	return cmd
}

// effectNames are the coefficients that have a default.
func effectNames() []string {
	var names []string
	for name := range synth.DefaultEffects() {
		names = append(names, name)
	}
	return sorted(names)
}

func addEffects(opts *synth.Options, pairs []string) error {
	opts.Effects = map[string]float64{}
	for _, pair := range pairs {
		name, text, _ := strings.Cut(pair, "=")
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return usagef("an effect is name=number, not %q", pair)
		}
		opts.Effects[name] = x
	}
	return nil
}

func (c *cli) synth(ctx context.Context, opts synth.Options, out string) error {
	progress := c.meter("customer")
	err := synth.Write(ctx, opts, out, progress.at)
	var file *fs.PathError
	switch {
	case err != nil && ctx.Err() == nil && !errors.As(err, &file):
		return pipeline.Usage(err) // nothing but the options can be wrong
	case err != nil && ctx.Err() == nil:
		return pipeline.Hint(err, "Choose a folder that you may write to, on a disk with space.")
	case err != nil:
		return err
	}
	reviews := opts.Reviews
	if reviews < 0 {
		reviews = opts.Rows
	}
	if c.json {
		return c.object(map[string]any{"out": out, "rows": opts.Rows, "reviews": reviews, "seed": opts.Seed, "truth": filepath.Join(out, synth.TruthFile)})
	}
	c.line("%s customers and %s reviews in %s; the truth is in %s.", counted(opts.Rows), counted(reviews), out, synth.TruthFile)
	return nil
}
