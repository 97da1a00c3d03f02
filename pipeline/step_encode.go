package pipeline

import (
	"context"
	"fmt"
	"strings"

	"willbuy/pipeline/encode"
	"willbuy/store"
)

var encodeStep = &Step{
	ID: "encode", Title: "Encode", Version: 1, Needs: []string{"join"},
	Question: "how do words become numbers?",
	Look:     "The codes are only names: 2 is not twice 1. Trees cope with that, straight lines would not.",
	Params: []Param{
		{Name: "sql", Kind: SQLParam, Text: "encode", Gives: encodeGives, Help: "the SELECT that gives the encoded rows"},
	},
	Code: func(l Lab, v Values) string {
		var b strings.Builder
		for _, c := range l.Encode {
			fmt.Fprintf(&b, "SELECT DISTINCT %s FROM %s;  -- sorted by bytes → ENCODERS\n", Ident(c), Ident(l.Joined))
		}
		return b.String() + "\n" + v.sql("sql", "encode", l)
	},
	Checks: []Rule{
		{Name: "every value has a code", Query: func(l Lab) string {
			var missing []string
			for _, c := range l.Encode {
				missing = append(missing, fmt.Sprintf("%s IS NOT NULL AND %s IS NULL", Ident(c), Ident(c+EncodedSuffix)))
			}
			return fmt.Sprintf("SELECT %s FROM %s WHERE %s", Ident(l.ID), Ident(l.Encoded), strings.Join(missing, " OR "))
		}},
		{Name: "encoding keeps every row", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT a.N, b.N FROM (SELECT COUNT(*) AS N FROM %s) a, (SELECT COUNT(*) AS N FROM %s) b WHERE a.N <> b.N", Ident(l.Joined), Ident(l.Encoded))
		}},
	},
	Run: encodeLabels,
}

// encodeGives are the columns that later steps take from the encoded rows.
func encodeGives(l Lab) []store.Column {
	columns := []store.Column{{Name: l.ID}, {Name: l.Group}, l.column(l.Label)}
	for _, c := range l.Encode {
		columns = append(columns, store.Column{Name: c}, store.Column{Name: c + EncodedSuffix, Type: store.Int})
	}
	for _, f := range l.Features {
		columns = append(columns, l.column(f))
	}
	return columns
}

func encodeLabels(ctx context.Context, x *Exec) (StepFinished, error) {
	var codes [][]any
	for _, column := range x.Lab.Encode {
		rows, err := x.Store.Query(ctx, fmt.Sprintf("SELECT DISTINCT %[1]s FROM %[2]s WHERE %[1]s IS NOT NULL", Ident(column), Ident(x.Lab.Joined)))
		if err != nil {
			return StepFinished{}, err
		}
		distinct, err := rows.Collect(-1)
		if err != nil {
			return StepFinished{}, err
		}
		values := make([]string, len(distinct))
		for i, row := range distinct {
			values[i] = fmt.Sprint(row[0])
		}
		for code, class := range encode.NewLabelEncoder(column, values).Classes {
			codes = append(codes, []any{column, class, int64(code)})
		}
	}
	columns := []store.Column{{Name: "COLUMN_NAME", Type: store.String}, {Name: "CLASS", Type: store.String}, {Name: "CODE", Type: store.Int}}
	err := x.Write(ctx, "encoders", x.Fingerprint, func(w store.Writer) error {
		_, err := w.Replace(EncodersTable, columns, each(codes))
		return err
	})
	if err != nil {
		return StepFinished{}, err
	}
	text, err := x.sql(ctx, "sql") // not before the encoders are there: it reads them
	if err != nil {
		return StepFinished{}, err
	}
	err = x.Write(ctx, "rows", x.Fingerprint, func(w store.Writer) error {
		_, err := w.CreateAs(x.Lab.Encoded, text)
		return err
	})
	if err != nil {
		return StepFinished{}, err
	}
	x.Table("encoders", "Label encoders", columns, codes)
	out, err := x.Made(ctx, x.Lab.Encoded, Ident(x.Lab.ID))
	out.Unit = "rows"
	out.Summary = fmt.Sprintf("%d text columns encoded: %s codes.", len(x.Lab.Encode), Thousands(int64(len(codes))))
	return out, err
}
