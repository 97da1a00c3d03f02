package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline/reviews"
	"willbuy/pipeline/synth"
	"willbuy/store"
)

// synthetic is the value of setup.reviews and setup.tabular that asks for the
// lab's own data.
const synthetic = "synth"

// Where setup puts review files in the stage. What people drop beside these
// folders is theirs.
const (
	sampleFolder = "sample/" // made by synth
	copiedFolder = "copied/" // from setup.reviews
)

// TruthFile is where the workspace keeps the coefficients that the synthetic
// purchases were drawn from.
func (w *Workspace) TruthFile() string { return filepath.Join(w.Dir, "truth", synth.TruthFile) }

var setupStep = &Step{
	ID: "setup", Title: "Setup", Version: 1,
	Question: "what do we need before we start?",
	Look:     "Everything created? Refused objects say why, and what they disable.",
	Params: []Param{
		{Name: "rows", Kind: IntParam, Default: "2000", Min: 1, Max: 1e8, Unit: "customers", Help: "how many customers the synthetic shop has"},
		{Name: "seed", Kind: IntParam, Default: "1", Min: 0, Max: 1e15, Help: "same seed, same data"},
		{Name: "languages", Kind: ListParam, Default: "en,es,fr,de,it,pt", Choices: synth.Languages(), Help: "languages of the synthetic reviews"},
		{Name: "dirty", Kind: FloatParam, Default: number(synth.DefaultDirty), Min: 0, Max: 1, Help: "share of review lines damaged on purpose"},
		{Name: "effects", Kind: ListParam, Default: "", Help: "coefficients of the purchase formula that differ, as name=value,…"},
		{Name: "reviews", Kind: StringParam, Default: synthetic, Help: "a folder with your own review files, or synth"},
		{Name: "tabular", Kind: StringParam, Default: synthetic, Help: "a csv or parquet file with your own customers, or synth"},
	},
	Outside: func(_ context.Context, w *Workspace) (string, error) {
		v := w.valuesOf("setup")
		return listing(v["reviews"]) + listing(v["tabular"]), nil
	},
	Code: func(l Lab, v Values) string {
		var b strings.Builder
		for _, o := range l.objects() {
			if o.Kind == store.StageKind {
				fmt.Fprintf(&b, "CREATE STAGE IF NOT EXISTS %s;\n", Ident(o.Name))
				continue
			}
			var columns []string
			for _, c := range o.Columns {
				columns = append(columns, Ident(c.Name)+" "+string(c.Type))
			}
			fmt.Fprintf(&b, "CREATE TABLE IF NOT EXISTS %s (%s);\n", Ident(o.Name), strings.Join(columns, ", "))
		}
		if v["reviews"] == synthetic || v["tabular"] == synthetic {
			fmt.Fprintf(&b, "\nwillbuy synth --rows %s --seed %s --lang %s --dirty %s\n", v["rows"], v["seed"], v["languages"], v["dirty"])
		}
		fmt.Fprintf(&b, "PUT %s INTO @%s;\nCOPY INTO %s FROM %s;", v["reviews"], ReviewStage, Ident(l.Tabular), v["tabular"])
		return b.String()
	},
	Checks: []Rule{
		{Name: "every customer has an id", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT * FROM %s WHERE %s IS NULL", Ident(l.Tabular), Ident(l.ID))
		}},
		{Name: "no id stands twice among the customers", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT %[2]s, COUNT(*) FROM %[1]s GROUP BY %[2]s HAVING COUNT(*) > 1", Ident(l.Tabular), Ident(l.ID))
		}},
	},
	Run: setup,
}

func setup(ctx context.Context, x *Exec) (StepFinished, error) {
	objects, err := x.Store.Ensure(ctx, x.Lab.objects())
	x.Objects(objects)
	if err != nil {
		return StepFinished{}, err
	}
	reviewDir, tabular := x.Values["reviews"], x.Values["tabular"]
	if reviewDir == synthetic || tabular == synthetic {
		made := filepath.Join(x.WS.Dir, ".synth")
		if err := os.RemoveAll(made); err != nil { // a crash may have left it
			return StepFinished{}, fmt.Errorf("make the sample data: %w", err)
		}
		defer os.RemoveAll(made)
		if err := x.makeSample(ctx, made); err != nil {
			return StepFinished{}, err
		}
		if reviewDir == synthetic {
			reviewDir = filepath.Join(made, synth.ReviewsDir)
		}
		if tabular == synthetic {
			tabular = filepath.Join(made, synth.TabularFile)
		}
	}
	folder := copiedFolder
	if x.Values["reviews"] == synthetic {
		folder = sampleFolder
	}
	files, err := x.stage(ctx, reviewDir, folder)
	if err != nil {
		return StepFinished{}, err
	}
	if x.Values["tabular"] != synthetic {
		if err := os.RemoveAll(filepath.Dir(x.WS.TruthFile())); err != nil { // the truth of other data
			return StepFinished{}, fmt.Errorf("remove the truth of the synthetic data: %w", err)
		}
	}
	x.Phase("loading " + x.Lab.Tabular)
	if err := x.Write(ctx, "tabular", x.Fingerprint, func(w store.Writer) error {
		_, err := w.Load(x.Lab.Tabular, tabular)
		return err
	}); err != nil {
		return StepFinished{}, Hint(fmt.Errorf("load %s: %w", x.Values["tabular"], err),
			"Check the file's columns against [lab] in willbuy.toml, or set setup.tabular=synth.")
	}
	out, err := x.Made(ctx, x.Lab.Tabular, Ident(x.Lab.ID))
	out.Unit = "customers"
	out.Summary = fmt.Sprintf("%s, %s in the stage.", Plural(out.Rows, "customer"), Plural(int64(files), "review file"))
	return out, err
}

// makeSample writes the synthetic shop into dir and keeps its truth.
func (x *Exec) makeSample(ctx context.Context, dir string) error {
	effects, err := parseEffects(x.Values.List("effects"))
	if err != nil {
		return err
	}
	rows := int64(x.Values.Int("rows"))
	opts := synth.Options{Rows: rows, Reviews: -1, Seed: uint64(x.Values.Int("seed")), Langs: x.Values.List("languages"),
		Effects: effects, Dirty: x.Values.Float("dirty")}
	if x.Values["reviews"] != synthetic {
		opts.Reviews = 0
	}
	x.Phase("making the sample data")
	if err := synth.Write(ctx, opts, dir, func(done, total int64) { x.Progress(done, total, "customers") }); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(x.WS.TruthFile()), 0o755); err != nil {
		return fmt.Errorf("keep the truth: %w", err)
	}
	for _, name := range []string{synth.TruthFile, synth.TruthTable} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(filepath.Dir(x.WS.TruthFile()), name)); err != nil {
			return fmt.Errorf("keep the truth: %w", err)
		}
	}
	return nil
}

// stage puts the files of a folder into the stage below prefix, and removes
// what setup put there before and what is no longer wanted.
func (x *Exec) stage(ctx context.Context, dir, prefix string) (int, error) {
	names, refused, err := reviews.List(dir, "**")
	if err != nil {
		return 0, Hint(err, "Set setup.reviews to a folder that holds your review files, or to synth.")
	}
	for _, r := range refused {
		x.Warn("left out %q: %s", r.Name, r.Reason)
	}
	present, err := x.Store.List(ctx, ReviewStage)
	if err != nil {
		return 0, err
	}
	for _, f := range present {
		for _, ours := range []string{sampleFolder, copiedFolder} {
			name, ok := strings.CutPrefix(f.Name, ours)
			if ok && (ours != prefix || !slices.Contains(names, name)) {
				if err := x.Store.Remove(ctx, ReviewStage, f.Name); err != nil {
					return 0, err
				}
			}
		}
	}
	for i, name := range names {
		file, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return 0, fmt.Errorf("put %s into the stage: %w", name, err)
		}
		err = x.Store.Put(ctx, ReviewStage, prefix+name, file)
		if err = errors.Join(err, file.Close()); err != nil {
			return 0, fmt.Errorf("put %s into the stage: %w", name, err)
		}
		x.Progress(int64(i+1), int64(len(names)), "files")
	}
	return len(names), nil
}

// parseEffects reads name=value pairs.
func parseEffects(pairs []string) (map[string]float64, error) {
	effects := map[string]float64{}
	for _, pair := range pairs {
		name, text, _ := strings.Cut(pair, "=")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, Usage(fmt.Errorf("an effect is name=number, not %q", pair))
		}
		effects[name] = value
	}
	return effects, nil
}

// listing describes files of the user's own by name, size and time, which
// stand for their content; "" for synthetic data and for what is not there.
func listing(path string) string {
	if path == synthetic {
		return ""
	}
	var b strings.Builder
	filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // Run says what is wrong with it
		}
		if info, err := entry.Info(); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return b.String()
}
