package synth

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
)

// truth is the content of truth.json.
type truth struct {
	Rows      int64                     `json:"rows"`
	Reviews   int64                     `json:"reviews"` // lines planted, the damaged ones included
	Seed      uint64                    `json:"seed"`
	Languages []string                  `json:"languages"`
	Formula   string                    `json:"formula"`
	Effects   map[string]effect         `json:"effects"`
	Encoders  map[string]map[string]int `json:"encoders"` // code by label
	Drawn     drawn                     `json:"drawn"`
	Dirty     dirt                      `json:"dirty"`
}

type effect struct {
	Value      float64 `json:"value"`
	Default    float64 `json:"default"`
	Multiplies string  `json:"multiplies"`
}

// drawn is what came of the throws.
type drawn struct {
	PurchaseRate float64 `json:"purchase_rate"`
	// AUC of the true probabilities for the decisions: what no model can beat
	// by more than chance. 0.5 where all decided the same.
	AUC float64 `json:"auc"`
}

type dirt struct {
	Share float64                `json:"share"`
	Lines map[string]damageCount `json:"lines"`
}

type damageCount struct {
	Planted int64 `json:"planted"`
	Lost    bool  `json:"lost"` // belongs in quarantine; the others are whole reviews, if nasty ones
}

func writeTruth(name string, p *plan, t *tally) error {
	content := truth{
		Rows: p.rows, Reviews: p.reviews, Seed: p.seed, Languages: p.langs,
		Formula: "probability = 1/(1+exp(-(sum of value x what it multiplies)))",
		Effects: p.logit.describe(),
		Encoders: map[string]map[string]int{
			"REVIEW_QUALITY": codes(qualities[:]),
			"PRODUCT_LAYOUT": codes(layouts[:]),
			"PRODUCT_TYPE":   codes(productTypes[:]),
		},
		Drawn: drawn{PurchaseRate: float64(t.buyers) / float64(t.rows), AUC: t.auc()},
		Dirty: dirt{Share: p.dirty, Lines: map[string]damageCount{byteOrderMarks: {t.marks, false}}},
	}
	for i, d := range damages {
		content.Dirty.Lines[d.name] = damageCount{t.damaged[i], d.lost}
	}
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	if err := os.WriteFile(name, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	return nil
}

// describe gives each coefficient with what it multiplies.
func (l *logit) describe() map[string]effect {
	defaults := DefaultEffects()
	m := map[string]effect{
		interceptName: {l.intercept, defaultIntercept, "1"},
		noiseName:     {l.noise, 0, "a standard normal deviate of the customer that no table holds"},
	}
	for i, t := range terms {
		m[t.name] = effect{l.effects[i], t.effect, t.multiplies}
	}
	for _, ab := range l.interactions {
		a, b := terms[ab.a], terms[ab.b]
		name := a.name + ":" + b.name
		m[name] = effect{ab.effect, defaults[name], "(" + a.multiplies + ") x (" + b.multiplies + ")"}
	}
	return m
}

// codes numbers labels that are sorted by bytes, as the label encoders do.
func codes(labels []string) map[string]int {
	m := map[string]int{}
	for i, label := range labels {
		m[label] = i
	}
	return m
}

// tally counts what was written. The probabilities are counted as they stand
// in truth.csv, which makes the AUC exact for that file in fixed memory.
type tally struct {
	rows, buyers int64
	files        int
	marks        int64
	damaged      [len(damages)]int64
	outcomes     [probabilitySteps + 1][2]int64 // by rounded probability and decision
}

// probabilitySteps is the resolution of probabilities in truth.csv: five
// decimals.
const probabilitySteps = 100_000

func probabilityStep(p float64) int { return int(math.Round(p * probabilitySteps)) }

func (t *tally) add(b *dataBlock) {
	for i := range b.rows {
		r := &b.rows[i]
		t.rows++
		t.buyers += int64(r.Purchase)
		t.outcomes[probabilityStep(r.Probability)][r.Purchase]++
	}
	for i, n := range b.damaged {
		t.damaged[i] += n
	}
}

// auc is the share of (buyer, other) pairs in which the buyer's probability is
// the higher one, ties counting half.
func (t *tally) auc() float64 {
	others := t.rows - t.buyers
	if t.buyers == 0 || others == 0 {
		return 0.5
	}
	below, won := 0.0, 0.0
	for _, n := range t.outcomes {
		won += float64(n[1]) * (below + float64(n[0])/2)
		below += float64(n[0])
	}
	return won / float64(t.buyers) / float64(others)
}
