package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/testdata/model"
)

const textInput = `Texts come from files: csv and parquet by --text-column, .jsonl by its key "text" (and optional "id"), a text a line from anything else. Without a file, or with -, they come from stdin, as JSON lines or plain ones. Gzip and UTF-16 are read as well. Bytes that are no UTF-8 become U+FFFD; a text beyond 1 MB, a csv row with too many or too few fields, or a line that is no JSON object gets an error in the place of its answer.`

// textFlags are those that all commands on texts have.
func textFlags(cmd *cobra.Command, dir, column *string) {
	cmd.Flags().StringVar(dir, "model", "", "model directory in Hugging Face's layout, or the name of a model that was pulled; the embedded model by default")
	cmd.Flags().StringVar(column, "text-column", "", "column or key that holds the text")
}

// text is one text of the input. Its id is what the input calls it, or its
// number from 1; err says why there is none to read.
type text struct {
	id     json.RawMessage
	text   string
	mended bool // it held bytes that are no UTF-8
	err    error
}

// textKeys are the columns that are taken for the text where none is named, and
// idKeys those that are taken for the id.
var (
	textKeys = []string{"text", "review_text", "review"}
	idKeys   = []string{"id", "uuid"}
)

// readTexts streams the texts of files: csv and parquet by the column, JSON
// lines by the key of that name, lines of anything else. "-", or no file at
// all, is stdin: JSON lines or plain ones. Whatever is wrong with one text
// comes with it; the error is about a file.
func (c *cli) readTexts(ctx context.Context, files []string, column string) iter.Seq2[text, error] {
	return func(yield func(text, error) bool) {
		number := 0
		each := func(t text) bool {
			number++
			if t.id == nil {
				t.id = json.RawMessage(strconv.Itoa(number))
			}
			var mended bool
			t.text, mended = mend(t.text)
			t.mended = t.mended || mended
			if len(t.text) > maxText {
				t.text, t.err = "", errTooLong
			}
			return yield(t, nil)
		}
		for _, file := range textFiles(files) {
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

// textFiles are the files to read: stdin where none is named.
func textFiles(files []string) []string {
	if len(files) == 0 {
		return []string{"-"}
	}
	return files
}

func (c *cli) readTextFile(ctx context.Context, file, column string, each func(text) bool) (more bool, err error) {
	switch formatOf(file) {
	case ".parquet", ".duckdb":
		return readTable(ctx, file, column, each)
	}
	if file == "-" {
		if c.in == os.Stdin && term.IsTerminal(os.Stdin.Fd()) {
			c.remark("Type a text a line; Ctrl-D ends.")
		}
		in, err := plainText(c.in)
		if err != nil {
			return false, fmt.Errorf("read stdin: %w", err)
		}
		return readLines(ctx, lineReader{in: in}, column, false, each)
	}
	more, err = readLineFile(ctx, file, column, each)
	if err != nil && ctx.Err() == nil && !pipeline.IsUsage(err) {
		err = cannotRead(file, err)
	}
	return more, err
}

// cannotRead says that a file of texts cannot be read.
func cannotRead(file string, err error) error {
	folder := errors.Is(err, syscall.EISDIR)
	err = fmt.Errorf("read %s: %w", file, cause(err))
	if folder {
		err = pipeline.Hint(err, "Name the files in it: "+filepath.Join(file, "*.txt"))
	}
	return err
}

// formatOf is the end of a file's name in lower case, without that of gzip.
func formatOf(file string) string {
	return filepath.Ext(strings.TrimSuffix(strings.ToLower(file), ".gz"))
}

func readLineFile(ctx context.Context, file, column string, each func(text) bool) (more bool, err error) {
	in, closer, err := openText(file)
	if err != nil {
		return false, err
	}
	defer closer.Close()
	switch formatOf(file) {
	case ".csv", ".tsv":
		return readCSVTexts(ctx, newCSVReader(in), column, each)
	case ".jsonl", ".ndjson":
		return readLines(ctx, lineReader{in: in}, column, true, each)
	}
	return readLines(ctx, lineReader{in: in}, column, false, each)
}

// readLines gives a text a line. A line that is a JSON object holds it under
// the key; other lines are texts themselves, unless all must be objects, as
// those of a stream that began with one.
func readLines(ctx context.Context, lines lineReader, key string, objects bool, each func(text) bool) (more bool, err error) {
	for first := true; ; first = false {
		line, err := lines.next()
		switch {
		case ctx.Err() != nil:
			return true, ctx.Err()
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil && !errors.Is(err, errTooLong):
			return false, err
		}
		if first && bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) {
			objects = true
		}
		t := text{err: err}
		if err == nil {
			t = lineText(line, key, objects)
		}
		if !each(t) {
			return false, nil
		}
	}
}

func lineText(raw []byte, key string, mustBeObject bool) text {
	line, mended := mend(string(raw))
	trimmed := []byte(strings.TrimSpace(line))
	var object map[string]json.RawMessage
	if !bytes.HasPrefix(trimmed, []byte("{")) || json.Unmarshal(trimmed, &object) != nil {
		if mustBeObject {
			return text{err: errors.New("the line is no JSON object")}
		}
		return text{text: line, mended: mended}
	}
	t := text{id: object["id"], mended: mended}
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
	t.err = fmt.Errorf("the object has no %q%s", keys[0], meant(keys[0], slices.Sorted(maps.Keys(object)), ""))
	return t
}

// readCSVTexts gives a text a record.
func readCSVTexts(ctx context.Context, in *csvReader, column string, each func(text) bool) (more bool, err error) {
	names, err := in.header()
	if err != nil {
		return false, err
	}
	columns := make([]store.Column, len(names))
	for i, name := range names {
		columns[i] = store.Column{Name: name, Type: store.String}
	}
	wanted, err := textColumns(columns, column)
	if err != nil {
		return false, err
	}
	at := make([]int, len(wanted))
	for i, name := range wanted {
		at[i] = slices.Index(names, name)
	}
	for {
		record, err := in.next(at)
		switch {
		case ctx.Err() != nil:
			return true, ctx.Err()
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		}
		t := text{text: record.values[0], err: record.err}
		if len(at) > 1 && record.values[1] != "" {
			id, mended := mend(record.values[1])
			t.mended = mended
			if t.id, err = json.Marshal(id); err != nil {
				return false, err
			}
		}
		if t.err == nil && record.fields != len(names) {
			t.err = fmt.Errorf("the row in line %d has %s where the header has %d", record.line, pipeline.Plural(int64(record.fields), "field"), len(names))
		}
		if !each(t) {
			return false, nil
		}
	}
}

// readTable gives a text a row of a parquet file or of a DuckDB table.
func readTable(ctx context.Context, file, column string, each func(text) bool) (more bool, err error) {
	table, err := duck.OpenTable(ctx, file, "")
	if err != nil {
		return false, err
	}
	defer table.Close()
	columns, err := textColumns(table.Columns(), column)
	if err != nil {
		return false, err
	}
	for values, err := range table.Texts(ctx, columns) {
		if err != nil {
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
	return true, nil
}

// textModel is the source of a model: a directory, or the embedded one.
func textModel(dir string) textmodel.Source {
	if dir == "" {
		return textmodel.Files(model.Files)
	}
	return textmodel.Directory(dir)
}

// textModelDir finds the directory of a model by its own name, or by that of a
// model which was pulled; "" stands for the embedded one.
func textModelDir(word string) (string, error) {
	if word == "" {
		return "", nil
	}
	return modelDirectory(word)
}

// openTextModel opens a model on the CPU.
func openTextModel(dir string) (*textmodel.Model, error) {
	m, err := textmodel.Open(textModel(dir), textmodel.Options{})
	return m, modelHint(dir, err)
}

// modelHint adds to the error of opening a model what to do next.
func modelHint(dir string, err error) error {
	switch {
	case err == nil || pipeline.HintOf(err) != "":
		return err
	case dir == "":
		return pipeline.Hint(err, "Check the installation with: willbuy doctor")
	}
	return pipeline.Hint(err, "Give a model directory in Hugging Face's layout, or leave --model out for the embedded model.")
}
