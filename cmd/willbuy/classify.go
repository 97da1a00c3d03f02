package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/zeroshot"
	"willbuy/store"
)

func (c *cli) classifyCommand() *cobra.Command {
	var job textJob
	var list, precision string
	var opts zeroshot.Options
	cmd := &cobra.Command{
		Use:   "classify (--labels A,B,C | --label A --label B ...) [FILE...]",
		Short: "zero-shot classification with your own labels",
		Long: "Asks a natural language inference model for each label whether the text entails it, as Hugging Face's zero-shot-classification pipeline does, and prints a JSON line a text, in the order of the input: " +
			`{"id","sequence","labels","scores"}, or {"id","error"} for a text that cannot be classified.` + "\n\n" + textInput + "\n\n" + textOutput +
			" The columns of csv and parquet are id, sequence, label and score (the best), one for each candidate label in the order asked, and error.\n\n" +
			"--precision fast asks the quantised network of the model first and the exact one where the first two labels are close; how close is learnt from the first " +
			fmt.Sprint(zeroshot.SampleTexts) + " distinct texts, of which both answer a part, and told on stderr. int8 is the quantised network alone. The embedded model has that one only.",
		Example: `echo "The zip broke" | willbuy classify --labels quality,delivery,price
willbuy classify --labels praise,complaint reviews.csv --text-column review --out answers.csv
willbuy classify --model ~/models/bart-large-mnli --labels good,bad \
  --precision fast --template "This review is {}." reviews.jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			opts.Labels = append(opts.Labels, zeroshot.ParseLabels(list)...)
			if len(opts.Labels) == 0 {
				return pipeline.Hint(usagef("no label is given"), `Give some with --labels A,B,C. The lab's are: --label "`+strings.Join(pipeline.DefaultLab().Labels, `" --label "`)+`"`)
			}
			known, err := choice("--precision", precision, zeroshot.Precisions)
			if err != nil {
				return err
			}
			job.files = files
			return c.classify(cmd.Context(), job, known, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&list, "labels", "", "candidate labels, comma-separated")
	flags.StringArrayVar(&opts.Labels, "label", nil, "one candidate label, commas and all; can be repeated")
	flags.StringVar(&opts.Template, "template", zeroshot.DefaultTemplate, "the sentence, with {} where the label goes")
	flags.BoolVar(&opts.MultiLabel, "multi-label", false, "score each label by itself instead of against the others")
	flags.StringVar(&precision, "precision", string(zeroshot.Exact), "how the scores are computed: exact, fast (nearly always the exact labels, sooner) or int8")
	job.flags(cmd)
	return cmd
}

// classified is a line of classify.
type classified struct {
	ID       json.RawMessage `json:"id"`
	Sequence string          `json:"sequence"`
	Labels   []string        `json:"labels"`
	Scores   []float64       `json:"scores"`
}

func (c *cli) classify(ctx context.Context, job textJob, precision zeroshot.Precision, opts zeroshot.Options) error {
	provider, err := job.check(classifiedShape(opts.Labels))
	if err != nil {
		return err
	}
	opened, err := zeroshot.Open(textModel(job.model), zeroshot.Setup{Precision: precision, Provider: provider}, opts)
	switch {
	case errors.Is(err, zeroshot.ErrQuestion):
		return pipeline.Usage(err)
	case err != nil:
		return modelHint(job.model, err)
	}
	defer opened.Close()
	for _, note := range opened.Notes {
		c.remark("%s", note)
	}
	answers, err := c.answerer(ctx, job, "classified", func() (question, error) { return classifyQuestion(job, precision, opened.First, opts) })
	if err != nil {
		return err
	}
	defer answers.close()
	if err := answers.resumeCalibration(opened.Cascade); err != nil {
		return err
	}
	return answers.ask(ctx, c.readTexts(ctx, job.files, job.column), func(ctx context.Context, texts iter.Seq[textmodel.Text]) error {
		return opened.Classify(ctx, texts, zeroshot.Run{
			OnWorker:     answers.progress.worker,
			OnCalibrated: answers.tellCalibration,
			OnResult: func(r zeroshot.Result) {
				var probe any
				if r.Probe != nil {
					probe = r.Probe
				}
				answers.give(r.Index, r.Err, func(id json.RawMessage) any { return classified{id, r.Text.Text, r.Labels, r.Scores} }, probe)
			},
		})
	})
}

// resumeCalibration gives a cascade what earlier runs learnt for it.
func (a *answerer) resumeCalibration(cascade *zeroshot.Cascade) error {
	if cascade == nil {
		return nil
	}
	a.progress.calibrate(true)
	if a.file == nil {
		return nil
	}
	probes := make([]zeroshot.Probe, len(a.file.probes))
	for i, raw := range a.file.probes {
		if err := json.Unmarshal(raw, &probes[i]); err != nil {
			return fmt.Errorf("read the calibration in %s%s: %w", a.file.path, partSuffix, err)
		}
	}
	cascade.Resume(probes)
	if c, whole := cascade.Calibration(); whole {
		a.tellCalibration(c)
	}
	return nil
}

func (a *answerer) tellCalibration(calibration zeroshot.Calibration) {
	a.progress.calibrate(false)
	a.progress.clear()
	a.c.remark("calibrated %s", calibration)
}

// classifyQuestion is all that the answers of classify rest on.
func classifyQuestion(job textJob, precision zeroshot.Precision, first textmodel.Precision, opts zeroshot.Options) (question, error) {
	network := textmodel.Exact
	if precision == zeroshot.Int8 {
		network = textmodel.Int8
	}
	model, err := modelFact(job.model, network)
	if err != nil {
		return nil, err
	}
	q := question{{Name: "command", Value: "classify"}, model, {Name: "precision", Value: string(precision)}}
	if first == textmodel.Int8 {
		quick, err := modelFact(job.model, textmodel.Int8)
		if err != nil {
			return nil, err
		}
		quick.Name = "quick network of the model"
		q = append(q, quick)
	}
	labels, err := jsonText(opts.Labels)
	if err != nil {
		return nil, err
	}
	return append(q, fact{Name: "provider", Value: job.provider}, fact{Name: "labels", Value: string(labels)},
		fact{Name: "template", Value: opts.Template}, fact{Name: "multi-label", Value: fmt.Sprint(opts.MultiLabel)}), nil
}

// classifiedShape is the table of the answers: a column a label besides what is
// the same for all.
func classifiedShape(labels []string) ([]store.Column, func(json.RawMessage) ([]any, error)) {
	columns := []store.Column{column("id", store.String), column("sequence", store.String), column("label", store.String), column("score", store.Float)}
	for _, label := range labels {
		columns = append(columns, column(unused(label, append(columns, column("error", ""))), store.Float))
	}
	columns = append(columns, column("error", store.String))
	return columns, func(answer json.RawMessage) ([]any, error) {
		var a classified
		row, failed, err := answerRow(answer, &a, len(columns))
		if failed || err != nil {
			return row, err
		}
		if len(a.Labels) == 0 || len(a.Labels) != len(a.Scores) {
			return nil, fmt.Errorf("%s is no answer of classify", answer)
		}
		row[1], row[2], row[3] = a.Sequence, a.Labels[0], a.Scores[0]
		for i, label := range a.Labels {
			for j, asked := range labels {
				if asked == label && row[4+j] == nil { // of labels that are the same each has its score
					row[4+j] = a.Scores[i]
					break
				}
			}
		}
		return row, nil
	}
}

// unused is the name for a column that no other has, in any case.
func unused(name string, columns []store.Column) string {
	free := name
	for n := 2; ; n++ {
		if _, taken := findColumn(columns, free); !taken {
			return free
		}
		free = fmt.Sprintf("%s_%d", name, n)
	}
}
