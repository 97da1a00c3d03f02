package main

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/sentiment"
	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/tokenizer"
)

func (c *cli) inspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect DIR | NAME",
		Short: "what a model directory holds, whether it works, and how fast",
		Long: `Reads a model directory, or a model that was pulled, and tells its architecture, labels, tokenizer and networks, what it can be used for, and what is wrong with it. Then each network is tried and its speed measured for a second or so; only that needs ONNX Runtime.

Exits with 1 where something keeps the model from being used.`,
		Example: `willbuy textmodel inspect ~/models/bart-large-mnli
willbuy textmodel inspect nli-minilm2 --json | jq .networks`,
		Args: between(1, 1, "model directory"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.inspect(cmd.Context(), args[0]) },
	}
}

// inspected is the result of inspect.
type inspected struct {
	Dir         string             `json:"dir"`
	Type        string             `json:"type,omitempty"`
	Labels      []string           `json:"labels"`
	Use         []string           `json:"use"`
	Entailment  *int               `json:"entailment,omitempty"`
	Against     *int               `json:"contradiction,omitempty"`
	Tokenizer   string             `json:"tokenizer,omitempty"`
	Vocabulary  int                `json:"vocabulary,omitempty"`
	MaxTokens   int                `json:"max_tokens,omitempty"`
	Networks    []inspectedNetwork `json:"networks"`
	Problems    []string           `json:"problems"`
	NotMeasured string             `json:"not_tried,omitempty"` // why
}

type inspectedNetwork struct {
	File    string            `json:"file"`
	Bytes   int64             `json:"bytes"`
	Kind    string            `json:"precision"`
	Weights map[string]int64  `json:"weights"`
	Inputs  []inspectedTensor `json:"inputs"`
	Outputs []inspectedTensor `json:"outputs"`
	OneRow  bool              `json:"one_row,omitempty"`
	Pairs   float64           `json:"pairs_per_second,omitempty"`
	Tokens  int               `json:"pair_tokens,omitempty"` // of those pairs
}

type inspectedTensor struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	Shape []string `json:"shape"`
}

func (c *cli) inspect(ctx context.Context, word string) error {
	dir, err := modelDirectory(word)
	if err != nil {
		return err
	}
	found, err := textmodel.Inspect(dir)
	if err != nil {
		return err
	}
	result := describe(dir, found)
	if len(result.Problems) == 0 {
		if err := c.try(ctx, dir, &result); err != nil {
			return err
		}
	}
	if c.json {
		err = c.object(result)
	} else {
		c.tellInspected(result)
	}
	if n := len(result.Problems); err == nil && n > 0 {
		err = pipeline.Hint(fmt.Errorf("the model cannot be used: %s", pipeline.Plural(int64(n), "problem")),
			"Put right what is listed, or get a model that works with: willbuy textmodel pull")
	}
	return err
}

// describe puts what was found into the words of the result.
func describe(dir string, found textmodel.Inspection) inspected {
	r := inspected{Dir: dir, Type: found.Config.Type, Labels: found.Config.Labels, MaxTokens: found.Config.MaxTokens, Use: []string{},
		Tokenizer: found.Tokenizer.Kind, Vocabulary: found.Tokenizer.Tokens, Problems: append([]string{}, found.Problems...)}
	if infers(found.Config) {
		entailment, against := inferenceColumns(found.Config)
		r.Entailment, r.Against = &entailment, &against
		r.Use = append(r.Use, "classify", "sentiment")
	}
	for _, n := range found.Networks {
		r.Networks = append(r.Networks, inspectedNetwork{File: n.File, Bytes: n.Bytes, Kind: precisionOf(n), Weights: n.Weights,
			Inputs: tensorsOf(n.Inputs), Outputs: tensorsOf(n.Outputs)})
	}
	return r
}

// inferenceColumns are those that zero-shot classification reads: the first
// label that starts with "entail", and by its place the contradiction.
func inferenceColumns(config textmodel.Config) (entailment, contradiction int) {
	i := slices.IndexFunc(config.LabelIDs, func(l textmodel.LabelID) bool {
		return strings.HasPrefix(strings.ToLower(l.Label), "entail")
	})
	if i >= 0 {
		entailment = config.LabelIDs[i].ID
	}
	if entailment == 0 {
		contradiction = len(config.Labels) - 1
	}
	return entailment, contradiction
}

// precisionOf says what most of a network's arithmetic is in.
func precisionOf(n textmodel.Network) string {
	switch w := n.Weights; {
	case n.Dynamic:
		return "int8"
	case w["float16"] > w["float32"]:
		return "float16"
	case w["int8"]+w["uint8"] > w["float32"]:
		return "int8 weights"
	}
	return "float32"
}

func tensorsOf(tensors []textmodel.Tensor) []inspectedTensor {
	out := []inspectedTensor{}
	for _, t := range tensors {
		out = append(out, inspectedTensor(t))
	}
	return out
}

// try opens each network, which tests it, and measures it. What goes wrong is a
// problem of the model; a missing ONNX Runtime is none.
func (c *cli) try(ctx context.Context, dir string, r *inspected) error {
	if _, err := textmodel.FindLibrary(""); err != nil {
		r.NotMeasured = err.Error()
		return nil
	}
	for i := range r.Networks {
		n := &r.Networks[i]
		c.remark("trying %s", n.File)
		if err := c.tryNetwork(ctx, dir, n, r); err != nil {
			if ctx.Err() != nil {
				return err
			}
			r.Problems = append(r.Problems, fmt.Sprintf("%s: %v", n.File, err))
		}
	}
	return nil
}

func (c *cli) tryNetwork(ctx context.Context, dir string, n *inspectedNetwork, r *inspected) error {
	precision := textmodel.Exact
	if strings.Contains(n.File, "quantized") || strings.Contains(n.File, "int8") {
		precision = textmodel.Int8
	}
	m, err := textmodel.Open(textmodel.Directory(dir), textmodel.Options{Precision: precision})
	if err != nil {
		return err
	}
	defer m.Close()
	if m.File() != n.File {
		return nil // another of the same kind is preferred
	}
	n.OneRow = m.OneRow()
	if len(r.Use) == 0 {
		if _, err := sentiment.NewClasses(m); err != nil {
			return err
		}
		r.Use = append(r.Use, "sentiment")
	}
	tok := m.Tokenizer()
	row, err := tok.Pair(tok.Tokens(typicalReview), tok.Tokens("This example is good."), m.Config().MaxTokens)
	if err != nil {
		return err
	}
	n.Tokens = len(row.IDs)
	n.Pairs, err = pairsPerSecond(ctx, m, row)
	return err
}

// A review of usual length to measure the speed with, and for how long.
const (
	typicalReview = "I bought these boots for the winter and wore them every day for two months. The left sole came off after a week of rain, but the shop sent a new pair within three days."
	measuredFor   = time.Second
)

// pairsPerSecond runs batches of three rows on every core.
func pairsPerSecond(ctx context.Context, m *textmodel.Model, row tokenizer.Encoding) (float64, error) {
	batch := []tokenizer.Encoding{row, row, row}
	var done atomic.Int64
	var running sync.WaitGroup
	errs := make(chan error, runtime.GOMAXPROCS(0))
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			for time.Since(began) < measuredFor {
				if _, err := m.Logits(ctx, batch); err != nil {
					errs <- err
					return
				}
				done.Add(int64(len(batch)))
			}
		})
	}
	running.Wait()
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(done.Load()) / time.Since(began).Seconds(), nil
	}
}

// tellInspected prints the result for people.
func (c *cli) tellInspected(r inspected) {
	say := func(what, format string, args ...any) { c.line("%-14s %s", what, fmt.Sprintf(format, args...)) }
	say("directory", "%s", r.Dir)
	if r.Type != "" {
		say("architecture", "%s", r.Type)
	}
	if len(r.Labels) > 0 {
		const most = 12
		more := ""
		if len(r.Labels) > most {
			more = fmt.Sprintf(" and %d more", len(r.Labels)-most)
		}
		say("labels", "%s%s", strings.Join(r.Labels[:min(len(r.Labels), most)], ", "), more)
	}
	if r.Entailment != nil {
		say("inference", "entailment is column %d, contradiction column %d", *r.Entailment, *r.Against)
	}
	for _, command := range r.Use {
		say("good for", "willbuy %s --model %s", command, quoted(r.Dir))
	}
	if r.Tokenizer != "" {
		say("tokenizer", "%s, %s", r.Tokenizer, pipeline.Plural(int64(r.Vocabulary), "token"))
	}
	if r.MaxTokens > 0 {
		say("longest input", "%s", pipeline.Plural(int64(r.MaxTokens), "token"))
	}
	for _, n := range r.Networks {
		say("network", "%s: %s, %s", n.File, pipeline.Bytes(n.Bytes), n.Kind)
		var weights []string
		for _, kind := range slices.Sorted(maps.Keys(n.Weights)) {
			if n.Weights[kind] >= 1000 {
				weights = append(weights, counted(n.Weights[kind])+" "+kind)
			}
		}
		if weights != nil {
			say("  weights", "%s", strings.Join(weights, ", "))
		}
		say("  inputs", "%s", tensorText(n.Inputs))
		say("  outputs", "%s", tensorText(n.Outputs))
		if n.OneRow {
			say("  batches", "of one row only: exported with a fixed batch size")
		}
		if n.Pairs > 0 {
			say("  works", "%s pairs of %d tokens a second on %s", rate(n.Pairs), n.Tokens, pipeline.Plural(int64(runtime.GOMAXPROCS(0)), "core"))
		}
	}
	if r.NotMeasured != "" {
		say("not tried", "%s", r.NotMeasured)
	}
	for _, p := range r.Problems {
		say("problem", "%s", p)
	}
}

func tensorText(tensors []inspectedTensor) string {
	var all []string
	for _, t := range tensors {
		all = append(all, fmt.Sprintf("%s %s[%s]", t.Name, t.Type, strings.Join(t.Shape, ", ")))
	}
	return strings.Join(all, "; ")
}
