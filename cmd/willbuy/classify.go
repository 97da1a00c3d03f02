package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/sentiment"
	"willbuy/pipeline/tokenizer"
	"willbuy/pipeline/zeroshot"
	"willbuy/testdata/model"
)

const textInput = `Texts come from files: csv and parquet by --text-column, .jsonl by its key "text" (and optional "id"), a text a line from anything else. Without a file, or with -, they come from stdin, as JSON lines or plain ones.`

// textFlags are those that all commands on texts have.
func textFlags(cmd *cobra.Command, dir, column *string) {
	cmd.Flags().StringVar(dir, "model", "", "model directory in Hugging Face's layout; the embedded model by default")
	cmd.Flags().StringVar(column, "text-column", "", "column or key that holds the text")
}

func (c *cli) classifyCommand() *cobra.Command {
	var dir, column, list string
	var opts zeroshot.Options
	cmd := &cobra.Command{
		Use:   "classify (--labels A,B,C | --label A --label B ...) [FILE...]",
		Short: "zero-shot classification with your own labels",
		Long: "Asks a natural language inference model for each label whether the text entails it, as Hugging Face's zero-shot-classification pipeline does, and prints a JSON line a text, in the order of the input: " +
			`{"id","sequence","labels","scores"}, or {"id","error"} for a text that cannot be classified.` + "\n\n" + textInput,
		Example: `echo "The zip broke" | willbuy classify --labels quality,delivery,price
willbuy classify --labels praise,complaint reviews.csv --text-column review
willbuy classify --model ~/models/bart-large-mnli --labels good,bad \
  --template "This review is {}." reviews.jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			opts.Labels = append(opts.Labels, zeroshot.ParseLabels(list)...)
			if len(opts.Labels) == 0 {
				return pipeline.Hint(usagef("no label is given"), `The lab's are: --label "`+strings.Join(pipeline.DefaultLab().Labels, `" --label "`)+`"`)
			}
			return c.classify(cmd.Context(), dir, opts, files, column)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&list, "labels", "", "candidate labels, comma-separated")
	flags.StringArrayVar(&opts.Labels, "label", nil, "one candidate label, commas and all; can be repeated")
	flags.StringVar(&opts.Template, "template", zeroshot.DefaultTemplate, "the sentence, with {} where the label goes")
	flags.BoolVar(&opts.MultiLabel, "multi-label", false, "score each label by itself instead of against the others")
	textFlags(cmd, &dir, &column)
	return cmd
}

// classified is a line of classify.
type classified struct {
	ID       json.RawMessage `json:"id"`
	Sequence string          `json:"sequence"`
	Labels   []string        `json:"labels"`
	Scores   []float64       `json:"scores"`
}

func (c *cli) classify(ctx context.Context, dir string, opts zeroshot.Options, files []string, column string) error {
	m, err := openTextModel(dir)
	if err != nil {
		return err
	}
	defer m.Close()
	classifier, err := zeroshot.New(m, opts)
	if err != nil {
		return pipeline.Usage(err)
	}
	answers := c.answerer("classified")
	return answers.end(classifier.Classify(ctx, answers.texts(c.readTexts(ctx, files, column)), zeroshot.Run{OnResult: func(r zeroshot.Result) {
		answers.give(r.Index, r.Err, func(id json.RawMessage) any { return classified{id, r.Text.Text, r.Labels, r.Scores} })
	}}))
}

func (c *cli) sentimentCommand() *cobra.Command {
	var dir, column, engine string
	cmd := &cobra.Command{
		Use:   "sentiment [FILE...]",
		Short: "how happy each text is, from -1 to 1",
		Long: "Scores each text from -1 (unhappy) to 1 (happy) and prints a JSON line a text, in the order of the input: " +
			`{"id","label","score"}, or {"id","error"}.` + "\n\n" + textInput,
		Example: `echo "Best purchase in years" | willbuy sentiment
willbuy sentiment reviews.csv --text-column review
willbuy sentiment --engine vader english.txt`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			if engine != "model" && engine != "vader" {
				return usagef("there is no engine %q; there are model and vader", engine)
			}
			return c.sentiment(cmd.Context(), dir, engine, files, column)
		},
	}
	cmd.Flags().StringVar(&engine, "engine", "model", "model, or vader: a list of English words, fast")
	textFlags(cmd, &dir, &column)
	return cmd
}

// felt is a line of sentiment.
type felt struct {
	ID    json.RawMessage `json:"id"`
	Label string          `json:"label"`
	Score float64         `json:"score"`
}

func (c *cli) sentiment(ctx context.Context, dir, name string, files []string, column string) error {
	var engine sentiment.Engine = sentiment.NewVADER()
	if name == "model" {
		m, err := openTextModel(dir)
		if err != nil {
			return err
		}
		defer m.Close()
		if engine, err = sentiment.ForModel(m); err != nil {
			return err
		}
	}
	answers := c.answerer("scored")
	return answers.end(engine.Score(ctx, answers.texts(c.readTexts(ctx, files, column)), sentiment.Run{OnResult: func(r sentiment.Result) {
		answers.give(r.Index, r.Err, func(id json.RawMessage) any { return felt{id, r.Label, r.Score} })
	}}))
}

func (c *cli) tokenizeCommand() *cobra.Command {
	var dir, column, pair string
	var most int
	cmd := &cobra.Command{
		Use:   "tokenize [FILE...]",
		Short: "the token ids that a model reads, for checking a model directory",
		Long: `Prints {"id","ids"} a text, with the special tokens; with --pair each text is followed by that hypothesis. What is longer than --max-length loses the end of the text, never of the hypothesis (truncation only_first).` +
			"\n\n" + textInput,
		Example: `echo "Great shoes" | willbuy tokenize --pair "This example is positive."
willbuy tokenize --model ~/models/bart-large-mnli reviews.txt`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, files []string) error {
			if most < 0 || most == 0 && cmd.Flags().Changed("max-length") {
				return usagef("--max-length must be at least 1, not %d", most)
			}
			return c.tokenize(cmd.Context(), dir, pair, most, files, column)
		},
	}
	cmd.Flags().StringVar(&pair, "pair", "", "hypothesis that follows each text")
	cmd.Flags().IntVar(&most, "max-length", 0, "most tokens of a row; no limit by default")
	textFlags(cmd, &dir, &column)
	return cmd
}

// tokenized is a line of tokenize.
type tokenized struct {
	ID  json.RawMessage `json:"id"`
	IDs []int64         `json:"ids"`
}

func (c *cli) tokenize(ctx context.Context, dir, pair string, most int, files []string, column string) error {
	t, err := openTokenizer(dir)
	if err != nil {
		return err
	}
	if most == 0 {
		most = math.MaxInt
	}
	hypothesis := t.Tokens(pair)
	var total, failed int64
	for in, err := range c.readTexts(ctx, files, column) {
		if err != nil {
			return err
		}
		total++
		var row tokenizer.Encoding
		switch {
		case in.err != nil:
			err = in.err
		case pair != "":
			row, err = t.Pair(t.Tokens(in.text), hypothesis, most)
		default:
			row = t.Single(t.Tokens(in.text), most)
		}
		var line any = tokenized{in.id, row.IDs}
		if err != nil {
			failed++
			line = failedText{in.id, err.Error()}
		}
		if err := c.object(line); err != nil {
			return err
		}
	}
	return unanswered(failed, total, "tokenized")
}

func openTokenizer(dir string) (*tokenizer.Tokenizer, error) {
	if dir == "" {
		return tokenizer.Load(model.Files)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, pipeline.Hint(fmt.Errorf("read the tokenizer: %s is no folder", dir), "Give the model directory that holds tokenizer.json.")
	}
	t, err := tokenizer.Load(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("read the tokenizer of %s: %w", dir, err)
	}
	return t, nil
}
