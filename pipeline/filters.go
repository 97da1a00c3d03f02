package pipeline

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"willbuy/store"
)

// Condition leaves those customers of the dashboard whose Column is Value, or is
// at least or at most Value. A column of instants is compared by its day.
type Condition struct {
	Column store.Column
	Op     string // =, >= or <=
	Value  any
}

// Choice is a condition that somebody can set, and the values to choose from.
type Choice struct {
	Say    string // what it is called: product type, sentiment from
	Column store.Column
	Op     string
	Values []any
}

// Condition is the choice of one of its values.
func (c Choice) Condition(i int) Condition { return Condition{c.Column, c.Op, c.Values[i]} }

// mostOffered is how many values of a column are offered.
const mostOffered = 100

// ShopChoices are what the dashboard can be filtered by: the text columns that
// the model knows, the sentiment, and the days of columns with a time. It asks
// the joined rows for the values that there are.
func (w *Workspace) ShopChoices(ctx context.Context) ([]Choice, error) {
	lab := w.Lab()
	var out []Choice
	for _, name := range slices.Compact(append([]string{lab.Group}, lab.Encode...)) {
		values, err := w.distinct(ctx, fmt.Sprintf("SELECT %[1]s FROM %[2]s WHERE %[1]s IS NOT NULL GROUP BY 1 ORDER BY 1", Ident(name), Ident(lab.Joined)))
		if err != nil {
			return nil, fmt.Errorf("read what the dashboard can be filtered by: %w", err)
		}
		if name == lab.Quality { // in the order asked for
			slices.SortStableFunc(values, func(a, b any) int {
				return slices.Index(lab.Labels, fmt.Sprint(a)) - slices.Index(lab.Labels, fmt.Sprint(b))
			})
		}
		out = append(out, Choice{Say: said(name), Column: store.Column{Name: name, Type: store.String}, Op: "=", Values: values})
	}
	var tones []any
	for quarter := -4; quarter <= 4; quarter++ {
		tones = append(tones, float64(quarter)/4)
	}
	sentiment := store.Column{Name: lab.Sentiment, Type: store.Float}
	out = append(out, Choice{"sentiment from", sentiment, ">=", tones}, Choice{"sentiment to", sentiment, "<=", tones})
	for _, c := range lab.Columns {
		if c.Type != store.Instant {
			continue
		}
		days, err := w.distinct(ctx, fmt.Sprintf("SELECT CAST(CAST(%[1]s AS DATE) AS VARCHAR) FROM %[2]s WHERE %[1]s IS NOT NULL GROUP BY 1 ORDER BY 1", Ident(c.Name), Ident(lab.Joined)))
		if err != nil {
			return nil, fmt.Errorf("read what the dashboard can be filtered by: %w", err)
		}
		out = append(out, Choice{said(c.Name) + " from", c, ">=", days}, Choice{said(c.Name) + " to", c, "<=", days})
	}
	return out, nil
}

// said is a column's name as people say it.
func said(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", " ")) }

// distinct gives the values of a query's first column, thinned out evenly, the
// last one kept, where there are more than mostOffered.
func (w *Workspace) distinct(ctx context.Context, query string) ([]any, error) {
	rows, err := w.Store.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	all, err := rows.Collect(mostShown)
	var out []any
	step := (len(all) + mostOffered - 1) / mostOffered
	for i, row := range plain(all) {
		if i%step == 0 || i == len(all)-1 {
			out = append(out, row[0])
		}
	}
	return out, err
}

// filteredName is what the dashboard's texts read from where the customers are
// filtered.
const filteredName = "FILTERED_CUSTOMERS"

// FilteredDashboard asks the dashboard's own SQL again, of the customers that
// meet all conditions. The tables are named as those of the step.
func (w *Workspace) FilteredDashboard(ctx context.Context, conditions []Condition) ([]Table, error) {
	lab, values := w.Lab(), w.valuesOf(dashboardStep.ID)
	filter, args := whereOf(lab, conditions)
	var out []Table
	for _, d := range dashboards {
		text, err := filtered(lab, values.sql(d.name, d.text, lab))
		if err != nil {
			return nil, fmt.Errorf("filter dashboard.%s: %w", d.name, err)
		}
		result, err := w.Store.Query(ctx, filter+text, args...)
		if err != nil {
			return nil, fmt.Errorf("filter dashboard.%s: %w", d.name, err)
		}
		rows, err := result.Collect(mostShown)
		if err != nil {
			return nil, fmt.Errorf("filter dashboard.%s: %w", d.name, err)
		}
		out = append(out, Table{Name: d.name, Title: d.title, Columns: result.Columns, Rows: plain(rows[:min(len(rows), PreviewRows)]), Total: int64(len(rows))})
	}
	return out, nil
}

// whereOf is the beginning of a statement that calls the customers who meet the
// conditions by filteredName, and what is bound in it.
func whereOf(lab Lab, conditions []Condition) (text string, args []any) {
	var where []string
	for _, c := range conditions {
		column, value := Ident(c.Column.Name), "?"
		if c.Column.Type == store.Instant {
			column, value = fmt.Sprintf("CAST(%s AS DATE)", column), "CAST(? AS DATE)"
		}
		where = append(where, column+" "+c.Op+" "+value)
		args = append(args, c.Value)
	}
	if len(where) == 0 {
		where = []string{"TRUE"}
	}
	// The text behind it may bring tables that read themselves; RECURSIVE stands
	// once, for all.
	return fmt.Sprintf("WITH RECURSIVE %s AS (SELECT * FROM %s WHERE %s)", filteredName, Ident(lab.Joined), strings.Join(where, " AND ")), args
}

const (
	sqlComment = `--[^\n]*|(?s:/\*.*?\*/)`
	sqlLiteral = `'(?:[^']|'')*'`
)

// withWord is the beginning of a text that names tables of its own, as far as the
// first of them.
var withWord = regexp.MustCompile(`(?i)^(?:\s|` + sqlComment + `)*WITH\b(?:\s+RECURSIVE\b)?`)

// filtered is a text of the dashboard that reads from filteredName, as it goes on
// behind whereOf. Somebody may have edited it; what stands in quotes or in a
// comment is no table.
func filtered(lab Lab, text string) (string, error) {
	tables := regexp.MustCompile(sqlLiteral + `|` + sqlComment + `|(?i:\b` + regexp.QuoteMeta(lab.Joined) + `\b)`)
	found := false
	text = tables.ReplaceAllStringFunc(text, func(part string) string {
		if !strings.EqualFold(part, lab.Joined) {
			return part
		}
		found = true
		return filteredName
	})
	if !found {
		return "", Hint(fmt.Errorf("its SQL does not read %s, which is what a filter acts on", lab.Joined), "Put the step's own SQL back, or have it read that table.")
	}
	if own := withWord.FindString(text); own != "" {
		return "," + text[len(own):], nil
	}
	return "\n" + strings.TrimSpace(text), nil
}
