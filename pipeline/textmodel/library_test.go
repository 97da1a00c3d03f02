package textmodel

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeLibrary builds a shared library that says it is ONNX Runtime of a version.
func fakeLibrary(t *testing.T, path, version string) {
	t.Helper()
	source := filepath.Join(t.TempDir(), "fake.c")
	code := `static const char *version(void) { return "` + version + `"; }
struct { const void *(*api)(unsigned); const char *(*version)(void); } base = {0, version};
void *OrtGetApiBase(void) { return &base; }`
	if version == "" {
		code = "int nothing;"
	}
	if err := os.WriteFile(source, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", path, source).CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
}

func TestWishedLibraryThatDoesNotServeIsNamed(t *testing.T) {
	dir := t.TempDir()
	old, other := filepath.Join(dir, "old.so"), filepath.Join(dir, "other.so")
	fakeLibrary(t, old, "1.22.0")
	fakeLibrary(t, other, "")
	for _, test := range []struct{ path, want string }{
		{filepath.Join(dir, "gone.so"), "gone.so: "},
		{old, "old.so: it is version 1.22.0"},
		{other, "other.so: it is not ONNX Runtime"},
	} {
		_, err := FindLibrary(test.path)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "1.24 or newer") || !strings.Contains(err.Error(), "make build") {
			t.Errorf("as a flag: %v\nwant %q", err, test.want)
		}
		t.Setenv(LibraryVariable, test.path)
		_, err = FindLibrary("")
		if err == nil || !strings.Contains(err.Error(), LibraryVariable) {
			t.Errorf("from the environment: %v", err)
		}
	}
}

func TestLibrariesAreTriedInOrder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("HOME", dir)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	name := "libonnxruntime.so"
	if runtime.GOOS == "darwin" {
		name = "libonnxruntime.dylib"
	}
	in := func(version string) string {
		return filepath.Join(cache, "willbuy/onnxruntime", version, runtime.GOOS+"-"+runtime.GOARCH, name)
	}

	fakeLibrary(t, in("1.9.1"), "1.9.1")
	if found, err := FindLibrary(""); err == nil { // one is on the system
		if !recent(found.Version) {
			t.Errorf("found %+v", found)
		}
	} else if !strings.Contains(err.Error(), "is version 1.9.1") || !strings.Contains(err.Error(), "make build") || strings.Contains(err.Error(), "\n") {
		t.Errorf("with an old one in the cache: %v", err)
	}

	for _, version := range []string{"1.24.4", "1.30.0"} {
		fakeLibrary(t, in(version), version)
		if found, err := FindLibrary(""); err != nil || found.Path != in(version) || found.Version != version {
			t.Errorf("newest in the cache is %s: found %+v, %v", version, found, err)
		}
	}
	wish := filepath.Join(dir, "wish.so")
	fakeLibrary(t, wish, "1.25.1")
	t.Setenv(LibraryVariable, wish)
	if found, err := FindLibrary(""); err != nil || found.Path != wish {
		t.Errorf("the environment's comes first: found %+v, %v", found, err)
	}
	if found, err := FindLibrary(in("1.30.0")); err != nil || found.Version != "1.30.0" {
		t.Errorf("the flag's comes before: found %+v, %v", found, err)
	}
}
