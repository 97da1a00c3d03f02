package views

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// mostName is how wide the names beside the values of a row are at most.
const mostName = 28

// Row writes a row in full: every column with its value, texts wrapped and with
// their line breaks. Where it is narrow, values stand below their names.
func Row(columns []store.Column, row []any, width int, th chart.Theme) []string {
	name := 0
	for _, c := range columns {
		name = max(name, min(mostName, chart.Width(Visible(c.Name))))
	}
	below := width < 2*name
	var lines []string
	for j, c := range columns {
		var v any
		if j < len(row) {
			v = row[j]
		}
		label := th.Muted.Render(chart.Pad(chart.Cut(Visible(c.Name), name), name))
		if below {
			lines = append(lines, th.Muted.Render(chart.Cut(Visible(c.Name), width)))
		}
		for i, part := range valueLines(v, c.Type, max(8, width-name-2), th) {
			switch {
			case below:
				lines = append(lines, "  "+ansi.Truncate(part, max(1, width-2), "…"))
			case i == 0:
				lines = append(lines, label+"  "+part)
			default:
				lines = append(lines, strings.Repeat(" ", name+2)+part)
			}
		}
	}
	return lines
}

// valueLines is a value in full, in lines.
func valueLines(v any, t store.Type, width int, th chart.Theme) []string {
	text, ok := v.(string)
	if !ok {
		if v == nil {
			return []string{th.Muted.Render("NULL")}
		}
		if t == store.Int {
			return []string{cell(v, t, 0)}
		}
		return []string{Visible(pipeline.CellText(v))}
	}
	if text == "" {
		return []string{th.Muted.Render("(an empty text)")}
	}
	var lines []string
	for part := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		part = Visible(strings.ReplaceAll(strings.TrimSuffix(part, "\n"), "\t", "    "))
		if part == "" {
			lines = append(lines, "")
			continue
		}
		lines = append(lines, wrapped(lipgloss.NewStyle(), part, width)...)
	}
	return lines
}

// RowTitle is the head of a row in full.
func RowTitle(name string, i, rows int64, width int, th chart.Theme) string {
	return title(th, "Row "+pipeline.Thousands(i+1), fmt.Sprintf("%s, %s", Visible(name), counted(rows, "rows")), width)
}
