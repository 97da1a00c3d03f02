// Package registry keeps trained models as files: numbered versions that never
// change, with what one must know to use and to judge them, and aliases such as
// "production" that point to one.
//
// On disk, below the registry's folder:
//
//	NAME/V1/model.json    the model, bytes as the trainer gave them
//	NAME/V1/meta.json     a Version
//	NAME/aliases.json     {"production":"V1"}
//	NAME/.removed-V2/     empty: V2 was removed, and its number is not given again
//	NAME/.lock            writers take turns; readers do not look at it
//
// A version's folder is written beside its place and renamed into it when
// complete and synced, small files likewise, so that a reader sees all of a
// version or nothing, and a crash leaves only a folder that the next writer
// clears away.
package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound is in the chain of every error about a model, version or alias
// that does not exist.
var ErrNotFound = errors.New("not found")

const (
	modelFile = "model.json"
	metaFile  = "meta.json"
)

var (
	nameRE    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$`)
	versionRE = regexp.MustCompile(`^V[1-9][0-9]{0,8}$`)
)

// Version is one version of a model, all but the model itself.
type Version struct {
	Name       string             `json:"name"`
	Version    string             `json:"version"` // V1, V2, …
	Created    time.Time          `json:"created"`
	Run        string             `json:"run,omitempty"` // the recorded run that trained it
	Parameters map[string]string  `json:"parameters,omitempty"`
	Metrics    map[string]float64 `json:"metrics,omitempty"`
	// Intervals are where metrics lie with a probability of 95 %, low and high.
	Intervals map[string][2]float64 `json:"intervals,omitempty"`
	Features  []string              `json:"features,omitempty"` // the inputs, in the model's order
	// Encoders hold, of the inputs that are codes, what 0, 1, … stand for.
	Encoders map[string][]string `json:"encoders,omitempty"`
	Label    string              `json:"label,omitempty"`
	// SampleInput holds some rows by feature name, a missing value as nil.
	SampleInput    []map[string]any  `json:"sample_input,omitempty"`
	TrainRows      int64             `json:"train_rows"`
	ValidationRows int64             `json:"validation_rows"`
	Explainable    bool              `json:"explainable"` // SHAP values can be computed from it
	Comment        string            `json:"comment,omitempty"`
	Tags           map[string]string `json:"tags,omitempty"`
	SHA256         string            `json:"sha256"` // of the model file, hexadecimal
	Size           int64             `json:"size"`   // of the model file, bytes
	Aliases        []string          `json:"-"`      // that point here, sorted; kept in aliases.json
}

// Registry is the folder of all models.
type Registry struct{ dir string }

// Open returns the registry in dir, a workspace's models folder; the first Put
// creates it.
func Open(dir string) *Registry { return &Registry{dir} }

// Put stores a model as the next version of v.Name and returns what was stored.
// Version, SHA256, Size and Aliases of v are set here, Created where it is zero.
func (r *Registry) Put(v Version, model []byte) (Version, error) {
	if err := checkName(v.Name); err != nil {
		return Version{}, err
	}
	for name, x := range v.Metrics {
		if !finite(x) || !finite(v.Intervals[name][0]) || !finite(v.Intervals[name][1]) {
			return Version{}, fmt.Errorf("register model %s: metric %s is %v, which cannot be stored", v.Name, name, x)
		}
	}
	if v.Created.IsZero() {
		v.Created = time.Now().UTC().Truncate(time.Millisecond)
	}
	sum := sha256.Sum256(model)
	v.SHA256, v.Size, v.Aliases = hex.EncodeToString(sum[:]), int64(len(model)), nil

	err := r.locked(v.Name, func(dir string) error {
		last, err := lastNumber(dir)
		if err != nil {
			return err
		}
		v.Version = "V" + strconv.Itoa(last+1)
		meta, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return err
		}
		return writeDir(filepath.Join(dir, v.Version), map[string][]byte{modelFile: model, metaFile: meta})
	})
	if err != nil {
		return Version{}, fmt.Errorf("register model %s: %w", v.Name, err)
	}
	return v, nil
}

// Names returns the models in the registry, sorted.
func (r *Registry) Names() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && nameRE.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// List returns a model's versions, oldest first; none for a name that nobody
// registered. A version whose metadata cannot be read is left out and named in
// the error, which then comes together with the others.
func (r *Registry) List(name string) ([]Version, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(r.dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list versions of model %s: %w", name, err)
	}
	aliases, problem := r.aliases(name)
	problems := []error{problem}
	var versions []Version
	for _, e := range entries {
		if !versionRE.MatchString(e.Name()) {
			continue
		}
		v, err := r.meta(name, e.Name(), aliases)
		switch {
		case errors.Is(err, ErrNotFound): // removed since ReadDir
		case err != nil:
			problems = append(problems, err)
		default:
			versions = append(versions, v)
		}
	}
	slices.SortFunc(versions, func(a, b Version) int { return number(a.Version) - number(b.Version) })
	return versions, errors.Join(problems...)
}

// Get returns the version that a reference names: NAME@V3 or, by alias,
// NAME@production.
func (r *Registry) Get(ref string) (Version, error) {
	name, which, found := strings.Cut(ref, "@")
	if !found {
		return Version{}, fmt.Errorf("model %q: say which one, as NAME@V1 or NAME@ALIAS", ref)
	}
	if err := checkName(name); err != nil {
		return Version{}, err
	}
	aliases, err := r.aliases(name)
	if versionRE.MatchString(which) {
		if err != nil {
			aliases = nil // a version can be had although the aliases are broken
		}
		return r.meta(name, which, aliases)
	}
	if err := checkAlias(which); err != nil {
		return Version{}, err
	}
	if err != nil {
		return Version{}, err
	}
	for {
		version, ok := aliases[which]
		if !ok {
			return Version{}, fmt.Errorf("model %s: alias %s: %w", name, which, ErrNotFound)
		}
		v, err := r.meta(name, version, aliases)
		if !errors.Is(err, ErrNotFound) {
			return v, err
		}
		// The alias may have moved on, and its version been removed, in between.
		moved, aliasErr := r.aliases(name)
		if aliasErr != nil || moved[which] == version {
			return Version{}, err
		}
		aliases = moved
	}
}

// Read is Get with the model itself, checked against its SHA-256.
func (r *Registry) Read(ref string) (Version, []byte, error) {
	v, err := r.Get(ref)
	if err != nil {
		return Version{}, nil, err
	}
	model, err := os.ReadFile(filepath.Join(r.dir, v.Name, v.Version, modelFile))
	if errors.Is(err, fs.ErrNotExist) {
		if again, err := r.Get(ref); err != nil || again.Version != v.Version {
			return r.Read(ref) // removed in between, and the alias may have moved on
		}
	}
	if err != nil {
		return Version{}, nil, fmt.Errorf("read model %s@%s: %w", v.Name, v.Version, err)
	}
	if sum := sha256.Sum256(model); hex.EncodeToString(sum[:]) != v.SHA256 {
		return Version{}, nil, fmt.Errorf("read model %s@%s: the file is not the one that was registered (its SHA-256 differs); train again or import a copy", v.Name, v.Version)
	}
	return v, model, nil
}

// SetTag sets a tag of the version that ref names; an empty value removes it.
func (r *Registry) SetTag(ref, key, value string) error {
	v, err := r.Get(ref)
	if err != nil {
		return err
	}
	if key == "" {
		return fmt.Errorf("tag model %s@%s: the tag has no name", v.Name, v.Version)
	}
	err = r.locked(v.Name, func(dir string) error {
		v, err := r.meta(v.Name, v.Version, nil) // as it is now that nobody else writes
		if err != nil {
			return err
		}
		if v.Tags == nil {
			v.Tags = map[string]string{}
		}
		if v.Tags[key] = value; value == "" {
			delete(v.Tags, key)
		}
		return writeJSON(filepath.Join(dir, v.Version, metaFile), v)
	})
	if err != nil {
		return fmt.Errorf("tag model %s@%s: %w", v.Name, v.Version, err)
	}
	return nil
}

// Remove deletes a version, for good: its number is not given again. It is
// refused while an alias points to it.
func (r *Registry) Remove(ref string) error {
	v, err := r.Get(ref)
	if err != nil {
		return err
	}
	err = r.locked(v.Name, func(dir string) error {
		aliases, err := r.aliases(v.Name)
		if err != nil {
			return err
		}
		if in := pointingTo(aliases, v.Version); len(in) > 0 {
			return fmt.Errorf("alias %s points to it; set the alias to another version first", strings.Join(in, ", "))
		}
		return retire(filepath.Join(dir, v.Version), filepath.Join(dir, removedPrefix+v.Version))
	})
	if err != nil {
		return fmt.Errorf("remove model %s@%s: %w", v.Name, v.Version, err)
	}
	return nil
}

// meta reads a version's metadata.
func (r *Registry) meta(name, version string, aliases map[string]string) (Version, error) {
	file := filepath.Join(r.dir, name, version, metaFile)
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Version{}, fmt.Errorf("model %s@%s: %w", name, version, ErrNotFound)
	}
	if err != nil {
		return Version{}, fmt.Errorf("model %s@%s: %w", name, version, err)
	}
	v, err := parseMeta(b)
	if err == nil && (v.Name != name || v.Version != version) {
		err = fmt.Errorf("it describes %s@%s", v.Name, v.Version)
	}
	if err != nil {
		return Version{}, fmt.Errorf("model %s@%s: its metadata %s is damaged: %w; remove the folder or import a copy", name, version, file, err)
	}
	v.Aliases = pointingTo(aliases, version)
	return v, nil
}

// parseMeta reads a meta.json from anywhere.
func parseMeta(b []byte) (Version, error) {
	var v Version
	if err := json.Unmarshal(b, &v); err != nil {
		return Version{}, err
	}
	if !nameRE.MatchString(v.Name) || !versionRE.MatchString(v.Version) || len(v.SHA256) != hex.EncodedLen(sha256.Size) {
		return Version{}, errors.New("name, version or SHA-256 is missing")
	}
	return v, nil
}

// checkName refuses names that are no folder names: what comes from outside is
// data.
func checkName(name string) error {
	if !nameRE.MatchString(name) {
		return fmt.Errorf("%q is no model name: use up to 64 letters, digits, _ and -", name)
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// number is the 3 of V3.
func number(version string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(version, "V"))
	return n
}
