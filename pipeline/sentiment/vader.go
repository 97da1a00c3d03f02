package sentiment

import (
	"context"
	"iter"

	"github.com/jonreiter/govader"

	"willbuy/pipeline/textmodel"
)

// VADER scores English by a list of words and rules (Hutto and Gilbert 2014),
// without a model. Of other languages it knows only the emoticons. Scores are
// those of the Python package on all of testdata/tiny/texts.json; a line of
// several emoji was seen to differ (0.70 for 0.88).
type VADER struct {
	analyzer *govader.SentimentIntensityAnalyzer
}

// vaderBand is the threshold on the compound score that VADER's authors name.
const vaderBand = 0.05

// NewVADER reads the word list, which the program carries.
func NewVADER() *VADER { return &VADER{govader.NewSentimentIntensityAnalyzer()} }

// Score implements Engine with VADER's compound score. One goroutine scores
// some 70,000 texts a second, so Workers is not used and OnWorker not called.
func (v *VADER) Score(ctx context.Context, texts iter.Seq[textmodel.Text], r Run) error {
	index := 0
	for text := range texts {
		if err := ctx.Err(); err != nil {
			return err
		}
		result := Result{Text: text, Index: index}
		if text.Text == "" {
			result.Err = errEmpty
		} else {
			result.Score = v.analyzer.PolarityScores(text.Text).Compound
			result.Label = labelOf(result.Score, vaderBand)
		}
		r.OnResult(result)
		index++
	}
	return nil
}
