package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"willbuy/store"
	"willbuy/store/duck"
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
		return duck.WriteParquet(ctx, path, s.columns, s.rows(answers))
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
	for row, err := range s.rows(answers) {
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

// rows are the answers as rows of the table, up to the first error.
func (s shape) rows(answers iter.Seq2[json.RawMessage, error]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for answer, err := range answers {
			var row []any
			if err == nil {
				row, err = s.row(answer)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// answerRow reads an answer into its type and begins its row, with the id first.
// Of a text that failed that is all, but for the error in the last column.
func answerRow(answer json.RawMessage, into any, columns int) (row []any, failed bool, err error) {
	var all struct {
		ID    json.RawMessage `json:"id"`
		Error *string         `json:"error"`
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return nil, false, err
	}
	row = make([]any, columns)
	row[0] = idText(all.ID)
	if all.Error != nil {
		row[columns-1] = *all.Error
		return row, true, nil
	}
	return row, false, json.Unmarshal(answer, into)
}

// idText is an id as a value of a table: a string as it is, anything else as
// JSON, an absent one nil.
func idText(id json.RawMessage) any {
	var text *string
	if json.Unmarshal(id, &text) != nil {
		return string(id)
	}
	if text == nil {
		return nil
	}
	return *text
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
