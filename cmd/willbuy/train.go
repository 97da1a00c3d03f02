package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/store/duck"
)

// training is what `willbuy train` was asked for, and what it finds out.
type training struct {
	data, table       string
	features          []string
	label, weight, id string
	settings          []string
	rounds, stopping  int
	valid             []string
	release, goOn     string
	out               string
	portable          bool

	cli     *cli
	params  gbtree.Params
	compat  encode.Compat
	from    *gbtree.Model // to go on from, nil to begin anew
	columns columns
	cuts    *encode.Cuts // from the training rows
}

func (c *cli) trainCommand() *cobra.Command {
	t := training{cli: c}
	cmd := &cobra.Command{
		Use:   "train --data FILE --features A,B,... --label Y --out MODEL.json",
		Short: "boost trees on a file, as XGBoost's hist does",
		Long: `Trains gradient-boosted trees on a csv (gzip too), parquet or DuckDB file: the ones that XGBoost trains on its rows, bit for bit. Parameters have XGBoost's names and defaults: ` + strings.Join(gbtree.ParamNames(), ", ") + `.

An empty field is missing. A feature of texts is encoded, in the order of their bytes; the codes travel with the model. --valid keeps rows apart to watch: a share such as 0.2, drawn by a hash of --id (or else of the row's number, from 1) and of --param seed=N; a second FILE; or the rows in which a column has a value, FOLD=1. It can be repeated; the last one decides --early-stopping. --from goes on from a model with --rounds more. The curves, of the metric that XGBoost takes for the objective or of --param eval_metric=auc,logloss, go to stderr. Ctrl-C ends the training; the model of the rounds that are done is written.`,
		Example: `willbuy train --data shop.csv --features load,rating --label bought \
  --out model.json

# a probability, with a fifth kept apart to know when to stop
willbuy train --data shop.parquet --features load,rating --label bought \
  --param objective=binary:logistic --param eta=0.1 --rounds 200 \
  --id uuid --valid 0.2 --early-stopping 10 --out model.ubj

# the same bits as xgboost 3.2, and ten rounds more of them
willbuy train --data shop.csv --features load,rating --label bought \
  --compat 3.2 --from model.json --rounds 10 --out more.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return t.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	dataFlags(cmd, &t.data, &t.table)
	flags.StringSliceVar(&t.features, "features", nil, "columns that the model reads, comma-separated")
	flags.StringVar(&t.label, "label", "", "column to predict")
	flags.StringVar(&t.weight, "weight", "", "column with the weight of each row")
	flags.StringVar(&t.id, "id", "", "column whose hash decides who is kept apart by --valid SHARE")
	flags.StringArrayVar(&t.settings, "param", nil, "a training parameter by XGBoost's name, as name=value; can be repeated")
	flags.IntVar(&t.rounds, "rounds", 50, "boosting rounds")
	flags.StringArrayVar(&t.valid, "valid", nil, "rows to watch and not to train on: a share, a FILE, or COLUMN=VALUE; can be repeated")
	flags.IntVar(&t.stopping, "early-stopping", 0, "stop after so many rounds without improvement on the last --valid; 0 never")
	flags.StringVar(&t.release, "compat", encode.XGBoost34.String(), "the release of XGBoost whose arithmetic to repeat: 3.4 or 3.2")
	flags.StringVar(&t.goOn, "from", "", "model to go on from, of the same features")
	flags.StringVar(&t.out, "out", "", "file for the model: "+strings.Join(modelFormats, ", "))
	flags.BoolVar(&t.portable, "portable", false, portableUsage)
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

func (t *training) run(ctx context.Context) error {
	c := t.cli
	seed, err := t.parameters()
	if err != nil {
		return err
	}
	if t.out == "" {
		return usagef("say where the model shall go: --out MODEL.json")
	}
	if _, err := modelFormat(t.out); err != nil {
		return err
	}
	if err := writable(t.out); err != nil { // better now than after the training
		return err
	}
	data, err := openData(ctx, t.data, t.table)
	if err != nil {
		return t.stopped(ctx, err)
	}
	defer data.Close()
	if err := t.name(ctx, data); err != nil {
		return t.stopped(ctx, err)
	}
	if err := t.params.CheckFeatures(t.columns.names); err != nil {
		return pipeline.Usage(err)
	}
	in, err := t.input(ctx, data, seed)
	if err != nil {
		return t.stopped(ctx, err)
	}
	c.remark("%s", compression(in.Train))
	if !t.params.SameTrees() {
		c.remark("subsample=%g draws rows by the same law as XGBoost, but not the same rows: the trees are not the same trees", t.params.Subsample)
	}
	var rounds []gbtree.Round
	m, err := gbtree.Train(ctx, t.params, in, func(r gbtree.Round) error {
		rounds = append(rounds, r)
		c.remark("[%d]%s", r.Round, t.curves(r))
		return nil
	})
	if m == nil {
		return t.stopped(ctx, t.explainLabel(err))
	}
	if failed := t.write(m, data); failed != nil {
		return failed
	}
	if err != nil {
		return t.unfinished(len(rounds))
	}
	if c.json {
		return c.object(trainedJSON{rounds, m.BestRound, in.Train.Len(), in.Train.Rows()})
	}
	best := rounds[max(0, m.BestRound-rounds[0].Round)]
	c.line("%s from %s in %s; best round %d:%s. The model is in %s.", pipeline.Plural(int64(len(m.Trees)), "tree"), pipeline.Plural(in.Train.Rows(), "row"),
		pipeline.Plural(int64(in.Train.Len()), "cell"), m.BestRound, t.curves(best), t.out)
	return nil
}

// write writes the model with the encoders of the data.
func (t *training) write(m *gbtree.Model, data *duck.Table) error {
	if err := keepEncoders(m, data, t.columns.features); err != nil {
		return err
	}
	switch portable := m.Portable(); {
	case t.portable:
		m = portable
	case portable != m && readByXGBoost(t.out):
		t.cli.remark("%s: for these releases add --portable, or run: willbuy model convert --portable %s OTHER%s", olderReleases(m), t.out, filepath.Ext(t.out))
	}
	return writeModel(t.out, m)
}

// stopped is an error before there was a model: if it is that of Ctrl-C, nothing
// is left of the training.
func (t *training) stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return interrupted{"before the first round was done; nothing was written"}
	}
	return err
}

// unfinished tells what is left when Ctrl-C has ended a training.
func (t *training) unfinished(rounds int) error {
	left := fmt.Sprintf("after %s of %s; the model so far is in %s", pipeline.Thousands(int64(rounds)), pipeline.Plural(int64(t.params.Rounds), "round"), t.out)
	if readByXGBoost(t.out) {
		left += ", and --from " + t.out + " goes on"
	}
	return interrupted{left}
}

// compression tells what grouping and binning have made of the rows.
func compression(train *encode.Cells) string {
	rows, cells := train.Rows(), int64(train.Len())
	text := fmt.Sprintf("%s in %s", pipeline.Plural(rows, "row"), pipeline.Plural(cells, "cell"))
	ratio := float64(rows) / float64(cells)
	if ratio >= 2 {
		return text + fmt.Sprintf(", %.3g rows each", ratio)
	}
	return text + ": few rows are alike, and nearly each counts on its own"
}

// explainLabel names the label's column in an error about its values.
func (t *training) explainLabel(err error) error {
	if strings.Contains(err.Error(), "rows: label ") {
		return fmt.Errorf("column %s: %w", t.columns.label, err)
	}
	return err
}

// curves are the scores of a round, of all watched sets.
func (t *training) curves(r gbtree.Round) string {
	text := scores("train", r.Train)
	for _, valid := range t.valid[:max(0, len(t.valid)-1)] {
		text += scores(valid, r.Others[valid])
	}
	return text + scores("validation", r.Validation)
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
// --valid draws with.
func (t *training) parameters() (seed string, err error) {
	switch {
	case len(t.features) == 0 && t.goOn == "":
		return "", usagef("say which columns the model reads: --features A,B,...")
	case t.label == "":
		return "", usagef("say which column to predict: --label")
	case t.stopping > 0 && len(t.valid) == 0:
		return "", usagef("--early-stopping needs rows to watch: add --valid")
	}
	if t.compat, err = encode.ParseCompat(t.release); err != nil {
		return "", usagef("--compat: %v", err)
	}
	objective := gbtree.SquaredError
	if t.goOn != "" {
		if t.from, err = t.cli.loadModel(t.goOn); err != nil {
			return "", err
		}
		objective = t.from.Objective
	}
	for _, setting := range t.settings {
		if value, ok := strings.CutPrefix(setting, "objective="); ok {
			objective = value
		}
	}
	t.params = gbtree.DefaultParams(objective)
	// The flags come first, so that --param num_boost_round=N wins over the
	// default of --rounds.
	flags := []string{"num_boost_round=" + strconv.Itoa(t.rounds), "early_stopping_rounds=" + strconv.Itoa(t.stopping)}
	for _, setting := range append(flags, t.settings...) {
		name, value, ok := strings.Cut(setting, "=")
		if !ok {
			return "", usagef("a parameter is name=value, not %q", setting)
		}
		if err := t.params.Set(name, value); err != nil {
			return "", pipeline.Usage(err)
		}
		if name == "seed" || name == "random_state" {
			seed = value
		}
	}
	if t.from != nil && t.params.NumClass == 0 && objective == gbtree.Softprob {
		t.params.NumClass = t.from.Outputs()
	}
	if err := t.params.Check(); err != nil {
		return "", pipeline.Usage(err)
	}
	return seed, nil
}

// name finds the columns of the features, the label and, if there is one, the
// weight. A model to go on from says which features there are, in which order,
// and how their texts are encoded.
func (t *training) name(ctx context.Context, data *duck.Table) (err error) {
	asked := t.features
	if t.from != nil {
		if err := t.sameFeatures(); err != nil {
			return err
		}
		asked = t.from.Features
	}
	if t.columns, err = findColumns(ctx, data, asked, t.label, t.weight); err != nil || t.from == nil {
		return err
	}
	t.columns.names = t.from.Features
	return useEncoders(t.from, data, t.columns.features)
}

// sameFeatures refuses --features other than those of --from; their order is the
// model's.
func (t *training) sameFeatures() error {
	named := map[string]bool{}
	for _, name := range t.features {
		at := slices.IndexFunc(t.from.Features, func(f string) bool { return strings.EqualFold(f, strings.TrimSpace(name)) })
		if at < 0 {
			return usagef("the feature %s is none of the model %s, which reads %s", name, t.goOn, strings.Join(t.from.Features, ", "))
		}
		named[t.from.Features[at]] = true
	}
	for _, feature := range t.from.Features {
		if len(t.features) > 0 && !named[feature] {
			return usagef("the model %s also reads %s; name it in --features, or leave --features out", t.goOn, feature)
		}
	}
	return nil
}

// findColumns finds the columns that training reads.
func findColumns(ctx context.Context, data *duck.Table, features []string, label, weight string) (c columns, err error) {
	find := func(name string) (string, error) {
		column, err := resolveColumn(data, strings.TrimSpace(name))
		if err == nil {
			err = data.Unique(ctx, column)
		}
		return column, err
	}
	for _, name := range features {
		column, err := find(name)
		if err != nil {
			return c, err
		}
		if slices.Contains(c.features, column) {
			return c, usagef("the feature %s is named twice", column)
		}
		c.features = append(c.features, column)
	}
	c.names = c.features
	if c.label, err = find(label); err != nil {
		return c, err
	}
	if slices.Contains(c.features, c.label) {
		return c, usagef("the label %s stands among the features", c.label)
	}
	if weight == "" {
		return c, nil
	}
	if c.weight, err = find(weight); err == nil && c.weight == c.label {
		err = usagef("the weight %s is the label", c.weight)
	}
	return c, err
}

func openData(ctx context.Context, path, table string) (*duck.Table, error) {
	if path == "" {
		return nil, usagef("say which file to read: --data FILE")
	}
	data, err := duck.OpenTable(ctx, path, table)
	if errors.As(err, new(duck.UnknownTable)) {
		return nil, pipeline.Usage(err)
	}
	if err != nil && strings.Contains(err.Error(), "database file with version number") { // DuckDB's own words
		err = pipeline.Hint(err, "A newer DuckDB wrote it: copy the table to a parquet file there, or attach the file with STORAGE_VERSION 'v1.5.0'.")
	}
	return data, err
}
