package chart

import (
	"math"
	"sort"
)

// draw is a plot as a drawing: the same axes, ticks and names as in text.
func (p Plot) draw(d *drawing) {
	d.height = 400
	x, y, any := p.scales()
	if !any {
		d.text(edge, d.top+20, "no values yet", "muted", "")
		return
	}
	at, text := y.ticks(8)
	for i := range text {
		text[i] += p.percent()
	}
	var names []string
	for _, s := range p.Series {
		names = append(names, s.Name)
	}
	f := plane{x: x, y: y, left: edge + longest(text) + 8, top: d.top + 12, bottom: d.height - 46}
	f.right = d.width - edge - min(longest(names), d.width/3) - 10
	if p.Counts != nil {
		f.bottom -= 34
	}
	if p.Square {
		side := min(f.right-f.left, f.bottom-f.top)
		f.right = f.left + side
	}
	for i, v := range at {
		d.line(f.left, f.atY(v), f.right, f.atY(v), "grid")
		d.text(f.left-7, f.atY(v)+4.5, text[i], "muted", "end")
	}
	p.drawXAxis(d, f)
	d.text(d.width-edge, 28, p.svgNote(), "muted", "end")
	looks := p.looks(&Light)
	for i, s := range p.Series {
		d.series(f, s, looks[i])
	}
	d.names(f, p.Series, looks)
}

// svgNote is what stands at the right of the title.
func (p Plot) svgNote() string {
	switch {
	case p.Note != "":
		return p.Note
	case p.YUnit != "%":
		return p.YUnit
	}
	return ""
}

func (p Plot) drawXAxis(d *drawing, f plane) {
	d.line(f.left, f.bottom, f.right, f.bottom, "axis")
	at, text := f.x.ticks(int(max(2, (f.right-f.left)/80)))
	for i, v := range at {
		d.line(f.atX(v), f.bottom, f.atX(v), f.bottom+5, "axis")
		d.text(f.atX(v), f.bottom+19, text[i], "muted", "middle")
	}
	d.text((f.left+f.right)/2, f.bottom+37, p.XLabel, "muted", "middle")
	if p.Mark != nil && f.x.has(p.Mark.At) && f.in(p.Mark.At) {
		d.line(f.atX(p.Mark.At), f.top, f.atX(p.Mark.At), f.bottom, "cross")
		d.text(f.atX(p.Mark.At), f.top-2, p.Mark.Name, "muted", "middle")
	}
	if p.Counts != nil {
		d.counts(f, *p.Counts)
	}
}

// plane is the part of a drawing that is scaled on both axes.
type plane struct {
	x, y                     scale
	left, right, top, bottom float64
}

func (f plane) atX(v float64) float64 { return f.left + f.x.at(v)*(f.right-f.left) }
func (f plane) atY(v float64) float64 { return f.bottom - f.y.at(v)*(f.bottom-f.top) }
func (f plane) in(x float64) bool     { return x >= f.x.lo && x <= f.x.hi }

var (
	curveClasses = []string{"c0", "c1", "c2", "c3", "c4"}
	fillClasses  = []string{"s0", "s1", "s2", "s3", "s4"}
)

// class is the index of a look among the classes: the inks, then grey.
func (l look) class() int {
	if l.ink < inkFirst {
		return seriesInks
	}
	return int(l.ink - inkFirst)
}

// series draws one curve or cloud; a gap begins a new line.
func (d *drawing) series(f plane, s Series, l look) {
	var line []float64
	class := curveClasses[l.class()]
	if l.dash.off > 0 {
		class += " dashed"
	}
	flush := func() {
		if len(line) > 0 {
			d.curve(line, class)
		}
		line = line[:0]
	}
	for i, v := range s.Values {
		x := s.x(i)
		switch shown := f.x.has(x) && f.y.has(v) && f.in(x); {
		case !shown:
			flush()
		case s.Points && len(s.Values) <= fewPoints:
			d.circle(f.atX(x), f.atY(v), 4.5, fillClasses[l.class()])
			if len(s.Values) == 1 {
				d.text(f.atX(x)+9, f.atY(v)+14, s.Name, "", "")
			}
		case s.Points:
			d.circle(f.atX(x), f.atY(v), 1.7, fillClasses[l.class()])
		default:
			line = append(line, f.atX(x), f.atY(v))
		}
	}
	flush()
}

// names writes the name of each series right of its last value, moved apart
// where they would touch.
func (d *drawing) names(f plane, series []Series, looks []look) {
	type label struct {
		y float64
		i int
	}
	var labels []label
	for i, s := range series {
		for j := len(s.Values) - 1; j >= 0 && (j > 0 || !s.Points); j-- {
			if x := s.x(j); f.x.has(x) && f.y.has(s.Values[j]) && f.in(x) {
				labels = append(labels, label{f.atY(s.Values[j]), i})
				break
			}
		}
	}
	sort.SliceStable(labels, func(a, b int) bool {
		return labels[a].y < labels[b].y || labels[a].y == labels[b].y && labels[a].i > labels[b].i
	})
	free := math.Inf(-1)
	for _, l := range labels {
		y := max(l.y+4.5, free)
		d.text(f.right+8, y, series[l.i].Name, fillClasses[looks[l.i].class()], "")
		free = y + 16
	}
}

// counts draws columns below the axis.
func (d *drawing) counts(f plane, n Counts) {
	top := 0.0
	for _, v := range n.N {
		top = max(top, v)
	}
	const base, tall = 66, 22
	for i, v := range n.N {
		if v > 0 && f.x.has(n.X[i]) && f.in(n.X[i]) {
			d.rect(f.atX(n.X[i])-4, f.bottom+base-v/top*tall, 8, v/top*tall, "s4")
		}
	}
	d.text(f.right+8, f.bottom+base, n.Of, "muted", "")
}
