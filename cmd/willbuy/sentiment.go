package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"willbuy/pipeline/language"
	"willbuy/pipeline/sentiment"
	"willbuy/pipeline/textmodel"
	"willbuy/store"
)

func (c *cli) sentimentCommand() *cobra.Command {
	var job textJob
	var engine string
	var languages bool
	cmd := &cobra.Command{
		Use:   "sentiment [FILE...]",
		Short: "how happy each text is, from -1 to 1",
		Long: "Scores each text from -1 (unhappy) to 1 (happy) and prints a JSON line a text, in the order of the input: " +
			`{"id","label","score"}, or {"id","error"}.` + "\n\n" + textInput + "\n\n" + textOutput + " The columns of csv and parquet are id, label, score and error.",
		Example: `echo "Best purchase in years" | willbuy sentiment
willbuy sentiment reviews.csv --text-column review --out scores.parquet
willbuy sentiment --engine vader --language english.txt`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			if engine == "vader" && job.model != "" {
				return usagef("--engine vader has its own words and no model; leave --model out")
			}
			if engine != "model" && engine != "vader" {
				return usagef("there is no engine %q; there are model and vader", engine)
			}
			job.files = files
			return c.sentiment(cmd.Context(), job, engine, languages)
		},
	}
	cmd.Flags().StringVar(&engine, "engine", "model", "model, or vader: a list of English words, fast")
	cmd.Flags().BoolVar(&languages, "language", false, `add "language" to each line: de, en, es, fr, it, nl, pt or other`)
	job.flags(cmd)
	return cmd
}

// felt is a line of sentiment.
type felt struct {
	ID       json.RawMessage `json:"id"`
	Label    string          `json:"label"`
	Score    float64         `json:"score"`
	Language string          `json:"language,omitempty"`
}

func (c *cli) sentiment(ctx context.Context, job textJob, name string, languages bool) error {
	provider, err := job.check(feltShape(languages))
	if err != nil {
		return err
	}
	var engine sentiment.Engine = sentiment.NewVADER()
	if name == "model" {
		m, err := textmodel.Open(textModel(job.model), textmodel.Options{Provider: provider})
		if err != nil {
			return modelHint(job.model, err)
		}
		defer m.Close()
		if note := m.Note(); note != "" {
			c.remark("%s", note)
		}
		if engine, err = sentiment.ForModel(m); err != nil {
			return err
		}
	}
	answers, err := c.answerer(ctx, job, "scored", func() (question, error) { return sentimentQuestion(job, name, languages) })
	if err != nil {
		return err
	}
	defer answers.close()
	return answers.ask(ctx, c.readTexts(ctx, job.files, job.column), func(ctx context.Context, texts iter.Seq[textmodel.Text]) error {
		return engine.Score(ctx, texts, sentiment.Run{
			OnWorker: answers.progress.worker,
			OnResult: func(r sentiment.Result) {
				answers.give(r.Index, r.Err, func(id json.RawMessage) any {
					line := felt{ID: id, Label: r.Label, Score: r.Score}
					if languages {
						line.Language = language.Of(r.Text.Text)
					}
					return line
				}, nil)
			},
		})
	})
}

// sentimentQuestion is all that the answers of sentiment rest on.
func sentimentQuestion(job textJob, engine string, languages bool) (question, error) {
	q := question{{Name: "command", Value: "sentiment"}, {Name: "engine", Value: engine}, {Name: "language", Value: fmt.Sprint(languages)}}
	if engine != "model" {
		return q, nil
	}
	model, err := modelFact(job.model, textmodel.Exact)
	return append(q, model, fact{Name: "provider", Value: job.provider}), err
}

// feltShape is the table of the answers.
func feltShape(languages bool) ([]store.Column, func(json.RawMessage) ([]any, error)) {
	columns := []store.Column{column("id", store.String), column("label", store.String), column("score", store.Float)}
	if languages {
		columns = append(columns, column("language", store.String))
	}
	columns = append(columns, column("error", store.String))
	return columns, func(answer json.RawMessage) ([]any, error) {
		var a felt
		row, failed, err := answerRow(answer, &a, len(columns))
		if failed || err != nil {
			return row, err
		}
		row[1], row[2] = a.Label, a.Score
		if languages {
			row[3] = a.Language
		}
		return row, nil
	}
}
