package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/term"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
	"willbuy/views"
)

// progress tells on stderr how far the texts are: one line that is redrawn on a
// terminal, a line every ten seconds elsewhere, nothing with --quiet. It is safe
// for use by many goroutines.
type progress struct {
	c      *cli
	redraw bool
	began  time.Time

	mu      sync.Mutex
	done    int64 // texts answered
	before  int64 // of these, by earlier runs
	total   int64 // 0 while not known
	workers map[int]float64
	told    time.Time
	drawn   bool // a line stands there
}

// How often a line is redrawn, and how often one is printed where it cannot be.
const (
	redrawEvery = 200 * time.Millisecond
	printEvery  = 10 * time.Second
)

func (c *cli) progress() *progress {
	now := time.Now()
	return &progress{c: c, began: now, told: now, workers: map[int]float64{},
		redraw: !c.plain && term.IsTerminal(os.Stderr.Fd()) && os.Getenv("TERM") != "dumb"}
}

// count finds the total beside the work.
func (p *progress) count(ctx context.Context, files []string) {
	if p.c.quiet {
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
}

// at is told how many texts are answered.
func (p *progress) at(done int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = done
	now := time.Now()
	every := printEvery
	if p.redraw {
		every = redrawEvery
	}
	if p.c.quiet || now.Sub(p.told) < every {
		return
	}
	p.told = now
	line := p.line(now.Sub(p.began))
	if !p.redraw {
		p.c.remark("%s", line)
		return
	}
	width := 80
	if w, _, err := term.GetSize(os.Stderr.Fd()); err == nil && w > 0 {
		width = w
	}
	drawn := []rune(views.Visible(line))
	fmt.Fprintf(p.c.err, "\r%s\x1b[K", string(drawn[:min(len(drawn), width-1)]))
	p.drawn = true
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
	if p.drawn {
		fmt.Fprint(p.c.err, "\r\x1b[K")
		p.drawn = false
	}
}

// end tells the totals.
func (p *progress) end(mended int64) {
	p.clear()
	took := time.Since(p.began)
	line := pipeline.Plural(p.done, "text")
	if p.before > 0 {
		line += fmt.Sprintf(", %s of them now", counted(p.done-p.before))
	}
	line += ", " + perSecond(p.rate(took))
	if mended > 0 {
		line += fmt.Sprintf("; %s held bytes that are no UTF-8, now U+FFFD", pipeline.Plural(mended, "text"))
	}
	p.c.remark("%s", line)
}

// countTexts counts the texts of files where that is quick next to asking a
// model; ok is false where it is not.
func countTexts(ctx context.Context, files []string) (total int64, ok bool) {
	for _, file := range textFiles(files) {
		format := formatOf(file)
		if file == "-" || format == ".parquet" || format == ".duckdb" {
			return 0, false
		}
		n, err := countLines(ctx, file, format == ".csv" || format == ".tsv")
		if err != nil {
			return 0, false // reading the file will say why
		}
		total += n
	}
	return total, true
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
