package sentiment

import (
	"context"
	"fmt"
	"iter"

	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/zeroshot"
)

// Hypotheses are the sentences whose entailment is compared. Empty ones take
// the defaults; Neutral has none and is left out when empty, which saves a
// third of the work.
type Hypotheses struct {
	Positive, Negative, Neutral string
}

// The default hypotheses.
const (
	DefaultPositive = "The sentiment of this review is positive."
	DefaultNegative = "The sentiment of this review is negative."
)

// neutralBand is how far from 0 a score may be and be called neutral where no
// neutral hypothesis is asked: at 1/3 the better hypothesis has twice the
// probability of the other.
const neutralBand = 1.0 / 3

// ZeroShot asks an inference model which of two or three sentences the text
// entails. The score is P(positive) − P(negative) of a softmax over their
// entailments.
type ZeroShot struct {
	classifier *zeroshot.Classifier
	hypotheses Hypotheses
}

// NewZeroShot prepares the hypotheses.
func NewZeroShot(model *textmodel.Model, h Hypotheses) (*ZeroShot, error) {
	if h.Positive == "" {
		h.Positive = DefaultPositive
	}
	if h.Negative == "" {
		h.Negative = DefaultNegative
	}
	sentences := []string{h.Positive, h.Negative}
	if h.Neutral != "" {
		sentences = append(sentences, h.Neutral)
	}
	for i, sentence := range sentences {
		for _, other := range sentences[:i] {
			if sentence == other {
				return nil, fmt.Errorf("prepare sentiment: the hypothesis %q stands for two sentiments", sentence)
			}
		}
	}
	classifier, err := zeroshot.New(model, zeroshot.Options{Labels: sentences, Template: "{}"})
	if err != nil {
		return nil, err
	}
	return &ZeroShot{classifier, h}, nil
}

// Score implements Engine.
func (z *ZeroShot) Score(ctx context.Context, texts iter.Seq[textmodel.Text], r Run) error {
	return z.classifier.Classify(ctx, texts, zeroshot.Run{
		Workers: r.Workers, OnWorker: r.OnWorker,
		OnResult: func(answer zeroshot.Result) {
			result := Result{Text: answer.Text, Index: answer.Index, Err: answer.Err}
			if answer.Err == nil {
				result.Score, result.Label = z.read(answer)
			}
			r.OnResult(result)
		},
	})
}

// read turns ranked hypotheses into score and label.
func (z *ZeroShot) read(answer zeroshot.Result) (score float64, label string) {
	names := map[string]string{z.hypotheses.Positive: Positive, z.hypotheses.Negative: Negative}
	for i, sentence := range answer.Labels {
		switch names[sentence] {
		case Positive:
			score += answer.Scores[i]
		case Negative:
			score -= answer.Scores[i]
		}
	}
	if z.hypotheses.Neutral == "" {
		return score, labelOf(score, neutralBand)
	}
	if label = names[answer.Labels[0]]; label == "" {
		label = Neutral
	}
	return score, label
}

// labelOf names a score: neutral where it is within band of 0.
func labelOf(score, band float64) string {
	switch {
	case score >= band:
		return Positive
	case score <= -band:
		return Negative
	}
	return Neutral
}
