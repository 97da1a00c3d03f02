package synth

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	model "willbuy/testdata/model"
)

// A customer's review is composed by the grammar or is one of the individually
// written reviews of the embedded model's corpus, as it stands. A written
// review goes to one customer at most: people do not repeat each other word for
// word.
const (
	// writtenShare is the chance that a customer takes a written review while
	// one is left that fits: in 2,000 rows a fifth of the reviews come of it.
	writtenShare = 0.21
	// writtenRows is where the search for customers ends. By then hardly a
	// review is left.
	writtenRows = 16 * blockRows
)

// kind is what a review must have in common with the row of its customer.
type kind struct {
	lang    string
	product product
	quality quality
	tone    tone
}

// corpus holds written reviews by kind.
type corpus map[kind][]string

// assignWritten chooses the customers whose review is a written one: text by
// number of the row. A row's text depends on the rows before it, never on those
// that follow, and not on who of them wrote a review.
func assignWritten(p *plan) (map[int64]string, error) {
	left, err := loadCorpus(p.langs)
	if err != nil {
		return nil, err
	}
	texts := map[int64]string{}
	rng := rand.New(rand.NewPCG(mix(p.seed+writtenStream<<32), 0))
	var rows []Row
	for n := range (min(p.rows, writtenRows) + blockRows - 1) / blockRows {
		rows = p.draw(rows[:0], n)
		for i := range rows {
			r := &rows[i]
			wants, which := rng.Float64() < writtenShare, rng.Float64()
			k := kind{r.Language, r.product, r.quality, r.tone}
			if fitting := left[k]; wants && len(fitting) > 0 {
				pick, last := int(which*float64(len(fitting))), len(fitting)-1
				texts[r.Number] = fitting[pick]
				fitting[pick] = fitting[last]
				left[k] = fitting[:last]
			}
		}
	}
	return texts, nil
}

// loadCorpus reads the reviews of these languages that a customer of the shop
// can have written: about a product that it sells, not held out, and in the
// shape of the review files. That is one line, and no quotation mark in front:
// where its quotes are missing, such a text would be taken for a quoted one.
func loadCorpus(langs []string) (corpus, error) {
	c := corpus{}
	for _, lang := range langs {
		name := "corpus/" + lang + ".jsonl"
		text, err := model.Corpus.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := c.read(lang, string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return c, nil
}

// The corpus' names of what the lab has other words or numbers for.
var (
	corpusQualities = map[string]quality{"basic": basic, "detailed": detailed, "generic": generic}
	corpusTones     = map[string]tone{"positive": positive, "negative": negative, "neutral": balanced, "mixed": balanced}
	corpusProducts  = productsByKey()
)

const otherProduct = "other" // none of those that the shop sells

// read adds the reviews of a file, an object a line. Its error names every line
// that is wrong.
func (c corpus) read(lang, file string) error {
	var problems []error
	number := 0
	for line := range strings.Lines(file) {
		number++
		var review struct{ Text, Quality, Sentiment, Product string }
		err := json.Unmarshal([]byte(line), &review)
		quality, knownQuality := corpusQualities[review.Quality]
		tone, knownTone := corpusTones[review.Sentiment]
		product, sold := corpusProducts[review.Product]
		switch {
		case err != nil:
		case strings.TrimSpace(review.Text) == "":
			err = errors.New("a review without text")
		case !knownQuality:
			err = fmt.Errorf("no quality is called %q", review.Quality)
		case !knownTone:
			err = fmt.Errorf("no sentiment is called %q", review.Sentiment)
		case !sold && review.Product != otherProduct:
			err = fmt.Errorf("no product is called %q", review.Product)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		oneLine, quoted := !strings.Contains(review.Text, "\n"), strings.HasPrefix(review.Text, `"`)
		if sold && oneLine && !quoted && !heldOut(review.Text) {
			k := kind{lang, product, quality, tone}
			c[k] = append(c[k], review.Text)
		}
	}
	return errors.Join(problems...)
}

// heldOut tells whether a text belongs to the tenth of the corpus that the
// embedded model is measured on and never sees before: its SHA-256, as a number
// of 256 bits, divides by ten (is_held_out in testdata/model/reviews.py).
func heldOut(text string) bool {
	remainder := 0
	for _, b := range sha256.Sum256([]byte(text)) {
		remainder = (remainder<<8 + int(b)) % 10
	}
	return remainder == 0
}

func productsByKey() map[string]product {
	m := map[string]product{}
	for i, words := range productTypes {
		m[strings.ReplaceAll(words, " ", "_")] = product(i)
	}
	return m
}
