package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/registry"
)

// modelFormats are the endings of the files that a model is written to.
var modelFormats = []string{".json", ".ubj", ".onnx", ".sql"}

// scoredTable is what a query scores unless another table is named.
const scoredTable = "data"

// modelFormat is the ending of a file for a model; others than those of
// modelFormats are wrong usage.
func modelFormat(path string) (string, error) {
	format := strings.ToLower(filepath.Ext(path))
	if !slices.Contains(modelFormats, format) {
		return "", usagef("a model is written to a file that ends in one of %s, not to %s%s", strings.Join(modelFormats, ", "), filepath.Base(path), meant(format, modelFormats, ""))
	}
	return format, nil
}

// readByXGBoost tells whether a model's file is one of XGBoost's own formats.
func readByXGBoost(path string) bool {
	format := strings.ToLower(filepath.Ext(path))
	return format == ".json" || format == ".ubj"
}

// writeModel writes a model whole or not at all, in the format that the name of
// the file ends in.
func writeModel(path string, m *gbtree.Model) error { return writeModelFor(path, m, scoredTable) }

// writeModelFor names the table that a query, if it is one, scores.
func writeModelFor(path string, m *gbtree.Model, table string) error {
	format, err := modelFormat(path)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	switch format {
	case ".json":
		err = gbtree.WriteJSON(&file, m)
	case ".ubj":
		err = gbtree.WriteUBJ(&file, m)
	case ".onnx":
		err = gbtree.WriteONNX(&file, m)
	case ".sql":
		err = writeSQL(&file, m, table)
	}
	if err != nil {
		return err
	}
	return writeWhole(path, file.Bytes())
}

// writeSQL writes a query that also gives texts the codes that the model has
// learned; one that it has not is missing.
func writeSQL(w io.Writer, m *gbtree.Model, table string) error {
	encoders := map[string]encode.LabelEncoder{}
	for _, feature := range m.Features {
		encoder, ok, err := keptEncoder(m, feature)
		if err != nil {
			return err
		}
		if ok {
			encoders[feature] = encoder
		}
	}
	path := strings.Split(table, ".") // of database, schema and table
	for i, name := range path {
		path[i] = pipeline.Ident(name)
	}
	return gbtree.WriteSQL(w, m, strings.Join(path, "."), func(feature string) string {
		encoder, ok := encoders[feature]
		if !ok {
			return pipeline.Ident(feature)
		}
		codes := "CASE " + pipeline.Ident(feature)
		for code, text := range encoder.Classes {
			// A backslash stands for itself in DuckDB and escapes in Snowflake.
			codes += fmt.Sprintf(" WHEN %s THEN %d", strings.ReplaceAll(pipeline.Lit(text), `\`, `'||CHR(92)||'`), code)
		}
		return codes + " END"
	})
}

// loadModel reads a model from a file, or from the registry by NAME@ALIAS, and
// says on stderr what of it willbuy does not train.
func (c *cli) loadModel(ref string) (*gbtree.Model, error) {
	if ref == "" {
		return nil, usagef("say which model to use: --model FILE or NAME@ALIAS")
	}
	file, err := os.ReadFile(ref)
	if err != nil && strings.Contains(ref, "@") && errors.Is(err, os.ErrNotExist) {
		ws, wsErr := c.files()
		if wsErr != nil {
			return nil, wsErr
		}
		reg := registry.Open(ws.ModelsDir())
		name, version, _ := strings.Cut(ref, "@")
		v, findErr := findVersion(reg, name, version)
		if findErr != nil {
			return nil, findErr
		}
		_, file, err = reg.Read(exact(v))
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, pipeline.Hint(fmt.Errorf("read the model %s: %w", ref, cause(err)), "Give a file, or a registered model as NAME@ALIAS or NAME@V1; see: willbuy model ls")
	}
	if err != nil {
		return nil, fmt.Errorf("read the model %s: %w", ref, cause(err))
	}
	if bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		return nil, pipeline.Hint(fmt.Errorf("read the model %s: it is a version of a registry", ref), "Register it first: willbuy model import "+ref)
	}
	m, err := gbtree.Read(file)
	if err != nil {
		return nil, fmt.Errorf("read the model %s: %w", ref, err)
	}
	for _, note := range m.Notes {
		c.remark("%s: %s", filepath.Base(ref), note)
	}
	return m, nil
}
