package pipeline

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"willbuy/store"
)

// RowFormats are the forms in which rows can be copied.
var RowFormats = []string{"CSV", "JSON", "Markdown"}

// RowsAs writes rows with the names of their columns in one of RowFormats.
func RowsAs(format string, columns []store.Column, rows [][]any) string {
	switch format {
	case "CSV":
		return rowsAsCSV(columns, rows)
	case "JSON":
		return rowsAsJSON(columns, rows)
	}
	return rowsAsMarkdown(columns, rows)
}

// CellText is a value as text that loses nothing; NULL is empty.
func CellText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

func rowsAsCSV(columns []store.Column, rows [][]any) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(names(columns)) // a strings.Builder takes everything
	for _, row := range rows {
		w.Write(texts(row))
	}
	w.Flush()
	return b.String()
}

// rowsAsJSON writes an object a row, its fields in the order of the columns.
func rowsAsJSON(columns []store.Column, rows [][]any) string {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, row := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n  {")
		for j, c := range columns {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(jsonText(c.Name))
			b.WriteString(": ")
			b.WriteString(jsonText(row[j]))
		}
		b.WriteByte('}')
	}
	b.WriteString("\n]\n")
	return b.String()
}

func jsonText(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil { // a number that JSON has no word for
		return strconv.Quote(fmt.Sprint(v))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func rowsAsMarkdown(columns []store.Column, rows [][]any) string {
	var b strings.Builder
	line := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| ")
			b.WriteString(strings.NewReplacer("|", `\|`, "\r\n", "<br>", "\n", "<br>").Replace(c))
			b.WriteByte(' ')
		}
		b.WriteString("|\n")
	}
	line(names(columns))
	rule := make([]string, len(columns))
	for i, c := range columns {
		rule[i] = "---"
		if c.Type == store.Int || c.Type == store.Float {
			rule[i] = "--:"
		}
	}
	line(rule)
	for _, row := range rows {
		line(texts(row))
	}
	return b.String()
}

func names(columns []store.Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return out
}

func texts(row []any) []string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = CellText(v)
	}
	return out
}
