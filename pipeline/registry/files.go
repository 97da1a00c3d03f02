package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

const (
	removedPrefix = ".removed-"
	tempPrefix    = ".tmp-"
)

// locked runs write with the folder of a model, created if need be, while no
// other writer, of whatever process, is in it.
func (r *Registry) locked(name string, write func(dir string) error) error {
	dir := filepath.Join(r.dir, name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer lock.Close()
	// Whatever is unfinished is so for ever: its writer would hold the lock.
	leftovers, err := filepath.Glob(filepath.Join(dir, tempPrefix+"*"))
	if err != nil {
		return err
	}
	for _, leftover := range leftovers {
		if err := os.RemoveAll(leftover); err != nil {
			return err
		}
	}
	return write(dir)
}

// lastNumber returns the highest version number ever given in a model's
// folder, 0 if none was.
func lastNumber(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	last := 0
	for _, e := range entries {
		if version := strings.TrimPrefix(e.Name(), removedPrefix); versionRE.MatchString(version) {
			last = max(last, number(version))
		}
	}
	return last, nil
}

// writeDir creates a folder of files in one step.
func writeDir(dir string, files map[string][]byte) error {
	temp, err := os.MkdirTemp(filepath.Dir(dir), tempPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) // not there any more if all went well
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	for name, b := range files {
		if err := writeSynced(filepath.Join(temp, name), b); err != nil {
			return err
		}
	}
	if err := syncDir(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// writeFile creates or replaces a file in one step.
func writeFile(file string, b []byte) error {
	temp := filepath.Join(filepath.Dir(file), tempPrefix+filepath.Base(file))
	if err := writeSynced(temp, b); err != nil {
		os.Remove(temp)
		return err
	}
	if err := os.Rename(temp, file); err != nil {
		os.Remove(temp)
		return err
	}
	return syncDir(filepath.Dir(file))
}

func writeJSON(file string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(file, append(b, '\n'))
}

// retire takes a version's folder away in one step and leaves an empty one
// under the name of tombstone.
func retire(dir, tombstone string) error {
	if err := os.Rename(dir, tombstone); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(dir)); err != nil {
		return err
	}
	return errors.Join(os.Remove(filepath.Join(tombstone, modelFile)), os.Remove(filepath.Join(tombstone, metaFile)))
}

func writeSynced(file string, b []byte) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes renames in dir last through a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
