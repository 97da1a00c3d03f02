// Package synth makes the lab's data: customers of a web shop with page load
// time, layout, product, rating and purchase decision, the reviews some of
// them wrote, and the truth behind both. Everything is drawn from a known
// model, so that whoever trains on the data can compare what was learned with
// what was put in.
//
// A customer has one hidden trait, satisfaction, that moves the rating and the
// sentiment together; a person's verbosity, specificity and habits shape the
// review. The purchase is a coin thrown with the probability of a logit over
// the five inputs of the lab's model (logit.go). Reviews are composed from one
// grammar a language (grammar/*.txt) and roughened by the habits of whoever
// writes (noise.go); in a lab of usual size every fifth is instead one that
// was written individually (written.go). A small share of the lines is damaged
// on purpose (dirty.go).
//
// Data depend on the seed and the row's number alone: not on how many rows
// follow, how many workers there are, or whether reviews are wanted. Memory
// does not grow with the number of rows.
package synth

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"strings"
)

// Options says what to make. Rows must be positive; of the other fields the
// zero value is useful, except that it asks for no reviews.
type Options struct {
	Rows    int64              // customers
	Reviews int64              // customers who wrote a review, spread evenly over the rows; -1 for all of them
	Seed    uint64             // same seed, same data
	Langs   []string           // languages of the reviews, by default every one there is (Languages)
	Effects map[string]float64 // coefficients that differ from DefaultEffects, by name
	Dirty   float64            // share of review lines damaged on purpose, 0 to 1 (the lab's is DefaultDirty)
	Workers int                // goroutines, by default one a core; does not change the data
}

// DefaultDirty is the share of damaged lines in the lab's data.
const DefaultDirty = 0.006

// Rows draws the customers in order and hands each to emit, which is never
// called twice at once. The first error of emit, or the end of ctx, ends the
// drawing and is returned.
func Rows(ctx context.Context, opts Options, emit func(Row) error) error {
	p, err := newPlan(opts)
	if err != nil {
		return err
	}
	return inOrder(ctx, p.workers, p.blocks(),
		func(n int64, rows *[]Row) { *rows = p.draw((*rows)[:0], n) },
		func(_ int64, rows *[]Row) error {
			for _, row := range *rows {
				if err := emit(row); err != nil {
					return err
				}
			}
			return nil
		})
}

// plan is Options made complete and checked.
type plan struct {
	rows    int64
	reviews int64
	seed    uint64
	langs   []string
	logit   logit
	dirty   float64
	workers int
}

func newPlan(opts Options) (*plan, error) {
	p := &plan{rows: opts.Rows, reviews: opts.Reviews, seed: opts.Seed, langs: opts.Langs, dirty: opts.Dirty, workers: opts.Workers}
	if p.rows < 1 {
		return nil, fmt.Errorf("synth: %d rows asked for, at least 1 is needed", p.rows)
	}
	if p.reviews == -1 {
		p.reviews = p.rows
	}
	if p.reviews < 0 || p.reviews > p.rows {
		return nil, fmt.Errorf("synth: %d reviews asked for %d customers: a customer writes one at most (0 for none, -1 for one each)", opts.Reviews, p.rows)
	}
	if math.IsNaN(p.dirty) || p.dirty < 0 || p.dirty > 1 {
		return nil, fmt.Errorf("synth: a share of %v dirty lines is asked for, it lies between 0 and 1", p.dirty)
	}
	known := Languages()
	if len(p.langs) == 0 {
		p.langs = known
	}
	for i, lang := range p.langs {
		if !slices.Contains(known, lang) {
			return nil, fmt.Errorf("synth: no grammar for language %q, there is %s", lang, strings.Join(known, ", "))
		}
		if slices.Contains(p.langs[:i], lang) {
			return nil, fmt.Errorf("synth: language %q is named twice", lang)
		}
	}
	if p.workers < 1 {
		p.workers = runtime.GOMAXPROCS(0)
	}
	var err error
	p.logit, err = newLogit(opts.Effects)
	return p, err
}

// reviewed tells whether the customer of a row wrote a review. Reviews are
// spread over the rows as evenly as whole numbers allow.
func (p *plan) reviewed(row int64) bool {
	return p.reviewsBefore(row+1) > p.reviewsBefore(row)
}

// reviewsBefore counts the reviews of the first n rows: floor(n·reviews/rows) in
// 128 bits.
func (p *plan) reviewsBefore(n int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(p.reviews))
	quo, _ := bits.Div64(hi, lo, uint64(p.rows))
	return int64(quo)
}
