package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"willbuy/store"
)

// Explain plans one SELECT without running it.
func (s *Store) Explain(ctx context.Context, text string) (plan store.Plan, err error) {
	err = s.use(ctx, func(db *sql.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return explain(err)
		}
		defer conn.Close()
		if err := selecting(conn, text); err != nil {
			return err
		}
		if plan.Columns, err = resultOf(ctx, conn, text); err != nil {
			return err
		}
		plan.Steps, err = stepsOf(ctx, conn, text)
		return err
	})
	return plan, err
}

// selecting refuses what is not one SELECT that is whole in itself.
func selecting(conn *sql.Conn, text string) error {
	if err := reading(conn, text); err != nil {
		return err
	}
	return conn.Raw(func(c any) error {
		stmt, err := c.(driver.Conn).Prepare(text)
		if err != nil {
			return explain(err)
		}
		defer stmt.Close()
		if kind, err := stmt.(*duckdb.Stmt).StatementType(); err != nil || kind != duckdb.STATEMENT_TYPE_SELECT {
			return errors.New("this is no SELECT: it gives no rows that could be kept")
		}
		if stmt.NumInput() > 0 {
			return errors.New("the statement has a placeholder, and there is no value for it")
		}
		return nil
	})
}

// resultOf gives the columns of a statement's result; DESCRIBE only binds.
func resultOf(ctx context.Context, conn *sql.Conn, text string) ([]store.Column, error) {
	rows, err := conn.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE "+text+"\n)")
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var out []store.Column
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, err
		}
		out = append(out, store.Column{Name: name, Type: labType(kind)})
	}
	return out, rows.Err()
}

// operator is a node of DuckDB's physical plan. A detail is a text or a list.
type operator struct {
	Name     string         `json:"name"`
	Children []operator     `json:"children"`
	Details  map[string]any `json:"extra_info"`
}

func stepsOf(ctx context.Context, conn *sql.Conn, text string) ([]store.PlanStep, error) {
	var name, raw string
	if err := conn.QueryRowContext(ctx, "EXPLAIN (FORMAT JSON) "+text).Scan(&name, &raw); err != nil {
		return nil, explain(err)
	}
	var tops []operator
	if err := json.Unmarshal([]byte(raw), &tops); err != nil {
		return nil, fmt.Errorf("read DuckDB's plan: %w", err)
	}
	var steps []store.PlanStep
	for _, top := range tops {
		steps = top.steps(steps)
	}
	return steps, nil
}

// steps appends what the operators below do, then the operator itself.
func (o operator) steps(before []store.PlanStep) []store.PlanStep {
	for _, child := range o.Children {
		before = child.steps(before)
	}
	does := o.does()
	if does == "" {
		return before
	}
	rows := int64(-1)
	if n, err := strconv.ParseInt(o.detail("Estimated Cardinality"), 10, 64); err == nil {
		rows = n
	}
	return append(before, store.PlanStep{Does: does, Rows: rows})
}

// does says what the operator does; "" for one that only hands rows on.
func (o operator) does() string {
	switch name := strings.ToUpper(o.Name); {
	case name == "PROJECTION", name == "DUMMY_SCAN", strings.HasPrefix(name, "RESULT_"):
		return ""
	case strings.HasSuffix(name, "SCAN"):
		table := o.detail("Table")
		return words("read", table[strings.LastIndex(table, ".")+1:], clause("where", o.detail("Filters")))
	case strings.HasSuffix(name, "_JOIN"), strings.HasSuffix(name, "PRODUCT"):
		kind := strings.ToLower(o.detail("Join Type"))
		if kind == "inner" {
			kind = ""
		}
		return words(kind, "join", clause("where", o.detail("Conditions")))
	case name == "FILTER":
		return words("keep rows", clause("where", o.detail("Expression")))
	case strings.HasSuffix(name, "GROUP_BY"):
		return words("group", clause("by", o.detail("Groups")))
	case strings.HasSuffix(name, "AGGREGATE"):
		return words("sum up", clause("as", o.detail("Aggregates")))
	case name == "ORDER_BY":
		return words("sort", clause("by", o.detail("Order By")))
	case name == "TOP_N":
		return words("take the first", o.detail("Top"), clause("by", o.detail("Order By")))
	case strings.HasSuffix(name, "WINDOW"):
		return words("number or compare rows", clause("with", o.detail("Projections")))
	}
	return strings.ToLower(strings.ReplaceAll(o.Name, "_", " "))
}

// detail is one of the operator's as text. Those that name columns by place,
// which nobody could read, are left out.
func (o operator) detail(name string) string {
	var text string
	switch v := o.Details[name].(type) {
	case string:
		text = v
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = fmt.Sprint(v[i])
		}
		text = strings.Join(parts, ", ")
	}
	if strings.Contains(text, "#") || strings.Contains(text, "__internal") {
		return ""
	}
	return text
}

func clause(word, what string) string {
	if what == "" {
		return ""
	}
	return word + " " + what
}

func words(parts ...string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
