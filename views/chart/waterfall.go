package chart

import (
	"math"
	"strings"
)

// Push is one stair of a waterfall: what a feature's value did to a
// prediction.
type Push struct {
	Name  string
	Value string // of the feature, in its unit
	By    float64
}

// Pushes are those of a chart of diverging bars.
type Pushes []Push

// Stairs is a waterfall: from a start over pushes to an end, all on one scale.
type Stairs struct {
	From, To         float64
	FromName, ToName string
	FromText, ToText string // such as 31%; may be empty
	Pushes           []Push
}

// Waterfall draws one row a push between a thin mark for the start and one for
// the end. Rows touch: the stairs are the message. The value column says sign,
// direction and size again.
func Waterfall(s Stairs, width int, th Theme) []string {
	names, values, texts := Width(s.FromName), 0, 0
	column := make([]string, len(s.Pushes))
	decimals := decimalsOf(s.Pushes)
	for i, p := range s.Pushes {
		names = max(names, Width(p.Name))
		values = max(values, Width(p.Value))
		column[i] = Signed(p.By, decimals)
		texts = max(texts, Width(column[i]))
	}
	names = max(names, Width(s.ToName))
	texts = max(texts, Width(s.FromText), Width(s.ToText))
	texts = min(texts, width)
	names = min(names, max(4, width/3))
	values = min(values, max(0, width/5))
	room := width - names - values - texts - 5
	if room < 8 { // the stairs are worth more than the values
		room, values = width-names-texts-4, 0
	}
	if room < 8 {
		room = 0
		names = max(0, min(names, width-texts-1))
	}
	on := s.scale()
	block := newStairs(on.lo, on.hi, room, len(s.Pushes)+2, th)
	block.mark(0, s.From)
	at := s.From
	for i, p := range s.Pushes {
		block.bar(i+1, at, at+p.By)
		at += p.By
	}
	block.mark(len(s.Pushes)+1, s.To)
	bars, paint := block.c.lines(), newPushBrushes(th)
	row := func(i int, name, value, text string) string {
		line := Pad(name, names) + " "
		if values > 0 {
			line += paint.none.paint(Pad(value, values)) + " "
		}
		if room > 0 {
			line += Pad(bars[i], room) + "  "
		}
		return Cut(line+PadLeft(text, texts), width)
	}
	out := []string{row(0, s.FromName, "", s.FromText)}
	for i, p := range s.Pushes {
		out = append(out, row(i+1, p.Name, p.Value, paint.paint(column[i])))
	}
	return append(out, row(len(s.Pushes)+1, s.ToName, "", s.ToText))
}

// scale holds every stair, and zero where that is near enough to show.
func (s Stairs) scale() scale {
	lo, hi := min(s.From, s.To), max(s.From, s.To)
	at := s.From
	for _, p := range s.Pushes {
		at += p.By
		lo, hi = min(lo, at), max(hi, at)
	}
	if lo <= 0 && hi >= 0 || math.Abs(min(math.Abs(lo), math.Abs(hi))) < (hi-lo)/2 {
		lo, hi = min(lo, 0), max(hi, 0)
	}
	return scale{lo: lo, hi: hi}
}

// Signed writes a push: ▲ +1.31 or ▼ −0.37.
func Signed(v float64, decimals int) string {
	switch text := fixed(math.Abs(v), decimals); {
	case strings.Trim(text, "0.") == "":
		return "  " + text
	case v < 0:
		return "▼ −" + text
	default:
		return "▲ +" + text
	}
}

// pushBrushes are the colours of signed texts.
type pushBrushes struct{ up, down, none brush }

func newPushBrushes(th Theme) pushBrushes {
	return pushBrushes{newBrush(th.Up), newBrush(th.Down), newBrush(th.Muted)}
}

// paint colours a signed text; what rounds to nothing is grey.
func (p pushBrushes) paint(text string) string {
	switch {
	case strings.Contains(text, "▲"):
		return p.up.paint(text)
	case strings.Contains(text, "▼"):
		return p.down.paint(text)
	}
	return p.none.paint(text)
}

// decimalsOf chooses decimals so that the largest push has three digits.
func decimalsOf(pushes []Push) int {
	top := 0.0
	for _, p := range pushes {
		top = max(top, math.Abs(p.By))
	}
	if top == 0 || math.IsNaN(top) {
		return 2
	}
	return min(6, max(0, 2-int(math.Floor(math.Log10(top)))))
}

// stairs is a block of bars on one scale, in half cells.
type stairs struct {
	c      *canvas
	lo, hi float64
	mono   bool
}

const (
	stairZero = iota + 1
	stairMark
	stairUp
	stairDown
)

// newStairs makes a block with the zero line in each row, where zero is on the
// scale.
func newStairs(lo, hi float64, width, rows int, th Theme) stairs {
	s := stairs{newCanvas(width, rows, th.Grid, th.Title, th.Up, th.Down), lo, hi, th.Mono}
	if lo <= 0 && hi >= 0 {
		for y := range rows {
			s.c.set(s.half(0)/2, y, '│', stairZero)
		}
	}
	return s
}

func (s stairs) half(v float64) int {
	if !(s.hi > s.lo) || math.IsNaN(v) {
		return 0
	}
	at := math.Round((v - s.lo) / (s.hi - s.lo) * float64(2*s.c.width-1))
	return int(min(float64(2*s.c.width-1), max(0, at)))
}

// mark draws one thin mark.
func (s stairs) mark(row int, at float64) {
	glyph := '▏'
	if s.half(at)%2 == 1 {
		glyph = '▕'
	}
	s.c.set(s.half(at)/2, row, glyph, stairMark)
}

// bar draws from one value to another. Without colours cells are whole and
// what pushes down is shaded: shades have no halves.
func (s stairs) bar(row int, from, to float64) {
	a, b := s.half(min(from, to)), s.half(max(from, to))
	ink, whole := uint8(stairUp), '█'
	if to < from {
		ink = stairDown
		if s.mono {
			whole = '▒'
		}
	}
	for cell := a / 2; cell <= b/2; cell++ {
		glyph := whole
		switch left, right := 2*cell >= a, 2*cell+1 <= b; {
		case s.mono:
		case !left:
			glyph = '▐'
		case !right:
			glyph = '▌'
		}
		s.c.set(cell, row, glyph, ink)
	}
}
