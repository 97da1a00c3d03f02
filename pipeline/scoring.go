package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"willbuy/pipeline/textmodel"
	"willbuy/store"
	model "willbuy/testdata/model"
)

const (
	// scorePage is how many texts are fetched at a time; the store is closed
	// while they are scored.
	scorePage = 8192
	// commitEvery is how long scores wait at most to be committed: what a
	// crash can cost.
	commitEvery = time.Second
	// stopGrace is how long the last commit may take once a run is stopped:
	// another process may have the file just then.
	stopGrace = 700 * time.Millisecond
	// embedded names the model inside the binary.
	embedded = "embedded"
)

// scored is the answer to one text, as the cache tables keep it.
type scored struct {
	key, text string
	label     string
	score     float64
	scores    string // JSON list in the order of the question's labels, or "" with none
	err       error
}

// scoring scores every distinct text of a table once and keeps the answers in
// a cache by content. It resumes by itself: what the cache has is not asked
// again.
type scoring struct {
	table, text string // whence the texts come
	cache       string
	question    string // hash of the model and what it is asked
	ask         func(ctx context.Context, texts iter.Seq[textmodel.Text], answer func(scored), worker func(textmodel.Worker)) error
	live        *tally // told after each commit
}

// Key is the SQL for a text's key in the cache.
func (s scoring) Key(alias string) string {
	return fmt.Sprintf("MD5(%s || %s.%s)", Lit(s.question), alias, Ident(s.text))
}

func (s scoring) pending() string {
	return fmt.Sprintf(`SELECT DISTINCT %s AS KEY, t.%s AS TEXT FROM %s t
LEFT JOIN %s c ON c.KEY = %[1]s WHERE c.KEY IS NULL ORDER BY KEY`, s.Key("t"), Ident(s.text), Ident(s.table), s.cache)
}

// run scores what is pending.
func (s scoring) run(ctx context.Context, x *Exec) error {
	total, err := x.Count(ctx, fmt.Sprintf("SELECT COUNT(DISTINCT %s) FROM %s", Ident(s.text), Ident(s.table)))
	if err != nil {
		return err
	}
	left, err := x.Count(ctx, "SELECT COUNT(*) FROM ("+s.pending()+") p")
	if err != nil {
		return err
	}
	done := total - left
	if done > 0 {
		x.Log("%s of %s texts were scored before: their scores are kept", Thousands(done), Thousands(total))
		if err := s.recall(ctx, x); err != nil {
			return err
		}
	}
	x.Progress(done, total, "reviews")
	for left > 0 {
		page, err := s.page(ctx, x)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		if err := s.scorePage(ctx, x, page, &done, total); err != nil {
			return err
		}
		left -= int64(len(page))
	}
	return nil
}

// recall counts the labels that were given before.
func (s scoring) recall(ctx context.Context, x *Exec) error {
	rows, err := x.Store.Query(ctx, fmt.Sprintf(`SELECT c.LABEL, COUNT(*) FROM (SELECT DISTINCT %s AS KEY FROM %s t) d
INNER JOIN %s c ON c.KEY = d.KEY WHERE c.LABEL IS NOT NULL GROUP BY 1`, s.Key("t"), Ident(s.table), s.cache))
	if err != nil {
		return err
	}
	counts, err := rows.Collect(-1)
	for _, row := range counts {
		s.live.counts[fmt.Sprint(row[0])] = row[1].(int64)
	}
	return err
}

// page fetches the next texts without an answer.
func (s scoring) page(ctx context.Context, x *Exec) ([]textmodel.Text, error) {
	rows, err := x.Store.Query(ctx, fmt.Sprintf("%s LIMIT %d", s.pending(), scorePage))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []textmodel.Text
	for rows.Next() {
		var t textmodel.Text
		if err := rows.Scan(&t.ID, &t.Text); err != nil {
			return nil, err
		}
		page = append(page, t)
	}
	return page, rows.Err()
}

// scorePage scores one page while another goroutine commits what is ready, so
// that the workers never wait for the disk. When ctx ends, what was answered
// until then is still committed.
func (s scoring) scorePage(ctx context.Context, x *Exec, page []textmodel.Text, done *int64, total int64) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	answers := make(chan scored, 4096)
	committed := make(chan error, 1)
	go func() {
		lasting, end := context.WithCancel(context.WithoutCancel(ctx))
		defer end()
		defer context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, end) })()
		committed <- s.commit(lasting, x, answers, stop)
	}()
	err := s.ask(ctx, func(yield func(textmodel.Text) bool) {
		for _, t := range page {
			if !yield(t) {
				return
			}
		}
	}, func(a scored) {
		answers <- a
		*done++
		x.Progress(*done, total, "reviews")
	}, func(w textmodel.Worker) {
		x.Worker(Worker{ID: w.ID + 1, Done: int64(w.Texts), Rate: w.Rate, Batch: w.Batch, Tokens: w.Tokens, State: "busy"})
	})
	close(answers)
	return errors.Join(<-committed, err)
}

// commit writes answers as they come, a transaction every commitEvery.
func (s scoring) commit(ctx context.Context, x *Exec, answers <-chan scored, stop context.CancelCauseFunc) error {
	var batch []scored
	var failed error
	write := func() {
		if len(batch) == 0 || failed != nil {
			return
		}
		failed = x.Write(ctx, "scores", batch[len(batch)-1].key, func(w store.Writer) error {
			_, err := w.Append(s.cache, func(yield func([]any, error) bool) {
				for _, a := range batch {
					row := []any{a.key, a.label, a.score, a.scores}
					if a.err != nil {
						row = []any{a.key, nil, nil, a.err.Error()}
					}
					if !yield(row, nil) {
						return
					}
				}
			})
			return err
		})
		if failed != nil {
			stop(failed)
			return
		}
		s.live.show(batch)
		batch = nil
	}
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for {
		select {
		case a, open := <-answers:
			if !open {
				write()
				return failed
			}
			batch = append(batch, a)
		case <-tick.C:
			write()
		}
	}
}

// textSource is the model that a parameter names: the embedded one, or a
// directory in Hugging Face's layout.
func textSource(name string) textmodel.Source {
	if name == embedded {
		return textmodel.Files(model.Files)
	}
	return textmodel.Directory(name)
}

// openModel opens the model that a parameter names. What to do next is the
// caller's hint, unless it is ONNX Runtime that is missing.
func openModel(name, hint string) (*textmodel.Model, error) {
	m, err := textmodel.Open(textSource(name), textmodel.Options{})
	if err == nil {
		return m, nil
	}
	if _, missing := textmodel.FindLibrary(""); missing != nil {
		return nil, Hint(missing, "Then run again: what is done is kept.")
	}
	return nil, Hint(err, hint)
}

// workers is how many goroutines batch work runs on.
func (x *Exec) workers() int { return workersOf(x.WS) }
