package gbtree

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// WriteSQL writes a query that scores the rows of a table (a name or a query in
// parentheses, as SQL) in DuckDB and Snowflake: all of its columns and, as
// `willbuy predict` names them, the margins and predictions. value turns the name
// of a feature into SQL for its value, a number.
//
// Every row falls into the leaves that XGBoost takes, also where a value lies
// within half a float32 of a cut: the columns are doubles here, float32 there, so
// a value is compared with the middle between the cut and the float32 before it
// (which itself goes where float32 rounds it). NULL and NaN are missing. Leaves
// are added up in float64, XGBoost's in float32: margins differ by that rounding,
// about 1e-6 of the sum of the leaves' sizes.
func WriteSQL(w io.Writer, m *Model, table string, value func(feature string) string) error {
	out := sqlWriter{Writer: bufio.NewWriter(w), model: m}
	out.text("-- %s of %d trees over %d features, written by willbuy for DuckDB and Snowflake.\n", m.Objective, len(m.Trees), len(m.Features))
	end := out.predictions()
	out.text("(\nSELECT *")
	for o := range m.Outputs() {
		out.text(",\n")
		out.margin(o)
		out.text(" AS %s", out.outputs("margin")[o])
	}
	out.text("\nFROM (\nSELECT *")
	for f, name := range m.Features {
		out.text(",\nNULLIF(CAST(%s AS DOUBLE), CAST('NaN' AS DOUBLE)) AS %s", value(name), out.feature(f))
	}
	out.text("\nFROM %s\n) AS features\n) AS margins%s\n", table, end)
	return out.Flush()
}

// sqlWriter writes pieces of SQL; bufio keeps the first error for Flush.
type sqlWriter struct {
	*bufio.Writer
	model *Model
}

func (out sqlWriter) text(format string, args ...any) { fmt.Fprintf(out, format, args...) }

// feature is the column that a feature has within the query.
func (out sqlWriter) feature(f int) string { return "willbuy_" + strconv.Itoa(f) }

// outputs are the columns of every output: name where there is one, else name_0,
// name_1, …
func (out sqlWriter) outputs(name string) []string {
	if out.model.Outputs() == 1 {
		return []string{name}
	}
	var columns []string
	for o := range out.model.Outputs() {
		columns = append(columns, name+"_"+strconv.Itoa(o))
	}
	return columns
}

// margin writes the base margin and the trees of one output.
func (out sqlWriter) margin(output int) {
	var trees []*Tree
	for i := range out.model.Trees {
		if t := &out.model.Trees[i]; int(t.Class) == output {
			trees = append(trees, t)
		}
	}
	out.text("CAST(%s AS DOUBLE)", sqlNumber(float64(out.model.BaseMargin(output)), 32))
	if len(trees) > 0 {
		out.text("+")
		out.sum(trees)
	}
}

// sum halves the trees, since engines limit the depth of an expression, to which
// each term of a chain of + would add.
func (out sqlWriter) sum(trees []*Tree) {
	if len(trees) == 1 {
		out.text("\nCAST(") // the literals' own type could be a decimal
		out.node(trees[0], 0)
		out.text(" AS DOUBLE)")
		return
	}
	half := len(trees) / 2
	out.text("(")
	out.sum(trees[:half])
	out.text("+")
	out.sum(trees[half:])
	out.text(")")
}

// node writes the branch that missing values take as ELSE, which is for all that
// the comparison is not true of.
func (out sqlWriter) node(t *Tree, id int32) {
	left, right := t.Left[id], t.Right[id]
	if left < 0 {
		out.text("%s", sqlNumber(float64(t.Cond[id]), 32))
		return
	}
	feature := out.feature(int(t.Feature[id]))
	bound, inclusive := threshold(t.Cond[id])
	switch {
	case math.IsInf(float64(t.Cond[id]), -1): // nothing is less
		if t.DefaultLeft[id] {
			out.branch(t, feature+" IS NOT NULL", right, left)
		} else {
			out.node(t, right)
		}
	case t.DefaultLeft[id] && inclusive:
		out.branch(t, feature+">"+sqlNumber(bound, 64), right, left)
	case t.DefaultLeft[id]:
		out.branch(t, feature+">="+sqlNumber(bound, 64), right, left)
	case inclusive:
		out.branch(t, feature+"<="+sqlNumber(bound, 64), left, right)
	default:
		out.branch(t, feature+"<"+sqlNumber(bound, 64), left, right)
	}
}

func (out sqlWriter) branch(t *Tree, condition string, then, other int32) {
	out.text("CASE WHEN %s THEN ", condition)
	out.node(t, then)
	out.text(" ELSE ")
	out.node(t, other)
	out.text(" END")
}

// threshold is the bound of the doubles that are less than cond once they are
// float32; inclusive tells that the bound itself is one of them. It is the middle
// between cond and the float32 before it, which rounds to the one of both with
// an even mantissa. Infinity begins at 2^128, as far as rounding goes.
func threshold(cond float32) (bound float64, inclusive bool) {
	const beyond = 0x1p128
	before := math.Nextafter32(cond, float32(math.Inf(-1)))
	return (max(float64(before), -beyond) + min(float64(cond), beyond)) / 2, math.Float32bits(cond)&1 == 1
}

// sqlNumber writes a number in E notation, which makes it a double.
func sqlNumber(x float64, bits int) string {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'E', -1, bits), "E")
	n, _ := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(n)
}

// predictions writes what the objective makes of the margins, up to the FROM
// that is followed by these; end closes what is open then.
func (out sqlWriter) predictions() (end string) {
	m := out.model
	margins, predictions := out.outputs("margin"), out.outputs("prediction")
	helpers := []string{}
	for f := range m.Features {
		helpers = append(helpers, out.feature(f))
	}
	switch {
	case m.Objective == softmaxObjective:
		out.text("SELECT * EXCLUDE (%s),\nCASE GREATEST(%s)", strings.Join(helpers, ", "), strings.Join(margins, ", "))
		for o, margin := range margins {
			out.text(" WHEN %s THEN %d", margin, o)
		}
		out.text(" END AS prediction\nFROM ")
	case links[m.Objective].classes:
		out.text("SELECT * EXCLUDE (%s, willbuy_highest, willbuy_sum)", strings.Join(helpers, ", "))
		var powers []string
		for o, margin := range margins {
			powers = append(powers, "EXP("+margin+"-willbuy_highest)")
			out.text(",\n%s/willbuy_sum AS %s", powers[o], predictions[o])
		}
		out.text("\nFROM (SELECT *, %s AS willbuy_sum\nFROM (SELECT *, GREATEST(%s) AS willbuy_highest\nFROM ", strings.Join(powers, "+"), strings.Join(margins, ", "))
		return ") AS highest) AS sums"
	default:
		out.text("SELECT * EXCLUDE (%s)", strings.Join(helpers, ", "))
		for o, margin := range margins {
			out.text(",\n"+links[m.Objective].sql+" AS %s", margin, predictions[o])
		}
		out.text("\nFROM ")
	}
	return ""
}
