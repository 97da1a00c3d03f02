package chart

import (
	"encoding/csv"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Figure is a chart as what it shows: a table of its values, and a drawing.
// Each kind of chart is one.
type Figure interface {
	table() [][]string // the names of the columns, then the rows
	draw(d *drawing)   // fills a drawing; see svg.go
}

// CSV is what a chart shows as comma-separated values.
func CSV(f Figure) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.WriteAll(f.table()) // a Builder never fails
	return b.String()
}

// TSV is what a chart shows as tab-separated values, as spreadsheets take them
// from the clipboard.
func TSV(f Figure) string {
	var b strings.Builder
	for _, row := range f.table() {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(cell))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// exact writes a number so that it reads back the same; nothing for a gap.
func exact(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// table has a column a series where all have the same x, else a row a value.
func (p Plot) table() [][]string {
	x := p.XLabel
	if x == "" {
		x = "x"
	}
	if !p.sameX() {
		out := [][]string{{"series", x, "value"}}
		for _, s := range p.Series {
			for i, v := range s.Values {
				out = append(out, []string{s.Name, exact(s.x(i)), exact(v)})
			}
		}
		return out
	}
	out := [][]string{{x}}
	for i := range p.Series[0].Values {
		out = append(out, []string{exact(p.Series[0].x(i))})
	}
	for _, s := range p.Series {
		out[0] = append(out[0], s.Name)
		for i, v := range s.Values {
			out[i+1] = append(out[i+1], exact(v))
		}
	}
	return out
}

func (p Plot) sameX() bool {
	for _, s := range p.Series {
		if len(s.Values) != len(p.Series[0].Values) {
			return false
		}
		for i := range s.Values {
			if s.x(i) != p.Series[0].x(i) {
				return false
			}
		}
	}
	return len(p.Series) > 0
}

func (b BarChart) table() [][]string {
	out := [][]string{{"name", "value", "text"}}
	for _, bar := range b.Bars {
		out = append(out, []string{bar.Name, exact(bar.Value), strings.Join(strings.Fields(bar.Text), " ")})
	}
	return out
}

func (p Pushes) table() [][]string {
	out := [][]string{{"name", "value", "push"}}
	for _, push := range p {
		out = append(out, []string{push.Name, push.Value, exact(push.By)})
	}
	return out
}

func (s Stairs) table() [][]string {
	out := [][]string{{"name", "value", "push"}, {s.FromName, s.FromText, exact(s.From)}}
	out = append(out, Pushes(s.Pushes).table()[1:]...)
	return append(out, []string{s.ToName, s.ToText, exact(s.To)})
}

func (s SpanChart) table() [][]string {
	out := [][]string{{"name", "value", "low", "high"}}
	for _, span := range s.Spans {
		out = append(out, []string{span.Name, exact(span.Value), exact(span.Low), exact(span.High)})
	}
	return out
}

func (h HeatTable) table() [][]string {
	out := [][]string{{"row", "column", "value", "count"}}
	for i, row := range h.Rows {
		for j, column := range h.Columns {
			count := ""
			if h.Counts != nil {
				count = strconv.FormatInt(h.Counts[i][j], 10)
			}
			out = append(out, []string{row, column, exact(h.Values[i][j]), count})
		}
	}
	if h.Counts == nil {
		for i := range out {
			out[i] = slices.Clip(out[i][:3])
		}
	}
	return out
}

func (c Columns) table() [][]string {
	out := [][]string{{"bin", "count"}}
	for _, bin := range c {
		out = append(out, []string{bin.Label, exact(bin.Count)})
	}
	return out
}

func (b Beeswarm) table() [][]string {
	out := [][]string{{"name", "contribution", "count", "place"}}
	for _, s := range b {
		for _, d := range s.Dots {
			out = append(out, []string{s.Name, exact(d.At), exact(d.Count), exact(d.Place)})
		}
	}
	return out
}
