package views

import (
	"fmt"
	"math"
	"strings"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// drawLanguages shows a step's figures by language, a column each: how many
// reviews, then the mean and shares.
func (s *sheet) drawLanguages() {
	t, ok := s.st.Table("languages")
	if !ok || len(t.Rows) == 0 || len(t.Columns) == 0 {
		return
	}
	const head = "By language"
	languages := words(t, t.Columns[0].Name)
	names, cells := chart.Width(head), 0
	for _, code := range languages {
		cells = max(cells, chart.Width(code))
	}
	figures := make([][]string, len(t.Columns))
	for i, c := range t.Columns[1:] {
		figures[i] = languageFigures(t, c)
		names = max(names, 2+chart.Width(shortLabel(Visible(c.Name))))
		for _, text := range figures[i] {
			cells = max(cells, chart.Width(text))
		}
	}
	if cells += columnGap; names+len(languages)*cells > s.width {
		cells--
	}
	shown := min(len(languages), max(0, s.width-names)/cells)

	s.gap()
	line := title(s.th, head, "", min(names, s.width)) + strings.Repeat(" ", max(0, min(names, s.width)-chart.Width(head)))
	for _, code := range languages[:shown] {
		line += s.th.Muted.Render(chart.PadLeft(code, cells))
	}
	s.add(line)
	for i, c := range t.Columns[1:] {
		line := chart.Cut(chart.Pad("  "+shortLabel(Visible(c.Name)), names), s.width)
		for j, text := range figures[i][:shown] {
			style := s.plainStyle()
			if v := numbers(t, c.Name)[j]; c.Name == meanColumn && v < 0 {
				style = s.th.Down
			} else if c.Name == meanColumn {
				style = s.th.Up
			}
			line += style.Render(chart.PadLeft(text, cells))
		}
		s.add(line)
	}
	if hidden := len(languages) - shown; hidden > 0 {
		s.say(s.th.Muted, fmt.Sprintf("  %s not shown: the screen is %d wide", pipeline.Plural(int64(hidden), "language"), s.width))
	}
}

// meanColumn is the one column of fractions that are no shares.
const meanColumn = "MEAN"

// languageFigures writes a column: a count, a signed mean, or shares.
func languageFigures(t pipeline.Table, c store.Column) []string {
	var out []string
	for _, v := range numbers(t, c.Name) {
		switch {
		case math.IsNaN(v):
			out = append(out, "–")
		case c.Type == store.Int:
			out = append(out, pipeline.Thousands(int64(v)))
		case c.Name == meanColumn:
			out = append(out, signed(v, 2))
		default:
			out = append(out, fmt.Sprintf("%.0f%%", 100*v)) // of some hundred reviews: decimals would be noise
		}
	}
	return out
}

// languagesInWords names each language with its reviews and, where there is
// one, its mean.
func languagesInWords(t pipeline.Table) string {
	counts, means := numbers(t, "REVIEWS"), numbers(t, meanColumn)
	var parts []string
	for i, code := range words(t, "LANGUAGE") {
		part := code + " " + pipeline.Thousands(int64(counts[i]))
		if !math.IsNaN(means[i]) {
			part += " (mean " + signed(means[i], 2) + ")"
		}
		parts = append(parts, part)
	}
	return "Reviews by language: " + strings.Join(parts, ", ") + "."
}
