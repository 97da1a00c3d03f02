package sentiment

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"

	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/tokenizer"
)

// Classes is a model trained to tell sentiment: its classes are positive,
// negative and perhaps neutral and mixed, in any order, or one to five stars.
// The score is the mean of the classes' values under the model's
// probabilities; the label is that of the most probable class.
type Classes struct {
	model  *textmodel.Model
	values []float64 // of the classes, −1 to 1
	labels []string
}

// NewClasses reads the meaning of a model's classes from their names.
func NewClasses(model *textmodel.Model) (*Classes, error) {
	c := &Classes{model: model}
	var lowest, highest float64
	for _, name := range model.Config().Labels {
		value, label, ok := meaning(name)
		if !ok {
			return nil, fmt.Errorf("prepare sentiment: the model calls its classes %s, and %q says neither a sentiment nor a number of stars; give them their names under id2label and label2id in its config.json",
				strings.Join(model.Config().Labels, ", "), name)
		}
		c.values, c.labels = append(c.values, value), append(c.labels, label)
		lowest, highest = min(lowest, value), max(highest, value)
	}
	if lowest != -1 || highest != 1 {
		return nil, fmt.Errorf("prepare sentiment: the model's classes %s do not reach from negative to positive",
			strings.Join(model.Config().Labels, ", "))
	}
	return c, nil
}

// meaning reads a class's name.
func meaning(name string) (value float64, label string, ok bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case "pos":
		name = Positive
	case "neg":
		name = Negative
	case "neu":
		name = Neutral
	}
	if value, ok := Number(name); ok {
		return value, name, true
	}
	stars := strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(name, "s"), "star"), " _-")
	if len(stars) != 1 || stars[0] < '1' || stars[0] > '5' {
		return 0, "", false
	}
	value = (float64(stars[0]-'0') - 3) / 2
	return value, labelOf(value, 0.5), true
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
