package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listing is the hub's answer about a repository with the named files.
func listing(names ...string) []byte {
	var siblings []map[string]any
	for _, name := range names {
		siblings = append(siblings, map[string]any{"rfilename": name, "size": 3, "blobId": blobOf("abc", false)})
	}
	data, err := json.Marshal(map[string]any{"sha": testCommit, "siblings": siblings})
	if err != nil {
		panic(err)
	}
	return data
}

func TestOnlyWhatAModelNeedsIsChosen(t *testing.T) {
	beside := []string{"config.json", "tokenizer.json", "README.md", "model.safetensors"}
	for _, test := range []struct {
		names []string
		want  Networks
		files string // those beyond configuration and tokenizer
		err   string
	}{
		{[]string{"onnx/model.onnx", "onnx/model_quantized.onnx", "onnx/model_q4.onnx"}, both, "onnx/model.onnx onnx/model_quantized.onnx", ""},
		{[]string{"onnx/model.onnx", "onnx/model_quantized.onnx"}, Networks{Exact: true}, "onnx/model.onnx", ""},
		{[]string{"onnx/model.onnx", "onnx/model_quantized.onnx"}, Networks{Int8: true}, "onnx/model_quantized.onnx", ""},
		{[]string{"onnx/model.onnx"}, both, "onnx/model.onnx", ""},
		{[]string{"model.onnx", "onnx/model.onnx"}, both, "onnx/model.onnx", ""},
		{[]string{"model.onnx", "model.onnx_data", "model.onnx_data_1"}, both, "model.onnx model.onnx_data model.onnx_data_1", ""},
		{[]string{"onnx/model.onnx", "onnx/model.onnx.data", "onnx/model.onnx.md5", "vocab.txt"}, both, "onnx/model.onnx onnx/model.onnx.data vocab.txt", ""},
		{[]string{"onnx/model.onnx"}, Networks{Int8: true}, "", `no onnx/model_quantized.onnx; it has "onnx/model.onnx"`},
		{[]string{"onnx/encoder_model.onnx"}, both, "", `no onnx/model.onnx; it has "onnx/encoder_model.onnx"`},
		{nil, both, "", "no onnx/model.onnx"},
	} {
		p, err := readPlan(listing(append(test.names, beside...)...), test.want)
		if test.err != "" {
			if !errors.Is(err, ErrNoModel) || !strings.HasSuffix(err.Error(), test.err) {
				t.Errorf("%q: %v, want %q", test.names, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", test.names, err)
			continue
		}
		var got []string
		for _, f := range p.Files {
			if f.Path != "config.json" && f.Path != "tokenizer.json" {
				got = append(got, f.Path)
			}
		}
		if strings.Join(got, " ") != test.files {
			t.Errorf("%q: chose %q, want %q", test.names, got, test.files)
		}
	}
}

func TestHostileAnswersAreRefused(t *testing.T) {
	good := string(listing("config.json", "tokenizer.json", "onnx/model.onnx"))
	for name, answer := range map[string]string{
		"a way out of the folder": string(listing("config.json", "tokenizer.json", "onnx/model.onnx", "onnx/model.onnx_data/../../../../.profile")),
		"a backslash":             string(listing("config.json", "tokenizer.json", "onnx/model.onnx", `onnx/model.onnx_data\..\x`)),
		"a line end":              string(listing("config.json", "tokenizer.json", "onnx/model.onnx", "onnx/model.onnx_data\n")),
		"an escape":               string(listing("config.json", "tokenizer.json", "onnx/model.onnx", "onnx/model.onnx_data\x1b[2J")),
		"a file twice":            string(listing("config.json", "tokenizer.json", "onnx/model.onnx", "config.json")),
		"no tokenizer":            string(listing("config.json", "onnx/model.onnx")),
		"no configuration":        string(listing("tokenizer.json", "onnx/model.onnx")),
		"a path as commit":        strings.ReplaceAll(good, testCommit, "../../../../etc"),
		"no commit":               strings.ReplaceAll(good, testCommit, ""),
		"a path as hash":          strings.ReplaceAll(good, blobOf("abc", false), "../../x"),
		"a negative size":         strings.ReplaceAll(good, `"size":3`, `"size":-3`),
		"a size beyond counting":  strings.ReplaceAll(good, `"size":3`, `"size":1e99`),
		"no JSON":                 "<html>",
		"a list":                  "[]",
		"too much":                `{"sha":"` + strings.Repeat(" ", maxAnswer) + `"}`,
	} {
		if p, err := readPlan([]byte(answer), both); err == nil {
			t.Errorf("%s is taken: %+v", name, p)
		} else if strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: the error is no plain sentence: %q", name, err)
		}
	}
	if _, err := readPlan([]byte(good), both); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func TestHugeAnswerIsNotKept(t *testing.T) {
	f := newFakeHub(t)
	f.api = func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range 4 * maxAnswer >> 20 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	if _, err := f.pull(f.hub(t.TempDir())); err == nil || !strings.Contains(err.Error(), "larger than 16 MiB") {
		t.Errorf("%v", err)
	}
}

func TestWrongNamesAreRefusedBeforeAnythingIsAsked(t *testing.T) {
	f := newFakeHub(t)
	f.api = func(http.ResponseWriter, *http.Request) { t.Error("asked") }
	for _, repo := range []string{"", "owner", "owner/", "/name", "owner/na/me", "../..", "owner/..", "a--b/c", "owner/na me", "owner/name?x=1", "-x/y"} {
		if _, err := f.hub(t.TempDir()).Plan(t.Context(), repo, "", both); err == nil {
			t.Errorf("the repository %q is taken", repo)
		}
	}
	for _, revision := range []string{"../x", "/main", "a\nb", "a//b", ".", strings.Repeat("x", 300)} {
		if _, err := f.hub(t.TempDir()).Plan(t.Context(), testRepo, revision, both); err == nil {
			t.Errorf("the revision %q is taken", revision)
		}
	}
}

// Hubs that say little about a repository, as some mirrors, are asked about
// each file.
func TestSizesAndHashesComeFromTheFilesWhereTheListingHasNone(t *testing.T) {
	f := newFakeHub(t)
	f.api = func(w http.ResponseWriter, _ *http.Request) {
		var names []string
		for name := range f.files {
			names = append(names, fmt.Sprintf(`{"rfilename":%q}`, name))
		}
		fmt.Fprintf(w, `{"sha":%q,"siblings":[%s]}`, testCommit, strings.Join(names, ","))
	}
	dir, err := f.pull(f.hub(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	f.check(dir)
}

func TestRevisionsAreEscapedAndRecorded(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	f.api = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.EscapedPath() != "/api/models/"+testRepo+"/revision/refs%2Fpr%2F1" {
			t.Errorf("asked for %s", r.URL.EscapedPath())
		}
		f.answer(w)
	}
	p, err := h.Plan(t.Context(), testRepo, "refs/pr/1", both)
	if err == nil {
		_, err = h.Fetch(t.Context(), p, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if ref, err := os.ReadFile(filepath.Join(h.folder(testRepo), "refs", "refs", "pr", "1")); err != nil || string(ref) != testCommit {
		t.Errorf("%q, %v", ref, err)
	}
}

func FuzzPlan(f *testing.F) {
	f.Add(listing("config.json", "tokenizer.json", "onnx/model.onnx"), true)
	f.Add(listing("config.json", "vocab.txt", "model.onnx", "model.onnx_data/../x"), false)
	f.Add([]byte(`{"sha":"`+testCommit+`","siblings":[{"rfilename":"config.json","lfs":{"sha256":"x","size":-1}},{"rfilename":null}],"cardData":{"license":["mit"]}}`), true)
	f.Add([]byte(`{"siblings":{}}`), true)
	f.Fuzz(func(t *testing.T, answer []byte, int8 bool) {
		p, err := readPlan(answer, Networks{Exact: true, Int8: int8})
		if err != nil {
			return
		}
		if !commitHash.MatchString(p.Commit) {
			t.Errorf("commit %q", p.Commit)
		}
		h := Hub{Cache: "cache"}
		p.Repo = testRepo
		for _, file := range p.Files {
			at := filepath.Join(h.Dir(p), filepath.FromSlash(file.Path))
			if !strings.HasPrefix(at, h.Dir(p)+string(filepath.Separator)) {
				t.Errorf("%q leads to %s", file.Path, at)
			}
			if file.Size < 0 || file.Blob != "" && !blobHash.MatchString(file.Blob) {
				t.Errorf("%+v", file)
			}
		}
	})
}
