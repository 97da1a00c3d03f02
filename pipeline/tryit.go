package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"willbuy/pipeline/language"
	"willbuy/pipeline/sentiment"
	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/zeroshot"
)

// Tryout scores texts that somebody types, as quality or sentiment would with
// the parameters in force. It holds a model until it is closed; what it answers
// is not recorded.
type Tryout struct {
	ask   func(context.Context, textmodel.Text) (Tried, error)
	close func()
}

// Tried is what a text was found to be.
type Tried struct {
	Text     string
	Labels   []string  // as quality asks for them; nil for sentiment
	Scores   []float64 // of Labels; for sentiment one, from −1 to 1
	Word     string    // for sentiment: positive, neutral, negative or mixed
	Language string    // its code, language.Other where it cannot be told
	Took     time.Duration
}

// CanTry tells whether texts can be tried on a step.
func CanTry(s *Step) bool { return s == qualityStep || s == sentimentStep }

// OpenTryout opens the model of a step.
func (w *Workspace) OpenTryout(s *Step) (*Tryout, error) {
	switch s {
	case qualityStep:
		return tryQuality(w.Values(s))
	case sentimentStep:
		return trySentiment(w.Values(s))
	}
	return nil, fmt.Errorf("texts can be tried on quality and sentiment, not on %s", s.ID)
}

// tryQuality asks for the scores of labels. Precision fast needs a sample of
// many texts to pay; one text is answered exactly.
func tryQuality(v Values) (*Tryout, error) {
	labels, precision := v.List("labels"), zeroshot.Precision(v["precision"])
	if precision == zeroshot.Fast {
		precision = zeroshot.Exact
	}
	opened, err := zeroshot.Open(textSource(v["model"]), zeroshot.Setup{Precision: precision, Provider: textmodel.Provider(v["provider"])},
		zeroshot.Options{Labels: labels, Template: v["template"], MultiLabel: v.Bool("multi_label")})
	if err != nil {
		return nil, openHint(err, "Set quality.model to a model directory, or to embedded.")
	}
	ask := func(ctx context.Context, text textmodel.Text) (t Tried, failed error) {
		err := opened.Classify(ctx, slices.Values([]textmodel.Text{text}), zeroshot.Run{Workers: 1, OnResult: func(r zeroshot.Result) {
			failed, t.Labels = r.Err, labels
			for _, label := range labels {
				if i := slices.Index(r.Labels, label); i >= 0 {
					t.Scores = append(t.Scores, r.Scores[i])
				}
			}
		}})
		return t, errors.Join(err, failed)
	}
	return &Tryout{ask: ask, close: func() { opened.Close() }}, nil
}

func trySentiment(v Values) (*Tryout, error) {
	silent := func(string) {}
	engines := &sentimentEngines{values: v, phase: silent, note: silent, opened: map[string]sentiment.Engine{}}
	engine, err := engines.choose()
	if err != nil {
		engines.Close()
		return nil, err
	}
	ask := func(ctx context.Context, text textmodel.Text) (t Tried, failed error) {
		err := engine.Score(ctx, slices.Values([]textmodel.Text{text}), sentiment.Run{Workers: 1, OnResult: func(r sentiment.Result) {
			t.Scores, t.Word, failed = []float64{r.Score}, r.Label, r.Err
		}})
		return t, errors.Join(err, failed)
	}
	return &Tryout{ask: ask, close: engines.Close}, nil
}

// Score asks the model about a text.
func (t *Tryout) Score(ctx context.Context, text string) (Tried, error) {
	began := time.Now()
	tried, err := t.ask(ctx, textmodel.Text{ID: "typed", Text: text})
	tried.Text, tried.Language, tried.Took = text, language.Of(text), time.Since(began)
	return tried, err
}

// Close lets the model go, and its memory: the runtime would keep it for minutes.
// Nothing may be asked any more.
func (t *Tryout) Close() {
	t.close()
	debug.FreeOSMemory()
}
