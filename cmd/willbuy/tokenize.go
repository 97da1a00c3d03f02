package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/spf13/cobra"

	"willbuy/pipeline/tokenizer"
	"willbuy/testdata/model"
)

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
	dir, err := textModelDir(dir)
	if err != nil {
		return err
	}
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
	t, err := tokenizer.Load(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("read the tokenizer of %s: %w", dir, err)
	}
	return t, nil
}
