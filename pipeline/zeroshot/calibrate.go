package zeroshot

import (
	"math"
	"slices"
)

const (
	// SampleTexts is how many distinct texts both models of a Cascade answer
	// to calibrate it.
	SampleTexts = 256
	// MinAgreement is the share of texts whose first label must be expected to
	// be the exact model's.
	MinAgreement = 0.995
	// maxRedone is the share of texts to be redone beyond which a cascade does
	// not pay: quick networks run 3 to 6 times as fast as exact ones.
	maxRedone = 0.6
	// allowed is the expected share of changed labels that a threshold may
	// leave: less than MinAgreement grants, since it rests on a sample.
	allowed = 0.7 * (1 - MinAgreement)
)

// Probe is one text of the sample, answered by both models. Differences are
// those of the logits, as Classifier.first says.
type Probe struct {
	// Margin is by how much the quick model puts its first label before the
	// next, ≥ 0.
	Margin float64
	// Lead is by how much the exact model puts the same label before the best
	// of the others; it is negative where the exact model has another first.
	Lead float64
}

// Calibration is what a sample tells of a Cascade.
type Calibration struct {
	Sample    int     // texts answered by both models
	Changed   int     // of these, texts whose first label the quick model got otherwise
	Threshold float64 // texts with a smaller margin are redone, in logits
	Agreement float64 // expected share of texts with the exact model's first label
	Redone    float64 // expected share of texts that are redone
}

// Pays tells whether a cascade of that threshold saves time.
func (c Calibration) Pays() bool { return c.Redone <= maxRedone }

// calibrate finds the smallest threshold that leaves few enough labels changed.
//
// Counting changed labels alone would be coarse: with 256 texts, one is 0.4%.
// So the loss δ = Margin − Lead is taken for independent of the margin, which
// makes every pair of a margin and a loss a possible text: a text of margin x
// changes its label with the probability that a loss exceeds x. The law of the
// losses is the sample's own, each loss smeared by a logistic distribution of a
// quarter of their scale, whose tail goes on where the sample ends. Besides, no
// text of the sample that changed its label may be above the threshold, which
// catches what the assumption hides.
func calibrate(probes []Probe) Calibration {
	n := float64(len(probes))
	c := Calibration{Sample: len(probes), Threshold: math.Inf(1), Redone: 1, Agreement: 1}
	losses := make([]float64, len(probes))
	squares := 0.0
	for i, p := range probes {
		losses[i] = p.Margin - p.Lead
		if p.Lead < 0 {
			c.Changed++
		}
	}
	slices.Sort(losses) // so that sums do not depend on the probes' order
	for _, loss := range losses {
		squares += loss * loss
	}
	smear := max(math.Sqrt(squares/n)/4, 1e-9)

	widest := slices.Clone(probes)
	slices.SortFunc(widest, func(a, b Probe) int {
		switch {
		case a.Margin > b.Margin:
			return -1
		case a.Margin < b.Margin:
			return 1
		}
		return 0
	})
	changed := 0.0 // expected among the texts that are not redone
	for i, p := range widest {
		for _, loss := range losses {
			changed += 1 / (1 + math.Exp((p.Margin-loss)/smear)) / n
		}
		if p.Lead <= 0 || changed/n > allowed {
			break
		}
		if i+1 < len(widest) && widest[i+1].Margin == p.Margin {
			continue // all of a margin, or none
		}
		c.Threshold = p.Margin
		c.Redone = 1 - float64(i+1)/n
		// No share below that of half a text can be told from a sample.
		c.Agreement = 1 - max(changed/n, 0.5/(n+1))
	}
	return c
}
