package main

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"willbuy/pipeline/hub"
)

const tinyModels = "../../testdata/tiny"

const fakeCommit = "00112233445566778899aabbccddeeff00112233"

// fakeHub serves the tiny models as owner/NAME, a repository without a network
// as facebook/bart-large-mnli, and one with a tokenizer that we have not, whose
// network is never to be fetched, as owner/unigram. The commands that a test runs use it and
// a cache of the test's own.
func fakeHub(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.SplitN(r.URL.Path, "/", 6) // "", api, models, owner, NAME, ... or "", owner, NAME, resolve, COMMIT, FILE
		switch {
		case len(parts) == 6 && parts[1] == "api" && parts[4] == "bart-large-mnli":
			fmt.Fprintf(w, `{"sha":%q,"siblings":[{"rfilename":"config.json","size":2,"blobId":%q},{"rfilename":"pytorch_model.bin","size":9}]}`, fakeCommit, strings.Repeat("a", 40))
		case len(parts) == 6 && parts[4] == "unigram":
			tinyListing(w, unigram)
		case len(parts) == 6 && parts[2] == "unigram" && strings.HasSuffix(parts[5], ".onnx"):
			t.Error("the network is fetched before the tokenizer is looked at")
		case len(parts) == 6 && parts[2] == "unigram":
			http.ServeFileFS(w, r, unigram, parts[5])
		case len(parts) == 6 && parts[1] == "api":
			tinyListing(w, os.DirFS(filepath.Join(tinyModels, filepath.Base(parts[4]))))
		case len(parts) == 6 && parts[3] == "resolve" && parts[4] == fakeCommit:
			http.ServeFile(w, r, filepath.Join(tinyModels, filepath.Base(parts[2]), parts[5]))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"HF_ENDPOINT": server.URL, "HF_HOME": t.TempDir(), "HF_HUB_CACHE": "", "HUGGINGFACE_HUB_CACHE": "",
		"HF_TOKEN": "hf_secret", "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": ""} {
		t.Setenv(name, value)
	}
}

var unigram = fstest.MapFS{
	"config.json":     {Data: []byte(`{"id2label":{"0":"contradiction","1":"entailment"}}`)},
	"tokenizer.json":  {Data: []byte(`{"model":{"type":"Unigram","vocab":[["a",0.5]]}}`)},
	"onnx/model.onnx": {Data: []byte("a network")},
}

// tinyListing answers what the hub would about a folder: networks are large
// files, known by their SHA-256, others by git's hash.
func tinyListing(w http.ResponseWriter, files fs.FS) {
	var siblings []map[string]any
	fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		git, large := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(data), data)), sha256.Sum256(data)
		sibling := map[string]any{"rfilename": name, "size": len(data), "blobId": hex.EncodeToString(git[:])}
		if strings.HasSuffix(name, ".onnx") {
			sibling["lfs"] = map[string]any{"sha256": hex.EncodeToString(large[:]), "size": len(data)}
		}
		siblings = append(siblings, sibling)
		return err
	})
	if siblings == nil {
		http.Error(w, "Repository not found", http.StatusNotFound)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"sha": fakeCommit, "siblings": siblings})
}

func TestPulledModelClassifiesAsTheDirectoryDoes(t *testing.T) {
	fakeHub(t)
	dir := t.TempDir()
	pull := willbuy(t, dir, "textmodel", "pull", "owner/nli").must(t)
	model := strings.TrimSuffix(pull.out, "\n")
	contains(t, pull.err, "owner/nli at 001122334455: 4 files, ", " to fetch", "It works", "willbuy classify --model "+model, "willbuy run --set quality.model="+model)
	if strings.Contains(pull.err, "hf_secret") {
		t.Error("the token is shown")
	}
	want, err := filepath.Abs(filepath.Join(tinyModels, "nli"))
	if err != nil {
		t.Fatal(err)
	}
	classify := func(model string) string {
		return willbuyReading(t, dir, "The zip broke.\n", "classify", "--model", model, "--labels", "good,bad").must(t).out
	}
	if got, want := classify(model), classify(want); got != want {
		t.Errorf("pulled: %s\ndirectory: %s", got, want)
	}

	// Again, without the hub and by each of its names.
	t.Setenv("HF_ENDPOINT", "http://127.0.0.1:9")
	again := willbuy(t, dir, "textmodel", "pull", "owner/nli", "--offline", "--quiet").must(t)
	if again.out != pull.out || again.err != "" {
		t.Errorf("offline: %q, %q", again.out, again.err)
	}
	for _, name := range []string{"nli", "owner/nli"} {
		inspected := willbuy(t, dir, "textmodel", "inspect", name, "--json").must(t).objects(t)
		if inspected[0]["dir"] != model {
			t.Errorf("%s is found in %v", name, inspected[0]["dir"])
		}
	}
	other := willbuy(t, dir, "textmodel", "pull", "owner/bart", "--offline")
	if other.code != 1 {
		t.Errorf("one that was never pulled: exit code %d", other.code)
	}
	contains(t, other.err, "it is not in the cache", "willbuy textmodel pull owner/bart")
}

func TestPullGivesAModelADirectoryOfItsOwn(t *testing.T) {
	fakeHub(t)
	dir := t.TempDir()
	r := willbuy(t, dir, "textmodel", "pull", "owner/stars", "--out", "my models/stars", "--json").must(t)
	if o := r.objects(t)[0]; o["dir"] != "my models/stars" || o["commit"] != fakeCommit || o["bytes"] != o["fetched_bytes"] || len(o["files"].([]any)) != 4 {
		t.Errorf("%v", o)
	}
	os.RemoveAll(os.Getenv("HF_HOME"))
	willbuyReading(t, dir, "Lovely.\n", "sentiment", "--model", "my models/stars").must(t)
}

func TestPullWithoutANameListsModels(t *testing.T) {
	fakeHub(t)
	dir := t.TempDir()
	r := willbuy(t, dir, "textmodel", "pull").must(t)
	for _, m := range hub.Models() {
		contains(t, r.out, m.Name, m.Size, m.Licence, m.Languages, m.Repo)
	}
	listed := willbuy(t, dir, "textmodel", "pull", "--json").must(t).objects(t)
	if len(listed) != len(hub.Models()) || listed[0]["licence"] == "" {
		t.Errorf("%v", listed)
	}
}

func TestPullAnswersWrongWordsAndNames(t *testing.T) {
	fakeHub(t)
	dir := t.TempDir()
	for _, test := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"bart-lage-mnli"}, 2, []string{"did you mean bart-large-mnli?", "OWNER/REPOSITORY"}},
		{[]string{"owner/nli", "more"}, 2, []string{"takes 0 to 1 name"}},
		{[]string{"owner/nli", "--precision", "int9"}, 2, []string{"exact, int8 or fast"}},
		{[]string{"owner/../nli"}, 1, []string{"a repository is named owner/name"}},
		{[]string{"owner/gone"}, 1, []string{"the hub does not have it", "404", "Check the name"}},
		{[]string{"owner/nli", "--precision", "int8"}, 1, []string{"no onnx/model_quantized.onnx", "optimum-cli export onnx"}},
		{[]string{"owner/unigram"}, 1, []string{"owner/unigram is not fetched", "Unigram", "willbuy textmodel pull lists some"}},
		{[]string{"facebook/bart-large-mnli"}, 1, []string{"no onnx/model.onnx", "Xenova/bart-large-mnli", "willbuy textmodel pull bart-large-mnli"}},
	} {
		r := willbuy(t, dir, append([]string{"textmodel", "pull"}, test.args...)...)
		if r.code != test.code || r.out != "" {
			t.Errorf("%q: exit code %d, %s", test.args, r.code, r.out)
		}
		contains(t, r.err, test.says...)
	}
	t.Setenv("HF_ENDPOINT", "huggingface.co")
	r := willbuy(t, dir, "textmodel", "pull", "owner/nli")
	if r.code != 1 {
		t.Errorf("exit code %d", r.code)
	}
	contains(t, r.err, "HF_ENDPOINT must be an address")
}

func TestInspectSaysWhatAModelIsGoodFor(t *testing.T) {
	dir := t.TempDir()
	tiny, err := filepath.Abs(tinyModels)
	if err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string][]string{
		"nli-reversed": {"bert", "entailment is column 0, contradiction column 2", "willbuy classify --model", "WordPiece, 500 tokens", "96 tokens",
			"model.onnx: ", "28,579 float32", "input_ids int64[batch, sequence]", "pairs of "},
		"stars":     {"1 star, 2 stars", "willbuy sentiment --model"},
		"nli-int8":  {"model_quantized.onnx: 128.6 kB, int8"},
		"nli-fixed": {"of one row only"},
	} {
		r := willbuy(t, dir, "textmodel", "inspect", filepath.Join(tiny, name)).must(t)
		contains(t, r.out, says...)
		if strings.Contains(r.out, "problem") {
			t.Errorf("%s has a problem:\n%s", name, r.out)
		}
	}
}

func TestInspectNeedsNoRuntimeForWhatTheFilesSay(t *testing.T) {
	t.Setenv("ONNXRUNTIME_SHARED_LIBRARY_PATH", filepath.Join(t.TempDir(), "gone.so"))
	tiny, err := filepath.Abs(filepath.Join(tinyModels, "nli"))
	if err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, t.TempDir(), "textmodel", "inspect", tiny).must(t)
	contains(t, r.out, "WordPiece, 500 tokens", "not tried", "gone.so")
}

func TestInspectListsWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"id2label":{"0":"joy","1":"anger"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, dir, "textmodel", "inspect", ".")
	if r.code != 1 {
		t.Errorf("exit code %d", r.code)
	}
	contains(t, r.out, "joy, anger", "problem", "no tokenizer.json", "no onnx/model.onnx")
	contains(t, r.err, "cannot be used: 2 problems")
	r = willbuy(t, dir, "textmodel", "inspect", "sentiments-studen")
	contains(t, r.err, "did you mean sentiments-student?", "willbuy textmodel pull")
}

func TestQuantizeWithoutPythonSaysWhatToInstall(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "nli"), os.DirFS(filepath.Join(tinyModels, "nli"))); err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(dir, "python3")
	if err := os.WriteFile(python, []byte("#!/bin/sh\necho '{\"missing\":\"onnxruntime\",\"error\":\"\"}'\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, dir, "textmodel", "quantize", "nli", "--python", python)
	if r.code != 1 || r.out != "" {
		t.Errorf("exit code %d, %s", r.code, r.out)
	}
	contains(t, r.err, "has no module onnxruntime; install it with: "+python+" -m pip install onnxruntime onnx", "--python PYTHON")
	r = willbuy(t, dir, "textmodel", "quantize", "nli", "--sample", "gone.txt")
	contains(t, r.err, "read gone.txt")
}

func TestQuantizeTellsHowFarTheNetworksAgree(t *testing.T) {
	if err := exec.Command("python3", "-c", "import onnx, onnxruntime.quantization").Run(); err != nil {
		t.Skip("python3 has no onnxruntime with onnx")
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "nli"), os.DirFS(filepath.Join(tinyModels, "nli"))); err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, dir, "textmodel", "quantize", "nli", "--json").must(t)
	o := r.objects(t)[0]
	agrees := o["agreement"].(map[string]any)
	if share := agrees["labels_agree"].(float64); agrees["texts"] != 200. || share < 0.7 || share > 1 || agrees["mean_score_difference"].(float64) <= 0 {
		t.Errorf("%v", o)
	}
	contains(t, r.err, "quantising the weights", "matrix products in int8")
	again := willbuy(t, dir, "textmodel", "quantize", "nli")
	if again.code != 1 {
		t.Errorf("again: exit code %d", again.code)
	}
	contains(t, again.err, "is there", "--force")
}

// A twin that is the network itself agrees in everything.
func TestQuantizeComparesOnTheSampleThatIsGiven(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "stars"), os.DirFS(filepath.Join(tinyModels, "stars"))); err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(dir, "python3")
	if err := os.WriteFile(python, []byte("#!/bin/sh\ncp \"$3\" \"$4\"\necho '{\"done\":{\"matmuls\":8}}'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "own.txt"), []byte("It broke.\n\nIt works well.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, dir, "textmodel", "quantize", "stars", "--python", python, "--sample", "own.txt", "--out", "int8.onnx").must(t)
	contains(t, r.out, "int8.onnx", "labels agree in 100.0% of 2 texts, scores differ by 0.000 on average")
}

func TestProgressLineTellsRateAndTimeLeft(t *testing.T) {
	for _, test := range []struct {
		at     hub.Progress
		before int64
		took   time.Duration
		want   string
	}{
		{hub.Progress{File: "onnx/model.onnx", Done: 500e6, Total: 2000e6}, 0, 10 * time.Second, "500.0 MB of 2.0 GB, 50.0 MB/s, 30s left, onnx/model.onnx"},
		{hub.Progress{File: "f", Done: 500e6, Total: 600e6}, 400e6, 10 * time.Second, "500.0 MB of 600.0 MB, 10.0 MB/s, 10s left, f"},
		{hub.Progress{File: "f", Done: 400e6, Total: 600e6}, 400e6, 0, "400.0 MB of 600.0 MB, f"},
	} {
		if got := progressLine(test.at, test.before, test.took); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
