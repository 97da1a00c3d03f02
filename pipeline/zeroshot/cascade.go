package zeroshot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"willbuy/pipeline/textmodel"
)

// Cascade asks one question with two models, a quick one and the exact one
// whose approximation it is. Every text is asked of the quick one; where that
// puts its first label only narrowly before the others, the exact one is asked
// too and its answer counts. How narrow is learnt from a sample of the texts
// themselves: the quick model answers them all, the exact one some forty of them
// and those that turn out to need it; see Calibration.
//
// So labels are nearly always the exact model's; the scores are the exact ones
// where that was asked, else the quick model's.
//
// One Classify at a time may run.
type Cascade struct {
	exact, quick *Classifier
	probes       []Probe
	calibration  Calibration
}

// NewCascade prepares the question for both models, which must be of one
// directory, so that texts are tokenized once.
func NewCascade(exact, quick *textmodel.Model, o Options) (*Cascade, error) {
	second, err := New(exact, o)
	if err != nil {
		return nil, err
	}
	first, err := New(quick, o)
	if err != nil {
		return nil, err
	}
	if first.entailment != second.entailment || len(first.hypotheses) != len(second.hypotheses) {
		return nil, errors.New("prepare zero-shot classification: the quick model is not a twin of the exact one")
	}
	return &Cascade{exact: second, quick: first}, nil
}

// Resume gives the cascade the sample of an earlier run with the same models
// and question. One that is not whole is completed by the next texts; if those
// are what was left of it, the same threshold comes out. It must be called
// before Classify.
func (c *Cascade) Resume(probes []Probe) {
	c.probes = append(c.probes, probes...)
	if c.whole() {
		c.calibration = calibrate(c.probes)
	}
}

// Calibration returns what the sample told; ok is false until there is one.
func (c *Cascade) Calibration() (_ Calibration, ok bool) {
	return c.calibration, c.calibration.Sample > 0
}

// whole tells whether the sample is complete.
func (c *Cascade) whole() bool { return len(c.probes) >= SampleTexts }

// Classify answers a stream of texts as Classifier.Classify does. The first
// SampleTexts distinct ones are the sample, over all calls together; their
// Results carry a Probe. A stream that ends before makes do with what there is;
// with very few texts, all are answered exactly and none is a sample.
func (c *Cascade) Classify(ctx context.Context, texts iter.Seq[textmodel.Text], r Run) error {
	if c.whole() && !c.calibration.Pays() {
		return c.exact.Classify(ctx, texts, r)
	}
	task := c.quick.task(r)
	task.OnAnswer = func(a textmodel.Answer) {
		result := c.exact.result(a)
		if a.Sampled && a.Err == nil {
			probe := c.answered(a)
			result.Probe = &probe
		}
		r.OnResult(result)
	}
	task.Second = &textmodel.Second{
		Model: c.exact.model,
		Redo: func(first [][]float32) bool {
			_, margin := c.quick.first(first)
			return margin < c.calibration.Threshold
		},
		Sample: max(0, SampleTexts-len(c.probes)),
		Least:  leastTexts - len(c.probes),
		OnSample: func(first, second [][][]float32) (ask []int, goOn bool) {
			known := len(c.probes)
			probes := slices.Clone(c.probes)
			for i := range first {
				probes = append(probes, c.probe(first[i], second[i]))
			}
			if ask = next(probes, known); len(ask) > 0 {
				for i := range ask {
					ask[i] -= known
				}
				return ask, true
			}
			c.probes, c.calibration = probes, calibrate(probes)
			if r.OnCalibrated != nil {
				r.OnCalibrated(c.calibration)
			}
			return nil, c.calibration.Pays()
		},
	}
	return task.Run(ctx, texts)
}

// answered is the probe that the answer to a text of the sample makes.
func (c *Cascade) answered(a textmodel.Answer) Probe {
	if a.First == nil {
		return c.probe(a.Logits, nil)
	}
	return c.probe(a.First, a.Logits)
}

// probe compares the answers of the two models to one text; exact is nil where
// that was not asked.
func (c *Cascade) probe(quick, exact [][]float32) Probe {
	label, margin := c.quick.first(quick)
	if exact == nil {
		return Probe{Margin: margin}
	}
	lead := c.exact.lead(exact, label)
	if len(quick) == 1 && c.quick.lead(quick, label) < 0 {
		lead = -lead // the one label is denied
	}
	return Probe{Margin: margin, Exact: true, Lead: lead}
}

// first returns the hypothesis that a model's logits put first, and by how
// much: the difference to the next on the scale of logits. That is the
// difference of the entailments, or with MultiLabel of the log-odds; a single
// hypothesis is compared with log-odds 0.
func (c *Classifier) first(logits [][]float32) (hypothesis int, margin float64) {
	for i := range logits {
		if c.value(logits[i]) > c.value(logits[hypothesis]) {
			hypothesis = i
		}
	}
	return hypothesis, math.Abs(c.lead(logits, hypothesis))
}

// lead is how far a hypothesis is before the best of the others, negative where
// it is behind.
func (c *Classifier) lead(logits [][]float32, hypothesis int) float64 {
	if len(logits) == 1 {
		if !c.multi {
			return 0 // labels that are all the same
		}
		return c.value(logits[0])
	}
	best := math.Inf(-1)
	for i := range logits {
		if i != hypothesis {
			best = max(best, c.value(logits[i]))
		}
	}
	return c.value(logits[hypothesis]) - best
}

// value is what hypotheses are compared by.
func (c *Classifier) value(logits []float32) float64 {
	if c.multi {
		return float64(logits[c.entailment]) - float64(logits[c.against])
	}
	return float64(logits[c.entailment])
}

// String says what the calibration found, in a sentence.
func (c Calibration) String() string {
	sample := fmt.Sprintf("on %d of your texts, %d of them both ways", c.Sample, c.Both)
	if !c.Pays() {
		return fmt.Sprintf("%s: %.0f%% would have to be redone for %.1f%% of the labels to be as exact ones, so fast would not pay and all are answered exactly",
			sample, 100*c.Redone, 100*MinAgreement)
	}
	return fmt.Sprintf("%s: texts with a margin below %.2f logits are redone exactly, about %.0f%%; %.2f%% of the labels are expected to be as exact ones",
		sample, c.Threshold, 100*c.Redone, 100*c.Agreement)
}
