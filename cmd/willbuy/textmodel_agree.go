package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"willbuy/pipeline"
	"willbuy/pipeline/reviews"
	"willbuy/pipeline/synth"
	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/tokenizer"
	"willbuy/pipeline/zeroshot"
)

// sampleReviews is how many synthetic reviews stand in for a user's own: enough
// to tell 95% from 98%, few enough for a large model.
const sampleReviews = 200

// agreement is how far two networks of one model give the same answers.
type agreement struct {
	Texts     int     `json:"texts"`
	Labels    float64 `json:"labels_agree"`          // share of the texts with the same label
	Mean      float64 `json:"mean_score_difference"` // over all texts and labels
	Most      float64 `json:"max_score_difference"`
	ExactRate float64 `json:"exact_texts_per_second"`
	FastRate  float64 `json:"int8_texts_per_second"`
}

// sampleTexts are the texts of a file, or synthetic reviews where none is named.
func (c *cli) sampleTexts(ctx context.Context, file, column string) ([]string, error) {
	if file == "" {
		return syntheticTexts(ctx)
	}
	var texts []string
	for t, err := range c.readTexts(ctx, []string{file}, column) {
		if err != nil {
			return nil, err
		}
		if t.err == nil && strings.TrimSpace(t.text) != "" {
			texts = append(texts, t.text)
		}
	}
	if len(texts) == 0 {
		return nil, pipeline.Hint(fmt.Errorf("read %s: there is no text in it", file), "Give a file with a text a line, or leave --sample out.")
	}
	return texts, nil
}

// syntheticTexts are reviews as the lab's, in all its languages.
func syntheticTexts(ctx context.Context) ([]string, error) {
	dir, err := os.MkdirTemp("", "willbuy-sample-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := synth.Write(ctx, synth.Options{Rows: sampleReviews, Reviews: -1, Seed: 4}, dir, nil); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, synth.ReviewsDir, "*"))
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		scan := reviews.NewScanner(file, f)
		for scan.Scan() {
			if review, reject := reviews.Parse(scan.Record()); reject == nil {
				texts = append(texts, review.Text)
			}
		}
		f.Close()
		if err := scan.Err(); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// compare asks the network of a model directory and its twin in another file
// the same.
func (c *cli) compare(ctx context.Context, dir, twin string, texts []string) (agreement, error) {
	c.remark("comparing the answers to %s", pipeline.Plural(int64(len(texts)), "text"))
	apart, err := viewOf(dir, twin)
	if err != nil {
		return agreement{}, err
	}
	defer os.RemoveAll(apart)
	fast, fastRate, err := c.scores(ctx, apart, texts)
	if err != nil {
		return agreement{}, err
	}
	exact, exactRate, err := c.scores(ctx, dir, texts)
	if err != nil {
		return agreement{}, err
	}
	a := agreement{ExactRate: exactRate, FastRate: fastRate}
	agree, compared := 0, 0
	for i := range texts {
		if exact[i] == nil || fast[i] == nil {
			continue
		}
		a.Texts++
		if best(exact[i]) == best(fast[i]) {
			agree++
		}
		for label, score := range exact[i] {
			difference := math.Abs(score - fast[i][label])
			a.Mean += difference
			a.Most = max(a.Most, difference)
			compared++
		}
	}
	if a.Texts == 0 {
		return a, errors.New("no text of the sample has an answer by both networks")
	}
	a.Labels = float64(agree) / float64(a.Texts)
	a.Mean /= float64(compared)
	return a, nil
}

// viewOf is a temporary directory that shows a model with another network only.
func viewOf(dir, network string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if network, err = filepath.Abs(network); err != nil {
		return "", err
	}
	view, err := os.MkdirTemp("", "willbuy-twin-")
	if err != nil {
		return "", err
	}
	links := map[string]string{"model_quantized.onnx": network, filepath.Base(network) + ".data": network + ".data"}
	for _, name := range []string{"config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "vocab.txt"} {
		links[name] = filepath.Join(dir, name)
	}
	for name, target := range links {
		if _, err := os.Stat(target); err != nil {
			continue
		}
		if err := os.Symlink(target, filepath.Join(view, name)); err != nil {
			os.RemoveAll(view)
			return "", err
		}
	}
	return view, nil
}

// scores gives each text's scores: of the lab's labels by an inference model,
// of its own classes by any other. A text that has none is left nil. The rate
// is in texts a second.
func (c *cli) scores(ctx context.Context, dir string, texts []string) (scores [][]float64, rate float64, err error) {
	m, err := openTextModel(dir)
	if err != nil {
		return nil, 0, err
	}
	defer m.Close()
	scores = make([][]float64, len(texts))
	done, progress, began := 0, c.meter("text"), time.Now()
	answered := func(index int, s []float64) {
		scores[index] = s
		done++
		progress.at(int64(done), int64(len(texts)))
	}
	stream := func(yield func(textmodel.Text) bool) {
		for _, text := range texts {
			if !yield(textmodel.Text{Text: text}) {
				return
			}
		}
	}
	if infers(m.Config()) {
		err = inferred(ctx, m, stream, answered)
	} else {
		err = classes(ctx, m, stream, answered)
	}
	rate = float64(len(texts)) / max(time.Since(began).Seconds(), 1e-9)
	return scores, rate, err
}

// infers tells a natural language inference model.
func infers(config textmodel.Config) bool {
	return slices.ContainsFunc(config.Labels, func(label string) bool {
		return strings.HasPrefix(strings.ToLower(label), "entail")
	})
}

// inferred asks for the lab's labels.
func inferred(ctx context.Context, m *textmodel.Model, texts func(func(textmodel.Text) bool), answered func(int, []float64)) error {
	labels := pipeline.DefaultLab().Labels
	classifier, err := zeroshot.New(m, zeroshot.Options{Labels: labels})
	if err != nil {
		return err
	}
	return classifier.Classify(ctx, texts, zeroshot.Run{OnResult: func(r zeroshot.Result) {
		if r.Err != nil {
			answered(r.Index, nil)
			return
		}
		scores := make([]float64, len(labels))
		for i, label := range r.Labels {
			scores[slices.Index(labels, label)] = r.Scores[i]
		}
		answered(r.Index, scores)
	}})
}

// classes asks for the model's own.
func classes(ctx context.Context, m *textmodel.Model, texts func(func(textmodel.Text) bool), answered func(int, []float64)) error {
	tok := m.Tokenizer()
	task := textmodel.Task{
		Model: m,
		Encode: func(text string) ([]tokenizer.Encoding, error) {
			return []tokenizer.Encoding{tok.Single(tok.Tokens(text), m.Config().MaxTokens)}, nil
		},
		OnAnswer: func(a textmodel.Answer) {
			if a.Err != nil {
				answered(a.Index, nil)
				return
			}
			answered(a.Index, softmax(a.Logits[0]))
		},
	}
	return task.Run(ctx, texts)
}

func softmax(logits []float32) []float64 {
	top := float64(slices.Max(logits))
	p, sum := make([]float64, len(logits)), 0.0
	for i, l := range logits {
		p[i] = math.Exp(float64(l) - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// best is the label with the highest score.
func best(scores []float64) int {
	top := 0
	for i, s := range scores {
		if s > scores[top] {
			top = i
		}
	}
	return top
}
