package chart

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The brushes of a plot.
const (
	inkMuted = iota + 1
	inkGrid
	inkTitle
	inkFirst // of the series; the next follow

	seriesInks = 4
)

// Line draws a plot with braille dots, curves two dots thick. Its first line is
// the title, the last two are the x axis.
func Line(p Plot, width, height int, th Theme) []string {
	if width < 1 || height < 1 {
		return nil
	}
	c := newCanvas(width, height, th.Muted, th.Grid, th.Title, th.Up, th.Down, th.Third, th.Fourth)
	x, y, any := p.scales()
	if !any {
		c.text(0, 0, Cut(p.Title, width), inkTitle)
		return c.lines()
	}
	looks := p.looks(&th)
	p.drawTitle(c, looks)
	if height < 5 || width < 16 {
		return c.lines()
	}
	rows := height - 3
	if p.Counts != nil && rows > 6 {
		rows--
	}
	at, text := y.ticks(max(2, rows/3))
	left := 0
	for i := range text {
		text[i] += p.percent()
		left = max(left, utf8.RuneCountInString(text[i]))
	}
	right := 0
	for _, s := range p.Series {
		if !s.Points {
			right = max(right, Width(s.Name)+1)
		}
	}
	if left+right+2 > width/2 {
		right = 0
	}
	a := &area{c: c, x: left + 2, y: 1, width: width - left - 2 - right, height: rows, xs: x.measured(), ys: y.measured(), whole: len(p.Series[0].Values) > 0 && p.Series[0].X == nil}
	if p.Square {
		a.width = min(a.width, 2*a.height+1)
		a.height = min(a.height, (a.width+1)/2)
	}
	a.yAxis(at, text, left, th.Mono)
	a.xAxis(p.XLabel)
	if p.Mark != nil {
		a.upright(p.Mark.At, '╎', inkTitle)
	}
	if p.Cross != nil {
		a.upright(*p.Cross, '│', inkMuted)
	}
	for i, s := range p.Series {
		if s.Points {
			a.points(s, looks[i].ink)
		} else {
			a.curve(s, looks[i])
		}
	}
	if p.Counts != nil && rows < height-3 {
		a.counts(*p.Counts)
	}
	if p.Mark != nil {
		a.nameBelow(p.Mark.At, p.Mark.Name)
	}
	if p.Cross != nil {
		p.drawCross(a, looks)
	}
	if right > 0 {
		p.drawNames(a, looks)
	}
	return c.lines()
}

// drawTitle writes the title and the last and best value of each series, the
// one that matters first. Where that is too long it tells the best of the first
// ones alone, then of none, then leaves series out.
func (p Plot) drawTitle(c *canvas, looks []look) {
	x := c.text(0, 0, Cut(p.title(), c.width), inkTitle)
	if p.Note != "" && p.Cross == nil {
		x = c.text(x+2, 0, Cut(p.Note, c.width-x-2), inkMuted)
		for i, s := range p.Series { // a cloud has no end to name it at
			if text := p.titleText(i, false); s.Points && x+Width(text) <= c.width {
				x = c.text(x, 0, text, looks[i].ink)
			}
		}
		return
	}
	long, short := make([]string, len(p.Series)), make([]string, len(p.Series))
	room := c.width - x
	for i := range p.Series {
		long[i], short[i] = p.titleText(i, true), p.titleText(i, false)
		room -= Width(short[i])
	}
	for i := len(p.Series) - 1; i >= 0; i-- {
		text := short[i]
		if room -= Width(long[i]) - Width(short[i]); room >= 0 {
			text = long[i]
		}
		if x+Width(text) > c.width {
			return
		}
		x = c.text(x, 0, text, looks[i].ink)
	}
}

// drawCross marks where the crosshair meets the curves, and writes its x below.
func (p Plot) drawCross(a *area, looks []look) {
	for i, s := range p.Series {
		if at := s.nearest(*p.Cross); at >= 0 && !s.Points && a.xs.has(s.x(at)) && a.ys.has(s.Values[at]) && a.shows(s.x(at)) {
			a.c.set(a.column(s.x(at)), a.row(s.Values[at]), '●', looks[i].ink)
		}
	}
	a.nameBelow(*p.Cross, strconv.FormatFloat(*p.Cross, 'g', 4, 64))
}

// drawNames writes each name at the right end of its curve, moved down or up
// where two would fall on one row.
func (p Plot) drawNames(a *area, looks []look) {
	taken := map[int]bool{}
	for i := len(p.Series) - 1; i >= 0; i-- {
		s := p.Series[i]
		last := s.lastIn(a)
		if last < 0 || s.Points {
			continue
		}
		own := a.row(s.Values[last]) - a.y
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
		a.c.text(a.x+a.width, a.y+row, " "+strings.TrimSpace(s.Name), looks[i].ink)
	}
}

// lastIn is the index of the last value in sight; -1 where there is none.
func (s Series) lastIn(a *area) int {
	for i := len(s.Values) - 1; i >= 0; i-- {
		if a.xs.has(s.x(i)) && a.ys.has(s.Values[i]) && a.shows(s.x(i)) {
			return i
		}
	}
	return -1
}
