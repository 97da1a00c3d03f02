package zeroshot

import (
	"cmp"
	"math"
	"slices"
)

const (
	// SampleTexts is how many distinct texts a Cascade is calibrated on. The
	// quick model answers them all, the exact one a part.
	SampleTexts = 256
	// leastTexts is how many there must be: fewer are all answered exactly.
	leastTexts = 64
	// spread is how many texts of a sample the exact model answers whatever
	// their margins.
	spread = 40
	// MinAgreement is the share of texts whose first label must be expected to
	// be the exact model's.
	MinAgreement = 0.995
	// maxRedone is the share of texts to be redone beyond which a cascade does
	// not pay: quick networks run 3 to 6 times as fast as exact ones.
	maxRedone = 0.6
	// allowed is the expected share of changed labels that a threshold may
	// leave: less than MinAgreement grants, since it rests on a sample.
	allowed = 0.6 * (1 - MinAgreement)
)

// Probe is one text of the sample. Differences are those of the logits, as
// Classifier.first says.
type Probe struct {
	// Margin is by how much the quick model puts its first label before the
	// next, ≥ 0.
	Margin float64
	// Exact tells whether the exact model was asked as well. Lead is then by how
	// much it puts the same label before the best of the others; it is negative
	// where the exact model has another first.
	Exact bool
	Lead  float64
}

// Calibration is what a sample tells of a Cascade.
type Calibration struct {
	Sample    int     // texts answered by the quick model
	Both      int     // of these, texts answered by the exact model as well
	Changed   int     // of these, texts whose first label the quick model got otherwise
	Threshold float64 // texts with a smaller margin are redone, in logits
	Agreement float64 // expected share of texts with the exact model's first label
	Redone    float64 // expected share of texts that are redone
}

// Pays tells whether a cascade of that threshold saves time.
func (c Calibration) Pays() bool { return c.Redone <= maxRedone }

// next returns the probes that the exact model is to be asked next, none when
// the calibration is done; those before from cannot be asked any more.
//
// First comes a spread over the ranks of the margins, to learn how the quick
// model errs. What is then below the threshold has to be redone anyway, so it is
// asked too, and since that moves the threshold, again.
func next(probes []Probe, from int) (ask []int) {
	unasked := func(i int) bool { return i >= from && !probes[i].Exact }
	ranked := make([]int, len(probes))
	for i := range ranked {
		ranked[i] = i
	}
	slices.SortStableFunc(ranked, func(a, b int) int { return cmp.Compare(probes[a].Margin, probes[b].Margin) })
	n := min(spread, len(probes))
	for i := range n {
		if p := ranked[(2*i+1)*len(probes)/(2*n)]; unasked(p) {
			ask = append(ask, p)
		}
	}
	if len(ask) > 0 {
		return ask
	}
	threshold := calibrate(probes).Threshold
	for i, p := range probes {
		if unasked(i) && p.Margin < threshold {
			ask = append(ask, i)
		}
	}
	return ask
}

// calibrate finds the smallest threshold that leaves few enough labels changed.
//
// Counting changed labels alone would be coarse: with 256 texts, one is 0.4%.
// So the loss δ = Margin − Lead is taken for independent of the margin, which
// makes every pair of a margin and a loss a possible text: a text of margin x
// changes its label with the probability that a loss exceeds x. So some losses
// will do for all margins. Their law is the sample's own, each loss smeared by a
// logistic distribution of a third of their scale, whose tail goes on where the
// sample ends. Besides, no text that is known to have changed its label may be
// above the threshold, which catches what the assumption hides.
//
// Simulated on samples from many laws (see the tests), labels agree as promised
// on average; a sample without any of the rare outliers that a law may have can
// leave 1.2% changed.
func calibrate(probes []Probe) Calibration {
	n := float64(len(probes))
	c := Calibration{Sample: len(probes), Threshold: math.Inf(1), Redone: 1, Agreement: 1}
	var losses []float64
	for _, p := range probes {
		if p.Exact {
			losses = append(losses, p.Margin-p.Lead)
			if p.Lead < 0 {
				c.Changed++
			}
		}
	}
	if c.Both = len(losses); c.Both == 0 {
		return c
	}
	slices.Sort(losses) // so that sums do not depend on the probes' order
	squares := 0.0
	for _, loss := range losses {
		squares += loss * loss
	}
	smear := max(math.Sqrt(squares/float64(c.Both))*0.35, 1e-9)

	widest := slices.Clone(probes)
	slices.SortFunc(widest, func(a, b Probe) int { return cmp.Compare(b.Margin, a.Margin) })
	changed := 0.0 // expected among the texts that are not redone
	for i, p := range widest {
		for _, loss := range losses {
			changed += 1 / (1 + math.Exp((p.Margin-loss)/smear)) / float64(c.Both)
		}
		if p.Exact && p.Lead <= 0 || changed/n > allowed {
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
