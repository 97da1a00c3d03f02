package main

import (
	"fmt"
	"strings"
	"time"

	"willbuy/pipeline"
	"willbuy/pipeline/hub"
)

// progressBar tells how far a fetch is.
type progressBar struct {
	statusLine
	began  time.Time
	before int64 // bytes that an earlier attempt left
}

func (c *cli) bar() *progressBar { return &progressBar{statusLine: c.statusLine()} }

func (b *progressBar) at(p hub.Progress) {
	if b.began.IsZero() {
		b.began, b.before = time.Now(), p.Done
	}
	b.tell(func() string {
		line := progressLine(p, b.before, time.Since(b.began))
		if !b.redraw {
			return line
		}
		const cells = 20
		full := int(cells * p.Done / max(p.Total, 1))
		return "[" + strings.Repeat("#", full) + strings.Repeat(".", cells-full) + "] " + line
	})
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
