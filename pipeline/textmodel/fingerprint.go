package textmodel

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Fingerprint is the SHA-256, in hex, of the names and contents of all files
// that decide the model's answers at the precision Exact. Two sources with one
// fingerprint answer alike; caches of results are keyed by it. A model is read
// once and then remembered in the user's cache directory by the sizes and times
// of its files: 1.6 GB take a second to hash, and the embedded one, which goes by
// the program's own file, 30 ms and as many MB that stay resident.
func (s Source) Fingerprint() (string, error) { return s.FingerprintAt(Exact) }

// FingerprintAt is the Fingerprint of what runs at a precision.
func (s Source) FingerprintAt(p Precision) (string, error) {
	sum, err := s.fingerprint(p)
	if err != nil {
		return "", fmt.Errorf("fingerprint %s: %w", s, err)
	}
	return sum, nil
}

func (s Source) fingerprint(p Precision) (string, error) {
	infos, names, err := s.contents(p)
	if err != nil {
		return "", err
	}
	stamp, note, err := s.stamp(infos, names)
	if err != nil {
		return "", err
	}
	var noted struct{ Stamp, Sum string }
	if data, err := os.ReadFile(note); err == nil && json.Unmarshal(data, &noted) == nil && noted.Stamp == stamp {
		return noted.Sum, nil
	}
	noted.Stamp = stamp
	if noted.Sum, err = hash(s.files, names); err != nil {
		return "", err
	}
	remember(note, noted)
	return noted.Sum, nil
}

// stamp describes the files without reading them, and says in which file their
// hash is noted ("" where the user has no cache directory). Embedded ones are as
// old as the program.
func (s Source) stamp(infos []fs.FileInfo, names []string) (stamp, note string, err error) {
	dir, err := filepath.Abs(s.dir)
	if s.Embedded() {
		dir, err = os.Executable()
	}
	if err != nil {
		return "", "", err
	}
	if s.Embedded() {
		program, err := os.Stat(dir)
		if err != nil {
			return "", "", err
		}
		stamp = fmt.Sprintf("%d %d\n", program.Size(), program.ModTime().UnixNano())
	}
	for i, info := range infos {
		stamp += fmt.Sprintf("%s %d %d\n", names[i], info.Size(), info.ModTime().UnixNano())
	}
	if cache, err := os.UserCacheDir(); err == nil {
		key := sha256.Sum256([]byte(dir + "\n" + strings.Join(names, "\n")))
		note = filepath.Join(cache, "willbuy", "fingerprints", hex.EncodeToString(key[:8])+".json")
	}
	return stamp, note, nil
}

// hash reads the files.
func hash(files fs.FS, names []string) (string, error) {
	all := sha256.New()
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			return "", err
		}
		one := sha256.New()
		n, err := io.Copy(one, f)
		f.Close()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(all, "%s %d %x\n", name, n, one.Sum(nil))
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// remember writes a note in one step. A cache that cannot be written is only
// slower, so nothing is said.
func remember(note string, value any) {
	data, err := json.Marshal(value)
	if err != nil || note == "" || os.MkdirAll(filepath.Dir(note), 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(note), ".note-*")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if f.Close() != nil || err != nil || os.Rename(f.Name(), note) != nil {
		os.Remove(f.Name())
	}
}
