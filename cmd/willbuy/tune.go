package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/tune"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/views/chart"
)

// tuning is what `willbuy tune` was asked for.
type tuning struct {
	training
	space   []string
	random  int
	halving bool
	folds   int
	metric  string
	record  string
}

func (c *cli) tuneCommand() *cobra.Command {
	t := tuning{training: training{cli: c}}
	cmd := &cobra.Command{
		Use:   "tune --data FILE --features A,B,... --label Y --search NAME=VALUES ...",
		Short: "search training parameters on k folds",
		Long: `Trains with many settings of parameters on folds of a csv (gzip too), parquet or DuckDB file and tells which does best on the rows that each fold keeps apart. All folds come from one pass over the file.

--search takes a list, max_depth=3,5,8, or a range, eta=0.01..0.3, by the logarithm with :log behind it; it can be repeated. Every combination is tried (of a range five values), or --random N of them. Of the --rounds of a run the number is chosen that is best on the mean of the folds. --halving gives all runs a few rounds, the best third of them three times as many, and so on.

A row's fold is a hash of --id (or else of its number, from 1) and of --param seed=N. --record keeps each run that is complete: the same command goes on from there.`,
		Example: `willbuy tune --data shop.csv --features load,rating --label bought \
  --param objective=binary:logistic --metric auc \
  --search max_depth=3,5,8 --search eta=0.05,0.1,0.3

# 30 settings at random, weak ones stopped early, the best kept
willbuy tune --data shop.parquet --features load,rating \
  --label bought --id uuid --search max_depth=3..10 \
  --search eta=0.01..0.3:log --random 30 --halving --rounds 300 \
  --record runs.jsonl --out best.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			left := "before the end: no run is kept without --record"
			if t.record != "" {
				left = "before the end; the runs that are complete are in " + t.record + ", and the same command goes on from there"
			}
			return halted(cmd.Context(), t.run(cmd.Context()), left)
		},
	}
	flags := cmd.Flags()
	dataFlags(cmd, &t.data, &t.table)
	flags.StringSliceVar(&t.features, "features", nil, "columns that the model reads, comma-separated")
	flags.StringVar(&t.label, "label", "", "column to predict")
	flags.StringVar(&t.weight, "weight", "", "column with the weight of each row")
	flags.StringVar(&t.id, "id", "", "column whose hash decides a row's fold")
	flags.StringArrayVar(&t.settings, "param", nil, "a training parameter that is not searched, as name=value; can be repeated")
	flags.StringArrayVar(&t.space, "search", nil, "a parameter to search: name=a,b,c or name=low..high or name=low..high:log; can be repeated")
	flags.IntVar(&t.random, "random", 0, "try so many settings drawn at random instead of all")
	flags.BoolVar(&t.halving, "halving", false, "stop weak runs early: successive halving, by thirds")
	flags.IntVar(&t.folds, "folds", 5, "parts of the rows, each kept apart once")
	flags.StringVar(&t.metric, "metric", "", "what decides, such as auc; by default what the objective is judged by")
	flags.IntVar(&t.rounds, "rounds", 50, "boosting rounds that a run is given at most")
	flags.StringVar(&t.record, "record", "", "file that keeps the runs, to go on after an interruption")
	flags.StringVar(&t.release, "compat", encode.XGBoost34.String(), "the release of XGBoost whose arithmetic to repeat: 3.4 or 3.2")
	flags.StringVar(&t.out, "out", "", "file for a model with the best setting, trained on all rows: "+strings.Join(modelFormats, ", "))
	return cmd
}

func (t *tuning) run(ctx context.Context) error {
	c := t.cli
	search, seed, err := t.search()
	if err != nil {
		return err
	}
	if t.out != "" {
		if _, err := modelFormat(t.out); err != nil {
			return err
		}
		if err := writable(t.out); err != nil { // better now than after the search
			return err
		}
	}
	data, err := openData(ctx, t.data, t.table)
	if err != nil {
		return err
	}
	defer data.Close()
	rows, err := t.rows(ctx, data, seed)
	if err != nil {
		return err
	}
	switch n := rows.Total(); {
	case n == 0:
		return fmt.Errorf("%s has no rows to train on", t.data)
	case n < int64(t.folds):
		return usagef("--folds %d: %s has %s, and every fold needs one", t.folds, t.data, pipeline.Plural(n, "row"))
	}
	record, err := openRecord(t.record, search, rows)
	if err != nil {
		return err
	}
	defer record.close()
	if n := len(record.done); n > 0 {
		c.remark("%s holds %s, not trained again", t.record, pipeline.Plural(int64(n), "run"))
	}
	told := c.tuneProgress()
	result, err := search.Run(ctx, rows, record.done, tune.Events{Run: record.add, Progress: told.at})
	told.line.clear()
	if err != nil {
		return t.explainLabel(err)
	}
	if err := t.show(result); err != nil || t.out == "" {
		return err
	}
	return t.trainBest(ctx, search, result, rows, data)
}

// search reads the flags that need no data, and gives the seed of the folds.
func (t *tuning) search() (s tune.Search, seed string, err error) {
	switch {
	case len(t.space) == 0:
		return s, "", usagef("say what to search: --search max_depth=3,5,8")
	case t.folds < 2:
		return s, "", usagef("--folds %d: at least 2 are needed", t.folds)
	case t.random < 0:
		return s, "", usagef("--random %d: at least 1 setting is needed", t.random)
	}
	if seed, err = t.parameters(); err != nil {
		return s, "", err
	}
	s = tune.Search{Params: t.params, Compat: t.compat, Random: t.random, Halving: t.halving, Folds: t.folds, Metric: t.metric, Seed: uint64(t.params.Seed)}
	for _, text := range t.space {
		r, err := tune.ParseRange(text)
		if err != nil {
			return s, "", pipeline.Usage(err)
		}
		s.Space = append(s.Space, r)
	}
	if _, err := s.Setting(nil); err != nil {
		return s, "", pipeline.Usage(err)
	}
	return s, seed, nil
}

// rows reads the file once, with the fold of every row.
func (t *tuning) rows(ctx context.Context, data *duck.Table, seed string) (*encode.Rows, error) {
	parts := duck.Parts{Folds: t.folds, Seed: seed}
	if t.id != "" {
		var err error
		if parts.ID, err = resolveColumn(data, t.id); err != nil {
			return nil, err
		}
	}
	if err := t.name(ctx, data); err != nil {
		return nil, err
	}
	data.Progress = t.cli.meter("row").at
	return t.cli.readRows(ctx, data, t.columns, parts)
}

// mostRuns is how many runs a table and a plot show; --json has all.
const mostRuns = 30

// show prints the runs, the best first: a table, a plot and what to do next.
func (t *tuning) show(result tune.Result) error {
	c := t.cli
	if c.json {
		return c.object(result)
	}
	better := "less"
	if result.Higher {
		better = "more"
	}
	c.line("%s of %s by %s (%s is better): mean ± standard deviation", pipeline.Plural(int64(len(result.Runs)), "run"),
		pipeline.Plural(int64(t.folds), "fold"), result.Metric, better)
	c.line("")
	shown := result.Runs[:min(len(result.Runs), mostRuns)]
	columns := []store.Column{column("run", store.Int)}
	for _, name := range result.Names {
		columns = append(columns, column(name, store.String))
	}
	columns = append(columns, column(result.Metric, store.String), column("rounds", store.Int), column("trained", store.Int), column("seconds", store.Float))
	var table [][]any
	spans := chart.SpanChart{}
	for i, run := range shown {
		row := []any{i + 1}
		for _, name := range result.Names {
			row = append(row, run.Params[name])
		}
		score := fmt.Sprintf("%.4f ± %.4f", run.Mean, run.SD)
		table = append(table, append(row, score, run.Rounds, run.Trained, math.Round(100*run.Seconds)/100))
		spans.Spans = append(spans.Spans, chart.Span{Name: fmt.Sprintf("%2d  %s", i+1, strings.Join(settings(result, run, " "), " · ")), Value: run.Mean, Low: run.Mean - run.SD, High: run.Mean + run.SD, Text: score})
	}
	if err := c.table(columns, table); err != nil {
		return err
	}
	if hidden := len(result.Runs) - len(shown); hidden > 0 {
		c.line("%s more; --json has all", pipeline.Plural(int64(hidden), "run"))
	}
	c.line("")
	c.drawn(strings.Join(chart.Spans(spans, c.width(), c.theme()), "\n"))
	c.line("")
	if best := result.Runs[0]; t.out == "" {
		c.line("To train the best on all rows, say --out, or: willbuy train … --rounds %d --param %s", best.Rounds, strings.Join(settings(result, best, "="), " --param "))
	}
	return nil
}

// settings are what a run searched: max_depth=5, eta=0.1.
func settings(result tune.Result, run tune.Run, between string) []string {
	list := make([]string, len(result.Names))
	for i, name := range result.Names {
		list[i] = name + between + run.Params[name]
	}
	return list
}

// trainBest trains the best run on all rows.
func (t *tuning) trainBest(ctx context.Context, search tune.Search, result tune.Result, rows *encode.Rows, data *duck.Table) error {
	best := result.Runs[0]
	params, err := search.Setting(best.Params)
	if err != nil {
		return err
	}
	params.Rounds = best.Rounds
	cuts, err := rows.Cuts(nil, params.MaxBin, search.Compat)
	if err != nil {
		return err
	}
	m, err := gbtree.Train(ctx, params, gbtree.Input{Train: rows.Cells(cuts, nil)}, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(keepEncoders(m, data, t.columns.features), writeModel(t.out, m)); err != nil {
		return err
	}
	if !t.cli.json {
		t.cli.line("The best (%s), trained on all %s in %s, is in %s.", strings.Join(settings(result, best, "="), ", "),
			pipeline.Plural(rows.Total(), "row"), pipeline.Plural(int64(best.Rounds), "round"), t.out)
	}
	return nil
}

// tuneProgress tells how far a search is.
type tuneProgress struct {
	line  statusLine
	began time.Time
	first int // trainings that were complete when it began
	known bool
}

func (c *cli) tuneProgress() *tuneProgress {
	return &tuneProgress{line: c.statusLine(), began: time.Now()}
}

func (p *tuneProgress) at(now tune.Progress) {
	if !p.known {
		p.first, p.known = now.Done, true
	}
	p.line.tell(func() string {
		text := fmt.Sprintf("%s of %s trained", counted(int64(now.Done)), pipeline.Plural(int64(now.Total), "fold"))
		if n := now.Done - p.first; n > 0 {
			text += ", " + seconds(time.Since(p.began).Seconds()/float64(n)*float64(now.Total-now.Done)) + " left"
		}
		return text
	})
}
