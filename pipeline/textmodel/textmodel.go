// Package textmodel runs the text classifiers that Hugging Face users keep in a
// directory (config.json, tokenizer.json, onnx/model.onnx) on ONNX Runtime:
// encoded texts in, logits out, one forward pass for as many rows as pay.
//
// A model has one session with one thread, and as many goroutines call it as
// there are cores: measured, that is 1.7 times the pairs a second of one call
// at a time with a thread pool inside (16.4 against 9.2 on two cores, 6 layers
// of 768). Task feeds a stream of texts through it that way.
package textmodel

import (
	"context"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"willbuy/pipeline/tokenizer"
)

// Model is an open model. It is safe for use by many goroutines until Close.
type Model struct {
	config    Config
	tokenizer *tokenizer.Tokenizer
	session   *ort.DynamicAdvancedSession
	file      string   // of the network, in its source
	inputs    []string // names, in the session's order
	dynamic   bool     // see Int8
	oneRow    bool     // the export answers single rows only
	note      string   // see Note
}

// Open reads a model, starts ONNX Runtime if this process has not yet, and
// tries the model on a few rows before it is trusted. Errors are sentences
// that name the directory and what is wrong with it.
func Open(source Source, o Options) (*Model, error) {
	m, err := open(source, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", source, err)
	}
	return m, nil
}

func open(source Source, o Options) (*Model, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := source.check(); err != nil {
		return nil, err
	}
	config, err := readConfig(source)
	if err != nil {
		return nil, err
	}
	tok, err := tokenizer.Load(source.files)
	if err != nil {
		return nil, err
	}
	n, err := source.network(o.Precision)
	if err != nil {
		return nil, err
	}
	if err := start(o.Library); err != nil {
		return nil, err
	}
	m := &Model{config: config, tokenizer: tok, file: n.file, inputs: n.inputs, dynamic: n.dynamic}
	if err := m.start(n, o); err != nil {
		return nil, fmt.Errorf("%s: %w", n.file, err)
	}
	return m, nil
}

// Config is what the model's config.json says.
func (m *Model) Config() Config { return m.config }

// Tokenizer is the model's own.
func (m *Model) Tokenizer() *tokenizer.Tokenizer { return m.tokenizer }

// Int8 tells whether the model quantises its activations while it runs. The
// logits of a row then depend a little on the rows and the padding beside it
// (by 0.05, measured), so that a batch must hold one text's rows only if a
// score is to be a function of the text.
func (m *Model) Int8() bool { return m.dynamic }

// File is the name of the network's file in its source.
func (m *Model) File() string { return m.file }

// Note says why the model runs on the CPU where another provider was asked for;
// it is empty where all is as asked.
func (m *Model) Note() string { return m.note }

// Close frees the session. No call of Logits may be in progress.
func (m *Model) Close() error { return m.session.Destroy() }

// Logits runs the model on rows and returns for each its logits, in the order
// of Config().Labels. Rows are padded to the longest. When ctx ends the run is
// stopped inside the network, within a layer's time, and ctx's error returned.
func (m *Model) Logits(ctx context.Context, rows []tokenizer.Encoding) ([][]float32, error) {
	out := make([][]float32, len(rows))
	for _, group := range m.runnable(rows) {
		batch := make([]tokenizer.Encoding, len(group))
		for i, row := range group {
			batch[i] = rows[row]
		}
		logits, err := m.forward(ctx, batch)
		if err != nil {
			return nil, err
		}
		for i, row := range group {
			out[row] = logits[i]
		}
	}
	return out, nil
}

// runnable cuts the rows into groups (of indices) that may share a forward
// pass. BART pools the hidden state of the last </s> by reshaping to the number
// of </s> in a row, so rows that differ in it, as when a review holds a literal
// </s>, must not meet: they would be refused or, worse, pooled at each other's
// places.
func (m *Model) runnable(rows []tokenizer.Encoding) [][]int {
	var groups [][]int
	ends := map[int]int{} // number of </s> → its group
	for i, row := range rows {
		n := 0
		for _, id := range row.IDs {
			if id == m.config.eos {
				n++
			}
		}
		g, seen := ends[n]
		if !seen || m.oneRow {
			g = len(groups)
			ends[n] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// forward is one pass of the network over a batch.
func (m *Model) forward(ctx context.Context, rows []tokenizer.Encoding) ([][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	inputs, err := m.tensors(rows)
	defer func() {
		for _, t := range inputs {
			t.Destroy()
		}
	}()
	if err != nil {
		return nil, fmt.Errorf("run the model: %w", err)
	}
	outputs := []ort.Value{nil}
	if err := m.run(ctx, inputs, outputs); err != nil {
		return nil, err
	}
	defer outputs[0].Destroy()

	logits, ok := outputs[0].(*ort.Tensor[float32])
	n := len(m.config.Labels)
	if shape := outputs[0].GetShape(); !ok || len(shape) != 2 || shape[0] != int64(len(rows)) || shape[1] != int64(n) {
		return nil, fmt.Errorf("run the model: its output has the shape %v where %d rows of %d logits belong (config.json names %d labels)",
			shape, len(rows), n, n)
	}
	out := make([][]float32, len(rows))
	for i := range out {
		out[i] = append([]float32(nil), logits.GetData()[i*n:(i+1)*n]...)
	}
	return out, nil
}

// tensors lays the rows out as the model's inputs, padded on the right. What
// was made before an error is returned with it.
func (m *Model) tensors(rows []tokenizer.Encoding) ([]ort.Value, error) {
	length := longest(rows)
	shape := ort.NewShape(int64(len(rows)), int64(length))
	var made []ort.Value
	for _, name := range m.inputs {
		flat := make([]int64, len(rows)*length)
		for i, row := range rows {
			cells := flat[i*length : (i+1)*length]
			switch name {
			case inputIDs:
				n := copy(cells, row.IDs)
				for j := n; j < length; j++ {
					cells[j] = m.tokenizer.PadID()
				}
			case attentionMask:
				for j := range row.IDs {
					cells[j] = 1
				}
			case tokenTypeIDs:
				copy(cells, row.TypeIDs)
			}
		}
		t, err := ort.NewTensor(shape, flat)
		if err != nil {
			return made, err
		}
		made = append(made, t)
	}
	return made, nil
}

// run calls the session and stops it when ctx ends.
func (m *Model) run(ctx context.Context, inputs, outputs []ort.Value) error {
	options, err := ort.NewRunOptions()
	if err != nil {
		return fmt.Errorf("run the model: %w", err)
	}
	defer options.Destroy()
	terminated := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		options.Terminate()
		close(terminated)
	})
	err = m.session.RunWithOptions(inputs, outputs, options)
	if !stop() {
		<-terminated // options must outlive Terminate
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("run the model on %v tokens: %w", inputs[0].GetShape(), err)
	}
}
