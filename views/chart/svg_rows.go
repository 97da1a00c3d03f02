package chart

import (
	"math"
	"strings"
	"unicode"
)

// lanes are the columns of a drawing of rows: names at the left, in the middle
// what is to scale, texts at the right.
type lanes struct{ from, to, right float64 }

func (d *drawing) lanes(names, texts []string, rows int) lanes {
	d.height = d.top + float64(rows)*rowStep + edge/2
	return lanes{edge + min(longest(names), d.width/3) + 14, d.width - edge - min(longest(texts), d.width/3) - 14, d.width - edge}
}

// longest is about how many pixels the longest of some texts takes: fonts differ.
func longest(texts []string) (pixels float64) {
	for _, t := range texts {
		n := 0.0
		for _, r := range t {
			switch {
			case unicode.IsUpper(r) || r == '_':
				n += 9.2
			default:
				n += 7.3 * float64(runeWidth(r))
			}
		}
		pixels = max(pixels, n)
	}
	return pixels
}

// row writes what stands at both sides of a row, and gives its middle.
func (d *drawing) row(i int, l lanes, name, text, class string) (y float64) {
	y = d.top + (float64(i)+0.5)*rowStep
	d.text(edge, y+4.5, name, "", "")
	d.text(l.right, y+4.5, text, class, "end")
	return y
}

// on is the place of a value on a scale between two ends.
func (l lanes) on(s scale, v float64) float64 { return l.from + s.clamped(v)*(l.to-l.from) }

func (b BarChart) draw(d *drawing) {
	top := b.top()
	l := d.lanes(b.texts())
	for i, bar := range b.Bars {
		y := d.row(i, l, bar.Name, strings.Join(strings.Fields(bar.Text), "  "), "")
		d.rect(l.from, y-8, l.to-l.from, 16, "track")
		if bar.Value > 0 && top > 0 {
			d.rect(l.from, y-8, min(bar.Value/top, 1)*(l.to-l.from), 16, "s0")
		}
	}
}

func (b BarChart) texts() (names, texts []string, rows int) {
	for _, bar := range b.Bars {
		names, texts = append(names, bar.Name), append(texts, bar.Text)
	}
	return names, texts, len(b.Bars)
}

func (p Pushes) draw(d *drawing) {
	s, decimals := scale{}, decimalsOf(p)
	var names, texts []string
	for _, push := range p {
		if finite(push.By) {
			s.lo, s.hi = min(s.lo, push.By), max(s.hi, push.By)
		}
		names = append(names, strings.TrimSpace(push.Name+"  "+push.Value))
		texts = append(texts, Signed(push.By, decimals))
	}
	l := d.lanes(names, texts, len(p))
	d.line(l.on(s, 0), d.top, l.on(s, 0), d.height-edge/2, "axis")
	for i, push := range p {
		d.push(i, l, s, names[i], texts[i], 0, push.By)
	}
}

// push is a row with a bar from one value to another.
func (d *drawing) push(i int, l lanes, s scale, name, text string, from, to float64) {
	class := "s0"
	if to < from {
		class = "s1"
	}
	y := d.row(i, l, name, text, class)
	if a, b := l.on(s, from), l.on(s, to); finite(from) && finite(to) {
		d.rect(min(a, b), y-9, math.Abs(b-a), 18, class)
	}
}

func (w Stairs) draw(d *drawing) {
	s, decimals := w.scale(), decimalsOf(w.Pushes)
	names, texts := []string{w.FromName, w.ToName}, []string{w.FromText, w.ToText}
	for _, p := range w.Pushes {
		names, texts = append(names, strings.TrimSpace(p.Name+"  "+p.Value)), append(texts, Signed(p.By, decimals))
	}
	l := d.lanes(names, texts, len(w.Pushes)+2)
	if s.lo <= 0 && s.hi >= 0 {
		d.line(l.on(s, 0), d.top, l.on(s, 0), d.height-edge/2, "grid")
	}
	y := d.row(0, l, w.FromName, w.FromText, "")
	d.line(l.on(s, w.From), y-9, l.on(s, w.From), y+9, "axis")
	at := w.From
	for i, p := range w.Pushes {
		d.push(i+1, l, s, names[i+2], texts[i+2], at, at+p.By)
		at += p.By
	}
	y = d.row(len(w.Pushes)+1, l, w.ToName, w.ToText, "")
	d.line(l.on(s, w.To), y-9, l.on(s, w.To), y+9, "axis")
}

func (s SpanChart) draw(d *drawing) {
	var names, texts []string
	for _, span := range s.Spans {
		names, texts = append(names, span.Name), append(texts, span.Text)
	}
	lo, hi := s.bounds()
	on, l := scale{lo: lo, hi: hi}, d.lanes(names, texts, len(s.Spans)+1)
	at, text := on.ticks(6)
	for i, v := range at {
		d.line(l.on(on, v), d.top, l.on(on, v), d.height-rowStep-edge/2, "grid")
		d.text(l.on(on, v), d.height-edge, text[i], "muted", "middle")
	}
	for i, span := range s.Spans {
		y := d.row(i, l, span.Name, span.Text, "")
		if finite(span.Low) && finite(span.High) {
			a, b := l.on(on, span.Low), l.on(on, span.High)
			d.line(a, y, b, y, "c1")
			d.line(a, y-5, a, y+5, "c1")
			d.line(b, y-5, b, y+5, "c1")
		}
		if finite(span.Value) {
			d.circle(l.on(on, span.Value), y, 4.5, "s0")
		}
	}
}

// draw is a beeswarm as a drawing: for each feature, columns as tall as its
// customers are many, in the colour of their values.
func (b Beeswarm) draw(d *drawing) {
	s := scale{lo: math.Inf(1), hi: math.Inf(-1)}
	var names, notes []string
	for _, swarm := range b {
		names, notes = append(names, swarm.Name), append(notes, swarm.Note)
		for _, dots := range swarm.Dots {
			if finite(dots.At) {
				s.lo, s.hi = min(s.lo, dots.At), max(s.hi, dots.At)
			}
		}
	}
	if !(s.hi > s.lo) {
		d.height = d.top + rowStep
		return
	}
	const rows = 2 // of lanes a feature
	l := d.lanes(names, notes, rows*len(b)+1)
	at, text := s.ticks(7)
	for i, v := range at {
		d.line(l.on(s, v), d.top, l.on(s, v), d.height-rowStep-edge/2, "grid")
		d.text(l.on(s, v), d.height-edge, text[i], "muted", "middle")
	}
	for i, swarm := range b {
		y := d.top + (float64(i)+0.5)*rows*rowStep
		d.text(edge, y+4.5, swarm.Name, "", "")
		d.text(l.right, y+4.5, swarm.Note, "muted", "end")
		top := 0.0
		for _, dots := range swarm.Dots {
			top = max(top, dots.Count)
		}
		width := max(2, min(10, (l.to-l.from)/float64(max(1, len(swarm.Dots)))-1))
		for _, dots := range swarm.Dots {
			if finite(dots.At) && dots.Count > 0 {
				tall := max(2, dots.Count/top*(rows*rowStep-8))
				d.rect(l.on(s, dots.At)-width/2, y-tall/2, width, tall, placeClass(dots.Place))
			}
		}
	}
	d.text(d.width-edge, 28, "blue: low values · amber: high ones", "muted", "end")
}

// placeClass is the colour of a mean place: low, high, or neither.
func placeClass(place float64) string {
	switch {
	case place < 1.0/3:
		return "s0"
	case place > 2.0/3:
		return "s1"
	}
	return "s4"
}
