package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

const aliasFile = "aliases.json"

// Lower case throughout, so that no alias can be taken for a version.
var aliasRE = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// SetAlias points an alias of a model, such as "production", to one of its
// versions; version "" removes the alias.
func (r *Registry) SetAlias(name, alias, version string) error {
	if err := errors.Join(checkName(name), checkAlias(alias)); err != nil {
		return err
	}
	if version != "" {
		// Also keeps the lock below from creating a folder for a model that is none.
		if !versionRE.MatchString(version) {
			return fmt.Errorf("%q is no version of model %s: versions are V1, V2, …", version, name)
		}
		if _, err := r.meta(name, version, nil); err != nil {
			return err
		}
	} else if _, err := r.Get(name + "@" + alias); err != nil {
		return err
	}
	err := r.locked(name, func(dir string) error {
		aliases, err := r.aliases(name)
		if err != nil {
			return err
		}
		if version == "" {
			delete(aliases, alias)
		} else {
			if _, err := r.meta(name, version, nil); err != nil { // removed since it was looked up
				return err
			}
			aliases[alias] = version
		}
		return writeJSON(filepath.Join(dir, aliasFile), aliases)
	})
	if err != nil {
		return fmt.Errorf("set alias %s of model %s: %w", alias, name, err)
	}
	return nil
}

// aliases reads a model's aliases: alias to version, never nil without an error.
func (r *Registry) aliases(name string) (map[string]string, error) {
	aliases := map[string]string{}
	file := filepath.Join(r.dir, name, aliasFile)
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return aliases, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &aliases)
	}
	if err == nil && aliases == nil {
		err = errors.New("it is null")
	}
	for alias, version := range aliases {
		if err == nil && !(aliasRE.MatchString(alias) && versionRE.MatchString(version)) {
			err = fmt.Errorf("%q: %q is no alias of a version", alias, version)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("aliases of model %s: %s is damaged: %w; delete the file and set the aliases again", name, file, err)
	}
	return aliases, nil
}

// pointingTo returns the aliases of a version, sorted.
func pointingTo(aliases map[string]string, version string) []string {
	var in []string
	for alias, v := range aliases {
		if v == version {
			in = append(in, alias)
		}
	}
	slices.Sort(in)
	return in
}

func checkAlias(alias string) error {
	if !aliasRE.MatchString(alias) {
		return fmt.Errorf("%q is neither a version, such as V1, nor an alias: aliases have up to 64 of a-z, 0-9, _ and -", alias)
	}
	return nil
}
