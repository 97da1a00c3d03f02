package chart

import "math"

// area is the part of a canvas that is scaled.
type area struct {
	c                   *canvas
	x, y, width, height int
	lo, hi, first, last float64
	whole               bool // x counts something
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
	marks, places := ticks(a.first, a.last, max(1, a.width/8))
	if a.whole {
		places = 0
	}
	free := 0
	end := a.x + a.width - len([]rune(label))
	a.c.text(end, bottom+1, label, inkMuted)
	for _, v := range marks {
		if a.whole && v != math.Trunc(v) {
			continue
		}
		text := fixed(v, places)
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

// mark draws a thin line up from a place on the x axis.
func (a area) mark(m Mark) {
	if m.At < a.first || m.At > a.last {
		return
	}
	x := a.x + a.dotColumn(m.At)/2
	for y := a.y; y < a.y+a.height; y++ {
		a.c.set(x, y, '╎', inkTitle)
	}
	a.c.set(x, a.y+a.height, '┴', inkTitle)
}

// nameMark writes the mark's word below its place on the axis.
func (a area) nameMark(m Mark) {
	if m.At < a.first || m.At > a.last {
		return
	}
	name := []rune(m.Name)
	from := min(max(a.x, a.x+a.dotColumn(m.At)/2-len(name)/2), a.x+a.width-len(name))
	for x := max(0, from-1); x < min(from+len(name)+1, a.c.width); x++ {
		a.c.set(x, a.y+a.height+1, ' ', 0)
	}
	a.c.text(from, a.y+a.height+1, m.Name, inkTitle)
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
		x := a.dotColumn(s.x(i))
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
