package textmodel

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"sync"
	"time"

	"willbuy/pipeline/tokenizer"
)

// Task feeds a stream of texts through a model, on every core, in batches of a
// good size, identical texts once.
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
	// OnAnswer gets the answer to every text, one call at a time, in the order
	// in which they are ready. OnWorker, which may be nil, gets a worker's
	// figures after each of its batches; the calls do not overlap either.
	OnAnswer func(Answer)
	OnWorker func(Worker)
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
	Err    error
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

	d := desk{onAnswer: t.OnAnswer, onWorker: t.OnWorker}
	batches := make(chan batch)
	began := time.Now()
	var running sync.WaitGroup
	for id := range workers {
		running.Go(func() {
			yieldToOthers()
			stats := Worker{ID: id}
			for b := range batches {
				logits, err := t.answer(ctx, b)
				if err != nil {
					fail(err)
					return
				}
				stats.add(b, time.Since(began))
				d.deliver(b, logits, stats)
			}
		})
	}
	t.feed(ctx, texts, &d, batches)
	close(batches)
	running.Wait()
	return context.Cause(ctx)
}

// feed reads the texts and sends batches until the texts or ctx end.
func (t Task) feed(ctx context.Context, texts iter.Seq[Text], d *desk, batches chan<- batch) {
	w := window{dynamic: t.Model.Int8()}
	send := func() bool {
		for _, b := range w.cut() {
			select {
			case batches <- b:
			case <-ctx.Done():
				return false
			}
		}
		return true
	}
	index := 0
	for text := range texts {
		if ctx.Err() != nil {
			return
		}
		if q := d.ask(text, index); q != nil {
			rows, err := t.encode(text.Text)
			if err != nil || len(rows) == 0 {
				d.refuse(q, err)
			} else {
				q.rows = rows
				w.add(q)
			}
		}
		index++
		if w.full() && !send() {
			return
		}
	}
	send()
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
	piece := max(1, maxPassTokens/max(1, b.length))
	var flat [][]float32
	for len(rows) > 0 {
		n := min(piece, len(rows))
		out, err := t.Model.Logits(ctx, rows[:n])
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
func (w *Worker) add(b batch, elapsed time.Duration) {
	w.Texts += len(b.questions)
	w.Rows += b.rows
	w.Tokens += b.tokens
	w.Batch = b.rows
	w.Rate = float64(w.Texts) / max(elapsed.Seconds(), 1e-9)
}

// question is a distinct text with everyone who waits for its answer.
type question struct {
	rows    []tokenizer.Encoding // until answered
	waiting []Answer             // to be filled in
	done    bool
	logits  [][]float32
	err     error
}

// desk hands out answers, one at a time, and remembers them for texts that come
// again: the last generation of them and the one before.
type desk struct {
	onAnswer func(Answer)
	onWorker func(Worker)

	mu         sync.Mutex
	young, old map[[sha256.Size]byte]*question
}

// remembered is the size of a generation: with three rows of three logits
// about 6 MB.
const remembered = 16384

// ask returns the question that a text raises, or nil when it is asked or
// answered already.
func (d *desk) ask(text Text, index int) *question {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := sha256.Sum256([]byte(text.Text))
	q := d.young[key]
	if q == nil {
		q = d.old[key]
	}
	asked := q != nil
	if !asked {
		q = &question{}
	}
	if len(d.young) >= remembered || d.young == nil {
		d.young, d.old = map[[sha256.Size]byte]*question{}, d.young
	}
	d.young[key] = q
	q.waiting = append(q.waiting, Answer{Text: text, Index: index})
	if asked {
		if q.done {
			d.answer(q)
		}
		return nil
	}
	return q
}

// refuse answers a question that the model is not asked.
func (d *desk) refuse(q *question, err error) {
	if err == nil {
		err = errors.New("nothing is asked about the text")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	q.done, q.err = true, err
	d.answer(q)
}

// deliver answers a batch's questions.
func (d *desk) deliver(b batch, logits [][][]float32, stats Worker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, q := range b.questions {
		q.done, q.rows, q.logits = true, nil, logits[i]
		if !finite(q.logits) {
			q.logits, q.err = nil, errors.New("the model's answer is not a number")
		}
		d.answer(q)
	}
	if d.onWorker != nil {
		d.onWorker(stats)
	}
}

// answer tells everyone who waits. The desk is locked.
func (d *desk) answer(q *question) {
	for _, a := range q.waiting {
		a.Logits, a.Err = q.logits, q.err
		d.onAnswer(a)
	}
	q.waiting = nil
}

func finite(logits [][]float32) bool {
	for _, row := range logits {
		for _, x := range row {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return false
			}
		}
	}
	return true
}
