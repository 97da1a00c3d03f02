package views

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// go test ./views -run Golden -update writes the goldens anew.
var update = flag.Bool("update", false, "write the golden files anew")

// album is golden screens with their names, as one file.
type album struct {
	names   []string
	screens map[string]string
}

// add puts a screen at the end, without the blanks that nobody sees.
func (a *album) add(name, text string) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	if a.screens == nil {
		a.screens = map[string]string{}
	}
	a.names = append(a.names, name)
	a.screens[name] = strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// heading begins the line with the name of a screen.
const heading = "=== "

func (a *album) text() []byte {
	var b bytes.Buffer
	for _, name := range a.names {
		fmt.Fprintf(&b, "%s%s\n%s\n", heading, name, a.screens[name])
	}
	return b.Bytes()
}

func readAlbum(text string) *album {
	a := &album{}
	for part := range strings.SplitSeq(strings.TrimPrefix(text, heading), "\n"+heading) {
		name, screen, _ := strings.Cut(part, "\n")
		a.add(name, screen)
	}
	return a
}

// compare fails the test where a file has other screens, and shows the lines; or
// writes the file, with -update. A file that ends in .gz is compressed.
func (a *album) compare(t *testing.T, path string) {
	t.Helper()
	if *update {
		if err := writeGolden(path, a.text()); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := readGolden(path)
	if err != nil {
		t.Fatal(err)
	}
	want, wrong := readAlbum(string(text)), 0
	const most = 3
	for _, name := range a.names {
		golden, ok := want.screens[name]
		delete(want.screens, name)
		if ok && golden == a.screens[name] {
			continue
		}
		if wrong++; wrong <= most {
			t.Errorf("%s: %s is not as it was%s", path, name, difference(golden, a.screens[name]))
		}
	}
	for name := range want.screens {
		t.Errorf("%s: %s is not drawn any more", path, name)
	}
	if wrong > 0 {
		t.Errorf("%s: %d of %d screens changed. If it is on purpose, look at them and: go test ./views -run Golden -update", path, wrong, len(a.names))
	}
}

// difference shows the lines in which two screens differ, the first few, with
// what styles them.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	line := func(lines []string, i int) string {
		if i >= len(lines) {
			return ""
		}
		return strings.ReplaceAll(lines[i], "\x1b", "␛")
	}
	var out strings.Builder
	const most = 6
	n := 0
	for i := range max(len(a), len(b)) {
		if was, is := line(a, i), line(b, i); was != is {
			if n++; n > most {
				out.WriteString("\n  …")
				break
			}
			fmt.Fprintf(&out, "\n  line %d\n    was %s\n    is  %s", i+1, was, is)
		}
	}
	return out.String()
}

func readGolden(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil || filepath.Ext(path) != ".gz" {
		return data, err
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return io.ReadAll(r)
}

func writeGolden(path string, data []byte) error {
	if filepath.Ext(path) == ".gz" {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		data = b.Bytes()
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
