package main

import (
	"fmt"
	"os"
	"time"

	"github.com/charmbracelet/x/term"

	"willbuy/views"
)

// statusLine tells on stderr how far something is: one line that is redrawn on
// a terminal, a line now and then elsewhere, nothing with --quiet.
type statusLine struct {
	c      *cli
	redraw bool
	told   time.Time
	drawn  bool // a line stands there
}

// How often a line is redrawn, and how often one is printed where it cannot be.
const (
	redrawEvery = 200 * time.Millisecond
	printEvery  = 10 * time.Second
)

func (c *cli) statusLine() statusLine {
	return statusLine{c: c, told: time.Now(),
		redraw: !c.plain && term.IsTerminal(os.Stderr.Fd()) && os.Getenv("TERM") != "dumb"}
}

// tell shows the line, if it is time for one.
func (s *statusLine) tell(line func() string) {
	now, every := time.Now(), printEvery
	if s.redraw {
		every = redrawEvery
	}
	if s.c.quiet || now.Sub(s.told) < every {
		return
	}
	s.told = now
	if !s.redraw {
		s.c.remark("%s", line())
		return
	}
	width := 80
	if w, _, err := term.GetSize(os.Stderr.Fd()); err == nil && w > 0 {
		width = w
	}
	drawn := []rune(views.Visible(line()))
	fmt.Fprintf(s.c.err, "\r%s\x1b[K", string(drawn[:min(len(drawn), width-1)]))
	s.drawn = true
}

// clear takes the line away, for something else to be printed.
func (s *statusLine) clear() {
	if s.drawn {
		fmt.Fprint(s.c.err, "\r\x1b[K")
		s.drawn = false
	}
}
