package views

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// Visible makes text from data safe for a screen: control characters, escape
// sequences, and marks that turn the direction of writing or hide are shown as
// escapes (\n, \x1b, \u202e), and bytes that are no text as \xff.
func Visible(text string) string {
	clean := true
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x7f {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case hidden(r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
		text = text[size:]
	}
	return b.String()
}

// hidden tells the characters that a screen acts on instead of showing. Joiners
// are left: scripts and signs are written with them.
func hidden(r rune) bool {
	switch r {
	case '\u200c', '\u200d':
		return false
	case '\u2028', '\u2029', '\u115f', '\u1160', '\u3164', '\uffa0':
		return true
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
}

// oneLine is Visible for text that people wrote: its line breaks and tabs are
// spaces, so that it reads on.
func oneLine(text string) string {
	return Visible(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' || r == ' ' }), " "))
}

// decimalsFor is how many decimals the numbers of a column need: four digits
// for the largest, and none that are zero everywhere.
func decimalsFor(rows [][]any, column int) int {
	top, need := 0.0, 0
	for _, row := range rows {
		if column >= len(row) {
			continue
		}
		v, ok := number(row[column])
		if !ok || math.IsInf(v, 0) || math.IsNaN(v) {
			continue
		}
		top = max(top, math.Abs(v))
		if _, after, ok := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), "."); ok {
			need = max(need, len(after))
		}
	}
	digits := 3
	if top > 0 {
		digits = 3 - int(math.Floor(math.Log10(top)))
	}
	return min(need, max(0, min(digits, 6)))
}

// cell writes a value of a column for people.
func cell(v any, t store.Type, decimals int) string {
	if v == nil {
		return "–"
	}
	if n, ok := number(v); ok {
		if t == store.Int || n == math.Trunc(n) && decimals == 0 && math.Abs(n) < 1e15 {
			return pipeline.Thousands(int64(n))
		}
		return strconv.FormatFloat(n, 'f', decimals, 64)
	}
	return oneLine(fmt.Sprint(v))
}

// number reads a number as events (float64) and stores (any width) give it.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case int32:
		return float64(v), true
	case float32:
		return float64(v), true
	}
	return 0, false
}

// counted joins a count and its plural noun: 1 version, 2 versions.
func counted(n int64, plural string) string {
	if n == 1 {
		plural = strings.TrimSuffix(plural, "s")
	}
	return join(" ", pipeline.Thousands(n), plural)
}

// quantity writes a count in its unit; bytes get the largest that fits.
func quantity(n int64, unit string) string {
	if unit == "bytes" {
		return pipeline.Bytes(n)
	}
	return pipeline.Thousands(n)
}

// duration writes seconds for people: 40 ms, 2.4 s, 29 s, 1:12, 1:02:03.
func duration(seconds float64) string {
	switch {
	case seconds <= 0 || math.IsNaN(seconds):
		return "0 s"
	case seconds < 0.95:
		return strconv.FormatFloat(max(1, seconds*1000), 'f', 0, 64) + " ms"
	case seconds < 9.95:
		return strconv.FormatFloat(seconds, 'f', 1, 64) + " s"
	case seconds < 59.5:
		return strconv.FormatFloat(seconds, 'f', 0, 64) + " s"
	}
	n := int64(math.Round(seconds))
	if n < 3600 {
		return fmt.Sprintf("%d:%02d", n/60, n%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
}

// clock writes how long is left: 0:18.
func clock(seconds float64) string {
	n := int64(math.Ceil(min(max(0, seconds), 1e9)))
	if n < 3600 {
		return fmt.Sprintf("%d:%02d", n/60, n%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
}

// rate writes how many a second.
func rate(perSecond float64, unit string) string {
	if unit == "bytes" {
		return pipeline.Bytes(int64(perSecond)) + "/s"
	}
	if perSecond < 99.95 {
		return strconv.FormatFloat(perSecond, 'f', 1, 64) + "/s"
	}
	return pipeline.Thousands(int64(math.Round(perSecond))) + "/s"
}

// column gives the values of a table's column by name, nil where it has none.
func column(t pipeline.Table, name string) []any {
	for i, c := range t.Columns {
		if c.Name == name {
			out := make([]any, len(t.Rows))
			for j, row := range t.Rows {
				if i < len(row) {
					out[j] = row[i]
				}
			}
			return out
		}
	}
	return make([]any, len(t.Rows))
}

// numbers is column for numbers; what is none is NaN.
func numbers(t pipeline.Table, name string) []float64 {
	values := column(t, name)
	out := make([]float64, len(values))
	for i, v := range values {
		n, ok := number(v)
		if !ok {
			n = math.NaN()
		}
		out[i] = n
	}
	return out
}

// words is column for text, safe for the screen.
func words(t pipeline.Table, name string) []string {
	values := column(t, name)
	out := make([]string, len(values))
	for i, v := range values {
		if v != nil {
			out[i] = cell(v, store.String, 4)
		}
	}
	return out
}

// shortLabel is a candidate label's short name: "Detailed with specific
// information" is detailed.
func shortLabel(label string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(label), " ")
	return strings.ToLower(word)
}

// signed writes a number with its sign, a true minus included.
func signed(v float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	switch {
	case math.IsNaN(v):
		return "–"
	case strings.Trim(text, "0.") == "":
		return text
	case v < 0:
		return "−" + text
	}
	return "+" + text
}

// join puts the parts that are not empty together.
func join(between string, parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, between)
}

// widest is the width of the widest text, at most most.
func widest(texts []string, most int) int {
	w := 0
	for _, t := range texts {
		w = max(w, chart.Width(t))
	}
	return min(w, most)
}
