package tui

import (
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Bubble Tea asks its renderer for news at a fixed rate, whether anything
// happens or not. At the 120 a second that make keys feel at once (11 ms to the
// frame, 20 at 60 a second) this alone takes 1 to 1.7% of a core from a
// program that rests. So the rate is high while somebody types or something
// runs, and low at rest, when a frame that comes a moment later is soon enough.
const (
	quickly   = time.Second / frameRate
	slowly    = time.Second / 10
	frameRate = 120
	restAfter = time.Second
)

// pulse is the rate at which frames are drawn.
type pulse struct {
	find   func() *time.Ticker // once the program runs
	ticker *time.Ticker        // Bubble Tea's own; nil: it cannot be had, and all stays quick
	quick  bool
	news   bool // since the last restTick
}

// restTick asks whether the workbench has come to rest.
type restTick struct{}

// tickerOf is the ticker of a program that runs. Bubble Tea has no way to ask
// for it, so it is found by its name; a version without it only rests less.
func tickerOf(p *tea.Program) *time.Ticker {
	field := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return *(**time.Ticker)(field.Addr().UnsafePointer())
}

// quicken has frames drawn quickly for a while.
func (m *model) quicken() tea.Cmd {
	p := &m.pulse
	p.news = true
	if p.find != nil {
		p.ticker, p.find = p.find(), nil
	}
	if p.ticker == nil || p.quick {
		return nil
	}
	p.quick = true
	p.ticker.Reset(quickly)
	return m.later(restAfter, restTick{})
}

// take slows down when nothing has come for a while and nothing runs.
func (restTick) take(m *model) tea.Cmd {
	p := &m.pulse
	if p.news || m.run != nil || m.replay != nil && m.replay.playing {
		p.news = false
		return m.later(restAfter, restTick{})
	}
	p.quick = false
	p.ticker.Reset(slowly)
	return nil
}
