package pipeline

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
)

// The SQL that people see and may edit: one portable text each, with the lab's
// names filled in. The same text runs on every store.
//
//go:embed sql/*.sql
var sqlFiles embed.FS

var sqlTexts = template.Must(template.New("").Funcs(template.FuncMap{
	"ident": Ident, "lit": Lit, "out": func(c string) string { return Ident(c + EncodedSuffix) },
	"explanation": func(c string) string { return Ident(c + ExplanationSuffix) },
	"inc":         func(i int) int { return i + 1 },
}).ParseFS(sqlFiles, "sql/*.sql"))

// SQL fills in one of the texts under sql/.
func SQL(name string, data any) string {
	var b strings.Builder
	if err := sqlTexts.ExecuteTemplate(&b, name+".sql", data); err != nil {
		panic(fmt.Errorf("sql/%s.sql: %w", name, err)) // the texts are ours
	}
	return strings.TrimSpace(b.String())
}

// Ident quotes a name for SQL. Names of the plain sort stay as they are, so
// that the text reads well.
func Ident(name string) string {
	for i, r := range name {
		letter := r == '_' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	return name
}

// Lit quotes a text value for SQL.
func Lit(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
