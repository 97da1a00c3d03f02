package chart

import (
	"math"
	"strings"
)

// HeatTable is a table of numbers with a ground that grows with them.
type HeatTable struct {
	Rows, Columns []string
	Values        [][]float64          // by row, then column; NaN where there is nothing
	Counts        [][]int64            // how many each value stands on; nil: not told
	Format        func(float64) string // of a value
	Of            string               // what the numbers are, for the legend
}

// Heat draws a number on its ground, with its count beneath. Without colours a
// pair of shades stands before the number.
func Heat(h HeatTable, width int, th Theme) []string {
	names := 0
	for _, r := range h.Rows {
		names = max(names, Width(r))
	}
	names = min(names, max(6, width/3))
	if len(h.Columns) == 0 || width < names+2+5*len(h.Columns) {
		return nil
	}
	cell := min(16, (width-names-2)/len(h.Columns)-1)
	lo, hi := h.bounds()
	ramp := newRamp(th)
	head := spaces(names + 2)
	for _, c := range h.Columns {
		head += th.Muted.Render(centre(c, cell)) + " "
	}
	out := []string{strings.TrimRight(head, " ")}
	for i, name := range h.Rows {
		value, count := Pad(name, names)+"  ", spaces(names+2)
		for j := range h.Columns {
			v := h.Values[i][j]
			value += h.ground(v, lo, hi, cell, ramp, th) + " "
			n := ""
			if h.Counts != nil && !math.IsNaN(v) {
				n = "n " + thousands(h.Counts[i][j])
			}
			count += centre(n, cell) + " "
		}
		out = append(out, strings.TrimRight(value, " "))
		if h.Counts != nil {
			out = append(out, strings.TrimRight(count, " "))
		}
		out = append(out, "")
	}
	return append(out[:len(out)-1], "", Cut(h.legend(lo, hi, names, ramp, th), width))
}

func (h HeatTable) bounds() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, row := range h.Values {
		for _, v := range row {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	return lo, hi
}

// ramp is the grounds from the lowest to the highest value; nil for shades.
type ramp []brush

func newRamp(th Theme) ramp {
	var r ramp
	for _, ground := range th.Ramp {
		r = append(r, newBrush(heat(ground)))
	}
	return r
}

func (h HeatTable) ground(v, lo, hi float64, width int, ramp ramp, th Theme) string {
	if math.IsNaN(v) {
		return th.Muted.Render(centre("–", width))
	}
	at := 0.5
	if hi > lo {
		at = (v - lo) / (hi - lo)
	}
	if ramp == nil {
		return centre(shade(at)+" "+h.Format(v), width)
	}
	return ramp[int(math.Round(at*float64(len(ramp)-1)))].paint(centre(h.Format(v), width))
}

// shade is a ramp of two cells for terminals without colours.
func shade(at float64) string {
	return []string{"░░", "▒▒", "▓▓", "██"}[min(3, int(at*4))]
}

func (h HeatTable) legend(lo, hi float64, indent int, ramp ramp, th Theme) string {
	if lo > hi {
		return ""
	}
	var steps strings.Builder
	if ramp == nil {
		for i := range 4 {
			steps.WriteString(shade(float64(i) / 4))
		}
	}
	for _, step := range ramp {
		steps.WriteString(step.paint(" "))
	}
	return spaces(indent+2) + th.Muted.Render(h.Format(lo)+" ") + steps.String() + th.Muted.Render(" "+h.Format(hi)+"  "+h.Of)
}

func centre(text string, width int) string {
	text = Cut(text, width)
	left := (width - Width(text)) / 2
	return Pad(spaces(left)+text, width)
}

func thousands(n int64) string {
	text := fixed(float64(n), 0)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
