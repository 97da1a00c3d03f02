package pipeline

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"willbuy/store"
)

// Catalog is what a statement can name, to help somebody who types one.
type Catalog struct {
	Tables    []CatalogTable
	Condition bool                         // only a condition is typed, on the columns of the one table
	Values    func(column string) []string // texts that a column has; nil: not known
}

// CatalogTable is a table with its columns.
type CatalogTable struct {
	Name    string
	Columns []store.Column
}

// mostChoices is how many words Complete offers at most.
const mostChoices = 40

var (
	statementWords = strings.Fields(`SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET JOIN LEFT INNER CROSS ON USING AS WITH UNION ALL
DISTINCT ASC DESC OVER PARTITION QUALIFY SHOW TABLES DESCRIBE SUMMARIZE EXPLAIN`)
	conditionWords = strings.Fields("AND OR NOT IN LIKE ILIKE BETWEEN IS NULL TRUE FALSE CASE WHEN THEN ELSE END")
	functionWords  = strings.Fields(`COUNT( SUM( AVG( MIN( MAX( MEDIAN( STDDEV( CORR( ROUND( ABS( FLOOR( LENGTH( LOWER( UPPER( SUBSTR( CAST( COALESCE(
APPROX_COUNT_DISTINCT( QUANTILE_CONT( REGEXP_MATCHES( CONTAINS( STARTS_WITH( ROW_NUMBER(`)
)

// Complete offers words for the one that ends at a byte of a statement, the
// likeliest first, and tells where that word begins. It offers nothing inside a
// text in quotes, but for the values of a column that it is compared with.
func (c Catalog) Complete(text string, at int) (from int, choices []string) {
	at = min(max(0, at), len(text))
	before := text[:at]
	from = at
	for from > 0 {
		r, size := utf8.DecodeLastRuneInString(before[:from])
		if r != '_' && r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		from -= size
	}
	word := before[from:]
	if values, start, ok := c.compared(before); ok {
		return start, values
	}
	if strings.Count(before[:from], "'")%2 == 1 {
		return at, nil
	}
	if alias, part, ok := strings.Cut(word, "."); ok {
		if t := c.aliased(text, alias); t != nil {
			return from + len(alias) + 1, fitting(part, columnWords(*t))
		}
		return at, nil
	}
	previous := lastWord(before[:from])
	switch {
	case c.Condition:
		if word == "" && previous == "" {
			return from, columnWords(c.Tables[0])
		}
		return from, fitting(word, c.columns(text), conditionWords, functionWords)
	case slices.Contains([]string{"FROM", "JOIN", "DESCRIBE", "SUMMARIZE"}, previous):
		return from, fitting(word, c.tables())
	case word == "" && !slices.Contains([]string{"SELECT", "WHERE", "BY", "AND", "OR", "ON", "HAVING"}, previous):
		return at, nil
	case word == "":
		return from, fitting(word, c.columns(text))
	case previous == "" && strings.TrimSpace(before[:from]) == "":
		return from, fitting(word, statementWords)
	}
	return from, fitting(word, c.columns(text), statementWords, c.tables(), conditionWords, functionWords)
}

// compared gives the values of a column where one is about to be compared with a
// text, and where that text begins.
func (c Catalog) compared(before string) (values []string, from int, ok bool) {
	if c.Values == nil {
		return nil, 0, false
	}
	quote := strings.LastIndexByte(before, '\'')
	typed, from := "", len(before)
	head := strings.TrimRight(before, " ")
	if strings.Count(before, "'")%2 == 1 {
		typed, from = before[quote+1:], quote
		head = strings.TrimRight(before[:quote], " ")
	}
	name, found := strings.CutSuffix(head, "=")
	if !found {
		return nil, 0, false
	}
	name = strings.TrimRight(name, " !<>")
	for _, t := range c.Tables {
		for _, column := range t.Columns {
			if quoted := Ident(column.Name); len(name) >= len(quoted) && strings.EqualFold(name[len(name)-len(quoted):], quoted) {
				for _, v := range c.Values(column.Name) {
					if hasPrefix(v, typed) {
						values = append(values, Lit(v))
					}
				}
				return values, from, len(values) > 0
			}
		}
	}
	return nil, 0, false
}

// columns are those of the tables that a statement names, or of all.
func (c Catalog) columns(text string) []string {
	var words []string
	upper := strings.ToUpper(text)
	named := slices.ContainsFunc(c.Tables, func(t CatalogTable) bool { return containsWord(upper, strings.ToUpper(t.Name)) })
	for _, t := range c.Tables {
		if !named || containsWord(upper, strings.ToUpper(t.Name)) {
			for _, w := range columnWords(t) {
				if !slices.Contains(words, w) {
					words = append(words, w)
				}
			}
		}
	}
	return words
}

func (c Catalog) tables() []string {
	var words []string
	for _, t := range c.Tables {
		words = append(words, Ident(t.Name))
	}
	return words
}

func columnWords(t CatalogTable) []string {
	var words []string
	for _, column := range t.Columns {
		words = append(words, Ident(column.Name))
	}
	return words
}

// aliased is the table that a statement calls by a name: its own, or the one
// behind it, as in FROM REVIEWS r.
func (c Catalog) aliased(text, alias string) *CatalogTable {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",()", r) })
	for i, t := range c.Tables {
		if strings.EqualFold(t.Name, alias) {
			return &c.Tables[i]
		}
		for k, w := range words {
			if !strings.EqualFold(w, t.Name) {
				continue
			}
			if k+1 < len(words) && strings.EqualFold(words[k+1], alias) || k+2 < len(words) && strings.EqualFold(words[k+1], "AS") && strings.EqualFold(words[k+2], alias) {
				return &c.Tables[i]
			}
		}
	}
	return nil
}

// fitting are the words that begin with what is typed, group by group, and then
// those that have it inside. A word that is whole already is no choice.
func fitting(typed string, groups ...[]string) []string {
	var begin, inside []string
	for _, group := range groups {
		for _, w := range group {
			bare := strings.Trim(w, `"`)
			switch {
			case strings.EqualFold(bare, typed):
			case hasPrefix(bare, typed):
				begin = append(begin, w)
			case len(typed) > 1 && strings.Contains(strings.ToUpper(bare), strings.ToUpper(typed)):
				inside = append(inside, w)
			}
		}
	}
	all := append(begin, inside...)
	return all[:min(len(all), mostChoices)]
}

func hasPrefix(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// lastWord is the word that a text ends in, in capitals.
func lastWord(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",()", r) })
	if len(words) == 0 {
		return ""
	}
	if last := strings.TrimRight(text, " \t\n"); strings.HasSuffix(last, ",") {
		return ""
	}
	return strings.ToUpper(words[len(words)-1])
}

// containsWord tells whether a word stands in a text by itself.
func containsWord(text, word string) bool {
	for from := 0; word != ""; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(word):])
		if !partOfName(before) && !partOfName(after) {
			return true
		}
		from = i + len(word)
	}
	return false
}

func partOfName(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
