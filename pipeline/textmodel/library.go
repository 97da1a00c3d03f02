package textmodel

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// LibraryVariable names the environment variable that holds the path of the
// ONNX Runtime library.
const LibraryVariable = "ONNXRUNTIME_SHARED_LIBRARY_PATH"

// The oldest ONNX Runtime whose C API the binding can use.
const oldestMajor, oldestMinor = 1, 24

// Library is an ONNX Runtime shared library that can be loaded.
type Library struct {
	Path    string
	Version string
}

// FindLibrary looks for ONNX Runtime 1.24 or newer: at explicit (a flag's
// value), at $ONNXRUNTIME_SHARED_LIBRARY_PATH, in the user's cache directory
// where `make build` puts it, beside the executable, on the system. The first
// two are somebody's wish and no other is tried when one is given. The error
// is one sentence with all places and what was found there.
func FindLibrary(explicit string) (Library, error) {
	for _, wish := range []struct{ path, origin string }{
		{explicit, ""},
		{os.Getenv(LibraryVariable), " (" + LibraryVariable + ")"},
	} {
		if wish.path == "" {
			continue
		}
		version, err := probe(wish.path)
		if err == nil && !recent(version) {
			err = fmt.Errorf("it is version %s", version)
		}
		if err != nil {
			return Library{}, fmt.Errorf("load ONNX Runtime %d.%d or newer from %s%s: %w; leave the path out and run `make build`, which fetches it",
				oldestMajor, oldestMinor, wish.path, wish.origin, err)
		}
		return Library{wish.path, version}, nil
	}

	var places, found []string
	for _, place := range libraryPlaces() {
		places = append(places, place.name)
		for _, path := range place.candidates {
			version, err := probe(path)
			switch {
			case err == nil && recent(version):
				return Library{path, version}, nil
			case err == nil:
				found = append(found, fmt.Sprintf("%s is version %s", path, version))
			case filepath.IsAbs(path):
				found = append(found, fmt.Sprintf("%s does not load (%v)", path, err))
			}
		}
	}
	if found == nil {
		found = []string{"found none"}
	}
	return Library{}, fmt.Errorf("look for ONNX Runtime %d.%d or newer in %s: %s; run `make build`, which fetches it",
		oldestMajor, oldestMinor, strings.Join(places, ", "), strings.Join(found, ", "))
}

// place is somewhere a library may be; candidates are files that exist, best
// first, or names for the system's loader.
type place struct {
	name       string
	candidates []string
}

func libraryPlaces() []place {
	pattern, system := "libonnxruntime.so*", []string{"libonnxruntime.so.1", "libonnxruntime.so"}
	if runtime.GOOS == "darwin" {
		pattern, system = "libonnxruntime*.dylib", []string{"libonnxruntime.dylib"}
	}
	var places []place
	if cache, err := os.UserCacheDir(); err == nil {
		// testdata/setup/onnxruntime.sh writes this layout.
		root := filepath.Join(cache, "willbuy", "onnxruntime")
		files, _ := filepath.Glob(filepath.Join(root, "*", runtime.GOOS+"-"+runtime.GOARCH, pattern))
		slices.SortFunc(files, func(a, b string) int {
			return compareVersions(pathVersion(b), pathVersion(a))
		})
		places = append(places, place{root, files})
	}
	if executable, err := os.Executable(); err == nil {
		dir := filepath.Dir(executable)
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		places = append(places, place{dir, files})
	}
	return append(places, place{"the system's library path", system})
}

// pathVersion is the VERSION of .../VERSION/OS-ARCH/library.
func pathVersion(path string) string { return filepath.Base(filepath.Dir(filepath.Dir(path))) }

func recent(version string) bool {
	return compareVersions(version, fmt.Sprintf("%d.%d", oldestMajor, oldestMinor)) >= 0
}

// compareVersions orders dotted numbers; what is no number counts as 0.
func compareVersions(a, b string) int {
	parse := func(v string) (n [3]int) {
		fmt.Sscanf(v, "%d.%d.%d", &n[0], &n[1], &n[2])
		return n
	}
	x, y := parse(a), parse(b)
	return slices.Compare(x[:], y[:])
}

// loaded is the one ONNX Runtime of the process.
var loaded struct {
	sync.Mutex
	Library // written once
	done    bool
}

// start finds and initialises ONNX Runtime unless that is done already. A
// failure is not remembered, so that a library put in place later is found.
func start(explicit string) error {
	loaded.Lock()
	defer loaded.Unlock()
	if loaded.done {
		return nil
	}
	library, err := FindLibrary(explicit)
	if err != nil {
		return err
	}
	ort.SetSharedLibraryPath(library.Path)
	// Errors come back as values; on stderr they would tear the screen, and a
	// cancelled run logs one for every goroutine.
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("start ONNX Runtime %s from %s: %w; run `make build`, which fetches one that works", library.Version, library.Path, err)
	}
	loaded.Library, loaded.done = library, true
	return nil
}
