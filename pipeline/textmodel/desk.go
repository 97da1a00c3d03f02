package textmodel

import (
	"crypto/sha256"
	"errors"
	"math"
	"sync"

	"willbuy/pipeline/tokenizer"
)

// question is a distinct text with everyone who waits for its answer.
type question struct {
	rows    []tokenizer.Encoding // until answered
	waiting []Answer             // to be filled in
	sampled bool                 // the first model's answer is held, see Second
	first   [][]float32          // until answered, in a sample until that is learnt from
	done    bool
	logits  [][]float32
	err     error
}

// desk hands out answers, one at a time, and remembers them for texts that come
// again: the last generation of them and the one before.
type desk struct {
	onAnswer func(Answer)
	onWorker func(Worker)
	second   *Second
	running  sync.WaitGroup // batches under way

	mu         sync.Mutex
	young, old map[[sha256.Size]byte]*question
	youngRows  int    // answered in this generation
	waiting    int    // texts without an answer
	again      window // what the second model is to be asked
}

// A generation ends at whichever comes first; with three logits a row it holds
// about 6 MB.
const (
	rememberedTexts = 16 << 10
	rememberedRows  = 48 << 10
)

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
	if d.young == nil || len(d.young) >= rememberedTexts || d.youngRows >= rememberedRows {
		d.young, d.old, d.youngRows = map[[sha256.Size]byte]*question{}, d.young, 0
	}
	d.young[key] = q
	d.waiting++
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
	q.err = err
	d.answer(q)
}

// deliver takes a batch's logits: it answers its questions, passes them on to
// the second model, or holds them. It returns how many it answered; those that
// are held count, and do not when they are asked again.
func (d *desk) deliver(b batch, logits [][][]float32) (answered int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, q := range b.questions {
		sound := finite(logits[i])
		switch {
		case d.second == nil || b.again:
			if sound {
				q.logits = logits[i]
			} else {
				q.err = errors.New("the model's answer is not a number")
			}
			d.answer(q)
			if !q.sampled {
				answered++
			}
		case !sound:
			q.sampled = false // there is nothing to compare
			d.again.add(q)
		case q.sampled:
			q.first = logits[i]
			answered++
		case d.second.Redo(logits[i]):
			q.first = logits[i]
			d.again.add(q)
		default:
			q.logits = logits[i]
			d.answer(q)
			answered++
		}
	}
	return answered
}

// askAgain passes those questions of a sample that are held on to the second
// model.
func (d *desk) askAgain(questions []*question) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range questions {
		if q.first != nil && !q.done {
			d.again.add(q)
		}
	}
}

// release answers what is held of a sample, and ends it.
func (d *desk) release(sample []*question) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range sample {
		if !q.done {
			q.logits, q.first = q.first, nil
			d.answer(q)
		}
		q.sampled, q.first = false, nil
	}
}

// dissolve makes a sample's questions such as the first model is not asked.
func (d *desk) dissolve(sample []*question) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range sample {
		if q.first != nil && !q.done {
			d.again.add(q)
		}
		q.sampled, q.first = false, nil
	}
}

// report passes on a worker's figures.
func (d *desk) report(w Worker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.onWorker != nil {
		d.onWorker(w)
	}
}

// answer tells everyone who waits. The desk is locked.
func (d *desk) answer(q *question) {
	if !q.done {
		d.youngRows += len(q.logits)
	}
	for i, a := range q.waiting {
		a.Logits, a.Err = q.logits, q.err
		if i == 0 && !q.done {
			a.First, a.Sampled = q.first, q.sampled
		}
		d.onAnswer(a)
	}
	d.waiting -= len(q.waiting)
	q.done, q.rows, q.waiting = true, nil, nil
	if !q.sampled {
		q.first = nil
	}
}

// crowded tells that so many texts wait, most of them alike, that they should
// be answered before more are read.
func (d *desk) crowded() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting >= maxWaiting
}

// skipFirst passes questions on to the second model unasked.
func (d *desk) skipFirst(w *window) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range w.questions {
		d.again.add(q)
	}
	w.questions, w.tokens = nil, 0
}

// takeAgain cuts what waits for the second model, if there is enough of it.
func (d *desk) takeAgain(enough int) []batch {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.again.questions) < enough && !d.again.full() {
		return nil
	}
	batches := d.again.cut()
	for i := range batches {
		batches[i].again = true
	}
	return batches
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
