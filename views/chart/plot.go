package chart

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"charm.land/lipgloss/v2"
)

// Plot is a chart with two axes: curves, clouds of points, or both. The series
// that matters most comes last: where curves meet it covers the others.
type Plot struct {
	Title  string // with the note, or the last and best values beside it
	Note   string
	XLabel string // what x is, or its unit
	YUnit  string // of the values: % stands at each tick, another one in the title
	Least  bool   // the least value is the best one
	XMax   int    // last x of the axis, when more is to come

	LogX, LogY bool    // what is not above 0 is not drawn
	From, To   float64 // the part of the x axis that is drawn; all of it where To is not above From
	Square     bool    // both axes are shares from 0 to 1, and as long as each other

	Series []Series
	Counts *Counts  // how many stand behind each part of the x axis
	Mark   *Mark    // a place on the x axis, such as the best round
	Cross  *float64 // the place on the x axis whose values the title tells
}

// Series is one curve, or one cloud of points: values at X, or where that is
// nil at First, First+1, … A NaN leaves a gap.
type Series struct {
	Name   string
	First  int
	Values []float64
	X      []float64 // rising, unless they are points
	Points bool      // not joined
	Faint  bool      // in grey: what the others are held against, such as chance or an earlier run
	Dashed bool
}

// Mark is a place on the x axis, with a word below it.
type Mark struct {
	At   float64
	Name string
}

// Counts are drawn as a row of columns below the plot, N[i] at X[i].
type Counts struct {
	Of   string // what is counted
	X, N []float64
}

// Reading is what a series says at a place on the x axis.
type Reading struct {
	Name     string
	X, Value float64
}

// Read gives for each curve the value nearest to an x; curves without values
// are left out.
func (p Plot) Read(x float64) []Reading {
	var out []Reading
	for _, s := range p.Series {
		if i := s.nearest(x); i >= 0 && !s.Points {
			out = append(out, Reading{s.Name, s.x(i), s.Values[i]})
		}
	}
	return out
}

// Trend says in words where a curve began, ended and was best, for those who
// do not see it.
func (s Series) Trend(least bool) string {
	last, best, at, ok := s.summary(least)
	if !ok {
		return s.Name + ": no values yet"
	}
	first := 0
	for !finite(s.Values[first]) {
		first++
	}
	return fmt.Sprintf("%s: from %s to %s, best %s at %s", s.Name, Number(s.Values[first]), Number(last), Number(best), Number(at))
}

func (s Series) x(i int) float64 {
	if s.X != nil {
		return s.X[i]
	}
	return float64(s.First + i)
}

// nearest is the index of the value whose x is nearest; -1 where there is none.
func (s Series) nearest(x float64) int {
	after := sort.Search(len(s.Values), func(i int) bool { return s.x(i) >= x })
	before := after - 1
	for before >= 0 && !finite(s.Values[before]) {
		before--
	}
	for after < len(s.Values) && !finite(s.Values[after]) {
		after++
	}
	if after == len(s.Values) || before >= 0 && x-s.x(before) <= s.x(after)-x {
		return before
	}
	return after
}

func (s Series) summary(least bool) (last, best, at float64, ok bool) {
	for i, v := range s.Values {
		if !finite(v) {
			continue
		}
		if !ok || (least && v < best) || (!least && v > best) {
			best, at = v, s.x(i)
		}
		last, ok = v, true
	}
	return last, best, at, ok
}

// scales are the axes of what is in sight, with a little air above and below
// the curves; false where there is nothing to draw.
func (p Plot) scales() (x, y scale, any bool) {
	x, y = scale{lo: math.Inf(1), hi: math.Inf(-1), log: p.LogX}, scale{lo: math.Inf(1), hi: math.Inf(-1), log: p.LogY}
	if p.Square {
		return scale{hi: 1}, scale{hi: 1}, len(p.Series) > 0
	}
	zoomed := p.To > p.From && x.has(p.From)
	if zoomed {
		x.lo, x.hi = p.From, p.To
	} else if p.XMax > 0 {
		x.hi = float64(p.XMax)
	}
	for _, s := range p.Series {
		for i, v := range s.Values {
			at := s.x(i)
			if !x.has(at) || zoomed && (at < p.From || at > p.To) {
				continue
			}
			x.lo, x.hi = min(x.lo, at), max(x.hi, at)
			if y.has(v) {
				y.lo, y.hi, any = min(y.lo, v), max(y.hi, v), true
			}
		}
	}
	if y.log {
		air := math.Pow(y.hi/y.lo, 0.04)
		if y.hi < y.lo*(1+1e-9) {
			air = 1.05
		}
		y.lo, y.hi = y.lo/air, y.hi*air
		return x, y, any
	}
	air := (y.hi - y.lo) * 0.04
	if y.hi-y.lo < 1e-12*math.Max(1, math.Abs(y.hi)) { // a flat curve runs through the middle
		air = math.Max(math.Abs(y.hi)*0.05, 1e-6)
	}
	y.lo, y.hi = y.lo-air, y.hi+air
	return x, y, any
}

// look is how a series is told from the others: by colour, and where there is
// none or two share one, by its dashes.
type look struct {
	ink  uint8
	dash dash
}

// dash is how many of every on+off dots of a curve are drawn.
type dash struct{ on, off int }

// Dashes of series that share a colour. Shorter ones than four off and three on
// fall apart in braille.
var dashes = []dash{{1, 0}, {8, 4}, {16, 4}, {5, 7}}

// dots are for what is faint.
var dots = dash{3, 5}

// looks gives each series its own: the last has the first colour, what is faint
// is grey, or dotted where there is no grey.
func (p Plot) looks(th *Theme) []look {
	out := make([]look, len(p.Series))
	_, ungrey := th.Muted.GetForeground().(lipgloss.NoColor)
	n := 0
	for i := len(p.Series) - 1; i >= 0; i-- {
		l := &out[i]
		l.dash = dashes[0]
		switch s := p.Series[i]; {
		case s.Points && len(s.Values) == 1: // a place on another curve
			l.ink = inkTitle
		case s.Faint:
			l.ink = inkMuted
			if ungrey {
				l.dash = dots
			}
		case th.Mono:
			l.ink, l.dash = inkFirst, dashes[n%len(dashes)]
			n++
		default:
			l.ink, l.dash = inkFirst+uint8(n%seriesInks), dashes[n/seriesInks%len(dashes)]
			n++
		}
		if p.Series[i].Dashed && l.dash == dashes[0] {
			l.dash = dashes[1]
		}
	}
	return out
}

// title is the plot's title with its unit.
func (p Plot) title() string {
	if p.YUnit == "" || p.YUnit == "%" {
		return p.Title
	}
	return strings.TrimPrefix(p.Title+", "+p.YUnit, ", ")
}

// titleText is what the title says of a series: its value at the crosshair, or
// its last, and its best if there is room.
func (p Plot) titleText(i int, best bool) string {
	s := p.Series[i]
	if s.Points {
		return "  ● " + s.Name
	}
	if p.Cross != nil {
		if at := s.nearest(*p.Cross); at >= 0 {
			return "  " + s.Name + " " + Number(s.Values[at])
		}
		return ""
	}
	last, top, at, ok := s.summary(p.Least)
	switch {
	case !ok:
		return ""
	case best && !s.Faint:
		return fmt.Sprintf("  %s %s, best %s at %s", s.Name, Number(last), Number(top), Number(at))
	}
	return fmt.Sprintf("  %s %s", s.Name, Number(last))
}

// percent is the sign at the numbers of the y axis.
func (p Plot) percent() string {
	if p.YUnit == "%" {
		return "%"
	}
	return ""
}
