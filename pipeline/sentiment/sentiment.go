// Package sentiment scores how positive a text is, from −1 to 1, with one of
// three engines: a natural language inference model asked whether the text is
// positive or negative, a model trained to tell sentiment (classes or stars),
// or VADER's word list for English. A Router gives each language its own.
package sentiment

import (
	"context"
	"errors"
	"iter"
	"strings"

	"willbuy/pipeline/textmodel"
)

// The labels of a Result.
const (
	Positive = "positive"
	Neutral  = "neutral"
	Negative = "negative"
	Mixed    = "mixed"
)

// Number is the lab's mapping of a label to a score: positive 1, negative −1,
// neutral 0, mixed 0.5; ok is false for any other word. Case and surrounding
// space do not matter.
func Number(label string) (score float64, ok bool) {
	switch strings.ToLower(strings.TrimSpace(label)) {
	case Positive:
		return 1, true
	case Negative:
		return -1, true
	case Neutral:
		return 0, true
	case Mixed:
		return 0.5, true
	}
	return 0, false
}

// Result is the sentiment of one text, or why there is none.
//
// Which label a score has is the engine's to say. An inference model calls
// neutral what is nearer to 0 than 1/3, where neither hypothesis has twice the
// probability of the other; VADER what is nearer than 0.05, as its authors do. A
// model with classes gives the most probable one, so that a score of −0.1 may be
// negative, neutral or positive.
type Result struct {
	textmodel.Text
	Index int     // the text's place in the stream, from 0
	Score float64 // −1 to 1
	Label string
	Err   error
}

// Run says how an engine works and who hears of it; see textmodel.Task.
type Run struct {
	Workers  int
	OnResult func(Result)
	OnWorker func(textmodel.Worker)
}

// Engine scores a stream of texts. Results come one at a time as they are
// ready. The error is ctx's or the model's; what is wrong with one text is told
// in its Result.
type Engine interface {
	Score(ctx context.Context, texts iter.Seq[textmodel.Text], r Run) error
}

// ForModel returns the engine that fits a model: ZeroShot with the default
// hypotheses if one of its classes is an entailment, else Classes.
func ForModel(model *textmodel.Model) (Engine, error) {
	for _, label := range model.Config().Labels {
		if strings.HasPrefix(strings.ToLower(label), "entail") {
			return NewZeroShot(model, Hypotheses{})
		}
	}
	return NewClasses(model)
}

// errEmpty is the answer to a text that holds nothing.
var errEmpty = errors.New("the text is empty")
