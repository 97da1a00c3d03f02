package pipeline

import (
	"embed"
	"fmt"
	"regexp"
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

// plainName is one that needs no quotes, unless it is reserved.
var plainName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// reserved are the words that are no names in DuckDB or in Snowflake.
var reserved = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(`
		ACCOUNT ALL ALTER ANALYSE ANALYZE AND ANTI ANY ARRAY AS ASC ASOF ASYMMETRIC AT AUTHORIZATION BETWEEN BINARY BOTH BY
		CASE CAST CHECK COLLATE COLLATION COLUMN COLUMNS CONCURRENTLY CONNECT CONNECTION CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE
		CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATABASE DEFAULT DEFERRABLE DELETE DESC DESCRIBE DISTINCT DO DROP ELSE END
		EXCEPT EXISTS FALSE FETCH FOLLOWING FOR FOREIGN FREEZE FROM FULL GENERATED GLOB GRANT GROUP GSCLUSTER HAVING ILIKE IN
		INCREMENT INITIALLY INNER INSERT INTERSECT INTO IS ISNULL ISSUE JOIN LAMBDA LATERAL LEADING LEFT LIKE LIMIT LOCALTIME
		LOCALTIMESTAMP MAP MINUS NATURAL NOT NOTNULL NULL OF OFFSET ON ONLY OR ORDER ORGANIZATION OUTER OVERLAPS PIVOT
		PIVOT_LONGER PIVOT_WIDER PLACING POSITIONAL PRIMARY QUALIFY REFERENCES REGEXP RETURNING REVOKE RIGHT RLIKE ROW ROWS
		SAMPLE SCHEMA SELECT SEMI SET SHOW SIMILAR SOME START STRUCT SUMMARIZE SYMMETRIC TABLE TABLESAMPLE TABLESPACE THEN TO
		TRAILING TRIGGER TRUE TRY_CAST UNION UNIQUE UNPACK UNPIVOT UPDATE USING VALUES VARIADIC VERBOSE VIEW WHEN WHENEVER
		WHERE WINDOW WITH`) {
		words[w] = true
	}
	return words
}()

// Ident quotes a name for SQL. Names of the plain sort stay as they are, so
// that the text reads well.
func Ident(name string) string {
	if plainName.MatchString(name) && !reserved[name] {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Lit quotes a text value for SQL.
func Lit(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
