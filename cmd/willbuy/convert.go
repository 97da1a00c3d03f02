package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/registry"
)

// conversion is how a model is written to another format.
type conversion struct {
	portable bool
	table    string
}

const portableUsage = "write a base score that XGBoost before 3.2 reads, too: that of several classes as a first round of trees, 0 and 1 of one class as the nearest probabilities"

// olderReleases says what is wrong with a model for those that --portable is for.
func olderReleases(m *gbtree.Model) string {
	if m.Outputs() > 1 {
		return "XGBoost before 3.1 takes the base scores of several classes for 0.5"
	}
	return "XGBoost before 3.2 refuses the base score of labels of one class"
}

func (v *conversion) flags(flags *pflag.FlagSet) {
	flags.BoolVar(&v.portable, "portable", false, portableUsage)
	flags.StringVar(&v.table, "table", scoredTable, "table that a .sql file scores")
}

func (v conversion) write(path string, m *gbtree.Model) error {
	if v.portable {
		m = m.Portable()
	}
	return writeModelFor(path, m, v.table)
}

func (c *cli) convertCommand() *cobra.Command {
	var how conversion
	cmd := &cobra.Command{
		Use:   "convert MODEL FILE",
		Short: "write a model file in another format",
		Long: `Reads XGBoost's JSON, UBJ or dump JSON, or NAME@ALIAS of the registry, and writes what FILE ends in:

.json, .ubj   for XGBoost 1.7 and later, predictions the same bit for bit;
              trained on several classes or on one: with --portable
.onnx         for ONNX Runtime: input features [rows, features], NaN for missing;
              outputs margin and prediction
.sql          a query for DuckDB and Snowflake that adds margin and prediction
              to the columns of --table`,
		Example: `willbuy model convert model.json model.ubj
willbuy model convert model.ubj score.sql --table CUSTOMERS
willbuy model convert deployed_xgb@production model.onnx`,
		Args: between(2, 2, "argument"),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := modelFormat(args[1]); err != nil {
				return err
			}
			m, err := c.loadModel(args[0])
			if err != nil {
				return err
			}
			return how.write(args[1], m)
		},
	}
	how.flags(cmd.Flags())
	return cmd
}

// exportModel writes a version with all that is known of it, or the model alone
// where the file ends as one of these does.
func (c *cli) exportModel(reg *registry.Registry, name string, args []string, how conversion) error {
	v, err := findVersion(reg, name, args[0])
	if err != nil {
		return err
	}
	switch ending := strings.ToLower(filepath.Ext(args[1])); {
	case ending == "" || ending == ".zip":
		return reg.Export(exact(v), args[1])
	case !slices.Contains(modelFormats, ending):
		return usagef("a version is exported to a file that ends in one of .zip, %s, not to %s", strings.Join(modelFormats, ", "), filepath.Base(args[1]))
	}
	m, err := c.loadModel(exact(v))
	if err != nil {
		return err
	}
	return how.write(args[1], m)
}

// importModel registers what export wrote, or a model file from elsewhere.
func (c *cli) importModel(reg *registry.Registry, name string, args []string) error {
	v, err := register(reg, name, args[0])
	switch {
	case err != nil:
		return err
	case c.json:
		return c.object(v)
	}
	c.line("%s %s", v.Name, v.Version)
	return nil
}

func register(reg *registry.Registry, name, path string) (registry.Version, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return registry.Version{}, fmt.Errorf("read %s: %w", path, cause(err))
	}
	switch {
	case bytes.HasPrefix(file, []byte("PK")):
		return reg.Import(name, path)
	case !bytes.HasPrefix(bytes.TrimSpace(file), []byte("{")):
		return registry.Version{}, fmt.Errorf("read %s: it is neither a version that export wrote (.zip) nor a model of XGBoost (.json, .ubj)", path)
	}
	m, err := gbtree.Read(file)
	if err != nil {
		return registry.Version{}, fmt.Errorf("read %s: %w", path, err)
	}
	if m.Outputs() > 1 {
		return registry.Version{}, errors.New("the registry takes models with one output")
	}
	if bytes.HasPrefix(file, []byte("{L")) { // a registry holds JSON
		var text bytes.Buffer
		if err := gbtree.WriteJSON(&text, m); err != nil {
			return registry.Version{}, err
		}
		file = text.Bytes()
	}
	return reg.Put(registry.Version{
		Name: name, Features: m.Features, Parameters: map[string]string{"objective": m.Objective},
		Explainable: true, Comment: "imported from " + filepath.Base(path),
	}, file)
}
