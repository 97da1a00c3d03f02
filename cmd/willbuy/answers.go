package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
)

// answerer brings texts to a model and takes its answers, which are ready in
// another order than the texts.
type answerer struct {
	c        *cli
	verb     string // what could not be done, of a text
	sink     sink
	file     *answerFile // the sink where it is that, else nil
	force    bool        // the file was begun anew
	progress *progress
	stop     context.CancelFunc // of the work, when answers have nowhere to go

	mu       sync.Mutex
	asked    map[int]asked // without an answer yet, by their number among those handed on
	handed   int           // texts handed on to this call of the model
	weight   int           // of the asked
	read     int           // texts of the input so far
	answered int64
	failed   int64
	mended   int64
	err      error // the first error of the input or of the sink
}

// asked is a text that the model has been given.
type asked struct {
	text
	place int // in the input, from 0
}

// weight is about what a text costs in memory until it is answered.
func (t text) weight() int { return len(t.text) + textWeight }

const textWeight = 512

// maxWeight is how much may wait for an answer or for its turn. The window of
// textmodel.Task is far below it; it is reached by texts of a megabyte, and
// where one text waits for the window to fill while thousands are answered at
// once because they were asked before.
const maxWeight = 48 << 20

// sink is where answers go: printer, or answerFile.
type sink interface {
	// known tells whether the sink has the answer to the text at that place, or
	// knows what it is.
	known(place int, t text) (have bool, answer any, err error)
	// put takes the answer to a text. A probe, which may be nil, is kept with
	// it where that makes sense.
	put(place int, t text, answer any, probe any) error
	// weight is what it holds in memory.
	weight() int
	// end is called when the input is at its end and all is answered.
	end(ctx context.Context, texts int) error
}

// failedText is the answer to a text that has none.
type failedText struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error"`
}

// ask puts all texts to a model. Each call of engine gets a part of them, whose
// answers go to give; the parts are long unless answers pile up.
func (a *answerer) ask(ctx context.Context, texts iter.Seq2[text, error], engine func(context.Context, iter.Seq[textmodel.Text]) error) error {
	defer a.progress.clear()
	working, stop := context.WithCancel(ctx)
	defer stop()
	a.asked, a.stop = map[int]asked{}, stop
	next, done := iter.Pull2(texts)
	defer done()
	var err error
	for more := true; more && err == nil; {
		a.handed = 0
		err = engine(working, func(yield func(textmodel.Text) bool) { more = a.part(next, yield) })
	}
	if a.err != nil {
		err = a.err
	}
	if err != nil {
		a.tellKept()
		return err
	}
	if err := a.sink.end(ctx, a.read); err != nil {
		a.tellKept()
		return err
	}
	a.progress.end(a.mended)
	return unanswered(a.failed, int64(a.read), a.verb)
}

// tellKept tells how a run that did not come to its end goes on.
func (a *answerer) tellKept() {
	if a.file == nil || a.file.refused != nil {
		return
	}
	again := "the same command goes on from there"
	if a.force {
		again = "the same command without --force goes on from there"
	}
	a.progress.clear()
	a.c.remark("%s%s keeps %s; %s", a.file.path, partSuffix, pipeline.Plural(a.answered, "answer"), again)
}

// close lets go of the file.
func (a *answerer) close() error {
	if a.file == nil {
		return nil
	}
	return a.file.close()
}

// part hands on texts until enough wait; it tells whether there are more.
func (a *answerer) part(next func() (text, error, bool), yield func(textmodel.Text) bool) (more bool) {
	for !a.full() {
		t, err, ok := next()
		if err != nil {
			a.fail(err)
		}
		if err != nil || !ok {
			return false
		}
		ask, err := a.enter(t)
		if err != nil {
			a.fail(err)
			return false
		}
		if ask && !yield(textmodel.Text{Text: t.text}) {
			return false
		}
	}
	return true
}

func (a *answerer) full() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.weight+a.sink.weight() > maxWeight
}

// enter takes a text into the order; it tells whether to hand it on.
func (a *answerer) enter(t text) (ask bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	place := a.read
	if t.mended {
		a.mended++
	}
	have, answer, err := a.sink.known(place, t)
	if err != nil {
		return false, err
	}
	a.read++
	switch {
	case have:
		return false, nil
	case answer != nil:
		a.put(place, t, answer, nil)
		return false, nil
	case t.err != nil:
		a.put(place, t, a.failure(t, t.err), nil)
		return false, nil
	}
	a.asked[a.handed] = asked{t, place}
	a.handed++
	a.weight += t.weight()
	return true, nil
}

// give takes the answer to the text that was handed on as number index. Make
// gets the text's id.
func (a *answerer) give(index int, err error, make func(id json.RawMessage) any, probe any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.asked[index]
	delete(a.asked, index)
	a.weight -= t.weight()
	if err != nil {
		a.put(t.place, t.text, a.failure(t.text, err), nil)
		return
	}
	a.put(t.place, t.text, make(t.id), probe)
}

func (a *answerer) failure(t text, err error) failedText {
	a.failed++
	return failedText{t.id, err.Error()}
}

// put passes an answer on. The answerer is locked.
func (a *answerer) put(place int, t text, answer, probe any) {
	a.answered++
	if err := a.sink.put(place, t, answer, probe); err != nil {
		a.err = cmp.Or(a.err, err)
		a.stop()
	}
	a.progress.at(a.answered)
}

func (a *answerer) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = cmp.Or(a.err, err)
}

// unanswered is the error at the end of an input of which some texts failed.
func unanswered(failed, total int64, verb string) error {
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%s of %s could not be %s; their lines say why", counted(failed), pipeline.Plural(total, "text"), verb)
}

// printer prints answers to stdout in the order of the texts.
type printer struct {
	c        *cli
	progress *progress
	ready    map[int][]byte // lines that wait for their turn, by place
	printed  int
	held     int // bytes of them
}

func (*printer) known(int, text) (bool, any, error) { return false, nil, nil }

func (p *printer) put(place int, _ text, answer any, _ any) error {
	line, err := jsonLine(answer)
	if err != nil {
		return err
	}
	p.ready[place] = line
	p.held += len(line) + 64
	if _, turn := p.ready[p.printed]; turn {
		p.progress.clear()
	}
	for line, turn := p.ready[p.printed]; turn; line, turn = p.ready[p.printed] {
		delete(p.ready, p.printed)
		p.held -= len(line) + 64
		p.printed++
		if _, err := p.c.out.Write(line); err != nil {
			return err
		}
	}
	return p.c.out.Flush() // whoever reads us reads along
}

func (p *printer) weight() int { return p.held }

func (p *printer) end(context.Context, int) error { return nil }

// jsonLine is a value as a line of JSON.
func jsonLine(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return b.Bytes(), err
}
