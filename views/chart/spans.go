package chart

import (
	"math"
	"strings"
)

// Span is one row of a chart of intervals: a value, and between what it lies.
type Span struct {
	Name             string
	Value, Low, High float64
	Text             string // the value column
}

// SpanChart is a set of intervals on one scale.
type SpanChart struct {
	Spans  []Span
	Chosen int  // the marked row; -1 for none
	Zero   bool // the scale has 0 in its middle, with a line
	// Left and Right, if set, stand below the sides of the scale in place of its
	// numbers: what it means to lie there.
	Left, Right string
}

// mostSpan is the widest scale in cells that an eye still compares.
const mostSpan = 72

const (
	spanTrack = iota + 1
	spanLine
	spanValue
	spanZero
	spanTicks
)

// Spans draws one row an interval, ├───●──┤, and below them the scale. The
// value column says the same again.
func Spans(s SpanChart, width int, th Theme) []string {
	names, texts := 0, 0
	for _, span := range s.Spans {
		names = max(names, Width(span.Name))
		texts = max(texts, Width(span.Text))
	}
	texts = min(texts, max(0, width-marker-2))
	names = min(names, max(4, (width-marker-texts)/2))
	room := min(width-marker-names-texts-4, mostSpan)
	if room < 8 { // no place for a scale: names and numbers matter more
		room, names = 0, max(0, min(names, width-marker-texts-2))
	}
	block := spanBlock{newCanvas(room, len(s.Spans)+1, th.Grid, th.Down, th.Up, th.Title, th.Muted), 0, 0}
	block.lo, block.hi = s.bounds()
	for y, span := range s.Spans {
		block.draw(y, span, s.Zero)
	}
	if s.Left+s.Right != "" {
		block.sides(len(s.Spans), "◂ "+s.Left, s.Right+" ▸")
	} else {
		block.scale(len(s.Spans))
	}
	rows := block.c.lines()
	var out []string
	for i, span := range s.Spans {
		name, mark := Pad(span.Name, names), "  "
		if i == s.Chosen {
			name, mark = th.Title.Render(name), th.Accent.Render("▸ ")
		}
		line := mark + name + "  "
		if room > 0 {
			line += Pad(rows[i], room) + "  "
		}
		out = append(out, Cut(line+PadLeft(span.Text, texts), width))
	}
	if room > 0 && len(s.Spans) > 0 {
		out = append(out, strings.TrimRight(spaces(marker+names+2)+rows[len(s.Spans)], " "))
	}
	return out
}

// bounds are the ends of the scale.
func (s SpanChart) bounds() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, span := range s.Spans {
		for _, v := range []float64{span.Value, span.Low, span.High} {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if s.Zero {
		hi = max(math.Abs(lo), math.Abs(hi))
		lo = -hi
	}
	if !(hi > lo) { // one point, or none
		middle := lo
		if math.IsInf(middle, 0) {
			middle = 0
		}
		air := max(math.Abs(middle)*0.05, 1e-6)
		return middle - air, middle + air
	}
	return lo, hi
}

// spanBlock is the part of the chart that is on the scale.
type spanBlock struct {
	c      *canvas
	lo, hi float64
}

// cell is the column of a value; what is beyond the scale stands at its end.
func (b spanBlock) cell(v float64) int {
	at := (v - b.lo) / (b.hi - b.lo) * float64(b.c.width-1)
	return int(math.Round(min(max(at, 0), float64(b.c.width-1))))
}

func (b spanBlock) draw(y int, s Span, zero bool) {
	for x := range b.c.width {
		b.c.set(x, y, '·', spanTrack)
	}
	if zero {
		b.c.set(b.cell(0), y, '│', spanZero)
	}
	if !math.IsNaN(s.Low) && !math.IsNaN(s.High) {
		from, to := b.cell(s.Low), b.cell(s.High)
		for x := from; x <= to; x++ {
			b.c.set(x, y, '─', spanLine)
		}
		if at := b.cell(0); zero && from < at && at < to {
			b.c.set(at, y, '┼', spanZero)
		}
		if to > from {
			b.c.set(from, y, '├', spanLine)
			b.c.set(to, y, '┤', spanLine)
		}
	}
	if !math.IsNaN(s.Value) {
		b.c.set(b.cell(s.Value), y, '●', spanValue)
	}
}

// sides writes what both sides mean, if there is room.
func (b spanBlock) sides(y int, left, right string) {
	from := b.c.width - len([]rune(right))
	if len([]rune(left))+2 > from {
		return
	}
	b.c.text(0, y, left, spanTicks)
	b.c.text(from, y, right, spanTicks)
}

// scale writes a few numbers below their places.
func (b spanBlock) scale(y int) {
	at, decimals := ticks(b.lo, b.hi, max(3, b.c.width/8))
	free := 0
	for _, v := range at {
		text := tickText(v, decimals)
		length := len([]rune(text))
		from := min(max(b.cell(v)-length/2, 0), b.c.width-length)
		if from < free {
			continue
		}
		b.c.text(from, y, text, spanTicks)
		free = from + length + 2
	}
}
