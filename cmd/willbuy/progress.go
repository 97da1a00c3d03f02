package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
	"willbuy/store/duck"
)

// progress tells how far the texts are. It is safe for use by many goroutines.
type progress struct {
	began time.Time

	mu      sync.Mutex
	status  statusLine
	done    int64 // texts answered
	before  int64 // of these, by earlier runs
	total   int64 // 0 while not known
	workers map[int]float64
	// While a cascade learns, what is answered says nothing of the rest.
	calibrating bool
}

func (c *cli) progress() *progress {
	return &progress{began: time.Now(), status: c.statusLine(), workers: map[int]float64{}}
}

// count finds the total beside the work.
func (p *progress) count(ctx context.Context, files []string) {
	if p.status.c.quiet {
		return
	}
	go func() {
		total, ok := countTexts(ctx, files)
		p.mu.Lock()
		defer p.mu.Unlock()
		if ok {
			p.total = total
		}
	}()
}

// kept is told how many answers earlier runs left.
func (p *progress) kept(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before, p.done = n, n
}

// worker is told the figures of a worker.
func (p *progress) worker(w textmodel.Worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.workers[w.ID] = w.Rate
	if p.calibrating {
		p.status.tell(func() string { return "calibrating on the first texts" })
	}
}

// calibrate begins or ends a cascade's calibration.
func (p *progress) calibrate(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calibrating = on
}

// at is told how many texts are answered.
func (p *progress) at(done int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done = done; !p.calibrating {
		p.status.tell(func() string { return p.line(time.Since(p.began)) })
	}
}

// line is what there is to tell after a while.
func (p *progress) line(took time.Duration) string {
	rate := p.rate(took)
	line := pipeline.Plural(p.done, "text")
	if p.total >= p.done && p.total > 0 {
		line = fmt.Sprintf("%s of %s", counted(p.done), pipeline.Plural(p.total, "text"))
	}
	line += ", " + perSecond(rate)
	if p.total > p.done && rate > 0 {
		line += ", " + seconds(float64(p.total-p.done)/rate) + " left"
	}
	if n := len(p.workers); n > 1 && n <= 4 {
		rates := make([]string, 0, n)
		for id := range n {
			rates = append(rates, perSecond(p.workers[id]))
		}
		line += ", workers " + strings.Join(rates, " + ")
	}
	return line
}

// rate is how many texts a second this run answers.
func (p *progress) rate(took time.Duration) float64 {
	return float64(p.done-p.before) / max(took.Seconds(), 1e-3)
}

// perSecond writes a rate with three digits at least.
func perSecond(rate float64) string {
	if rate >= 100 {
		return counted(int64(rate+0.5)) + "/s"
	}
	return fmt.Sprintf("%.3g/s", rate)
}

// clear takes the line away, for something else to be printed.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.clear()
}

// end tells the totals.
func (p *progress) end(mended int64) {
	p.clear()
	took := time.Since(p.began)
	line := pipeline.Plural(p.done, "text")
	if p.before > 0 {
		line += fmt.Sprintf(", %s of them now", counted(p.done-p.before))
	}
	if p.done > p.before {
		line += ", " + perSecond(p.rate(took))
	}
	if mended > 0 {
		line += fmt.Sprintf("; %s held bytes that are no UTF-8, now U+FFFD", pipeline.Plural(mended, "text"))
	}
	p.status.c.remark("%s", line)
}

// countTexts counts the texts of files where that is quick next to asking a
// model; ok is false where it is not.
func countTexts(ctx context.Context, files []string) (total int64, ok bool) {
	for _, file := range textFiles(files) {
		format := formatOf(file)
		var n int64
		var err error
		switch format {
		case ".parquet", ".duckdb":
			n, err = countRows(ctx, file)
		default:
			if file == "-" {
				return 0, false
			}
			n, err = countLines(ctx, file, format == ".csv" || format == ".tsv")
		}
		if err != nil {
			return 0, false // reading the file will say why
		}
		total += n
	}
	return total, true
}

// countRows counts the rows of a table.
func countRows(ctx context.Context, file string) (int64, error) {
	table, err := duck.OpenTable(ctx, file, "")
	if err != nil {
		return 0, err
	}
	defer table.Close()
	return table.Count(ctx)
}

// countLines counts the lines of a file, or the records of a csv file.
func countLines(ctx context.Context, file string, csv bool) (n int64, err error) {
	in, closer, err := openText(file)
	if err != nil {
		return 0, err
	}
	defer closer.Close()
	lines := lineReader{in: in}
	next := func() error {
		_, err := lines.next()
		if errors.Is(err, errTooLong) {
			return nil
		}
		return err
	}
	if csv {
		n = -1 // the header
		records := newCSVReader(in)
		next = func() error { _, err := records.next(nil); return err }
	}
	for ; ; n++ {
		if err := errors.Join(ctx.Err(), next()); err != nil {
			if errors.Is(err, io.EOF) {
				return n, nil
			}
			return 0, err
		}
	}
}
