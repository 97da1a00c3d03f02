// Package zeroshot classifies texts into labels that no model was trained on,
// as Hugging Face's zero-shot-classification pipeline does and with its
// answers: each label becomes a hypothesis ("This example is {}."), a natural
// language inference model tells how far the text entails it, and the labels
// are ranked by that.
package zeroshot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/tokenizer"
)

// DefaultTemplate turns a label into a hypothesis where Options has none.
const DefaultTemplate = "This example is {}."

// Options are the question asked of every text.
type Options struct {
	// Labels are the candidates, at least one. Duplicates are allowed.
	Labels []string
	// Template is the hypothesis with {} where the label goes; empty means
	// DefaultTemplate. As in Python's str.format, {0} is the label too and
	// {{ and }} are braces.
	Template string
	// MultiLabel scores each label by itself (entailment against
	// contradiction) instead of letting the labels compete for a sum of 1.
	MultiLabel bool
}

// ParseLabels splits a comma-separated list of labels, dropping spaces around
// them and empty ones.
func ParseLabels(list string) []string {
	var labels []string
	for label := range strings.SplitSeq(list, ",") {
		if label = strings.TrimSpace(label); label != "" {
			labels = append(labels, label)
		}
	}
	return labels
}

// ErrQuestion is wrapped by errors that lie with the question, not the model.
var ErrQuestion = errors.New("prepare zero-shot classification")

// Classifier asks one question with one model. It is safe for use by many
// goroutines.
type Classifier struct {
	model      *textmodel.Model
	labels     []string
	hypotheses [][]int32 // tokens of the distinct hypotheses
	row        []int     // label → its hypothesis
	entailment int       // column of the logits
	against    int       // column of the contradiction
	multi      bool
}

// New prepares the question: its hypotheses are formatted and tokenized once.
// The errors wrap ErrQuestion; they are those Hugging Face raises (no label, a
// template without {} or with two) and one that it leaves to the model to crash
// on: a hypothesis too long for it.
func New(model *textmodel.Model, o Options) (*Classifier, error) {
	c, err := newClassifier(model, o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrQuestion, err)
	}
	return c, nil
}

func newClassifier(model *textmodel.Model, o Options) (*Classifier, error) {
	hypotheses, err := hypotheses(o)
	if err != nil {
		return nil, err
	}
	c := &Classifier{model: model, labels: slices.Clone(o.Labels), multi: o.MultiLabel || len(o.Labels) == 1}
	c.entailment, c.against = columns(model.Config())

	tok, longest := model.Tokenizer(), model.Config().MaxTokens
	distinct := map[string]int{}
	for i, hypothesis := range hypotheses {
		row, known := distinct[hypothesis]
		if !known {
			row = len(c.hypotheses)
			distinct[hypothesis] = row
			tokens := tok.Tokens(hypothesis)
			if _, err := tok.Pair(make([]int32, 1), tokens, longest); err != nil {
				return nil, fmt.Errorf("the hypothesis for the label %q has %d tokens, which leaves no room for a text in the model's %d; shorten the label or the template",
					o.Labels[i], len(tokens), longest)
			}
			c.hypotheses = append(c.hypotheses, tokens)
		}
		c.row = append(c.row, row)
	}
	return c, nil
}

// columns returns which logits are entailment and contradiction: the first key
// of label2id that starts with "entail", else the last column; and by index,
// whatever its name, column 0, or the last when 0 is the entailment.
func columns(config textmodel.Config) (entailment, contradiction int) {
	last := len(config.Labels) - 1
	entailment = last
	for _, l := range config.LabelIDs {
		if strings.HasPrefix(strings.ToLower(l.Label), "entail") {
			entailment = l.ID
			break
		}
	}
	if entailment == 0 {
		return 0, last
	}
	return entailment, 0
}

// Result is the answer to one text: the labels by falling score. Where Err is
// set the text could not be classified (it is empty, say) and there are none.
type Result struct {
	textmodel.Text
	Index  int // the text's place in the stream, from 0
	Labels []string
	Scores []float64
	Err    error
	// Probe is set by a Cascade on the texts of its sample.
	Probe *Probe
}

// Run says how Classify works and who hears of it; see textmodel.Task.
type Run struct {
	Workers  int
	OnResult func(Result)
	OnWorker func(textmodel.Worker)
	// OnCalibrated, which may be nil, is told by a Cascade what its sample
	// says, before any text is answered by the quick model alone.
	OnCalibrated func(Calibration)
}

// Classify answers a stream of texts. Results come one at a time as they are
// ready, not in the stream's order. It returns an error when ctx ends or the
// model fails; what is wrong with one text is told in its Result.
func (c *Classifier) Classify(ctx context.Context, texts iter.Seq[textmodel.Text], r Run) error {
	task := c.task(r)
	task.OnAnswer = func(a textmodel.Answer) { r.OnResult(c.result(a)) }
	return task.Run(ctx, texts)
}

// task is the work of a Run, but for what happens with the answers.
func (c *Classifier) task(r Run) textmodel.Task {
	return textmodel.Task{Model: c.model, Encode: c.encode, Workers: r.Workers, OnWorker: r.OnWorker}
}

// result reads the model's answer.
func (c *Classifier) result(a textmodel.Answer) Result {
	result := Result{Text: a.Text, Index: a.Index, Err: a.Err}
	if a.Err == nil {
		result.Labels, result.Scores = c.rank(a.Logits)
	}
	return result
}

// encode pairs the text with every distinct hypothesis; the text alone is cut
// where a pair is too long.
func (c *Classifier) encode(text string) ([]tokenizer.Encoding, error) {
	if text == "" {
		return nil, errors.New("the text is empty")
	}
	premise := c.model.Tokenizer().Tokens(text)
	rows := make([]tokenizer.Encoding, len(c.hypotheses))
	for i, hypothesis := range c.hypotheses {
		row, err := c.model.Tokenizer().Pair(premise, hypothesis, c.model.Config().MaxTokens)
		if err != nil {
			return nil, err
		}
		rows[i] = row
	}
	return rows, nil
}

// rank turns the logits of the hypotheses into labels and scores, best first.
// Scores are float32 as in the original, so that what ties there ties here; of
// labels that tie the later comes first (a reversed argsort).
func (c *Classifier) rank(logits [][]float32) ([]string, []float64) {
	scores := make([]float64, len(c.labels))
	if c.multi {
		for i, row := range c.row {
			l := logits[row]
			scores[i] = 1 / (1 + math.Exp(float64(l[c.against])-float64(l[c.entailment])))
		}
	} else {
		top := math.Inf(-1)
		for _, row := range c.row {
			top = max(top, float64(logits[row][c.entailment]))
		}
		sum := 0.0
		for i, row := range c.row {
			scores[i] = math.Exp(float64(logits[row][c.entailment]) - top)
			sum += scores[i]
		}
		for i := range scores {
			scores[i] /= sum
		}
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
		scores[i] = float64(float32(scores[i]))
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return b - a
	})
	labels, ranked := make([]string, len(order)), make([]float64, len(order))
	for i, label := range order {
		labels[i], ranked[i] = c.labels[label], scores[label]
	}
	return labels, ranked
}
