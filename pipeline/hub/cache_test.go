package hub

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOfflineGivesWhatTheCacheHoldsAndNothingElse(t *testing.T) {
	f := newFakeHub(t)
	cache := t.TempDir()
	h := f.hub(cache)
	h.Offline = true
	f.api = func(http.ResponseWriter, *http.Request) { t.Error("the hub is asked") }
	if _, err := f.pull(h); !errors.Is(err, ErrOffline) {
		t.Errorf("an empty cache: %v", err)
	}
	f.api = nil
	online := f.hub(cache)
	want, err := f.pull(online)
	if err != nil {
		t.Fatal(err)
	}
	f.front.Close()
	got, err := f.pull(h)
	if err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if _, err := h.Plan(t.Context(), testRepo, testCommit, both); err != nil {
		t.Errorf("by its commit: %v", err)
	}
	if _, err := h.Plan(t.Context(), testRepo, "other", both); !errors.Is(err, ErrOffline) {
		t.Errorf("another branch: %v", err)
	}
	// A blob that is gone leaves a link to nothing.
	if err := os.Remove(h.blob(testRepo, blobOf(f.files["tokenizer.json"], false))); err != nil {
		t.Fatal(err)
	}
	if _, err := f.pull(h); !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), "no tokenizer.json") {
		t.Errorf("without the tokenizer: %v", err)
	}
}

func TestFindKnowsAModelByEachOfItsNames(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	if _, err := h.Find("small-mnli"); !errors.Is(err, ErrOffline) {
		t.Errorf("an empty cache: %v", err)
	}
	want, err := f.pull(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(h.folder("owner/data-set"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := h.Pulled(); !slices.Equal(got, []string{testRepo}) {
		t.Errorf("pulled: %v", got)
	}
	for _, name := range []string{"small-mnli", testRepo} {
		if got, err := h.Find(name); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	// Python pulls commits without a branch, too.
	if err := os.RemoveAll(filepath.Join(h.folder(testRepo), "refs")); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Find(testRepo); err != nil || got != want {
		t.Errorf("without refs: %s, %v", got, err)
	}
	for _, name := range []string{"", "*", "small", "../small-mnli", "owner--small-mnli/x", "[a]"} {
		if got, err := h.Find(name); err == nil {
			t.Errorf("%q is found in %s", name, got)
		}
	}
	listed := Models()[0]
	if err := os.Rename(h.folder(testRepo), h.folder(listed.Repo)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{listed.Name, listed.Repo, listed.Base} {
		if got, err := h.Find(name); err != nil || !strings.HasSuffix(got, testCommit) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestCopyHoldsTheFilesThemselves(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	p, err := h.Plan(t.Context(), testRepo, "", both)
	if err == nil {
		_, err = h.Fetch(t.Context(), p, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new", "model")
	for range 2 { // the second time over the first
		if err := h.Copy(p, dir); err != nil {
			t.Fatal(err)
		}
	}
	os.RemoveAll(h.Cache)
	f.check(dir)
	if entries, _ := os.ReadDir(filepath.Join(dir, "onnx")); len(entries) != 2 {
		t.Errorf("left over in onnx: %v", entries)
	}
}

func TestEnvironmentIsReadAsPythonReadsIt(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	at := func(h *Hub) (cache, endpoint, token string, offline bool) {
		a := h.client.Transport.(*authorised)
		return h.Cache, h.endpoint.String(), a.token, h.Offline
	}
	check := func(what, cache, endpoint, token string, offline bool) {
		t.Helper()
		h, err := FromEnvironment()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if c, e, k, o := at(h); c != cache || e != endpoint || k != token || o != offline {
			t.Errorf("%s: %s %s %q %v, want %s %s %q %v", what, c, e, k, o, cache, endpoint, token, offline)
		}
	}
	check("nothing set", filepath.Join(home, ".cache/huggingface/hub"), "https://huggingface.co", "", false)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "xdg"))
	check("XDG_CACHE_HOME", filepath.Join(home, "xdg/huggingface/hub"), "https://huggingface.co", "", false)
	t.Setenv("HF_HOME", "~/hf")
	if err := os.MkdirAll(filepath.Join(home, "hf"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "hf", "token"), []byte(" from_file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HF_ENDPOINT", "https://mirror.example/hf/")
	check("HF_HOME", filepath.Join(home, "hf/hub"), "https://mirror.example/hf", "from_file", false)
	t.Setenv("HF_HUB_CACHE", filepath.Join(home, "cache"))
	t.Setenv("HF_TOKEN", "from_environment")
	t.Setenv("HF_HUB_OFFLINE", "yes")
	check("all set", filepath.Join(home, "cache"), "https://mirror.example/hf", "from_environment", true)

	t.Setenv("HF_TOKEN", "se\ncret")
	if _, err := FromEnvironment(); err == nil || strings.Contains(err.Error(), "cret") {
		t.Errorf("a broken token: %v", err)
	}
	t.Setenv("HF_TOKEN", "")
	for _, endpoint := range []string{"huggingface.co", "ftp://x", "https://user:password@x", "https://"} {
		t.Setenv("HF_ENDPOINT", endpoint)
		if _, err := FromEnvironment(); err == nil || strings.Contains(err.Error(), "password") {
			t.Errorf("HF_ENDPOINT=%s: %v", endpoint, err)
		}
	}
}

// What we fetch, Python finds; what Python fetched, we use. Needs a python3
// with huggingface_hub.
func TestPythonSharesTheCache(t *testing.T) {
	if err := exec.Command("python3", "-c", "import huggingface_hub").Run(); err != nil {
		t.Skip("python3 has no huggingface_hub")
	}
	f := newFakeHub(t)
	python := func(cache, offline, code string) string {
		t.Helper()
		cmd := exec.Command("python3", "-c", code)
		cmd.Env = append(os.Environ(), "HF_HUB_CACHE="+cache, "HF_HUB_OFFLINE="+offline, "HF_ENDPOINT="+f.front.URL,
			"HF_TOKEN=", "HF_HUB_DISABLE_TELEMETRY=1", "HF_HUB_DISABLE_PROGRESS_BARS=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	ours := f.hub(t.TempDir())
	dir, err := f.pull(ours)
	if err != nil {
		t.Fatal(err)
	}
	got := python(ours.Cache, "1", `from huggingface_hub import hf_hub_download, snapshot_download, scan_cache_dir
assert not scan_cache_dir().warnings, scan_cache_dir().warnings
assert hf_hub_download("`+testRepo+`", "onnx/model.onnx").endswith("onnx/model.onnx")
print(snapshot_download("`+testRepo+`"))`)
	if got != dir {
		t.Errorf("Python finds %s, we made %s", got, dir)
	}

	theirs := f.hub(t.TempDir())
	python(theirs.Cache, "0", `from huggingface_hub import hf_hub_download
for name in ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx", "onnx/model_quantized.onnx"]:
    hf_hub_download("`+testRepo+`", name)`)
	f.asked = nil
	dir, err = f.pull(theirs)
	if err != nil || len(f.asked) > 0 {
		t.Fatalf("after Python's fetch: %v, asked for %q", err, f.asked)
	}
	f.check(dir)
}
