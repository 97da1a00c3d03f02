package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/gbtree"
	"willbuy/store"
	"willbuy/store/duck"
)

// training is what `willbuy train` was asked for.
type training struct {
	data, table       string
	features          []string
	label, weight, id string
	params            []string
	rounds, stopping  int
	valid             string
	out               string
}

func (c *cli) trainCommand() *cobra.Command {
	var t training
	cmd := &cobra.Command{
		Use:   "train --data FILE --features A,B,... --label Y --out MODEL.json",
		Short: "boost trees on a file, as XGBoost's hist does",
		Long: `Trains gradient-boosted trees on a csv (gzip too), parquet or DuckDB file. Parameters have XGBoost's names and defaults: ` + strings.Join(gbtree.ParamNames(), ", ") + `.

An empty field is missing. --valid keeps rows apart to watch: a share such as 0.2, drawn by a hash of --id (or else of the row's number, from 1) and of --param seed=N; a second FILE; or the rows in which a column has a value, FOLD=1. The curves go to stderr; the model is XGBoost's JSON.`,
		Example: `willbuy train --data shop.csv --features load,rating --label bought \
  --out model.json

# a probability, with a fifth kept apart to know when to stop
willbuy train --data shop.parquet --features load,rating --label bought \
  --param objective=binary:logistic --param eta=0.1 --rounds 200 \
  --id uuid --valid 0.2 --early-stopping 10 --out model.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.train(cmd.Context(), t) },
	}
	flags := cmd.Flags()
	dataFlags(cmd, &t.data, &t.table)
	flags.StringSliceVar(&t.features, "features", nil, "columns that the model reads, comma-separated")
	flags.StringVar(&t.label, "label", "", "column to predict")
	flags.StringVar(&t.weight, "weight", "", "column with the weight of each row")
	flags.StringVar(&t.id, "id", "", "column whose hash decides who is kept apart by --valid SHARE")
	flags.StringArrayVar(&t.params, "param", nil, "a training parameter by XGBoost's name, as name=value; can be repeated")
	flags.IntVar(&t.rounds, "rounds", 50, "boosting rounds")
	flags.StringVar(&t.valid, "valid", "", "rows to watch and not to train on: a share, a FILE, or COLUMN=VALUE")
	flags.IntVar(&t.stopping, "early-stopping", 0, "stop after so many rounds without improvement on --valid; 0 never")
	flags.StringVar(&t.out, "out", "", "file for the model")
	return cmd
}

// dataFlags are those of all commands on a table in a file.
func dataFlags(cmd *cobra.Command, data, table *string) {
	cmd.Flags().StringVar(data, "data", "", "csv, csv.gz, parquet or DuckDB file")
	cmd.Flags().StringVar(table, "table", "", "table of a DuckDB file that has several")
}

// trainedJSON is the result of train --json. Rounds count from 0, as
// XGBoost's best_iteration does.
type trainedJSON struct {
	Rounds    []gbtree.Round `json:"rounds"`
	BestRound int            `json:"best_round"`
	Cells     int            `json:"cells"`
	Rows      int64          `json:"rows"`
}

func (c *cli) train(ctx context.Context, t training) error {
	params, seed, err := t.parameters()
	if err != nil {
		return err
	}
	if err := writable(t.out); err != nil { // better now than after the training
		return err
	}
	data, err := openData(ctx, t.data, t.table)
	if err != nil {
		return err
	}
	defer data.Close()
	columns, err := t.columns(data)
	if err != nil {
		return err
	}
	split, watch, err := t.split(ctx, data, seed)
	if err != nil {
		return err
	}
	if watch != nil {
		defer watch.Close()
	}
	inner, outer, err := t.cells(ctx, data, watch, columns, split, params.MaxBin)
	if err != nil {
		return err
	}
	var rounds []gbtree.Round
	in := gbtree.Input{Train: inner}
	if outer != nil {
		in.Watch = []gbtree.Watch{{Name: "validation", Cells: outer}}
	}
	m, err := gbtree.Train(ctx, params, in, func(r gbtree.Round) error {
		rounds = append(rounds, r)
		c.remark("[%d]%s%s", r.Round, scores("train", r.Train), scores("validation", r.Validation))
		return nil
	})
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := gbtree.WriteJSON(&text, m); err != nil {
		return err
	}
	if err := writeWhole(t.out, text.Bytes()); err != nil {
		return err
	}
	if c.json {
		return c.object(trainedJSON{rounds, m.BestRound, inner.Len(), inner.Rows()})
	}
	best := rounds[m.BestRound]
	c.line("%s from %s in %s; best round %d:%s%s. The model is in %s.", pipeline.Plural(int64(len(m.Trees)), "tree"), pipeline.Plural(inner.Rows(), "row"),
		pipeline.Plural(int64(inner.Len()), "cell"), m.BestRound, scores("train", best.Train), scores("validation", best.Validation), t.out)
	return nil
}

// scores writes metrics as "  train auc 0.71234 logloss 0.61234".
func scores(of string, metrics map[string]float64) string {
	if len(metrics) == 0 {
		return ""
	}
	text := "  " + of
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		text += fmt.Sprintf(" %s %.5f", name, metrics[name])
	}
	return text
}

// parameters reads the flags that need no data. The seed is the one that
// --valid draws with: nothing else here is random.
func (t training) parameters() (p gbtree.Params, seed string, err error) {
	switch {
	case len(t.features) == 0:
		return p, "", usagef("say which columns the model reads: --features A,B,...")
	case t.label == "":
		return p, "", usagef("say which column to predict: --label")
	case t.out == "":
		return p, "", usagef("say where the model shall go: --out MODEL.json")
	case filepath.Ext(t.out) != ".json":
		return p, "", usagef("a model is written as JSON: --out must end in .json, not %q", filepath.Base(t.out))
	case t.stopping > 0 && t.valid == "":
		return p, "", usagef("--early-stopping needs rows to watch: add --valid")
	}
	objective := gbtree.SquaredError
	settings := append(slices.Clone(t.params), "num_boost_round="+strconv.Itoa(t.rounds), "early_stopping_rounds="+strconv.Itoa(t.stopping))
	for _, setting := range settings {
		if value, ok := strings.CutPrefix(setting, "objective="); ok {
			objective = value
		}
	}
	p = gbtree.DefaultParams(objective)
	// The flags come first, so that --param num_boost_round=N wins over the
	// default of --rounds.
	for _, setting := range append(settings[len(t.params):], t.params...) {
		name, value, ok := strings.Cut(setting, "=")
		if !ok {
			return p, "", usagef("a parameter is name=value, not %q", setting)
		}
		if err := p.Set(name, value); err != nil {
			return p, "", pipeline.Usage(err)
		}
		if name == "seed" || name == "random_state" {
			seed = value
		}
	}
	if err := p.Check(); err != nil {
		return p, "", pipeline.Usage(err)
	}
	return p, seed, nil
}

// columns are the features, the label and, if there is one, the weight, as the
// file spells them.
func (t training) columns(data *duck.Table) ([]string, error) {
	var columns []string
	for _, name := range t.features {
		column, err := resolveColumn(data, strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if slices.Contains(columns, column) {
			return nil, usagef("the feature %s is named twice", column)
		}
		columns = append(columns, column)
	}
	label, err := resolveColumn(data, t.label)
	if err != nil {
		return nil, err
	}
	if slices.Contains(columns, label) {
		return nil, usagef("the label %s stands among the features", label)
	}
	columns = append(columns, label)
	if t.weight == "" {
		return columns, nil
	}
	weight, err := resolveColumn(data, t.weight)
	return append(columns, weight), err
}

// split reads --valid: how the data are split, or another file.
func (t training) split(ctx context.Context, data *duck.Table, seed string) (split duck.Split, watch *duck.Table, err error) {
	if t.id != "" {
		if split.ID, err = resolveColumn(data, t.id); err != nil {
			return split, nil, err
		}
	}
	if t.valid == "" {
		return split, nil, nil
	}
	if share, err := strconv.ParseFloat(t.valid, 64); err == nil {
		if !(share > 0 && share < 1) {
			return split, nil, usagef("--valid %s: a share lies between 0 and 1", t.valid)
		}
		split.Share, split.Seed = share, seed
		return split, nil, nil
	}
	if _, err := os.Stat(t.valid); err == nil {
		watch, err := openData(ctx, t.valid, t.table)
		return split, watch, err
	}
	name, value, ok := strings.Cut(t.valid, "=")
	if !ok {
		return split, nil, usagef("--valid %s is neither a share, nor a file that is there, nor COLUMN=VALUE", t.valid)
	}
	split.Value = value
	split.Column, err = resolveColumn(data, name)
	return split, nil, err
}

func openData(ctx context.Context, path, table string) (*duck.Table, error) {
	if path == "" {
		return nil, usagef("say which file to read: --data FILE")
	}
	return duck.OpenTable(ctx, path, table)
}

// numbersOnly adds the way out to the error about a column of text.
func numbersOnly(err error) error {
	var not duck.NotNumber
	switch {
	case !errors.As(err, &not):
		return err
	case not.Type == store.Instant:
		return pipeline.Hint(err, "Leave "+not.Column+" out, or turn it into a number first, such as days since a date.")
	}
	return pipeline.Hint(err, "Leave "+not.Column+" out, or give each of its values a code first, as the lab's step encode does. An empty field is missing.")
}

// writable tells early that a file could not be written.
func writable(path string) error {
	probe, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return cannotWrite(path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// writeWhole writes a file whole or not at all.
func writeWhole(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err == nil {
		defer os.Remove(tmp.Name())
		_, err = tmp.Write(content)
		if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err == nil {
			err = os.Rename(tmp.Name(), path)
		}
	}
	if err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

// cannotWrite is the error about a file, with the way out.
func cannotWrite(path string, err error) error {
	hint := "Free some disk space, or write it elsewhere."
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		hint = "Choose a folder that is there and that you may write to."
	}
	return pipeline.Hint(fmt.Errorf("write %s: %w", path, cause(err)), hint)
}
