package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"sync"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
)

// answerer prints answers in the order of the texts, although they are ready
// in another.
type answerer struct {
	c        *cli
	verb     string // what could not be done, of a text
	progress *meter

	mu     sync.Mutex
	asked  []json.RawMessage // ids of the texts in the order of the input, from printed on
	where  map[int]int       // place among those that were handed on → place in the input
	answer map[int]any       // ready, by place in the input
	read   int               // texts of the input so far
	handed int               // texts handed on so far
	out    int               // answers printed
	failed int64
	err    error // the first error of reading or printing
}

// failedText is the answer to a text that has none.
type failedText struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error"`
}

func (c *cli) answerer(verb string) *answerer {
	return &answerer{c: c, verb: verb, progress: c.meter("text"), where: map[int]int{}, answer: map[int]any{}}
}

// texts hands on the texts that can be asked about; the others are answered at
// once.
func (a *answerer) texts(in iter.Seq2[text, error]) iter.Seq[textmodel.Text] {
	return func(yield func(textmodel.Text) bool) {
		for t, err := range in {
			if err != nil {
				a.fail(err)
				return
			}
			if !a.enter(t) {
				continue
			}
			if !yield(textmodel.Text{Text: t.text}) {
				return
			}
		}
	}
}

// enter takes a text into the order; it tells whether to hand it on.
func (a *answerer) enter(t text) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	place := a.read
	a.read++
	a.asked = append(a.asked, t.id)
	if t.err != nil {
		a.failed++
		a.put(place, failedText{t.id, t.err.Error()})
		return false
	}
	a.where[a.handed] = place
	a.handed++
	return true
}

// give takes the answer to the text that was handed on as number index. Make
// gets the text's id.
func (a *answerer) give(index int, err error, make func(id json.RawMessage) any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	place := a.where[index]
	delete(a.where, index)
	id := a.asked[place-a.out]
	if err != nil {
		a.failed++
		a.put(place, failedText{id, err.Error()})
		return
	}
	a.put(place, make(id))
}

// put keeps an answer until its turn and prints those whose turn it is.
func (a *answerer) put(place int, answer any) {
	a.answer[place] = answer
	for {
		next, ready := a.answer[a.out]
		if !ready {
			break
		}
		delete(a.answer, a.out)
		a.asked = a.asked[1:]
		a.out++
		a.err = cmp.Or(a.err, a.c.object(next))
	}
	a.err = cmp.Or(a.err, a.c.out.Flush()) // whoever reads us reads along
	a.progress.at(int64(a.out), 0)
}

func (a *answerer) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = cmp.Or(a.err, err)
}

// end gives the error of the whole: that of the model, of the input, or that
// some texts have no answer.
func (a *answerer) end(err error) error {
	switch {
	case err != nil:
		return err
	case a.err != nil:
		return a.err
	}
	return unanswered(a.failed, int64(a.out), a.verb)
}

// unanswered is the error at the end of an input of which some texts failed.
func unanswered(failed, total int64, verb string) error {
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%s of %s could not be %s; their lines say why", counted(failed), pipeline.Plural(total, "text"), verb)
}
