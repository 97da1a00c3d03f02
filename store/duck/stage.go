package duck

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"willbuy/store"
)

// The review stage is the folder stage/ of the workspace: whoever drops a file
// there has put it into the stage.

func (s *Store) stageDir() string { return filepath.Join(s.dir, StageDir) }

func (s *Store) ensureStage() (made bool, err error) {
	if _, err := os.Stat(s.stageDir()); err == nil {
		return false, nil
	}
	return true, os.MkdirAll(s.stageDir(), 0o755)
}

// List gives the regular files of the stage; a stage that was never made is
// empty. Hidden files (of editors, or half written) are not listed.
func (s *Store) List(ctx context.Context, stage string) ([]store.File, error) {
	var files []store.File
	root := s.stageDir()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile, or no stage yet
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if path != root && strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := os.Stat(path) // follows links to files
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		sum, err := s.digests.of(filepath.ToSlash(name), path, info)
		if errors.Is(err, fs.ErrPermission) {
			sum = "unreadable" // reading it will say so
		} else if err != nil {
			return err
		}
		files = append(files, store.File{Name: filepath.ToSlash(name), Size: info.Size(), Modified: info.ModTime(), MD5: sum})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the stage %s: %w", stage, err)
	}
	slices.SortFunc(files, func(a, b store.File) int { return cmp.Compare(a.Name, b.Name) })
	s.digests.save()
	return files, nil
}

// Open reads a file of the stage.
func (s *Store) Open(_ context.Context, stage, name string) (io.ReadCloser, error) {
	path, err := s.stagePath(name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s of stage %s: %w", name, stage, err)
	}
	return file, nil
}

// Put brings a file into the stage whole or not at all. A file with the same
// content is left as it is.
func (s *Store) Put(ctx context.Context, stage, name string, content io.Reader) error {
	path, err := s.stagePath(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("put %s into stage %s: %w", name, stage, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".put-*")
	if err != nil {
		return fmt.Errorf("put %s into stage %s: %w", name, stage, err)
	}
	defer os.Remove(tmp.Name())
	_, err = io.Copy(tmp, content)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close(), ctx.Err()); err != nil {
		return fmt.Errorf("put %s into stage %s: %w", name, stage, err)
	}
	if same(tmp.Name(), path) {
		return nil
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("put %s into stage %s: %w", name, stage, err)
	}
	return nil
}

// Remove takes a file out of the stage.
func (s *Store) Remove(_ context.Context, stage, name string) error {
	path, err := s.stagePath(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s from stage %s: %w", name, stage, err)
	}
	return nil
}

// stagePath refuses names that lead out of the stage.
func (s *Store) stagePath(name string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", fmt.Errorf("%q is no name in the stage", name)
	}
	return filepath.Join(s.stageDir(), filepath.FromSlash(name)), nil
}

// same tells whether two files hold the same bytes.
func same(a, b string) bool {
	x, err := os.Open(a)
	if err != nil {
		return false
	}
	defer x.Close()
	y, err := os.Open(b)
	if err != nil {
		return false
	}
	defer y.Close()
	p, q := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errX := io.ReadFull(x, p)
		m, errY := io.ReadFull(y, q)
		if !bytes.Equal(p[:n], q[:m]) {
			return false
		}
		if errX != nil || errY != nil {
			return errX == errY
		}
	}
}

// digests remembers the MD5 of files by name, size and time, in a file of the
// workspace, so that listing a large stage again does not read it again.
type digests struct {
	path string

	mu    sync.Mutex
	known map[string]digest // by name in the stage; nil until first used
	dirty bool
}

type digest struct {
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	MD5      string    `json:"md5"`
}

func newDigests(dir string) *digests {
	return &digests{path: filepath.Join(dir, StageDir, ".md5.json")}
}

func (d *digests) of(name, path string, info fs.FileInfo) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[string]digest{}
		if text, err := os.ReadFile(d.path); err == nil {
			json.Unmarshal(text, &d.known) // a broken cache is an empty one
		}
	}
	if k, ok := d.known[name]; ok && k.Size == info.Size() && k.Modified.Equal(info.ModTime()) {
		return k.MD5, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := md5.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	d.known[name] = digest{info.Size(), info.ModTime(), sum}
	d.dirty = true
	return sum, nil
}

// save keeps what is known, as well as it can: a workspace that cannot be
// written to, or a full disk, only costs reading the files again.
func (d *digests) save() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.dirty {
		return
	}
	d.dirty = false
	text, err := json.Marshal(d.known)
	if err != nil {
		return
	}
	tmp, err := os.CreateTemp(filepath.Dir(d.path), ".md5-*")
	if err != nil {
		return
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if errors.Join(err, tmp.Close()) == nil {
		os.Rename(tmp.Name(), d.path)
	}
}
