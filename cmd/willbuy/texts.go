package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/term"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/testdata/model"
)

// text is one text of the input. Its id is what the input calls it, or its
// number from 1; err says why there is none to read.
type text struct {
	id   json.RawMessage
	text string
	err  error
}

// textKeys are the columns that are taken for the text where none is named.
var textKeys = []string{"text", "review_text", "review"}

// readTexts streams the texts of files: csv and parquet by the column, JSON
// lines by the key of that name, lines of anything else. "-", or no file at
// all, is stdin: JSON lines or plain ones. Whatever is wrong with one text
// comes with it; the error is about a file.
func (c *cli) readTexts(ctx context.Context, files []string, column string) iter.Seq2[text, error] {
	if len(files) == 0 {
		files = []string{"-"}
	}
	return func(yield func(text, error) bool) {
		number := 0
		each := func(t text) bool {
			number++
			if t.id == nil {
				t.id = json.RawMessage(strconv.Itoa(number))
			}
			return yield(t, nil)
		}
		for _, file := range files {
			more, err := c.readTextFile(ctx, file, column, each)
			if err != nil {
				yield(text{}, err)
			}
			if err != nil || !more {
				return
			}
		}
	}
}

func (c *cli) readTextFile(ctx context.Context, file, column string, each func(text) bool) (more bool, err error) {
	if file == "-" {
		if c.in == os.Stdin && term.IsTerminal(os.Stdin.Fd()) {
			c.remark("Type a text a line; Ctrl-D ends.")
		}
		return readLines(ctx, c.in, column, false, each)
	}
	name := strings.TrimSuffix(strings.ToLower(file), ".gz")
	switch filepath.Ext(name) {
	case ".csv", ".tsv", ".parquet", ".duckdb":
		return readColumn(ctx, file, column, each)
	}
	more, err = readLineFile(ctx, file, name, column, each)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("read %s: %w", file, cause(err))
	}
	return more, err
}

// readLineFile reads a file of lines; plain is its name in lower case, without
// the .gz of a compressed one.
func readLineFile(ctx context.Context, file, plain, column string, each func(text) bool) (more bool, err error) {
	opened, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer opened.Close()
	var in io.Reader = opened
	if len(plain) < len(file) {
		if in, err = gzip.NewReader(opened); err != nil {
			return false, err
		}
	}
	ext := filepath.Ext(plain)
	return readLines(ctx, in, column, ext == ".jsonl" || ext == ".ndjson", each)
}

// readLines gives a text a line. A line that is a JSON object holds it under
// the key; other lines are texts themselves, unless all must be objects, as
// those of a stream that began with one.
func readLines(ctx context.Context, in io.Reader, key string, objects bool, each func(text) bool) (more bool, err error) {
	lines := bufio.NewReaderSize(in, 64<<10)
	for first := true; ; first = false {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if len(line) == 0 || ctx.Err() != nil {
			return true, ctx.Err()
		}
		if first {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if first && bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) {
			objects = true
		}
		if !each(lineText(line, key, objects)) {
			return false, nil
		}
	}
}

func lineText(line []byte, key string, mustBeObject bool) text {
	trimmed := bytes.TrimSpace(line)
	var object map[string]json.RawMessage
	if !bytes.HasPrefix(trimmed, []byte("{")) || json.Unmarshal(trimmed, &object) != nil {
		if mustBeObject {
			return text{err: errors.New("the line is no JSON object")}
		}
		return text{text: string(line)}
	}
	t := text{id: object["id"]}
	keys := textKeys
	if key != "" {
		keys = []string{key}
	}
	for _, k := range keys {
		if raw, ok := object[k]; ok {
			if json.Unmarshal(raw, &t.text) != nil {
				t.err = fmt.Errorf("%q holds no text", k)
			}
			return t
		}
	}
	t.err = fmt.Errorf("the object has no %q", keys[0])
	return t
}

// readColumn gives a text a row of a table.
func readColumn(ctx context.Context, file, column string, each func(text) bool) (more bool, err error) {
	table, err := duck.OpenTable(ctx, file, "")
	if err != nil {
		return false, err
	}
	defer table.Close()
	if column, err = textColumn(table, column); err != nil {
		return false, err
	}
	columns := []string{column}
	for _, name := range []string{"id", "uuid"} {
		if id, ok := findColumn(table.Columns(), name); ok && id != column {
			columns = append(columns, id)
			break
		}
	}
	rows, err := table.Texts(ctx, columns)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		values := make([]*string, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return false, err
		}
		var t text
		if values[0] != nil {
			t.text = *values[0]
		}
		if len(values) > 1 && values[1] != nil {
			if t.id, err = json.Marshal(*values[1]); err != nil {
				return false, err
			}
		}
		if !each(t) {
			return false, nil
		}
	}
	return true, rows.Err()
}

// textColumn finds the column that holds the texts.
func textColumn(table *duck.Table, name string) (string, error) {
	if name != "" {
		return resolveColumn(table, name)
	}
	for _, key := range textKeys {
		if found, ok := findColumn(table.Columns(), key); ok {
			return found, nil
		}
	}
	if columns := table.Columns(); len(columns) == 1 {
		return columns[0].Name, nil
	}
	return "", usagef("say which column holds the text: --text-column; there are %s", columnNames(table.Columns()))
}

// findColumn looks a column up whatever its case.
func findColumn(columns []store.Column, name string) (string, bool) {
	for _, column := range columns {
		if strings.EqualFold(column.Name, name) {
			return column.Name, true
		}
	}
	return "", false
}

// resolveColumn gives the column's own spelling; an unknown one is answered
// with the nearest.
func resolveColumn(table *duck.Table, name string) (string, error) {
	if found, ok := findColumn(table.Columns(), name); ok {
		return found, nil
	}
	var names []string
	for _, column := range table.Columns() {
		names = append(names, column.Name)
	}
	return "", usagef("there is no column %q%s; there are %s", name, meant(name, names, ""), columnNames(table.Columns()))
}

// columnNames lists columns, the first dozen of many.
func columnNames(columns []store.Column) string {
	const most = 12
	var names []string
	for _, column := range columns[:min(len(columns), most)] {
		names = append(names, column.Name)
	}
	list := strings.Join(names, ", ")
	if len(columns) > most {
		list += fmt.Sprintf(" and %d more", len(columns)-most)
	}
	return list
}

// textModel is the source of a model: a directory, or the embedded one.
func textModel(dir string) textmodel.Source {
	if dir == "" {
		return textmodel.Files(model.Files)
	}
	return textmodel.Directory(dir)
}

// openTextModel opens it.
func openTextModel(dir string) (*textmodel.Model, error) {
	m, err := textmodel.Open(textModel(dir), textmodel.Options{})
	switch {
	case err == nil || pipeline.HintOf(err) != "":
	case dir == "":
		err = pipeline.Hint(err, "Check the installation with: willbuy doctor")
	default:
		err = pipeline.Hint(err, "Give a model directory in Hugging Face's layout, or leave --model out for the embedded model.")
	}
	return m, err
}
