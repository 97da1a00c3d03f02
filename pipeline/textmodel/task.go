package textmodel

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"

	"willbuy/pipeline/tokenizer"
)

// Task feeds a stream of texts through a model, on every core, in batches of a
// good size, identical texts once. With a Second opinion some texts go through
// another model as well.
//
// It reads ahead a window of texts, sorts it by length so that little is
// padded, cuts it into batches and hands these to the workers, each a goroutine
// with a thread of its own at low priority. Memory is bounded by the window and
// by the answers remembered for texts that return, never by the stream.
type Task struct {
	Model *Model
	// Encode makes the rows that are asked of one text. An error concerns the
	// text alone: it becomes the answer and the task goes on.
	Encode func(text string) ([]tokenizer.Encoding, error)
	// Workers is the number of goroutines that run the model; 0 means
	// GOMAXPROCS.
	Workers int
	// Second, where set, has the last word on the texts that it is asked.
	Second *Second
	// OnAnswer gets the answer to every text, one call at a time, in the order
	// in which they are ready. OnWorker, which may be nil, gets a worker's
	// figures after each of its batches; the calls do not overlap either.
	OnAnswer func(Answer)
	OnWorker func(Worker)
}

// Second is a model that is asked again what the first did not answer well
// enough. It takes the same rows, so it must be a twin with the same tokenizer.
type Second struct {
	Model *Model
	// Redo tells whether to ask, by the first model's logits of a text. Calls
	// do not overlap.
	Redo func(first [][]float32) bool
	// Sample is how many distinct texts are asked before any other, so that Redo
	// can learn from them: the first model's answers are held, and OnSample is
	// called with the logits of both models in the order of the stream, nil
	// where the second was not asked. It returns which the second is to be asked
	// now, and is called again with more, until it returns none. Then goOn tells
	// whether both models go on, or the second alone, and what is still held is
	// the answer. Texts that a model fails at are left out.
	//
	// A stream that ends within the sample makes do with what there is; one of
	// fewer than Least texts is asked of the second model alone.
	Sample, Least int
	OnSample      func(first, second [][][]float32) (ask []int, goOn bool)
}

// Text is a text to be classified and the caller's name for it.
type Text struct {
	ID   string
	Text string
}

// Answer is what the model says to one text: the logits of each of its rows,
// or why there are none. Texts that are the same share the Logits.
type Answer struct {
	Text
	Index  int // the text's place in the stream, from 0
	Logits [][]float32
	// First are the logits of the first model where both were asked, and Sampled
	// tells that the text is of the sample of Second; of texts that are the same
	// one alone has them.
	First   [][]float32
	Sampled bool
	Err     error
}

// Worker is the progress of one worker.
type Worker struct {
	ID     int
	Texts  int     // distinct texts answered
	Rows   int     // rows run
	Tokens int     // tokens run, without padding
	Batch  int     // rows of the last batch
	Rate   float64 // texts a second since the task began
}

// Run answers texts until they end, ctx ends, or the model fails, and returns
// after its workers have stopped. Texts are pulled on the calling goroutine.
func (t Task) Run(ctx context.Context, texts iter.Seq[Text]) error {
	workers := t.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)

	d := desk{onAnswer: t.OnAnswer, onWorker: t.OnWorker, second: t.Second}
	f := feeder{Task: t, desk: &d, batches: make(chan batch), first: newWindow(t.Model)}
	if t.Second != nil {
		d.again = newWindow(t.Second.Model)
	}
	began := time.Now()
	var running sync.WaitGroup
	for id := range workers {
		running.Go(func() {
			yieldToOthers()
			stats := Worker{ID: id}
			for b := range f.batches {
				if !t.work(ctx, b, &d, &stats, began, fail) {
					return
				}
			}
		})
	}
	f.feed(ctx, texts)
	close(f.batches)
	running.Wait()
	return context.Cause(ctx)
}

// work answers one batch and tells whether to go on.
func (t Task) work(ctx context.Context, b batch, d *desk, stats *Worker, began time.Time, fail context.CancelCauseFunc) bool {
	defer d.running.Done()
	logits, err := t.answer(ctx, b)
	if err != nil {
		fail(err)
		return false
	}
	answered := d.deliver(b, logits)
	stats.add(b, answered, time.Since(began))
	d.report(*stats)
	return true
}

// encode makes the rows; a panic over one text does not end the others' work.
func (t Task) encode(text string) (rows []tokenizer.Encoding, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("encode a text of %d bytes: %v", len(text), p)
		}
	}()
	return t.Encode(text)
}

// answer runs a batch, in pieces where a single text has very many rows, and
// returns the logits of each question.
func (t Task) answer(ctx context.Context, b batch) (logits [][][]float32, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("run the model on %d rows: %v", b.rows, p)
		}
	}()
	var rows []tokenizer.Encoding
	for _, q := range b.questions {
		rows = append(rows, q.rows...)
	}
	model := t.Model
	if b.again {
		model = t.Second.Model
	}
	piece := max(1, maxPassTokens/max(1, b.length))
	var flat [][]float32
	for len(rows) > 0 {
		n := min(piece, len(rows))
		out, err := model.Logits(ctx, rows[:n])
		if err != nil {
			return nil, err
		}
		flat, rows = append(flat, out...), rows[n:]
	}
	for _, q := range b.questions {
		logits = append(logits, flat[:len(q.rows)])
		flat = flat[len(q.rows):]
	}
	return logits, nil
}

// add counts a batch that is done.
func (w *Worker) add(b batch, answered int, elapsed time.Duration) {
	w.Texts += answered
	w.Rows += b.rows
	w.Tokens += b.tokens
	w.Batch = b.rows
	w.Rate = float64(w.Texts) / max(elapsed.Seconds(), 1e-9)
}
