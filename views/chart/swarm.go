package chart

import "math"

// Swarm is one row of a beeswarm: a feature with how many customers have which
// contribution.
type Swarm struct {
	Name, Note string // at the left and at the right
	Dots       []Dots
}

// Beeswarm is a row a feature.
type Beeswarm []Swarm

// Dots are customers with about the same contribution.
type Dots struct {
	At    float64 // the contribution
	Count float64
	Place float64 // of their values between low 0 and high 1; NaN where they have none
}

// The marks of a swarm by the place of the values, so that no colour is needed.
const (
	LowMark    = '○'
	MiddleMark = '•'
	HighMark   = '●'
)

// swarmColumns is how many columns a swarm takes at most: contributions are
// counted in about as many parts.
const swarmColumns = 50

// SwarmLegend says what the marks of a swarm mean.
func SwarmLegend(th Theme) string {
	return th.Up.Render(string(LowMark)) + " low  " + th.Muted.Render(string(MiddleMark)) + " middle  " + th.Down.Render(string(HighMark)) + " high value"
}

// Swarms draws a beeswarm a row of so many lines each, with a blank one between
// if they shall stand apart, all on one scale: dots stack outwards from the
// middle line, as high as the row's fullest column allows. A last line is the
// scale.
func Swarms(swarms Beeswarm, lines int, apart bool, width int, th Theme) []string {
	names, notes := 0, 0
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range swarms {
		names, notes = max(names, Width(s.Name)), max(notes, Width(s.Note))
		for _, d := range s.Dots {
			if finite(d.At) {
				low, high = min(low, d.At), max(high, d.At)
			}
		}
	}
	if names = min(names, width/3); width-names-notes-4 < 20 {
		notes = 0
	}
	room := min(swarmColumns, width-names-notes-4)
	if room < 8 || lines < 1 || !(high > low) {
		return nil
	}
	column := func(v float64) int { return int(math.Round((v - low) / (high - low) * float64(room-1))) }
	var out []string
	for i, s := range swarms {
		if apart && i > 0 {
			out = append(out, "")
		}
		c := newCanvas(room, lines, th.Grid, th.Up, th.Muted, th.Down)
		if low <= 0 && high >= 0 {
			for y := range lines {
				c.set(column(0), y, '│', 1)
			}
		}
		counts, places := s.columns(room, column)
		top := 0.0
		for _, n := range counts {
			top = max(top, n)
		}
		for x, n := range counts {
			tall := int(math.Ceil(n / top * float64(lines)))
			glyph, ink := mark(places[x])
			for i := range min(tall, lines) {
				c.set(x, outwards(i, lines), glyph, ink)
			}
		}
		for y, row := range c.lines() {
			name, note := "", ""
			if y == (lines-1)/2 {
				name, note = s.Name, s.Note
			}
			line := Pad(name, names) + "  " + Pad(row, room)
			if notes > 0 {
				line += "  " + Pad(note, notes)
			}
			out = append(out, Cut(line, width))
		}
	}
	return append(out, spaces(names+2)+numbersBelow(low, high, room, column, th))
}

// columns sums a swarm's dots by column: how many, and the mean place of their
// values.
func (s Swarm) columns(room int, column func(float64) int) (counts, places []float64) {
	counts, places = make([]float64, room), make([]float64, room)
	placed := make([]float64, room)
	for _, d := range s.Dots {
		if !finite(d.At) {
			continue
		}
		x := column(d.At)
		counts[x] += d.Count
		if !math.IsNaN(d.Place) {
			places[x] += d.Place * d.Count
			placed[x] += d.Count
		}
	}
	for x := range places {
		places[x] /= placed[x] // NaN where nobody has a value
	}
	return counts, places
}

// outwards is the line that the i-th dot of a column stands in: the middle, then
// below and above it by turns.
func outwards(i, lines int) int {
	middle := (lines - 1) / 2
	if i%2 == 1 {
		return middle + (i+1)/2
	}
	return middle - i/2
}

// mark is the glyph and the ink of a mean place.
func mark(place float64) (glyph rune, ink uint8) {
	switch {
	case math.IsNaN(place):
		return '×', 3
	case place < 1.0/3:
		return LowMark, 2
	case place > 2.0/3:
		return HighMark, 4
	}
	return MiddleMark, 3
}

// numbersBelow is the x axis: ticks with their numbers.
func numbersBelow(low, high float64, width int, column func(float64) int, th Theme) string {
	c := newCanvas(width, 1, th.Muted)
	at, decimals := ticks(low, high, max(1, width/10))
	free := 0
	for _, v := range at {
		text := tickText(v, decimals)
		if from := column(v) - len(text)/2; from >= free && from+len(text) <= width {
			c.text(from, 0, text, 1)
			free = from + len(text) + 1
		}
	}
	return c.lines()[0]
}
