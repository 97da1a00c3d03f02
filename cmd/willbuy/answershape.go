package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"willbuy/store"
)

// shape is how answers become a file.
type shape struct {
	format  string // .jsonl, .csv or .parquet
	columns []store.Column
	// row gives an answer's values in the order of the columns, nil where there
	// is none.
	row func(answer json.RawMessage) ([]any, error)
}

// shapeFor picks the format by the end of the file's name.
func shapeFor(path string, columns []store.Column, row func(json.RawMessage) ([]any, error)) (shape, error) {
	format := strings.ToLower(filepath.Ext(path))
	switch format {
	case ".jsonl", ".csv", ".parquet":
		return shape{format, columns, row}, nil
	}
	return shape{}, usagef("--out takes a name that ends in .jsonl, .csv or .parquet, not %s", path)
}

func (s shape) write(ctx context.Context, path string, answers iter.Seq2[json.RawMessage, error]) error {
	switch s.format {
	case ".csv":
		return writeFile(path, func(w *bufio.Writer) error { return s.writeCSV(w, answers) })
	case ".parquet":
		return s.writeParquet(ctx, path, answers)
	}
	return writeFile(path, func(w *bufio.Writer) error {
		for answer, err := range answers {
			if err != nil {
				return err
			}
			w.Write(answer)
			if err := w.WriteByte('\n'); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s shape) writeCSV(w *bufio.Writer, answers iter.Seq2[json.RawMessage, error]) error {
	out := csv.NewWriter(w)
	fields := make([]string, len(s.columns))
	for i, column := range s.columns {
		fields[i] = column.Name
	}
	if err := out.Write(fields); err != nil {
		return err
	}
	for answer, err := range answers {
		var row []any
		if err == nil {
			row, err = s.row(answer)
		}
		if err != nil {
			return err
		}
		for i, v := range row {
			fields[i] = csvText(v, s.columns[i].Type)
		}
		if err := out.Write(fields); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeParquet lets DuckDB make a parquet file of JSON lines, in one thread, so
// that the same answers give the same bytes.
func (s shape) writeParquet(ctx context.Context, path string, answers iter.Seq2[json.RawMessage, error]) error {
	dir, err := os.MkdirTemp("", "willbuy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	rows := filepath.Join(dir, "rows.jsonl")
	if err := writeFile(rows, func(w *bufio.Writer) error { return s.writeRows(w, answers) }); err != nil {
		return err
	}
	var names, types []string
	for i, column := range s.columns {
		kind := "VARCHAR"
		if column.Type == store.Float {
			kind = "DOUBLE"
		}
		types = append(types, fmt.Sprintf("c%d: '%s'", i, kind))
		names = append(names, fmt.Sprintf(`c%d AS "%s"`, i, strings.ReplaceAll(column.Name, `"`, `""`)))
	}
	quoted := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, text := range []string{
		"SET memory_limit = '256MB'",
		"SET threads = 1",
		"SET temp_directory = " + quoted(dir),
		fmt.Sprintf("COPY (SELECT %s FROM read_json(%s, format = 'newline_delimited', columns = {%s})) TO %s (FORMAT parquet)",
			strings.Join(names, ", "), quoted(rows), strings.Join(types, ", "), quoted(path)),
	} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// writeRows writes rows as JSON objects with the keys c0, c1 and so on.
func (s shape) writeRows(w *bufio.Writer, answers iter.Seq2[json.RawMessage, error]) error {
	for answer, err := range answers {
		var row []any
		if err == nil {
			row, err = s.row(answer)
		}
		if err != nil {
			return err
		}
		object := map[string]any{}
		for i, v := range row {
			if v != nil {
				object[fmt.Sprintf("c%d", i)] = v
			}
		}
		line, err := jsonLine(object)
		if err != nil {
			return err
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// writeFile makes a file.
func writeFile(path string, write func(*bufio.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 64<<10)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	return errors.Join(err, file.Close())
}
