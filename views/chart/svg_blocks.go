package chart

import (
	"fmt"
	"math"
)

// draw is a histogram as a drawing.
func (c Columns) draw(d *drawing) {
	d.height = 320
	top := 0.0
	for _, b := range c {
		top = max(top, b.Count)
	}
	bottom, pitch := d.height-40, (d.width-2*edge)/float64(max(1, len(c)))
	d.line(edge, bottom, d.width-edge, bottom, "axis")
	for i, b := range c {
		class, x := "s0", edge+float64(i)*pitch
		if b.Down {
			class = "s1"
		}
		if b.Count > 0 {
			tall := b.Count / top * (bottom - d.top - 20)
			d.rect(x+pitch*0.05, bottom-tall, pitch*0.9, tall, class)
			if text := compact(b.Count); longest([]string{text}) <= pitch {
				d.text(x+pitch/2, bottom-tall-5, text, "", "middle")
			}
		}
		if longest([]string{b.Label}) <= pitch {
			d.text(x+pitch/2, bottom+19, b.Label, "muted", "middle")
		}
	}
}

// draw is a heat table as a drawing. Its grounds are those of the light theme
// for both kinds of readers, its numbers black or white as reads better.
func (h HeatTable) draw(d *drawing) {
	left := edge + min(longest(h.Rows), d.width/3) + 10
	width := min(130, (d.width-edge-left)/float64(max(1, len(h.Columns))))
	const tall = 46
	d.height = d.top + 24 + tall*float64(len(h.Rows)) + 40
	lo, hi := h.bounds()
	for j, c := range h.Columns {
		d.text(left+(float64(j)+0.5)*width, d.top+14, Cut(c, int(width/8)), "muted", "middle")
	}
	for i, r := range h.Rows {
		y := d.top + 24 + tall*float64(i)
		d.text(edge, y+tall/2+3, r, "", "")
		for j := range h.Columns {
			x, count := left+float64(j)*width, ""
			if h.Counts != nil {
				count = "n " + thousands(h.Counts[i][j])
			}
			d.heatCell(x, y, width-3, tall-3, h.Values[i][j], lo, hi, h.Format, count)
		}
	}
	if lo <= hi {
		d.text(left, d.height-14, h.Format(lo)+" to "+h.Format(hi)+"  "+h.Of, "muted", "")
	}
}

// heatCell is one cell of a heat table: a number on its ground, a count below.
func (d *drawing) heatCell(x, y, width, height, v, lo, hi float64, format func(float64) string, count string) {
	if math.IsNaN(v) {
		d.text(x+width/2, y+height/2+4.5, "–", "muted", "middle")
		return
	}
	at := 0.5
	if hi > lo {
		at = (v - lo) / (hi - lo)
	}
	ground := Light.Ramp[int(math.Round(at*float64(len(Light.Ramp)-1)))]
	middle := y + height/2 + 4.5
	if count != "" {
		middle -= 8
	}
	fmt.Fprintf(&d.body, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" fill="%s"/>`+"\n", x, y, width, height, hex(ground))
	fmt.Fprintf(&d.body, `<text x="%.1f" y="%.1f" text-anchor="middle" style="fill:%s"><tspan font-weight="600">%s</tspan>`, x+width/2, middle, hex(heat(ground).GetForeground()), escaped(format(v)))
	if count != "" {
		fmt.Fprintf(&d.body, `<tspan x="%.1f" dy="16" font-size="11">%s</tspan>`, x+width/2, escaped(count))
	}
	d.body.WriteString("</text>\n")
}
