package views

import (
	"fmt"
	"math"
	"strings"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// Column writes what there is in a column, in at most height lines.
func Column(c pipeline.ColumnSummary, width, height int, th chart.Theme) []string {
	lines := []string{title(th, Visible(c.Column.Name), strings.ToLower(string(c.Column.Type)), width), ""}
	facts := columnFacts(c)
	for _, f := range facts {
		lines = append(lines, chart.Cut(th.Muted.Render(chart.Pad(f.name, 10))+f.value, width))
	}
	lines = append(lines, "")
	room := height - len(lines)
	switch {
	case len(c.Bins) > 0:
		lines = append(lines, histogram(c, width, room, th)...)
	case len(c.Values) > 0:
		lines = append(lines, frequent(c, width, room, th)...)
	case c.Distinct > 0:
		lines = append(lines, th.Muted.Render(chart.Cut("Too many different values to count each.", width)))
	default:
		lines = append(lines, th.Muted.Render("There is no value at all."))
	}
	return lines
}

type columnFact struct{ name, value string }

// columnFacts are the numbers about a column, each with what it means.
func columnFacts(c pipeline.ColumnSummary) []columnFact {
	share := func(n int64) string {
		if c.Rows == 0 {
			return pipeline.Thousands(n)
		}
		return pipeline.Thousands(n) + "  " + pipeline.Percent(float64(n)/float64(c.Rows))
	}
	distinct := pipeline.Thousands(c.Distinct)
	switch {
	case c.About:
		distinct = "about " + distinct + " (estimated)"
	case c.Distinct > 1 && c.Distinct == c.Rows-c.Nulls:
		distinct += ": each stands once"
	}
	facts := []columnFact{{"rows", pipeline.Thousands(c.Rows)}, {"NULL", share(c.Nulls)}, {"distinct", distinct}}
	if c.Min == nil {
		return facts
	}
	value := func(v any) string {
		if n, ok := number(v); ok {
			return exact(n)
		}
		return "“" + chart.Cut(oneLine(beginning(fmt.Sprint(v), 200)), 40) + "”"
	}
	switch c.Column.Type {
	case store.Int, store.Float:
		facts = append(facts, columnFact{"range", value(c.Min) + " to " + value(c.Max)},
			columnFact{"mean", exact(c.Mean)}, columnFact{"median", exact(c.Median)})
	case store.String:
		facts = append(facts, columnFact{"first", value(c.Min)}, columnFact{"last", value(c.Max)},
			columnFact{"length", fmt.Sprintf("%s to %s characters, %s on average", pipeline.Thousands(c.Shortest), pipeline.Thousands(c.Longest), pipeline.Thousands(int64(math.Round(c.Usual))))})
	default:
		facts = append(facts, columnFact{"range", value(c.Min) + " to " + value(c.Max)})
	}
	return facts
}

// exact writes a number with thousands and up to six digits that matter.
func exact(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case x == math.Trunc(x) && math.Abs(x) < 1e15:
		return pipeline.Thousands(int64(x))
	}
	return chart.Number(x)
}

// frequent are the most frequent values as bars.
func frequent(c pipeline.ColumnSummary, width, room int, th chart.Theme) []string {
	head := "Most frequent values"
	if int64(len(c.Values)) == c.Distinct {
		head = "Values"
	}
	shown := c.Values[:min(len(c.Values), max(1, room-2))]
	names, most, top := make([]string, len(shown)), 0, int64(1)
	for i, v := range shown {
		names[i] = oneLine(beginning(pipeline.CellText(v.Value), 400))
		if names[i] == "" {
			names[i] = "(empty)"
		}
		most = max(most, chart.Width(names[i]))
		top = max(top, v.Rows)
	}
	most = min(most, max(8, width-44))
	lines := []string{th.Title.Render(head)}
	for i, v := range shown {
		count := fmt.Sprintf("%12s  %6s", pipeline.Thousands(v.Rows), pipeline.Percent(float64(v.Rows)/float64(max(1, c.Rows))))
		track := max(1, min(50, width-most-len(count)-4))
		lines = append(lines, chart.Pad(chart.Cut(names[i], most), most)+"  "+chart.Track(float64(v.Rows)/float64(top), track, th)+"  "+count)
	}
	if rest := c.Distinct - int64(len(shown)); rest > 0 {
		lines = append(lines, th.Muted.Render("and "+pipeline.Plural(rest, "other value")))
	}
	return lines
}

// histogram are the bins as columns of blocks over their axis.
func histogram(c pipeline.ColumnSummary, width, room int, th chart.Theme) []string {
	top := int64(1)
	for _, b := range c.Bins {
		top = max(top, b.Rows)
	}
	each := max(1, min(3, (width-2)/len(c.Bins)))
	bars := max(1, min(8, room-3))
	lines := []string{th.Title.Render("How the values lie") + th.Muted.Render(fmt.Sprintf("  the tallest is %s", counted(top, "rows")))}
	eighths := []rune(" ▁▂▃▄▅▆▇█")
	for line := bars - 1; line >= 0; line-- {
		var b strings.Builder
		for _, bin := range c.Bins {
			level := int(math.Ceil(float64(bin.Rows)/float64(top)*float64(8*bars))) - 8*line
			b.WriteString(strings.Repeat(string(eighths[min(max(0, level), 8)]), each))
		}
		lines = append(lines, th.Up.Render(b.String()))
	}
	low, high := exact(c.Bins[0].From), exact(c.Bins[len(c.Bins)-1].To)
	if c.Column.Type == store.Int {
		high = exact(math.Min(c.Bins[len(c.Bins)-1].To, asNumber(c.Max)))
	}
	axis := len(c.Bins) * each
	return append(lines, th.Grid.Render(strings.Repeat("─", axis)),
		th.Muted.Render(low+strings.Repeat(" ", max(1, axis-len(low)-len(high)))+high))
}

func asNumber(v any) float64 {
	if n, ok := number(v); ok {
		return n
	}
	return math.Inf(1)
}
