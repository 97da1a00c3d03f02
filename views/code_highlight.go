package views

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// The values that come from parameters stand between these in a step's code
// while it is highlighted. They are printable, so that quoting keeps them.
const (
	valueOpen  = '⟦'
	valueClose = '⟧'
)

// token finds, in this order, marks of values, comments, texts, words, numbers
// and the rest. Comments, texts and names in quotes may go over lines.
var token = regexp.MustCompile(`[⟦⟧]|--[^\n⟦⟧]*|(?s:/\*.*?(?:\*/|$))|'(?:[^'⟦⟧]|'')*'?|"[^"⟦⟧]*"?|[A-Za-z_][A-Za-z_0-9]*|[0-9]+(?:\.[0-9]+)?|\s+|.`)

var keywords = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(`SELECT FROM WHERE GROUP BY ORDER HAVING JOIN INNER LEFT RIGHT FULL OUTER CROSS ON AS AND OR NOT NULL IS IN CASE
WHEN THEN ELSE END CREATE TABLE STAGE IF EXISTS INSERT INTO VALUES MERGE USING UPDATE SET DELETE DISTINCT LIMIT OFFSET ALL
OVER PARTITION CAST WITH UNION EXCEPT INTERSECT BETWEEN LIKE ASC DESC PUT COPY LIST PATTERN REPLACE EXCLUDE QUALIFY FILTER`) {
		set[w] = true
	}
	return set
}()

// inks are the styles of a text's parts.
type inks struct{ keyword, text, number, comment, value lipgloss.Style }

func inksOf(th chart.Theme) inks {
	plain := lipgloss.NewStyle()
	return inks{keyword: th.Up, text: th.Down, number: th.Good, comment: th.Muted, value: plain.Bold(true).Underline(true)}
}

// SQL gives a text's lines with keywords, texts, numbers and comments in
// colours. Without colours nothing is lost: the words are the same.
func SQL(text string, th chart.Theme) []string { return highlight(text, inksOf(th)) }

// highlight styles each token, line by line. What stands between the marks of
// a value is underlined, and the marks are taken away.
func highlight(text string, ink inks) []string {
	lines := []string{""}
	inValue, inComment := false, false
	for _, t := range token.FindAllString(text, -1) {
		style, plain := lipgloss.Style{}, false
		switch c := rune(t[0]); {
		case t == string(valueOpen) || t == string(valueClose):
			inValue = t == string(valueOpen)
			continue
		case inValue:
			style = ink.value
		case strings.HasPrefix(t, "--"):
			style, inComment = ink.comment, true
		case inComment && !strings.Contains(t, "\n"): // goes on behind a value
			style = ink.comment
		case strings.HasPrefix(t, "/*"):
			style = ink.comment
		case c == '\'':
			style = ink.text
		case c >= '0' && c <= '9':
			style = ink.number
		case keywords[strings.ToUpper(t)]:
			style = ink.keyword
		default:
			plain = true
		}
		for i, part := range strings.Split(t, "\n") {
			if i > 0 {
				lines = append(lines, "")
				inComment = false
			}
			part = Visible(part)
			if !plain && strings.TrimSpace(part) != "" {
				part = style.Render(part)
			}
			lines[len(lines)-1] += part
		}
	}
	return lines
}

var unmarked = strings.NewReplacer(string(valueOpen), "", string(valueClose), "")

// withMarks is the step's code with marks round the values of its parameters,
// where they change nothing else: a value that the code compares or reckons
// with goes without.
func withMarks(f Frame, code string) string {
	if strings.ContainsRune(code, valueOpen) || strings.ContainsRune(code, valueClose) {
		return code
	}
	var names []string
	for _, p := range f.Step.Params {
		if value := f.Values[p.Name]; value != "" && p.Kind != pipeline.SQLParam && strings.Contains(code, value) {
			names = append(names, p.Name)
		}
	}
	marked := code
	var kept []string
	var keep func(names []string)
	keep = func(names []string) { // by halves: most change nothing else
		if len(names) == 0 {
			return
		}
		values := maps.Clone(f.Values)
		for _, name := range slices.Concat(kept, names) {
			values[name] = string(valueOpen) + values[name] + string(valueClose)
		}
		if filled := f.Step.Code(f.Lab, values); unmarked.Replace(filled) == code {
			marked, kept = filled, append(kept, names...)
			return
		}
		if half := len(names) / 2; half > 0 {
			keep(names[:half])
			keep(names[half:])
		}
	}
	keep(names)
	return marked
}
