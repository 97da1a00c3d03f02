package zeroshot

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"willbuy/pipeline/textmodel"
)

// Precision is how exactly a question is answered.
type Precision string

// The precisions.
const (
	Exact Precision = "exact" // float32
	Fast  Precision = "fast"  // a Cascade
	Int8  Precision = "int8"  // the quantised network alone
)

// Precisions lists all, for those who offer a choice.
var Precisions = []Precision{Exact, Fast, Int8}

// Setup says with what a question is answered.
type Setup struct {
	Precision Precision          // empty means Exact
	Provider  textmodel.Provider // empty means the CPU
	Library   string             // of ONNX Runtime; see textmodel.Options
}

// Answerer puts a question to texts: a Classifier, or a Cascade of two.
type Answerer interface {
	Classify(ctx context.Context, texts iter.Seq[textmodel.Text], r Run) error
}

// Opened is a question with the models that answer it.
type Opened struct {
	Answerer
	// Cascade is the Answerer where that is one, else nil.
	Cascade *Cascade
	// First is the precision of a Cascade's quick model: textmodel.Int8, or
	// textmodel.Reduced where a provider has that.
	First textmodel.Precision
	// Notes are sentences on what is not as asked: a provider that is not to be
	// had, a precision that the model has not.
	Notes []string

	exact, quick *textmodel.Model // quick may be nil
}

// Open opens the models of a source that a setup needs and prepares the
// question.
func Open(source textmodel.Source, s Setup, o Options) (*Opened, error) {
	opened := &Opened{}
	if err := opened.open(source, s, o); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return opened, nil
}

func (q *Opened) open(source textmodel.Source, s Setup, o Options) error {
	precision := textmodel.Exact
	switch s.Precision {
	case "", Exact, Fast:
	case Int8:
		precision = textmodel.Int8
	default:
		return fmt.Errorf("prepare zero-shot classification: there is no precision %q", string(s.Precision))
	}
	at := func(p textmodel.Precision) (*textmodel.Model, error) {
		return textmodel.Open(source, textmodel.Options{Library: s.Library, Provider: s.Provider, Precision: p})
	}
	var err error
	if q.exact, err = at(precision); err != nil {
		return err
	}
	q.note(q.exact.Note())
	if s.Precision != Fast || source.OneNetwork() {
		if source.OneNetwork() && (s.Precision == Fast || s.Precision != Int8 && !source.Embedded()) {
			q.note(fmt.Sprintf("%s has a quantised network alone, so every precision is int8", source))
		}
		q.Answerer, err = New(q.exact, o)
		return err
	}

	if s.Provider.Reduces() && q.exact.Note() == "" {
		q.First = textmodel.Reduced
		if q.quick, err = at(q.First); err != nil {
			return err
		}
		if q.quick.Note() != "" { // it would be the exact one again
			q.note(q.quick.Note())
			err, q.quick = q.quick.Close(), nil
		}
	}
	if q.quick == nil && err == nil {
		q.First = textmodel.Int8
		q.quick, err = at(q.First)
	}
	if err != nil {
		return err
	}
	q.Cascade, err = NewCascade(q.exact, q.quick, o)
	q.Answerer = q.Cascade
	return err
}

// note keeps a sentence, if there is one.
func (q *Opened) note(text string) {
	if text != "" {
		q.Notes = append(q.Notes, text)
	}
}

// Close frees the models. No Classify may be in progress.
func (q *Opened) Close() error {
	var err error
	for _, m := range []*textmodel.Model{q.exact, q.quick} {
		if m != nil {
			err = errors.Join(err, m.Close())
		}
	}
	return err
}
