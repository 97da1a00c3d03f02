package reviews

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree makes empty files and returns their folder.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Skipf("this file system refuses %q: %v", name, err)
		}
	}
	return root
}

func TestListMatchesPatterns(t *testing.T) {
	root := tree(t, "r2.txt", "r10.txt", "Z.txt", "r1.csv", "a/r3.txt", "a/b/r4.txt", "a.txt/x.md")
	for _, test := range []struct {
		pattern string
		want    string
	}{
		{"*.txt", "Z.txt a/b/r4.txt a/r3.txt r10.txt r2.txt"},
		{"**", "Z.txt a.txt/x.md a/b/r4.txt a/r3.txt r1.csv r10.txt r2.txt"},
		{"**/*.txt", "Z.txt a/b/r4.txt a/r3.txt r10.txt r2.txt"},
		{"a/*.txt", "a/r3.txt"},
		{"a/**", "a/b/r4.txt a/r3.txt"},
		{"*/*/*", "a/b/r4.txt"},
		{"r?.*", "a/b/r4.txt a/r3.txt r1.csv r2.txt"},
		{"r[1-2]*", "r1.csv r10.txt r2.txt"},
		{"*.parquet", ""},
	} {
		names, refused, err := List(root, test.pattern)
		if err != nil || len(refused) > 0 {
			t.Errorf("%s: refused %v, error %v", test.pattern, refused, err)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.pattern, got, test.want)
		}
	}
}

func TestListRefusesNamesThatCouldEscape(t *testing.T) {
	bad := []string{`it's.txt`, `"; DROP.txt`, `a\b.txt`, "esc\x1b[2J.txt", "a..b.txt", "line\nend.txt", "\xff.txt", "\u202e.txt"}
	root := tree(t, append([]string{"größe $$.txt"}, bad...)...)
	names, refused, err := List(root, "*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names, []string{"größe $$.txt"}) {
		t.Errorf("accepted %q", names)
	}
	var got []string
	for _, r := range refused {
		got = append(got, r.Name)
		if r.Reason == "" {
			t.Errorf("%q is refused without a reason", r.Name)
		}
	}
	slices.Sort(bad)
	if !slices.Equal(got, bad) {
		t.Errorf("refused %q, want %q", got, bad)
	}
}

func TestListFollowsLinksToFilesOnly(t *testing.T) {
	root := tree(t, "folder/real.txt")
	for link, target := range map[string]string{"link.txt": "folder/real.txt", "gone.txt": "nowhere", "dir.txt": "folder"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Skip(err)
		}
	}
	names, refused, err := List(root, "*.txt")
	if err != nil || !slices.Equal(names, []string{"folder/real.txt", "link.txt"}) {
		t.Errorf("got %q, %v", names, err)
	}
	if len(refused) != 1 || refused[0].Name != "gone.txt" {
		t.Errorf("refused %v, want the dangling link", refused)
	}
}

func TestListNamesWhatIsWrong(t *testing.T) {
	root := tree(t, "file.txt")
	for _, test := range []struct{ root, pattern, want string }{
		{filepath.Join(root, "none"), "*", "no such file"},
		{filepath.Join(root, "file.txt"), "*", "is no directory"},
		{root, "[", "wildcard pattern"},
		{root, "", "wildcard pattern"},
		{root, "/etc/*", "wildcard pattern"},
	} {
		_, _, err := List(test.root, test.pattern)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("List(%q, %q): %v, want something about %q", test.root, test.pattern, err, test.want)
		}
	}
}
