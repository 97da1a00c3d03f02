package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/registry"
	"willbuy/store"
)

func (c *cli) modelCommand() *cobra.Command {
	var name string
	sub := func(use, short, example string, low, high int, run func(reg *registry.Registry, name string, args []string) error) *cobra.Command {
		return &cobra.Command{
			Use: use, Short: short, Example: example, Args: between(low, high, "argument"),
			RunE: func(_ *cobra.Command, args []string) error {
				ws, err := c.files()
				if err != nil {
					return err
				}
				if name == "" {
					name = ws.Lab().Model
				}
				return run(registry.Open(ws.ModelsDir()), name, args)
			},
		}
	}
	var how conversion
	export := sub("export VERSION FILE", "write a version as one .zip file, or its model as .json, .ubj, .onnx or .sql",
		"willbuy model export production model.zip\nwillbuy model export production score.sql --table CUSTOMERS", 2, 2,
		func(reg *registry.Registry, name string, args []string) error {
			return c.exportModel(reg, name, args, how)
		})
	how.flags(export.Flags())
	cmd := group(&cobra.Command{
		Use:   "model",
		Short: "the registry: versions of the model, their metrics, aliases and tags",
		Long:  "The registry of the workspace. Versions are V1, V2, ... and never change; an alias such as production points to one and stands in its place everywhere.",
		Example: `willbuy model ls
willbuy model diff V1 V2
willbuy model alias production V1`,
	},
		sub("ls", "list the versions, newest last", "willbuy model ls --json", 0, 0, c.listModels),
		sub("show VERSION", "everything that is known of a version", "willbuy model show production", 1, 1, c.showModel),
		sub("diff VERSION VERSION", "what differs between two versions", "willbuy model diff V1 production", 2, 2, c.diffModels),
		sub("alias NAME VERSION", "point an alias to a version; VERSION - removes it", "willbuy model alias production V2", 2, 2, c.aliasModel),
		sub("tag VERSION KEY=VALUE", "set a tag; an empty value removes it", "willbuy model tag V2 reviewed=yes", 2, 2, c.tagModel),
		export,
		sub("import FILE", "register an exported file, or a model of XGBoost, as the next version", "willbuy model import model.zip --name deployed_xgb\nwillbuy model import model.json", 1, 1, c.importModel),
		c.convertCommand(),
		sub("rm VERSION", "delete a version for good", "willbuy model rm V1", 1, 1,
			func(reg *registry.Registry, name string, args []string) error {
				v, err := findVersion(reg, name, args[0])
				if err == nil {
					err = reg.Remove(exact(v))
				}
				if err == nil {
					c.remark("removed %s %s", v.Name, v.Version)
				}
				return err
			}))
	cmd.PersistentFlags().StringVar(&name, "name", "", "name of the model (default deployed_xgb, or as the lab is configured)")
	return cmd
}

// findVersion looks a version up by its name or an alias; an unknown one is
// answered with the nearest.
func findVersion(reg *registry.Registry, name, word string) (registry.Version, error) {
	v, err := reg.Get(reference(name, word))
	if !errors.Is(err, registry.ErrNotFound) {
		return v, err
	}
	versions, err := reg.List(name)
	if err != nil {
		return v, err
	}
	if len(versions) == 0 {
		names, err := reg.Names()
		if err != nil {
			return v, err
		}
		return v, pipeline.Hint(usagef("no version of the model %s is registered%s", name, meant(name, names, "")), "Make one with: willbuy run register")
	}
	var known []string
	for _, v := range versions {
		known = append(append(known, v.Version), v.Aliases...)
	}
	return v, pipeline.Hint(usagef("the model %s has no version or alias %q%s", name, word, meant(word, known, "")), "See what there is with: willbuy model ls --name "+name)
}

// reference names a version for the registry: V3, v3, 3 or an alias.
func reference(name, version string) string {
	number := strings.TrimLeft(version, "vV")
	if number != "" && strings.Trim(number, "0123456789") == "" {
		version = "V" + number
	}
	return name + "@" + version
}

// exact names a version that is known, whatever aliases do meanwhile.
func exact(v registry.Version) string { return v.Name + "@" + v.Version }

func (c *cli) aliasModel(reg *registry.Registry, name string, args []string) error {
	alias, version := args[0], args[1]
	if version == "-" {
		if _, err := findVersion(reg, name, alias); err != nil {
			return err
		}
		if err := reg.SetAlias(name, alias, ""); err != nil {
			return err
		}
		c.remark("%s has no alias %s any more", name, alias)
		return nil
	}
	v, err := findVersion(reg, name, version)
	if err != nil {
		return err
	}
	if err := reg.SetAlias(name, alias, v.Version); err != nil {
		return err
	}
	c.remark("%s is %s now", alias, v.Version)
	return nil
}

func (c *cli) tagModel(reg *registry.Registry, name string, args []string) error {
	key, value, ok := strings.Cut(args[1], "=")
	if !ok || key == "" {
		return usagef("a tag is key=value, not %q", args[1])
	}
	v, err := findVersion(reg, name, args[0])
	if err != nil {
		return err
	}
	return reg.SetTag(exact(v), key, value)
}

// versionJSON is a version with its aliases, which the registry keeps apart.
type versionJSON struct {
	registry.Version
	Aliases []string `json:"aliases,omitempty"`
}

func (c *cli) listModels(reg *registry.Registry, name string, _ []string) error {
	versions, err := reg.List(name)
	if err != nil {
		return err
	}
	if c.json {
		for _, v := range versions {
			if err := c.object(versionJSON{v, v.Aliases}); err != nil {
				return err
			}
		}
		return nil
	}
	if len(versions) == 0 {
		names, err := reg.Names()
		c.remark("There is no version of the model %s yet%s", name, meant(name, names, ""))
		c.remark("Make one with: willbuy run register")
		return err
	}
	var rows [][]any
	for _, v := range versions {
		rows = append(rows, []any{v.Version, strings.Join(v.Aliases, ", "), v.Created, metric(v, "validation_auc"), metric(v, "validation_rmse"),
			metric(v, "validation_logloss"), v.TrainRows, v.Run, v.Comment})
	}
	return c.table([]store.Column{column("VERSION", store.String), column("ALIASES", store.String), column("CREATED", store.Instant),
		column("AUC", store.Float), column("RMSE", store.Float), column("LOGLOSS", store.Float), column("TRAIN_ROWS", store.Int),
		column("RUN", store.String), column("COMMENT", store.String)}, rows)
}

func metric(v registry.Version, name string) any {
	if x, ok := v.Metrics[name]; ok {
		return x
	}
	return nil
}

func (c *cli) showModel(reg *registry.Registry, name string, args []string) error {
	v, err := findVersion(reg, name, args[0])
	if err != nil {
		return err
	}
	if c.json {
		return c.object(versionJSON{v, v.Aliases})
	}
	say := func(what, value string) {
		if value != "" {
			c.line("%-16s %s", what, value)
		}
	}
	c.line("%s %s", v.Name, v.Version)
	say("aliases", strings.Join(v.Aliases, ", "))
	say("created", v.Created.Local().Format("2006-01-02 15:04:05"))
	say("run", v.Run)
	say("label", v.Label)
	say("features", strings.Join(v.Features, ", "))
	say("rows", fmt.Sprintf("%s to train, %s to validate", counted(v.TrainRows), counted(v.ValidationRows)))
	say("comment", v.Comment)
	say("size", pipeline.Bytes(v.Size))
	say("sha256", v.SHA256)
	for _, key := range slices.Sorted(maps.Keys(v.Tags)) {
		say("tag", key+"="+v.Tags[key])
	}
	for _, key := range slices.Sorted(maps.Keys(v.Parameters)) {
		say("parameter", key+"="+v.Parameters[key])
	}
	for _, key := range slices.Sorted(maps.Keys(v.Metrics)) {
		say("metric", fmt.Sprintf("%s=%.6g", key, v.Metrics[key]))
	}
	if len(v.SampleInput) == 0 {
		return nil
	}
	c.line("sample input")
	var columns []store.Column
	var rows [][]any
	for _, feature := range v.Features {
		columns = append(columns, column(feature, store.Float))
	}
	for _, input := range v.SampleInput {
		var row []any
		for _, feature := range v.Features {
			row = append(row, input[feature])
		}
		rows = append(rows, row)
	}
	return c.table(columns, rows)
}

func (c *cli) diffModels(reg *registry.Registry, name string, args []string) error {
	before, err := findVersion(reg, name, args[0])
	if err != nil {
		return err
	}
	after, err := findVersion(reg, name, args[1])
	if err != nil {
		return err
	}
	var rows [][]any
	for _, change := range registry.Diff(before, after) {
		rows = append(rows, []any{change.Kind, change.Name, change.Old, change.New})
	}
	if len(rows) == 0 && !c.json {
		c.line("%s and %s do not differ in parameters, metrics, features or label.", before.Version, after.Version)
		return nil
	}
	return c.table([]store.Column{column("kind", store.String), column("name", store.String), column("old", store.String), column("new", store.String)}, rows)
}
