package textmodel

import (
	"context"
	"iter"
)

const (
	// enoughAgain is how many questions are gathered for the second model, so
	// that they can be sorted by length.
	enoughAgain = 64
	// maxWaiting is how many texts may be without an answer. There are far
	// fewer distinct ones in a window, so this is for streams of few texts that
	// come often.
	maxWaiting = 16 << 10
)

// feeder reads the texts of a task and sends batches to its workers.
type feeder struct {
	Task
	desk    *desk
	batches chan batch
	first   window // what the first model is to be asked
	sent    bool
	skip    bool // the first model is asked no more
}

// feed reads until the texts or ctx end, and returns when all is answered.
func (f *feeder) feed(ctx context.Context, texts iter.Seq[Text]) {
	sample := 0 // distinct texts still to be sampled
	if f.Second != nil {
		sample = max(0, f.Second.Sample)
	}
	f.desk.sample(sample > 0)
	index := 0
	for text := range texts {
		if ctx.Err() != nil {
			return
		}
		asked := f.ask(text, index)
		index++
		if asked && sample > 0 {
			if sample--; sample == 0 {
				if !f.settle(ctx) {
					return
				}
				f.desk.sample(false)
				f.skip = !f.Second.OnSample()
			}
		}
		if f.desk.crowded() && !f.settle(ctx) || f.first.full() && !f.send(ctx) {
			return
		}
	}
	f.skip = f.skip || sample > 0 && !f.sent
	f.settle(ctx)
}

// ask puts a text's question into the window, and tells whether it is a new one.
func (f *feeder) ask(text Text, index int) bool {
	q := f.desk.ask(text, index)
	if q == nil {
		return false
	}
	rows, err := f.encode(text.Text)
	if err != nil || len(rows) == 0 {
		f.desk.refuse(q, err)
		return false
	}
	q.rows = rows
	f.first.add(q)
	return true
}

// send sends the window's batches. What has gathered for the second model goes
// before each, which bounds it.
func (f *feeder) send(ctx context.Context) bool {
	if f.skip {
		f.desk.skipFirst(&f.first)
		return f.push(ctx, f.desk.takeAgain(1)...)
	}
	for _, b := range f.first.cut() {
		if !f.push(ctx, f.desk.takeAgain(enoughAgain)...) || !f.push(ctx, b) {
			return false
		}
	}
	return true
}

// settle sends everything and waits for the answers.
func (f *feeder) settle(ctx context.Context) bool {
	if !f.send(ctx) || !f.push(ctx, f.desk.takeAgain(1)...) {
		return false
	}
	f.desk.running.Wait()
	if !f.push(ctx, f.desk.takeAgain(1)...) {
		return false
	}
	f.desk.running.Wait()
	return ctx.Err() == nil
}

// push hands batches to the workers, each when one is free.
func (f *feeder) push(ctx context.Context, batches ...batch) bool {
	for _, b := range batches {
		f.sent = true
		f.desk.running.Add(1)
		select {
		case f.batches <- b:
		case <-ctx.Done():
			f.desk.running.Done()
			return false
		}
	}
	return true
}
