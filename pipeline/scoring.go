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
	// scorePage is about how much memory the texts take that are fetched at a
	// time; the store is closed while they are scored. To find a page the store
	// reads all texts: large pages are few.
	scorePage = 16 << 20
	// textWeight is what a text takes beside its bytes.
	textWeight = 128
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
	probe     string // what a calibration learnt from the text, or ""
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

// keys is the SQL for the keys of the texts, each once.
func (s scoring) keys() string {
	return fmt.Sprintf("(SELECT DISTINCT %s AS KEY FROM %s t WHERE t.%s IS NOT NULL)", s.Key("t"), Ident(s.table), Ident(s.text))
}

// pending is the SQL for the texts without an answer whose keys are in the nth
// of so many equal parts of all keys, in the order of their keys. A part at a
// time keeps what the store has to sort small, however many texts there are.
func (s scoring) pending(n, parts int64) string {
	from := fmt.Sprintf("%08x", n<<32/parts)
	to := fmt.Sprintf("%08x", (n+1)<<32/parts)
	if n+1 == parts {
		to = "g" // after all digits
	}
	return fmt.Sprintf(`SELECT DISTINCT d.KEY, d.TEXT FROM (SELECT %s AS KEY, t.%s AS TEXT FROM %s t) d
LEFT JOIN (SELECT KEY FROM %s WHERE KEY >= %[5]s AND KEY < %[6]s) c ON c.KEY = d.KEY
WHERE d.KEY >= %[5]s AND d.KEY < %[6]s AND c.KEY IS NULL ORDER BY KEY`,
		s.Key("t"), Ident(s.text), Ident(s.table), s.cache, Lit(from), Lit(to))
}

// run scores what is pending.
func (s scoring) run(ctx context.Context, x *Exec) error {
	total, err := x.Count(ctx, "SELECT COUNT(*) FROM "+s.keys()+" d")
	if err != nil {
		return err
	}
	weight, err := x.Count(ctx, fmt.Sprintf("SELECT CAST(COALESCE(SUM(LENGTH(%[1]s) + %[2]d), 0) AS BIGINT) FROM %[3]s WHERE %[1]s IS NOT NULL",
		Ident(s.text), textWeight, Ident(s.table)))
	if err != nil {
		return err
	}
	done, err := x.Count(ctx, fmt.Sprintf("SELECT COUNT(*) FROM %s d INNER JOIN %s c ON c.KEY = d.KEY", s.keys(), s.cache))
	if err != nil {
		return err
	}
	if done > 0 {
		x.Log("%s of %s texts were scored before: their scores are kept", Thousands(done), Thousands(total))
		if err := s.recall(ctx, x); err != nil {
			return err
		}
	}
	x.Progress(done, total, "reviews")
	parts := weight/scorePage + 1
	for n := int64(0); n < parts && done < total; n++ {
		page, err := s.page(ctx, x, s.pending(n, parts))
		if err != nil {
			return err
		}
		if len(page) == 0 { // an earlier run did it
			continue
		}
		if err := s.scorePage(ctx, x, page, &done, total); err != nil {
			return err
		}
	}
	return nil
}

// recall counts the labels that were given before.
func (s scoring) recall(ctx context.Context, x *Exec) error {
	rows, err := x.Store.Query(ctx, fmt.Sprintf(`SELECT c.LABEL, COUNT(*) FROM %s d
INNER JOIN %s c ON c.KEY = d.KEY WHERE c.LABEL IS NOT NULL GROUP BY 1`, s.keys(), s.cache))
	if err != nil {
		return err
	}
	counts, err := rows.Collect(-1)
	for _, row := range counts {
		s.live.counts[fmt.Sprint(row[0])] = row[1].(int64)
	}
	return err
}

// probeLabel is the LABEL of the rows that keep what a calibration learnt. No
// text has their keys.
func (s scoring) probeLabel() string { return "probe " + s.question }

// probes gives what earlier runs learnt for a calibration.
func (s scoring) probes(ctx context.Context, x *Exec) ([]string, error) {
	rows, err := x.Store.Query(ctx, fmt.Sprintf("SELECT SCORES FROM %s WHERE LABEL = %s ORDER BY KEY", s.cache, Lit(s.probeLabel())))
	if err != nil {
		return nil, err
	}
	all, err := rows.Collect(-1)
	var probes []string
	for _, row := range all {
		probes = append(probes, fmt.Sprint(row[0]))
	}
	return probes, err
}

// page fetches texts without an answer.
func (s scoring) page(ctx context.Context, x *Exec, query string) ([]textmodel.Text, error) {
	rows, err := x.Store.Query(ctx, query)
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
					if a.probe != "" && !yield([]any{hash("probe", a.key), s.probeLabel(), nil, a.probe}, nil) {
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
	return m, openHint(err, hint)
}

// openHint adds to the error of opening a model what to do next.
func openHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	if _, missing := textmodel.FindLibrary(""); missing != nil {
		return Hint(missing, "Then run again: what is done is kept.")
	}
	return Hint(err, hint)
}

// providerParam picks the hardware of the step's model.
var providerParam = Param{Name: "provider", Kind: ChoiceParam, Default: string(textmodel.CPU), Choices: providerNames(),
	Help: "the hardware that runs the model, if the ONNX Runtime library at hand drives it; else the CPU"}

func providerNames() (names []string) {
	for _, p := range textmodel.Providers {
		names = append(names, string(p))
	}
	return names
}

// workers is how many goroutines batch work runs on.
func (x *Exec) workers() int { return workersOf(x.WS) }
