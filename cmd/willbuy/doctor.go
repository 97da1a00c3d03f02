package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/hub"
	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/zeroshot"
	"willbuy/store/duck"
	"willbuy/testdata/model"
)

// leastDisk is the free space below which the default lab may not fit.
const leastDisk = 500 << 20

// finding is what the doctor says of one thing.
type finding struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
	Fix   string `json:"fix,omitempty"` // the one command that helps
}

func (c *cli) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "look whether everything that willbuy needs is there",
		Long:  "Looks for ONNX Runtime, the embedded model, those that were pulled, the Python that quantizes them, the model files that XGBoost reads, DuckDB, the terminal, the disk and the workspace: what was found, its version, or the one command that fixes it. Exits with 1 if something is missing that willbuy cannot do without.",
		Example: `willbuy doctor
willbuy doctor --json | jq -r 'select(.ok | not).fix'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.doctor(cmd.Context()) },
	}
}

func (c *cli) doctor(ctx context.Context) error {
	ill := 0
	for _, examine := range []func(context.Context) finding{onnxRuntime, embeddedModel, pulledModels, quantizer, modelFiles, c.duckDB, screenFound, c.disk, c.workspace} {
		f := examine(ctx)
		if !f.OK {
			ill++
		}
		if c.json {
			if err := c.object(f); err != nil {
				return err
			}
			continue
		}
		sign := "✓"
		if !f.OK {
			sign = "!"
		}
		c.line("%s %-15s %s", sign, f.Name, f.Found)
		if f.Fix != "" {
			c.line("  %-15s fix: %s", "", f.Fix)
		}
		c.out.Flush()
	}
	if ill > 0 {
		return fmt.Errorf("%s to be put right", pipeline.Plural(int64(ill), "thing"))
	}
	return nil
}

func onnxRuntime(context.Context) finding {
	library, err := textmodel.FindLibrary("")
	if err != nil {
		fix := "make build"
		if _, set := os.LookupEnv(textmodel.LibraryVariable); set {
			fix = "unset " + textmodel.LibraryVariable + " && make build"
		}
		return finding{"ONNX Runtime", false, err.Error(), fix}
	}
	return finding{"ONNX Runtime", true, library.Version + ", " + library.Path, ""}
}

// embeddedModel asks the model something, since only an answer shows that it
// works.
func embeddedModel(ctx context.Context) finding {
	const name = "embedded model"
	source := textModel("")
	m, err := textmodel.Open(source, textmodel.Options{})
	if err != nil {
		return finding{name, false, err.Error(), "make build"}
	}
	defer m.Close()
	classifier, err := zeroshot.New(m, zeroshot.Options{Labels: pipeline.DefaultLab().Labels})
	if err != nil {
		return finding{name, false, err.Error(), "make build"}
	}
	var answer zeroshot.Result
	err = classifier.Classify(ctx, func(yield func(textmodel.Text) bool) {
		yield(textmodel.Text{Text: "Battery lasted nine hours on the train, screen scratched after a week."})
	}, zeroshot.Run{Workers: 1, OnResult: func(r zeroshot.Result) { answer = r }})
	if err == nil {
		err = answer.Err
	}
	if err != nil {
		return finding{name, false, err.Error(), "make build"}
	}
	print, err := source.Fingerprint()
	if err != nil {
		return finding{name, false, err.Error(), "make build"}
	}
	return finding{name, true, fmt.Sprintf("%s, %s, reviews in %s; it answers", m.Config().Type, print[:12], embeddedLanguages()), ""}
}

// embeddedLanguages are those that the embedded model learned from.
func embeddedLanguages() string {
	files, _ := fs.Glob(model.Corpus, "corpus/??.jsonl")
	for i, file := range files {
		files[i] = strings.TrimSuffix(path.Base(file), ".jsonl")
	}
	return strings.Join(files, ", ")
}

// pulledModels is about comfort: the lab needs none.
func pulledModels(context.Context) finding {
	const name = "other models"
	h, err := hub.FromEnvironment()
	if err != nil {
		return finding{name, false, err.Error(), "correct the environment variable, or unset it"}
	}
	repos := h.Pulled()
	if len(repos) == 0 {
		return finding{name, true, "none in " + h.Cache + "; willbuy textmodel pull lists some", ""}
	}
	return finding{name, true, strings.Join(repos, ", ") + " in " + h.Cache, ""}
}

// quantizer is about comfort, too.
func quantizer(ctx context.Context) finding {
	const name = "Python"
	python, version, err := textmodel.FindQuantizer(ctx)
	if err != nil {
		return finding{name, true, "not needed, except for willbuy textmodel quantize: " + err.Error(), ""}
	}
	return finding{name, true, fmt.Sprintf("%s with onnxruntime %s, for willbuy textmodel quantize", python, version), ""}
}

func (c *cli) duckDB(context.Context) finding {
	engine := duck.New(c.dir, duck.Options{ReadOnly: true}).Describe()
	return finding{"DuckDB", !strings.Contains(engine, "not available"), strings.TrimSuffix(engine, ", "+duck.FileName) + ", built in", ""}
}

func screenFound(context.Context) finding {
	const name = "terminal"
	if !terminal() {
		return finding{name, true, "none here; the workbench needs one, willbuy run does not", ""}
	}
	w, h, err := term.GetSize(os.Stdout.Fd())
	if err != nil {
		return finding{name, false, err.Error(), "reset"}
	}
	found := fmt.Sprintf("%s, %d × %d, %s", os.Getenv("TERM"), w, h, colorprofile.Detect(os.Stdout, os.Environ()))
	if w < 80 || h < 24 {
		return finding{name, false, found + "; the workbench wants 80 × 24", "resize the window"}
	}
	return finding{name, true, found, ""}
}

func (c *cli) disk(context.Context) finding {
	dir := existing(c.dir)
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return finding{"disk", false, fmt.Sprintf("%s: %v", dir, err), "choose another folder with --workspace DIR"}
	}
	free := int64(disk.Bavail) * int64(disk.Bsize)
	found := fmt.Sprintf("%s free in %s", pipeline.Bytes(free), dir)
	if free < leastDisk {
		return finding{"disk", false, found + "; the lab wants " + pipeline.Bytes(leastDisk), "free some space, or choose another folder with --workspace DIR"}
	}
	return finding{"disk", true, found, ""}
}

func (c *cli) workspace(ctx context.Context) finding {
	const name = "workspace"
	dir := existing(c.dir)
	probe, err := os.CreateTemp(dir, ".willbuy-*")
	if err != nil {
		return finding{name, false, fmt.Sprintf("%s cannot be written to: %v", dir, cause(err)), "choose another folder with --workspace DIR"}
	}
	probe.Close()
	os.Remove(probe.Name())
	ws, state, err := c.recorded()
	if err != nil {
		return finding{name, false, err.Error(), pipeline.HintOf(err)}
	}
	if !ws.Exists() {
		return finding{name, true, "none in " + c.dir + " yet; willbuy run makes one", ""}
	}
	if err := ws.Assess(ctx, state); err != nil {
		return finding{name, false, err.Error(), pipeline.HintOf(err)}
	}
	done := 0
	for _, s := range pipeline.Steps {
		if state.Step(s.ID).Status == pipeline.Done {
			done++
		}
	}
	return finding{name, true, fmt.Sprintf("%s, %d of %d steps up to date", c.dir, done, len(pipeline.Steps)), ""}
}

// existing is the folder itself, or the nearest one above it that is there.
func existing(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "."
	}
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return dir
	}
}
