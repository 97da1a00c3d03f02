package textmodel

import (
	"context"
	"iter"
	"slices"
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
	first   window      // what the first model is to be asked
	sample  []*question // in the order of the stream, until learnt from
	skip    bool        // the first model is asked no more
}

// feed reads until the texts or ctx end, and returns when all is answered.
func (f *feeder) feed(ctx context.Context, texts iter.Seq[Text]) {
	sampling := f.Second != nil && f.Second.Sample > 0
	index := 0
	for text := range texts {
		if ctx.Err() != nil {
			return
		}
		q := f.ask(text, index)
		index++
		if q != nil && sampling {
			q.sampled = true
			f.sample = append(f.sample, q)
			if sampling = len(f.sample) < f.Second.Sample; !sampling && !f.learn(ctx) {
				return
			}
		}
		if f.desk.crowded() && !f.answerAll(ctx) || f.first.full() && !f.send(ctx) {
			return
		}
	}
	switch {
	case !sampling:
	case len(f.sample) < f.Second.Least:
		f.desk.running.Wait()
		f.desk.dissolve(f.sample)
		f.skip = true
	case len(f.sample) > 0 && !f.learn(ctx):
		return
	}
	f.settle(ctx)
}

// ask puts a text's question into the window and returns it, or nil where it is
// no new one.
func (f *feeder) ask(text Text, index int) *question {
	q := f.desk.ask(text, index)
	if q == nil {
		return nil
	}
	rows, err := f.encode(text.Text)
	if err != nil || len(rows) == 0 {
		f.desk.refuse(q, err)
		return nil
	}
	q.rows = rows
	f.first.add(q)
	return q
}

// learn shows the sample's answers to OnSample, has the second model answer what
// it asks, and gives out the rest as they are.
func (f *feeder) learn(ctx context.Context) bool {
	if !f.settle(ctx) {
		return false
	}
	for {
		f.sample = slices.DeleteFunc(f.sample, func(q *question) bool { return q.first == nil || q.err != nil })
		var first, second [][][]float32
		for _, q := range f.sample {
			first, second = append(first, q.first), append(second, q.logits)
		}
		ask, goOn := f.Second.OnSample(first, second)
		if len(ask) == 0 {
			f.desk.release(f.sample)
			f.sample, f.skip = nil, !goOn
			return true
		}
		var again []*question
		for _, i := range ask {
			again = append(again, f.sample[i])
		}
		f.desk.askAgain(again)
		if !f.settle(ctx) {
			return false
		}
	}
}

// answerAll has everything answered, what is held of a sample by the second
// model.
func (f *feeder) answerAll(ctx context.Context) bool {
	if !f.settle(ctx) {
		return false
	}
	f.desk.askAgain(f.sample)
	return f.settle(ctx)
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
