package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"willbuy/store"
	"willbuy/store/filelock"
)

// Workspace is a folder that holds one lab: tables, stage, runs, models and
// the parameters that were changed. Its methods are safe for concurrent use.
type Workspace struct {
	Dir   string
	Store store.Store
	Clock func() time.Time

	mu     sync.Mutex
	config config
}

// config is willbuy.toml: only what differs from the defaults, never a secret.
type config struct {
	Lab        Lab                       `toml:"lab"`
	Parameters map[string]map[string]any `toml:"parameters"` // once read, normal text: see Param
}

// configFile is the name of the configuration in a workspace.
const configFile = "willbuy.toml"

// OpenWorkspace reads a workspace's configuration. The folder need not exist:
// nothing is written before something is set or run.
func OpenWorkspace(dir string, s store.Store) (*Workspace, error) {
	w := &Workspace{Dir: dir, Store: s, Clock: time.Now}
	if err := w.Reload(); err != nil {
		return nil, err
	}
	return w, nil
}

// ConfigFile is the file of the parameters that were changed, willbuy.toml.
func (w *Workspace) ConfigFile() string { return filepath.Join(w.Dir, configFile) }

// Reload reads the configuration again, which another process may have
// changed. On an error everything stays as it was.
func (w *Workspace) Reload() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh, err := readConfig(w.ConfigFile())
	if err != nil {
		return err
	}
	w.config = fresh
	return nil
}

func readConfig(path string) (config, error) {
	c := config{Lab: DefaultLab()}
	c.Lab.Columns, c.Lab.Inputs = nil, nil // lists of one's own do not mix with the default ones
	meta, err := toml.DecodeFile(path, &c)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if c.Lab.Columns == nil {
		c.Lab.Columns = DefaultLab().Columns
	}
	if c.Lab.Inputs == nil {
		c.Lab.Inputs = DefaultLab().Inputs
	}
	if err != nil {
		return c, Hint(fmt.Errorf("read %s: %w", path, err), "Mend that line, or remove the file to start from the defaults.")
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return c, Usage(fmt.Errorf("read %s: there is no setting %q", path, unknown[0]))
	}
	if err := c.normalize(); err != nil {
		return c, Hint(Usage(fmt.Errorf("read %s: %w", path, err)), "Mend that line, or remove it to have the default.")
	}
	return c, nil
}

// normalize brings what somebody may have written by hand into the form that
// Set gives it, or says what is wrong with it.
func (c *config) normalize() error {
	normal := map[string]map[string]any{}
	for id, values := range c.Parameters {
		for name, value := range values {
			text, err := settingText(value)
			if err != nil {
				return fmt.Errorf("%s.%s: %w", id, name, err)
			}
			step, _, text, err := ParseSetting(id + "." + name + "=" + text)
			if err != nil {
				return err
			}
			if normal[step.ID] == nil {
				normal[step.ID] = map[string]any{}
			}
			normal[step.ID][name] = text
		}
	}
	c.Parameters = normal
	return c.Lab.check()
}

// settingText is a value of the file as one would type it after --set.
func settingText(value any) (string, error) {
	switch v := value.(type) {
	case string, bool, int64, float64:
		return fmt.Sprint(v), nil
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = fmt.Sprint(v[i])
		}
		return strings.Join(items, ","), nil
	}
	return "", fmt.Errorf("a value is text, a number, true, false or a list, not %v", value)
}

// writableHint is what to do about a workspace that cannot be written to.
const writableHint = "Choose a folder that you may write to with --workspace DIR, or free some disk space."

// Exists tells whether the workspace was ever run in.
func (w *Workspace) Exists() bool {
	_, err := os.Stat(w.runsDir())
	return err == nil
}

func (w *Workspace) runsDir() string { return filepath.Join(w.Dir, "runs") }

// ModelsDir is where the registry keeps its versions.
func (w *Workspace) ModelsDir() string { return filepath.Join(w.Dir, "models") }

// Lab gives the names in force. Where a parameter names the same thing, it is
// the parameter that counts.
func (w *Workspace) Lab() Lab {
	w.mu.Lock()
	lab := w.config.Lab
	w.mu.Unlock()
	if labels := w.valuesOf("quality").List("labels"); len(labels) > 0 {
		lab.Labels = labels
	}
	lab.Model = w.valuesOf("register")["name"]
	return lab
}

// Values gives a step's parameters in force.
func (w *Workspace) Values(s *Step) Values {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := Values{}
	for _, p := range s.Params {
		v[p.Name] = w.byDefault(p)
		if changed, ok := w.config.Parameters[s.ID][p.Name].(string); ok {
			v[p.Name] = changed
		}
	}
	return v
}

// Scope gives a step's parameters in force and, as step.param, those of all
// others: what Step.Code is filled in with.
func (w *Workspace) Scope(s *Step) Values {
	values := w.Values(s)
	for _, other := range Steps {
		for name, value := range w.Values(other) {
			values[other.ID+"."+name] = value
		}
	}
	return values
}

// valuesOf gives the parameters of one of our own steps.
func (w *Workspace) valuesOf(id string) Values { return w.Values(mustStep(id)) }

// Set changes one parameter, a value in normal form, and saves it. Setting the
// default takes the parameter out of the file.
func (w *Workspace) Set(s *Step, param, value string) error {
	p, err := s.Param(param)
	if err != nil {
		return err
	}
	if err := w.Reload(); err != nil { // another process may have changed the file
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	values, standard := w.config.Parameters[s.ID], w.byDefault(p)
	if old, ok := values[param]; value == old && ok || !ok && value == standard {
		return nil
	}
	if values == nil {
		values = map[string]any{}
		if w.config.Parameters == nil {
			w.config.Parameters = map[string]map[string]any{}
		}
		w.config.Parameters[s.ID] = values
	}
	values[param] = value
	if value == standard {
		delete(values, param)
	}
	return w.save()
}

// byDefault is a parameter's value as long as nobody sets it. The caller holds mu.
func (w *Workspace) byDefault(p Param) string {
	if p.FromLab != nil {
		return p.FromLab(w.config.Lab)
	}
	return p.Default
}

// save writes what differs from the defaults. Replacing the file by rename
// keeps the old one whole if the disk is full.
func (w *Workspace) save() error {
	out := map[string]any{}
	if params := w.config.Parameters; len(params) > 0 {
		out["parameters"] = params
	}
	if lab := changed(w.config.Lab, DefaultLab()); len(lab) > 0 {
		out["lab"] = lab
	}
	if err := os.MkdirAll(w.Dir, 0o755); err != nil {
		return Hint(fmt.Errorf("save the parameters: %w", err), writableHint)
	}
	text, err := toml.Marshal(out)
	if err == nil {
		err = replaceFile(w.ConfigFile(), text)
	}
	if err != nil {
		return Hint(fmt.Errorf("save the parameters: %w", err), writableHint)
	}
	return nil
}

// changed gives the fields of a that differ from those of b, by their names in
// the file, which are the same as in JSON.
func changed(a, b Lab) map[string]any {
	fields := func(l Lab) (m map[string]any) {
		raw, _ := json.Marshal(l)
		json.Unmarshal(raw, &m)
		return m
	}
	out, defaults := fields(a), fields(b)
	for name, value := range out {
		x, _ := json.Marshal(value)
		y, _ := json.Marshal(defaults[name])
		if string(x) == string(y) {
			delete(out, name)
		}
	}
	return out
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// Runs lists the recorded runs, oldest first.
func (w *Workspace) Runs() ([]string, error) {
	entries, err := os.ReadDir(w.runsDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the runs: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() {
			ids = append(ids, e.Name())
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// Events reads the log of one run from an offset on; see ReadLog.
func (w *Workspace) Events(run string, offset int64) ([]Event, int64, error) {
	return ReadLog(w.runsDir(), run, offset)
}

// Recorded folds all runs in the order in which they began, which for a job
// that had to wait is not that of the ids. It reads files only and never waits.
// A run that says it is running although its process is gone is interrupted.
func (w *Workspace) Recorded() (*State, error) {
	runs, err := w.Runs()
	if err != nil {
		return nil, err
	}
	var logs [][]Event
	alive := map[string]bool{}
	for _, run := range runs {
		alive[run] = w.Alive(run) // asked first: it may end while we read
		events, _, err := w.Events(run, 0)
		if errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
		// A damaged log counts as far as it reads: the store knows the rest.
		if len(events) > 0 {
			logs = append(logs, events)
		}
	}
	slices.SortStableFunc(logs, func(a, b []Event) int { return a[0].Time.Compare(b[0].Time) })
	state := &State{}
	for _, events := range logs {
		for _, e := range events {
			state.Apply(e)
		}
	}
	for _, step := range state.Steps {
		if step.Status == Running && !alive[step.Run] {
			step.Status = Interrupted
		}
	}
	return state, nil
}

// aliveFile is held by the process that runs a run, for as long as it does.
func (w *Workspace) aliveFile(run string) string {
	return filepath.Join(w.runsDir(), run, "alive.lock")
}

// Alive tells whether the process of a run still runs.
func (w *Workspace) Alive(run string) bool { return filelock.Held(w.aliveFile(run)) }

// Fingerprints gives for each step the hash of everything that its result
// depends on: parameters, the lab's names, outside data, its version, and the
// fingerprints of what it needs.
func (w *Workspace) Fingerprints(ctx context.Context) (map[string]string, error) {
	w.mu.Lock()
	lab := w.config.Lab // as configured: what parameters change is among theirs
	w.mu.Unlock()
	prints := map[string]string{}
	for _, s := range Steps {
		of := struct {
			ID      string
			Version int
			Lab     Lab
			Params  Values
			Needs   []string
			Outside string
		}{ID: s.ID, Version: s.Version, Lab: lab, Params: w.Values(s)}
		for _, need := range s.Needs {
			of.Needs = append(of.Needs, prints[need])
		}
		if s.Outside != nil {
			var err error
			if of.Outside, err = s.Outside(ctx, w); err != nil {
				return nil, err
			}
		}
		raw, err := json.Marshal(of) // maps are sorted by key
		if err != nil {
			return nil, fmt.Errorf("fingerprint of step %s: %w", s.ID, err)
		}
		sum := sha256.Sum256(raw)
		prints[s.ID] = hex.EncodeToString(sum[:8])
	}
	return prints, nil
}

// Assess marks the recorded steps that today's parameters and data have made
// stale, and those that wait for a failed one.
func (w *Workspace) Assess(ctx context.Context, state *State) error {
	prints, err := w.Fingerprints(ctx)
	if err != nil {
		return err
	}
	for _, s := range Steps {
		step := state.Step(s.ID)
		if (step.Status == Done || step.Status == Stale) && step.Fingerprint == prints[s.ID] {
			step.Status, step.Reason = Done, ""
		} else if step.Status == Done || step.Status == Stale {
			step.Status, step.Reason = Stale, w.whyStale(s, step, state)
		}
		for _, need := range s.Needs {
			if parent := state.Step(need); step.Status != Running && (parent.Status == Failed || parent.Status == Blocked) {
				step.Status, step.Reason = Blocked, "waits for "+need
			}
		}
	}
	return nil
}

// whyStale names the parameters that changed, or the step upstream that did.
func (w *Workspace) whyStale(s *Step, step *StepState, state *State) string {
	for _, p := range s.Params {
		now := w.Values(s)[p.Name]
		switch {
		case step.Params[p.Name] == now:
		case p.Kind == SQLParam && now == "":
			return "its own SQL was put back"
		case p.Kind == SQLParam:
			return "its SQL was edited"
		default:
			return fmt.Sprintf("%s was %s, is %s", p.Name, step.Params[p.Name], now)
		}
	}
	for _, need := range s.Needs {
		if parent := state.Step(need); parent.Status != Done {
			return need + " is " + string(parent.Status)
		}
	}
	for _, need := range s.Needs {
		if parent := state.Step(need); parent.Finished.After(step.Finished) {
			return need + " ran again"
		}
	}
	return "its input changed"
}
