package hub

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The cache's layout is huggingface_hub's:
//
//	models--owner--repo/blobs/HASH            contents, by hash
//	models--owner--repo/blobs/HASH.incomplete what has come so far of one
//	models--owner--repo/refs/main             the commit that a branch stands for
//	models--owner--repo/snapshots/COMMIT/...  the repository's tree, links to the blobs
//	.locks/models--owner--repo/HASH.lock      held while a blob is fetched

func (h *Hub) folder(repo string) string {
	return filepath.Join(h.Cache, "models--"+strings.ReplaceAll(repo, "/", "--"))
}

func (h *Hub) blob(repo, hash string) string { return filepath.Join(h.folder(repo), "blobs", hash) }

func (h *Hub) lockFile(repo, hash string) string {
	return filepath.Join(h.Cache, ".locks", filepath.Base(h.folder(repo)), hash+".lock")
}

func (h *Hub) snapshot(repo, commit string) string {
	return filepath.Join(h.folder(repo), "snapshots", commit)
}

// Dir is the model directory that a plan makes in the cache.
func (h *Hub) Dir(p *Plan) string { return h.snapshot(p.Repo, p.Commit) }

// have tells whether the cache holds a file, under its hash or, where a file
// system has no links, in the tree itself.
func (h *Hub) have(p *Plan, f File) bool {
	for _, at := range []string{h.blob(p.Repo, f.Blob), filepath.Join(h.Dir(p), filepath.FromSlash(f.Path))} {
		if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() && info.Size() == f.Size {
			return true
		}
	}
	return false
}

// link puts a file whose blob is there into the tree of its commit.
func (h *Hub) link(p *Plan, f File) error {
	blob, pointer := h.blob(p.Repo, f.Blob), filepath.Join(h.Dir(p), filepath.FromSlash(f.Path))
	if info, err := os.Stat(pointer); err == nil && info.Size() == f.Size {
		there, err := os.Stat(blob)
		if err != nil || os.SameFile(info, there) {
			return nil // linked already, or the tree holds the file itself
		}
	}
	if err := os.MkdirAll(filepath.Dir(pointer), 0o755); err != nil {
		return err
	}
	target, err := filepath.Rel(filepath.Dir(pointer), blob)
	if err != nil {
		return err
	}
	fresh := pointer + "." + rand.Text() + ".link"
	if err := os.Symlink(target, fresh); err != nil {
		return os.Rename(blob, pointer) // no links here: huggingface_hub moves it, too
	}
	if err := os.Rename(fresh, pointer); err != nil {
		os.Remove(fresh)
		return err
	}
	return nil
}

// note writes down which commit a branch or tag stands for.
func (h *Hub) note(p *Plan) error {
	if p.Revision == p.Commit {
		return nil
	}
	ref := filepath.Join(h.folder(p.Repo), "refs", filepath.FromSlash(p.Revision))
	if err := os.MkdirAll(filepath.Dir(ref), 0o755); err != nil {
		return err
	}
	fresh, err := os.CreateTemp(filepath.Dir(ref), ".ref-*")
	if err != nil {
		return err
	}
	_, err = fresh.WriteString(p.Commit)
	if closed := fresh.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(fresh.Name(), ref)
	}
	if err != nil {
		os.Remove(fresh.Name())
	}
	return err
}

// cached is the plan of what the cache has, whole.
func (h *Hub) cached(repo, revision string, want Networks) (*Plan, error) {
	commit := revision
	if !commitHash.MatchString(revision) {
		data, err := os.ReadFile(filepath.Join(h.folder(repo), "refs", filepath.FromSlash(revision)))
		if err != nil || !commitHash.MatchString(strings.TrimSpace(string(data))) {
			return nil, fmt.Errorf("%w: revision %s, in %s", ErrOffline, revision, h.Cache)
		}
		commit = strings.TrimSpace(string(data))
	}
	p := &Plan{Repo: repo, Revision: revision, Commit: commit}
	var all []File
	err := filepath.WalkDir(h.Dir(p), func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := os.Stat(at)
		if err != nil {
			return nil // a link whose blob is gone is a file that is missing
		}
		name, err := filepath.Rel(h.Dir(p), at)
		if err != nil {
			return err
		}
		all = append(all, File{Path: filepath.ToSlash(name), Size: info.Size(), Have: true})
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: commit %.12s, in %s", ErrOffline, commit, h.Cache)
	}
	if err != nil {
		return nil, err
	}
	if err := p.choose(all, want); err != nil {
		return nil, fmt.Errorf("%w: commit %.12s is there, but %w", ErrOffline, commit, err)
	}
	return p, nil
}

// Find is the directory of a model that was pulled, by us or by Python: by its
// name in Models, its repository (owner/name), or the repository's name alone.
// Of several commits the pinned one is taken, else main, else the newest. The
// error wraps ErrOffline.
func (h *Hub) Find(name string) (string, error) {
	either := Networks{Exact: true, Int8: true}
	for _, m := range Models() {
		if name != m.Name && name != m.Repo && name != m.Base {
			continue
		}
		if p, err := h.cached(m.Repo, m.Revision, either); err == nil {
			return h.Dir(p), nil
		}
		name = m.Repo
	}
	pattern := "models--" + strings.ReplaceAll(name, "/", "--")
	if !strings.Contains(name, "/") {
		pattern = "models--*--" + name
	}
	if strings.ContainsAny(name, `*?[\`) || strings.Contains(name, "..") {
		return "", fmt.Errorf("find the model %.80q: %w", name, ErrOffline)
	}
	folders, _ := filepath.Glob(filepath.Join(escapeGlob(h.Cache), pattern))
	for _, folder := range folders {
		repo := cachedRepo(folder)
		for _, commit := range h.commits(folder) {
			if p, err := h.cached(repo, commit, either); err == nil {
				return h.Dir(p), nil
			}
		}
	}
	return "", fmt.Errorf("find the model %.80q: %w (%s)", name, ErrOffline, h.Cache)
}

// Pulled are the repositories (owner/name) whose models Find finds.
func (h *Hub) Pulled() []string {
	var repos []string
	folders, _ := filepath.Glob(filepath.Join(escapeGlob(h.Cache), "models--*--*"))
	for _, folder := range folders {
		if _, err := h.Find(cachedRepo(folder)); err == nil {
			repos = append(repos, cachedRepo(folder))
		}
	}
	return repos
}

// cachedRepo is the repository that a folder of the cache is for.
func cachedRepo(folder string) string {
	return strings.Replace(strings.TrimPrefix(filepath.Base(folder), "models--"), "--", "/", 1)
}

// commits are the revisions of a repository in the cache, as Find prefers them.
func (h *Hub) commits(folder string) []string {
	entries, _ := os.ReadDir(filepath.Join(folder, "snapshots"))
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int {
		x, errX := a.Info()
		y, errY := b.Info()
		if errX != nil || errY != nil {
			return 0
		}
		return y.ModTime().Compare(x.ModTime())
	})
	commits := []string{"main"}
	for _, entry := range entries {
		if commitHash.MatchString(entry.Name()) {
			commits = append(commits, entry.Name())
		}
	}
	return commits
}

// Copy gives the files of a fetched plan a directory of their own: hard links
// into the cache, copies where there can be none.
func (h *Hub) Copy(p *Plan, dir string) error {
	for _, f := range p.Files {
		to := filepath.Join(dir, filepath.FromSlash(f.Path))
		from, err := filepath.EvalSymlinks(filepath.Join(h.Dir(p), filepath.FromSlash(f.Path)))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err == nil {
			err = place(from, to)
		}
		if err != nil {
			return fmt.Errorf("put %s into %s: %w", f.Path, dir, err)
		}
	}
	return nil
}

// place makes to what from is, in one step.
func place(from, to string) error {
	fresh := to + "." + rand.Text() + ".part"
	err := os.Link(from, fresh)
	if err != nil {
		err = copyFile(from, fresh)
	}
	if err == nil {
		err = os.Rename(fresh, to)
		os.Remove(fresh) // a rename between links of one file does nothing
	}
	if err != nil {
		os.Remove(fresh)
	}
	return err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}

// escapeGlob makes a path that a pattern takes literally.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
