package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"willbuy/pipeline/registry"
	"willbuy/store"
)

// fingerprintTag marks a version with what it was trained from, so that
// registering the same training twice gives no second version.
const fingerprintTag = "fingerprint"

// sampleInputs is how many rows a version keeps as an example of its input.
const sampleInputs = 5

var registerStep = &Step{
	ID: "register", Title: "Register", Version: 2, Needs: []string{"train"},
	Question: "which model do we trust from now on?",
	Look:     "The versions side by side: is the new one better than the last on the same metric?",
	Params: []Param{
		{Name: "name", Kind: StringParam, Default: DefaultLab().Model, FromLab: func(l Lab) string { return l.Model }, Help: "the model's name in the registry"},
		{Name: "alias", Kind: StringParam, Default: "production", Help: "the alias that the new version takes; empty for none"},
		{Name: "comment", Kind: StringParam, Default: "", Help: "a note kept with the version"},
	},
	Code: func(_ Lab, v Values) string {
		return fmt.Sprintf("model, metrics, sample input → models/%s/V‹next›/\nalias %s → V‹next›", v["name"], v["alias"])
	},
	Run: register,
}

// Versions are those of the lab's model in the registry, the oldest first. Only
// files are read, and nothing is waited for.
func (w *Workspace) Versions() ([]registry.Version, error) {
	return registry.Open(w.ModelsDir()).List(w.Values(mustStep("register"))["name"])
}

func register(ctx context.Context, x *Exec) (StepFinished, error) {
	k, err := readModel(ctx, x.Store)
	if err != nil {
		return StepFinished{}, err
	}
	reg := registry.Open(x.WS.ModelsDir())
	name := x.Values["name"]
	versions, err := reg.List(name)
	if err != nil && !errors.Is(err, registry.ErrNotFound) {
		return StepFinished{}, err
	}
	var version registry.Version
	for _, v := range versions {
		if v.Tags[fingerprintTag] == k.fingerprint && v.Comment == x.Values["comment"] {
			version = v
		}
	}
	if version.Version == "" {
		sample, err := x.sampleInput(ctx)
		if err != nil {
			return StepFinished{}, err
		}
		encoders, err := x.encoders(ctx)
		if err != nil {
			return StepFinished{}, err
		}
		version, err = reg.Put(registry.Version{Name: name, Run: x.Run, Parameters: k.report.Params, Metrics: k.report.Metrics, Intervals: k.report.bounds(),
			Features: k.model.Features, Encoders: encoders, Label: x.Lab.Label, SampleInput: sample, TrainRows: k.report.TrainRows,
			ValidationRows: k.report.ValidationRows, Explainable: true, Comment: x.Values["comment"],
			Tags: map[string]string{fingerprintTag: k.fingerprint}}, k.text)
		if err != nil {
			return StepFinished{}, err
		}
	} else {
		x.Log("%s %s was registered from the same training before", name, version.Version)
	}
	if alias := x.Values["alias"]; alias != "" {
		if err := reg.SetAlias(name, alias, version.Version); err != nil {
			return StepFinished{}, err
		}
	}
	return x.describeRegistry(reg, name, version)
}

// sampleInput gives a few input rows by feature name.
func (x *Exec) sampleInput(ctx context.Context) ([]map[string]any, error) {
	var columns []string
	for _, f := range x.Lab.Features {
		columns = append(columns, Ident(f))
	}
	rows, err := x.Store.Query(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s LIMIT %d", strings.Join(columns, ", "), Ident(x.Lab.Encoded), Ident(x.Lab.ID), sampleInputs))
	if err != nil {
		return nil, err
	}
	all, err := rows.Collect(sampleInputs)
	if err != nil {
		return nil, err
	}
	var sample []map[string]any
	for _, row := range plain(all) {
		input := map[string]any{}
		for i, f := range x.Lab.Features {
			input[f] = row[i]
		}
		sample = append(sample, input)
	}
	return sample, nil
}

// encoders gives the classes behind the codes of each input that has any.
func (x *Exec) encoders(ctx context.Context) (map[string][]string, error) {
	features, err := inputs(ctx, x.Store, x.Lab)
	if err != nil {
		return nil, err
	}
	encoders := map[string][]string{}
	for _, f := range features {
		if len(f.Classes) > 0 {
			encoders[f.Name] = f.Classes
		}
	}
	return encoders, nil
}

// bounds are the intervals as the registry keeps them.
func (t trained) bounds() map[string][2]float64 {
	out := map[string][2]float64{}
	for name, i := range t.Intervals {
		if _, ok := t.Metrics["validation_"+name]; ok {
			name = "validation_" + name
		} else {
			name = "train_" + name
		}
		out[name] = [2]float64{i.Low, i.High}
	}
	return out
}

// VersionsTable lists versions of a model, the newest first, as the registry
// gives them, the oldest first.
func VersionsTable(title string, versions []registry.Version) Table {
	var rows [][]any
	for _, v := range slices.Backward(versions) {
		row := []any{v.Version, strings.Join(v.Aliases, ", "), v.Created, nil, nil, nil, v.TrainRows, v.Parameters["objective"], TagsOf(v), v.Comment}
		for i, name := range []string{"auc", "rmse", "logloss"} {
			if x, ok := v.Metrics["validation_"+name]; ok {
				row[3+i] = x
			}
		}
		rows = append(rows, row)
	}
	return Table{Name: "versions", Title: title, Rows: plain(rows), Total: int64(len(rows)), Columns: []store.Column{
		{Name: "VERSION", Type: store.String}, {Name: "ALIASES", Type: store.String}, {Name: "CREATED", Type: store.Instant},
		{Name: "AUC", Type: store.Float}, {Name: "RMSE", Type: store.Float}, {Name: "LOGLOSS", Type: store.Float},
		{Name: "TRAIN_ROWS", Type: store.Int}, {Name: "OBJECTIVE", Type: store.String}, {Name: "TAGS", Type: store.String},
		{Name: "COMMENT", Type: store.String}}}
}

// TagsOf writes the tags that people gave a version.
func TagsOf(v registry.Version) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(v.Tags)) {
		if key != fingerprintTag {
			parts = append(parts, key+"="+v.Tags[key])
		}
	}
	return strings.Join(parts, ", ")
}

func (x *Exec) describeRegistry(reg *registry.Registry, name string, version registry.Version) (StepFinished, error) {
	versions, err := reg.List(name)
	if err != nil {
		return StepFinished{}, err
	}
	all := VersionsTable("Versions of "+name, versions)
	x.Table(all.Name, all.Title, all.Columns, all.Rows)
	var columns []store.Column
	var sample [][]any
	for _, f := range x.Lab.Features {
		columns = append(columns, store.Column{Name: f, Type: store.Float})
	}
	for _, input := range version.SampleInput {
		var row []any
		for _, f := range x.Lab.Features {
			row = append(row, input[f])
		}
		sample = append(sample, row)
	}
	x.Table("sample", "Sample input", columns, sample)
	out := StepFinished{Rows: int64(len(versions)), Unit: "versions",
		Facts:   map[string]any{"name": name, "version": version.Version, "alias": x.Values["alias"], "sha256": version.SHA256, "size": version.Size, "card": version},
		Summary: fmt.Sprintf("%s %s, %s.", name, version.Version, Bytes(version.Size))}
	if i := slices.IndexFunc(versions, func(v registry.Version) bool { return v.Version == version.Version }); i > 0 {
		out.Facts["previous"] = versions[i-1] // what it is compared with
	}
	if x.Values["alias"] != "" {
		out.Summary = fmt.Sprintf("%s %s is %s now, %s.", name, version.Version, x.Values["alias"], Bytes(version.Size))
	}
	return out, nil
}
