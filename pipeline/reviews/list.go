// Package reviews reads review text as the lab hands it over: files of
// records `"uuid","text"`, in whatever encoding and with whatever damage.
//
// The work is in three stages, which the workbench shows as they are: List
// finds the files, a Scanner cuts a file into records without understanding
// them, Parse takes UUID and text out of one record or says in a Reject why it
// cannot. Nothing is lost on the way: the physical lines of the records that
// parse, of those that do not, and of the blank lines add up to the lines of
// the file.
package reviews

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Refused is a file that List does not hand on, and why.
type Refused struct {
	Name   string // path below the root, slashes; as found, so not safe to print raw
	Reason string
}

// List returns the files below root whose names match pattern, as slash paths
// relative to root in bytewise order, and the matching ones that must not be
// read: those whose name CheckName refuses, what is not a regular file, and
// folders that cannot be opened. Links to files are followed, links to folders
// are not.
//
// In a pattern * stands for any characters but a slash, ? for one, [a-z] for
// one of a set, and ** as a whole path element for any number of folders. A
// pattern without a slash is matched against the file's own name in every
// folder, one with a slash against the path from root, so that *.txt finds all
// text files and 2026/*.txt those of one folder; ** finds everything.
func List(root, pattern string) (names []string, refused []Refused, err error) {
	if err := checkPattern(pattern); err != nil {
		return nil, nil, fmt.Errorf("list reviews in %s: %w", root, err)
	}
	info, err := os.Stat(root)
	if err != nil {
		return nil, nil, fmt.Errorf("list reviews: %w", err)
	}
	if !info.IsDir() {
		return nil, nil, fmt.Errorf("list reviews: %s is no directory", root)
	}
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		name, relErr := filepath.Rel(root, file)
		if relErr != nil {
			return relErr
		}
		name = filepath.ToSlash(name)
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			refused = append(refused, Refused{name, reason(err)})
			return nil
		case entry.IsDir() || !match(pattern, name):
			return nil
		}
		if err := CheckName(name); err != nil {
			refused = append(refused, Refused{name, err.Error()})
			return nil
		}
		// A named pipe would block whoever opens it.
		switch info, err := os.Stat(file); {
		case err != nil:
			refused = append(refused, Refused{name, reason(err)})
		case info.Mode().IsRegular():
			names = append(names, name)
		case !info.IsDir():
			refused = append(refused, Refused{name, "not a regular file"})
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list reviews: %w", err)
	}
	slices.Sort(names)
	slices.SortFunc(refused, func(a, b Refused) int { return strings.Compare(a.Name, b.Name) })
	return names, refused, nil
}

// CheckName reports why a file's path must not travel further: paths end up in
// SQL literals and stage addresses, so that quotes, backslashes, control
// characters (those that turn the writing direction among them), bytes that are
// not UTF-8 and ".." are refused wherever the path comes from. The error's text is a Refused.Reason.
func CheckName(name string) error {
	switch {
	case !utf8.ValidString(name):
		return errors.New("name is not UTF-8")
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }):
		return errors.New("control character in the name")
	case strings.ContainsAny(name, `"'`):
		return errors.New("quote in the name")
	case strings.Contains(name, `\`):
		return errors.New("backslash in the name")
	case strings.Contains(name, ".."):
		return errors.New("two dots in the name")
	}
	return nil
}

// Match reports whether a slash path fits a pattern as List reads it.
func Match(pattern, name string) (bool, error) {
	if err := checkPattern(pattern); err != nil {
		return false, err
	}
	return match(pattern, name), nil
}

func checkPattern(pattern string) error {
	for element := range strings.SplitSeq(pattern, "/") {
		if _, err := path.Match(element, ""); err != nil || element == "" {
			return fmt.Errorf("%q is no wildcard pattern; try *.txt or **/*.txt", pattern)
		}
	}
	return nil
}

func match(pattern, name string) bool {
	if !strings.Contains(pattern, "/") && pattern != "**" {
		name = path.Base(name)
	}
	return matchElements(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

func matchElements(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := range len(name) + 1 {
				if matchElements(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, _ := path.Match(pattern[0], name[0]); !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}

// reason is an error without the path, which a Refused names already.
func reason(err error) string {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
