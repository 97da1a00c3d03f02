package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"willbuy/pipeline"
)

// writable tells early that a file could not be written.
func writable(path string) error {
	probe, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return cannotWrite(path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// writeWhole writes a file whole or not at all.
func writeWhole(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err == nil {
		defer os.Remove(tmp.Name())
		_, err = tmp.Write(content)
		if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err == nil {
			err = os.Rename(tmp.Name(), path)
		}
	}
	if err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

// cannotWrite is the error about a file, with the way out.
func cannotWrite(path string, err error) error {
	hint := "Free some disk space, or write it elsewhere."
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		hint = "Choose a folder that is there and that you may write to."
	}
	return pipeline.Hint(fmt.Errorf("write %s: %w", path, cause(err)), hint)
}
