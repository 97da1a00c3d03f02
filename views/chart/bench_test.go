package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// BenchmarkCharts draws each kind at 200 by 60 cells, with as much as goes in.
// The bar is 1 ms.
func BenchmarkCharts(b *testing.B) {
	at := 400.0
	overlay := Plot{Title: "Log loss", XLabel: "round", Least: true, LogY: true, Cross: &at, Mark: &Mark{700, "best"}}
	for i := range 8 {
		overlay.Series = append(overlay.Series, Series{Name: fmt.Sprint("run ", i), First: 1, Values: longCurve(1000), Faint: i < 6})
	}
	two := Plot{Title: "Log loss", XLabel: "round", Series: overlay.Series[6:]}
	cloud := Plot{Title: "Load", Series: []Series{{Name: "customers", Points: true, Values: longCurve(20000)}}}
	heat := HeatTable{Format: func(v float64) string { return fixed(v, 2) }, Of: "buy"}
	for i := range 12 {
		heat.Rows, heat.Columns = append(heat.Rows, fmt.Sprint("row ", i)), append(heat.Columns, fmt.Sprint("c", i))
		heat.Values, heat.Counts = append(heat.Values, longCurve(12)), append(heat.Counts, make([]int64, 12))
	}
	var bars BarChart
	var pushes Pushes
	var columns Columns
	var spans SpanChart
	for i := range 60 {
		v := math.Sin(float64(i))
		bars.Bars = append(bars.Bars, Bar{fmt.Sprint("file ", i), float64(i), "12,345"})
		pushes = append(pushes, Push{fmt.Sprint("feature ", i), "3.2 s", v})
		spans.Spans = append(spans.Spans, Span{fmt.Sprint("setting ", i), v, v - 0.3, v + 0.3, "0.52 ± 0.03"})
		if i < 40 {
			columns = append(columns, Bin{fmt.Sprint(i), float64(i * i), i%2 == 0})
		}
	}
	var swarm Beeswarm
	for range 10 {
		s := Swarm{Name: "REVIEW_SENTIMENT", Note: "high ▲ buys more"}
		for i, v := range longCurve(50) {
			s.Dots = append(s.Dots, Dots{float64(i), v, float64(i) / 50})
		}
		swarm = append(swarm, s)
	}
	screen := strings.Join(Line(overlay, 200, 60, Dark), "\n")
	for _, c := range []struct {
		name string
		draw func()
	}{
		{"two curves", func() { Line(two, 200, 60, Dark) }},
		{"eight curves", func() { Line(overlay, 200, 60, Dark) }},
		{"cloud of 20000", func() { Line(cloud, 200, 60, Dark) }},
		{"bars", func() { Bars(bars, 200, Dark) }},
		{"diverging", func() { Diverging(pushes, 200, Dark) }},
		{"waterfall", func() { Waterfall(Stairs{Pushes: pushes}, 200, Dark) }},
		{"histogram", func() { Histogram(columns, 200, 60, Dark) }},
		{"heat", func() { Heat(heat, 200, Dark) }},
		{"swarms", func() { Swarms(swarm, 5, true, 200, Dark) }},
		{"spans", func() { Spans(spans, 200, Dark) }},
		{"ascii", func() { ASCII(screen) }},
		{"isolate", func() { Isolate(screen) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.draw()
			}
		})
	}
}

func longCurve(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 0.1 + math.Exp(-float64(i)/80) + 0.02*math.Sin(float64(i))
	}
	return v
}
