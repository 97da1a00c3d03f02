package sentiment

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/tokenizer"
)

// Classes is a model trained to tell sentiment: its classes are named for
// positive, negative and perhaps neutral and mixed, in any order and some with
// "very" before them, or for one to five stars. The score is the mean of the
// classes' values under the model's probabilities; the label is that of the most
// probable class.
type Classes struct {
	model  *textmodel.Model
	values []float64 // of the classes, −1 to 1
	labels []string
}

// NewClasses reads the meaning of a model's classes from their names. Names
// that say nothing, such as LABEL_0, are refused: whoever guesses their order
// may turn every score around.
func NewClasses(model *textmodel.Model) (*Classes, error) {
	values, labels, err := meanings(model.Config().Labels)
	if err != nil {
		return nil, fmt.Errorf("prepare sentiment: %w", err)
	}
	return &Classes{model, values, labels}, nil
}

// meanings gives each class its value and its label.
func meanings(names []string) (values []float64, labels []string, err error) {
	graded := slices.ContainsFunc(names, func(name string) bool { _, _, strong, _ := meaning(name); return strong })
	for _, name := range names {
		value, label, strong, ok := meaning(name)
		if !ok {
			return nil, nil, fmt.Errorf(`the model calls its classes %s, and %q says neither a sentiment nor a number of stars; where its card tells what they mean, name them in its config.json: "id2label": {"0": "negative", "1": "neutral", "2": "positive"}`,
				someOf(names), name)
		}
		if graded && !strong && (label == Positive || label == Negative) {
			value /= 2 // "very positive" is the 1
		}
		for i := range values {
			if values[i] == value && labels[i] == label {
				return nil, nil, fmt.Errorf("the model's classes %q and %q mean the same; mend id2label in its config.json", names[i], name)
			}
		}
		values, labels = append(values, value), append(labels, label)
	}
	if slices.Min(values) != -1 || slices.Max(values) != 1 {
		return nil, nil, fmt.Errorf("the model's classes %s do not reach from negative to positive", someOf(names))
	}
	return values, labels, nil
}

// meaning reads a class's name; strong is that of "very positive".
func meaning(name string) (value float64, label string, strong, ok bool) {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == '_' || r == '-' })
	switch {
	case len(words) == 2 && (words[0] == "very" || words[0] == "extremely"):
		strong, words = true, words[1:]
	case len(words) == 2 && (words[1] == "star" || words[1] == "stars"):
		words = words[:1]
	}
	if len(words) != 1 {
		return 0, "", false, false
	}
	word := words[0]
	if full, short := map[string]string{"pos": Positive, "neg": Negative, "neu": Neutral}[word]; short {
		word = full
	}
	if value, ok = Number(word); ok {
		return value, word, strong, !strong || math.Abs(value) == 1
	}
	if strong || len(word) != 1 || word[0] < '1' || word[0] > '5' {
		return 0, "", false, false
	}
	value = (float64(word[0]-'0') - 3) / 2
	return value, labelOf(value, 0.5), false, true
}

// someOf lists names, the first few of very many.
func someOf(names []string) string {
	const most = 8
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// Score implements Engine.
func (c *Classes) Score(ctx context.Context, texts iter.Seq[textmodel.Text], r Run) error {
	task := textmodel.Task{
		Model: c.model, Encode: c.encode, Workers: r.Workers, OnWorker: r.OnWorker,
		OnAnswer: func(a textmodel.Answer) {
			result := Result{Text: a.Text, Index: a.Index, Err: a.Err}
			if a.Err == nil {
				result.Score, result.Label = c.read(a.Logits[0])
			}
			r.OnResult(result)
		},
	}
	return task.Run(ctx, texts)
}

func (c *Classes) encode(text string) ([]tokenizer.Encoding, error) {
	if text == "" {
		return nil, errEmpty
	}
	tok := c.model.Tokenizer()
	return []tokenizer.Encoding{tok.Single(tok.Tokens(text), c.model.Config().MaxTokens)}, nil
}

// read turns the logits of the classes into score and label.
func (c *Classes) read(logits []float32) (score float64, label string) {
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	sum := 0.0
	for i, l := range logits {
		p := math.Exp(float64(l) - float64(logits[best]))
		score += p * c.values[i]
		sum += p
	}
	return score / sum, c.labels[best]
}
