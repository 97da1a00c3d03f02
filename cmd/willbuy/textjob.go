package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
	"willbuy/store"
)

const textOutput = `With --out the answers go to a file instead. A run that is stopped or killed leaves its answers beside it, in FILE.part; the same command goes on with the rest, and the file is the one that an undisturbed run makes. Another question or another input is refused. Values are quoted where csv needs it and otherwise left as they are, formulas too.`

// textJob is what classify and sentiment have in common.
type textJob struct {
	files           []string // none for stdin
	column          string   // that holds the text; "" to find it
	model, provider string
	out             string // "" for stdout
	force           bool

	shape shape // of out
}

func (j *textJob) flags(cmd *cobra.Command) {
	textFlags(cmd, &j.model, &j.column)
	cmd.Flags().StringVar(&j.provider, "provider", string(textmodel.CPU), "hardware that runs the model: cpu, cuda, coreml or openvino; the CPU does it where that cannot")
	cmd.Flags().StringVar(&j.out, "out", "", "file for the answers: .jsonl, .csv or .parquet; what an earlier run left is continued")
	cmd.Flags().BoolVar(&j.force, "force", false, "replace what --out names, finished or not")
}

// check refuses what is wrong with the flags before anything is tried, and
// finds the model.
func (j *textJob) check(columns []store.Column, row func(json.RawMessage) ([]any, error)) (textmodel.Provider, error) {
	provider, err := choice("--provider", j.provider, textmodel.Providers)
	if err != nil {
		return "", err
	}
	if j.force && j.out == "" {
		return "", usagef("--force is for --out, which is not given")
	}
	if j.out != "" {
		if j.shape, err = shapeFor(j.out, columns, row); err != nil {
			return "", err
		}
	}
	j.model, err = textModelDir(j.model)
	return provider, err
}

// choice finds a flag's value among those there are.
func choice[T ~string](flag, value string, choices []T) (T, error) {
	if slices.Contains(choices, T(value)) {
		return T(value), nil
	}
	var names []string
	for _, c := range choices {
		names = append(names, string(c))
	}
	return "", usagef("%s takes %s, not %q%s", flag, strings.Join(names, ", "), value, meant(value, names, ""))
}

// answerer begins the answers to a job: on stdout, or in its file. Asked makes
// the question, which a file must know.
func (c *cli) answerer(ctx context.Context, job textJob, verb string, asked func() (question, error)) (*answerer, error) {
	p := c.progress()
	a := &answerer{c: c, verb: verb, progress: p, force: job.force}
	if job.out == "" {
		a.sink = &printer{c: c, progress: p, ready: map[int][]byte{}}
	} else {
		q, err := asked()
		if err != nil {
			return nil, err
		}
		input, err := inputFacts(ctx, job.files, job.column)
		if err != nil {
			return nil, err
		}
		f, err := openAnswerFile(job.out, append(q, input...), job.shape, job.force)
		if err != nil {
			return nil, err
		}
		a.sink, a.file = f, f
		a.answered, a.failed = f.kept, f.failed
		p.kept(f.kept)
		if f.kept > 0 {
			c.remark("%s%s: %s already answered; going on", f.path, partSuffix, pipeline.Plural(f.kept, "text"))
		}
	}
	p.count(ctx, job.files)
	return a, nil
}
