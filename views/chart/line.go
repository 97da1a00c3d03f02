package chart

import (
	"fmt"
	"math"
	"strings"
)

// Series is one curve: values at X, or where that is nil at First, First+1, … A
// NaN leaves a gap.
type Series struct {
	Name   string
	First  int
	Values []float64
	X      []float64 // rising
}

func (s Series) x(i int) float64 {
	if s.X != nil {
		return s.X[i]
	}
	return float64(s.First + i)
}

// Plot is a line chart. The series that matters most comes last: where curves
// meet it covers the others.
type Plot struct {
	Title  string // with the note, or the last and best values beside it
	Note   string
	XLabel string
	Least  bool // the least value is the best one
	XMax   int  // last x of the axis, when more is to come
	Series []Series
	Mark   *Mark // a place on the x axis
}

// Mark is a place on the x axis, with a word above it.
type Mark struct {
	At   float64
	Name string
}

// Dots of a braille cell by row and column.
var braille = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

const (
	inkMuted = iota + 1
	inkGrid
	inkTitle
	inkFirst // of the series; the next follow
)

// Line draws curves with braille dots, two dots thick. Its first line is the
// title, the last two are the x axis.
func Line(p Plot, width, height int, th Theme) []string {
	if width < 1 || height < 1 {
		return nil
	}
	c := newCanvas(width, height, th.Muted, th.Grid, th.Title, th.Down, th.Up, th.Good)
	lo, hi, first, last, any := p.bounds()
	if !any {
		c.text(0, 0, p.Title, inkTitle)
		return c.lines()
	}
	p.drawTitle(c)
	if height < 5 || width < 16 {
		return c.lines()
	}
	rows := height - 3
	at, decimals := ticks(lo, hi, max(2, rows/3))
	left := 0
	for _, v := range at {
		left = max(left, len(fixed(v, decimals)))
	}
	right := 0
	for _, s := range p.Series {
		right = max(right, len([]rune(s.Name))+1)
	}
	if left+right+2 > width/2 {
		right = 0
	}
	plot := area{c: c, x: left + 2, y: 1, width: width - left - 2 - right, height: rows, lo: lo, hi: hi, first: first, last: last, whole: p.Series[0].X == nil}
	plot.axes(at, decimals, left, p.XLabel, th.Mono)
	if p.Mark != nil {
		plot.mark(*p.Mark)
	}
	for i, s := range p.Series {
		plot.curve(s, p.ink(i), th.Mono && i == 0 && len(p.Series) > 1)
	}
	if p.Mark != nil {
		plot.nameMark(*p.Mark)
	}
	if right > 0 {
		p.drawNames(plot)
	}
	return c.lines()
}

// ink is the brush of a series: the last one has the first colour.
func (p Plot) ink(i int) uint8 {
	return uint8(inkFirst + []int{1, 0, 2}[min(len(p.Series)-1-i, 2)])
}

// bounds gives the ranges of both axes, with a little air above and below.
func (p Plot) bounds() (lo, hi, first, last float64, any bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	first, last = math.Inf(1), math.Inf(-1)
	if p.XMax > 0 {
		last = float64(p.XMax)
	}
	for _, s := range p.Series {
		for _, v := range s.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				lo, hi, any = min(lo, v), max(hi, v), true
			}
		}
		if len(s.Values) > 0 {
			first, last = min(first, s.x(0)), max(last, s.x(len(s.Values)-1))
		}
	}
	if hi-lo < 1e-12*math.Max(1, math.Abs(hi)) { // a flat curve runs through the middle
		air := math.Max(math.Abs(hi)*0.05, 1e-6)
		return lo - air, hi + air, first, last, any
	}
	air := (hi - lo) * 0.04
	return lo - air, hi + air, first, last, any
}

// drawTitle writes the title and the last and best value of each series, the
// one that matters first. Where that is too long it tells the best of the first
// alone, then of none, then leaves series out.
func (p Plot) drawTitle(c *canvas) {
	c.text(0, 0, Cut(p.Title, c.width), inkTitle)
	if p.Note != "" {
		x := len([]rune(p.Title)) + 2
		c.text(x, 0, Cut(p.Note, c.width-x), inkMuted)
		return
	}
	for bests := len(p.Series); bests >= 0; bests-- {
		if bests == 0 || p.titleWidth(bests) <= c.width {
			p.writeTitle(c, bests)
			return
		}
	}
}

// titleText is what the title says of a series.
func (p Plot) titleText(i int, best bool) string {
	s := p.Series[i]
	last, top, at, ok := s.summary(p.Least)
	switch {
	case !ok:
		return ""
	case best:
		return fmt.Sprintf("  %s %s, best %s at %d", s.Name, Number(last), Number(top), at)
	}
	return fmt.Sprintf("  %s %s", s.Name, Number(last))
}

func (p Plot) titleWidth(bests int) int {
	n := len([]rune(p.Title))
	for i := range p.Series {
		n += len([]rune(p.titleText(i, len(p.Series)-1-i < bests)))
	}
	return n
}

func (p Plot) writeTitle(c *canvas, bests int) {
	x := len([]rune(p.Title))
	for i := len(p.Series) - 1; i >= 0; i-- {
		text := []rune(p.titleText(i, len(p.Series)-1-i < bests))
		if x+len(text) > c.width {
			return
		}
		c.text(x, 0, string(text), p.ink(i))
		x += len(text)
	}
}

func (s Series) summary(least bool) (last, best float64, at int, ok bool) {
	for i, v := range s.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if !ok || (least && v < best) || (!least && v > best) {
			best, at = v, s.First+i
		}
		last, ok = v, true
	}
	return last, best, at, ok
}

// Trend says in words where a curve began, ended and was best, for those who
// do not see it.
func (s Series) Trend(least bool) string {
	last, best, at, ok := s.summary(least)
	if !ok {
		return s.Name + ": no values yet"
	}
	first := 0
	for math.IsNaN(s.Values[first]) || math.IsInf(s.Values[first], 0) {
		first++
	}
	return fmt.Sprintf("%s: from %s to %s, best %s at %d", s.Name, Number(s.Values[first]), Number(last), Number(best), at)
}

// drawNames writes each name at the right end of its curve, moved down or up
// where two would fall on one row.
func (p Plot) drawNames(a area) {
	taken := map[int]bool{}
	for i := len(p.Series) - 1; i >= 0; i-- {
		s := p.Series[i]
		last, _, _, ok := s.summary(p.Least)
		if !ok {
			continue
		}
		own := min(a.dotRow(last)/4, a.height-1)
		row := own
		for away := 1; taken[row] && away < a.height; away++ {
			for _, next := range []int{own - away, own + away} {
				if next >= 0 && next < a.height && !taken[next] {
					row = next
					break
				}
			}
		}
		taken[row] = true
		a.c.text(a.x+a.width, a.y+row, " "+strings.TrimSpace(s.Name), p.ink(i))
	}
}
