package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"

	"willbuy/pipeline"
	"willbuy/pipeline/hub"
	"willbuy/views"
)

// progressBar shows a fetch on stderr: one line that is redrawn on a terminal,
// a line now and then elsewhere.
type progressBar struct {
	c      *cli
	redraw bool
	drawn  bool // a line stands there
	began  time.Time
	before int64 // bytes that an earlier attempt left
	told   time.Time
}

func (c *cli) bar() *progressBar {
	return &progressBar{c: c, redraw: term.IsTerminal(os.Stderr.Fd()) && os.Getenv("TERM") != "dumb" && !c.plain}
}

// at shows how far the fetch is.
func (b *progressBar) at(p hub.Progress) {
	now := time.Now()
	if b.began.IsZero() {
		b.began, b.before, b.told = now, p.Done, now
	}
	every := 5 * time.Second
	if b.redraw {
		every = 100 * time.Millisecond
	}
	if b.c.quiet || now.Sub(b.told) < every {
		return
	}
	b.told = now
	line := progressLine(p, b.before, now.Sub(b.began))
	if !b.redraw {
		b.c.remark("%s", line)
		return
	}
	width := 80
	if w, _, err := term.GetSize(os.Stderr.Fd()); err == nil && w > 0 {
		width = w
	}
	share := float64(p.Done) / float64(max(p.Total, 1))
	const cells = 20
	full := int(share * cells)
	drawn := []rune(views.Visible("[" + strings.Repeat("#", full) + strings.Repeat(".", cells-full) + "] " + line))
	fmt.Fprintf(b.c.err, "\r%s\x1b[K", string(drawn[:min(len(drawn), width-1)]))
	b.drawn = true
}

// progressLine says how far a fetch is, how fast, and how long it takes yet.
func progressLine(p hub.Progress, before int64, took time.Duration) string {
	line := fmt.Sprintf("%s of %s", pipeline.Bytes(p.Done), pipeline.Bytes(p.Total))
	if rate := float64(p.Done-before) / max(took.Seconds(), 1e-3); rate > 0 {
		left := time.Duration(float64(p.Total-p.Done) / rate * float64(time.Second))
		line += fmt.Sprintf(", %s/s, %s left", pipeline.Bytes(int64(rate)), left.Round(time.Second))
	}
	return line + ", " + p.File
}

// clear takes the line away, for something else to be said.
func (b *progressBar) clear() {
	if b.drawn {
		fmt.Fprint(b.c.err, "\r\x1b[K")
		b.drawn = false
	}
}
