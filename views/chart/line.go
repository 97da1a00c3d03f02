package chart

import (
	"fmt"
	"math"
	"strings"
)

// Series is one curve: values at x = First, First+1, … A NaN leaves a gap.
type Series struct {
	Name   string
	First  int
	Values []float64
}

// Plot is a line chart. The series that matters most comes last: where curves
// meet it covers the others.
type Plot struct {
	Title  string // with the last and best values beside it
	XLabel string
	Least  bool // the least value is the best one
	XMax   int  // last x of the axis, when more is to come
	Series []Series
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
	plot := area{c: c, x: left + 2, y: 1, width: width - left - 2 - right, height: rows, lo: lo, hi: hi, first: float64(first), last: float64(last)}
	plot.axes(at, decimals, left, p.XLabel, th.Mono)
	for i, s := range p.Series {
		plot.curve(s, p.ink(i), th.Mono && i == 0 && len(p.Series) > 1)
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
func (p Plot) bounds() (lo, hi float64, first, last int, any bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	first, last = math.MaxInt, p.XMax
	for _, s := range p.Series {
		for _, v := range s.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				lo, hi, any = min(lo, v), max(hi, v), true
			}
		}
		if len(s.Values) > 0 {
			first, last = min(first, s.First), max(last, s.First+len(s.Values)-1)
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

// area is the part of a canvas that is scaled.
type area struct {
	c                   *canvas
	x, y, width, height int
	lo, hi, first, last float64
}

// dotRow is the dot row, from the top, at which a value falls.
func (a area) dotRow(v float64) int {
	return int(math.Round((a.hi - v) / (a.hi - a.lo) * float64(4*a.height-1)))
}

// dotColumn is the dot column of an x.
func (a area) dotColumn(x float64) int {
	if a.last <= a.first {
		return 0
	}
	return int(math.Round((x - a.first) / (a.last - a.first) * float64(2*a.width-2)))
}

func (a area) axes(at []float64, decimals, left int, label string, mono bool) {
	bottom := a.y + a.height
	for y := a.y; y < bottom; y++ {
		a.c.set(left+1, y, '│', inkGrid)
	}
	for _, v := range at {
		y := a.y + a.dotRow(v)/4
		a.c.text(0, y, spaces(left-len(fixed(v, decimals)))+fixed(v, decimals), inkMuted)
		a.c.set(left+1, y, '┤', inkGrid)
		for x := a.x + 1; x < a.x+a.width && !mono; x += 2 {
			a.c.set(x, y, '·', inkGrid)
		}
	}
	a.c.set(left+1, bottom, '└', inkGrid)
	for x := range a.width {
		a.c.set(a.x+x, bottom, '─', inkGrid)
	}
	marks, _ := ticks(a.first, a.last, max(1, a.width/8))
	free := 0
	end := a.x + a.width - len([]rune(label))
	a.c.text(end, bottom+1, label, inkMuted)
	for _, v := range marks {
		if v != math.Trunc(v) {
			continue
		}
		text := fixed(v, 0)
		x := a.x + a.dotColumn(v)/2
		a.c.set(x, bottom, '┬', inkGrid)
		from := x - len(text)/2
		if from < free || from+len(text) >= end {
			continue
		}
		a.c.text(from, bottom+1, text, inkMuted)
		free = from + len(text) + 1
	}
}

// curve draws one series. A dashed one has eight dot columns on, four off.
func (a area) curve(s Series, ink uint8, dashed bool) {
	dot := func(x, y int) {
		if y < 0 || y >= 4*a.height || x < 0 || x >= 2*a.width || (dashed && x%12 >= 8) {
			return
		}
		i := (a.y+y/4)*a.c.width + a.x + x/2
		r := a.c.runes[i]
		if r < 0x2800 || r > 0x28ff {
			r = 0x2800
		}
		a.c.runes[i], a.c.inks[i] = r|braille[y%4][x%2], ink
	}
	before, beforeX := math.NaN(), 0
	for i, v := range s.Values {
		x := a.dotColumn(float64(s.First + i))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			before = math.NaN()
			continue
		}
		if math.IsNaN(before) {
			before, beforeX = v, x
		}
		row := a.dotRow(before)
		for col := beforeX; col <= x; col++ {
			at := v
			if x > beforeX {
				at = before + (v-before)*float64(col-beforeX)/float64(x-beforeX)
			}
			to := a.dotRow(at)
			for y := min(row, to); y <= max(row, to); y++ {
				dot(col, y)
				dot(col, y+1)
			}
			row = to
		}
		before, beforeX = v, x
	}
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
