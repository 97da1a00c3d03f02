package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testRepo   = "owner/small-mnli"
	testCommit = "0123456789abcdef0123456789abcdef01234567"
	secret     = "hf_never_shown"
)

// fakeHub answers as the hub does: the API, and small files, itself; large
// files by a redirect to another host.
type fakeHub struct {
	t           *testing.T
	front, side *httptest.Server
	files       map[string]string // content by path
	large       map[string]bool
	// file, where set, is asked first about a large file; it tells whether it
	// has answered.
	file func(w http.ResponseWriter, r *http.Request, name string) bool
	// api, where set, takes the place of the answer about the repository.
	api http.HandlerFunc

	mu      sync.Mutex
	asked   []string // "METHOD path range" of every request for a file
	tokens  int      // requests to the front with the token
	notices []string
	pauses  []time.Duration
}

func newFakeHub(t *testing.T) *fakeHub {
	t.Helper()
	f := &fakeHub{t: t,
		files: map[string]string{
			"config.json":               `{"id2label":{"0":"contradiction","1":"entailment"}}`,
			"tokenizer.json":            "{}",
			"tokenizer_config.json":     "{}",
			"README.md":                 "what it is",
			"pytorch_model.bin":         strings.Repeat("w", 9000),
			"onnx/model.onnx":           strings.Repeat("network ", 100_000),
			"onnx/model_quantized.onnx": strings.Repeat("int8 ", 40_000),
			"onnx/model_fp16.onnx":      strings.Repeat("half ", 1000),
		},
		large: map[string]bool{"onnx/model.onnx": true, "onnx/model_quantized.onnx": true, "onnx/model_fp16.onnx": true, "pytorch_model.bin": true},
	}
	f.front = httptest.NewServer(http.HandlerFunc(f.serveFront))
	f.side = httptest.NewServer(http.HandlerFunc(f.serveSide))
	t.Cleanup(f.front.Close)
	t.Cleanup(f.side.Close)
	return f
}

// hub is a client of it with a cache of its own, which does not wait between
// attempts.
func (f *fakeHub) hub(cache string) *Hub {
	endpoint, err := url.Parse(f.front.URL)
	if err != nil {
		f.t.Fatal(err)
	}
	return &Hub{
		Cache: cache, endpoint: endpoint, client: newClient(endpoint, secret), stall: time.Minute,
		pause:    func(ctx context.Context, d time.Duration) error { f.pauses = append(f.pauses, d); return ctx.Err() },
		OnNotice: func(n string) { f.notices = append(f.notices, n) },
	}
}

func (f *fakeHub) serveFront(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "Bearer "+secret {
		f.mu.Lock()
		f.tokens++
		f.mu.Unlock()
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		if f.api != nil {
			f.api(w, r)
			return
		}
		f.answer(w)
		return
	}
	at, ok := strings.CutPrefix(r.URL.Path, "/"+testRepo+"/resolve/")
	_, name, _ := strings.Cut(at, "/") // after the commit, or Python's branch
	content, there := f.files[name]
	switch {
	case !ok || !there:
		http.Error(w, "Entry not found", http.StatusNotFound)
	case f.large[name]:
		w.Header().Set("X-Repo-Commit", testCommit)
		w.Header().Set("X-Linked-Etag", `"`+blobOf(content, true)+`"`)
		w.Header().Set("X-Linked-Size", fmt.Sprint(len(content)))
		http.Redirect(w, r, f.side.URL+"/"+name+"?signature=of-the-address", http.StatusFound)
	default:
		f.note(r)
		w.Header().Set("X-Repo-Commit", testCommit)
		w.Header().Set("Etag", `"`+blobOf(content, false)+`"`)
		http.ServeContent(w, r, name, time.Time{}, strings.NewReader(content))
	}
}

func (f *fakeHub) serveSide(w http.ResponseWriter, r *http.Request) {
	for name := range r.Header {
		if strings.Contains(strings.Join(r.Header[name], " "), secret) {
			f.t.Errorf("the token went to another host in %s", name)
		}
	}
	f.note(r)
	name := r.URL.Path[1:]
	if f.file != nil && f.file(w, r, name) {
		return
	}
	http.ServeContent(w, r, name, time.Time{}, strings.NewReader(f.files[name]))
}

func (f *fakeHub) note(r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, strings.TrimSpace(r.Method+" "+filepath.Base(r.URL.Path)+" "+r.Header.Get("Range")))
}

// answer is the hub's about the repository.
func (f *fakeHub) answer(w http.ResponseWriter) {
	type lfs struct {
		SHA256 string `json:"sha256"`
		Size   int    `json:"size"`
	}
	type sibling struct {
		Name   string `json:"rfilename"`
		Size   int    `json:"size"`
		BlobID string `json:"blobId"`
		LFS    *lfs   `json:"lfs,omitempty"`
	}
	var siblings []sibling
	for name, content := range f.files {
		s := sibling{name, len(content), blobOf(content, false), nil}
		if f.large[name] {
			s.LFS = &lfs{blobOf(content, true), len(content)}
		}
		siblings = append(siblings, s)
	}
	json.NewEncoder(w).Encode(map[string]any{"sha": testCommit, "siblings": siblings, "cardData": map[string]any{"license": "mit"}})
}

// blobOf is the name that the hub gives a content.
func blobOf(content string, large bool) string {
	if large {
		sum := sha256.Sum256([]byte(content))
		return hex.EncodeToString(sum[:])
	}
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content))
	return hex.EncodeToString(sum[:])
}

// both asks for both networks.
var both = Networks{Exact: true, Int8: true}

// pull plans and fetches.
func (f *fakeHub) pull(h *Hub) (string, error) {
	p, err := h.Plan(f.t.Context(), testRepo, "", both)
	if err != nil {
		return "", err
	}
	return h.Fetch(f.t.Context(), p, nil)
}

// check fails the test unless the directory holds the model.
func (f *fakeHub) check(dir string) {
	f.t.Helper()
	for _, name := range []string{"config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx", "onnx/model_quantized.onnx"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.t.Error(err)
		} else if string(data) != f.files[name] {
			f.t.Errorf("%s: other bytes than the hub's", name)
		}
	}
	for _, name := range []string{"README.md", "pytorch_model.bin", "onnx/model_fp16.onnx"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			f.t.Errorf("%s was fetched for nothing", name)
		}
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(dir)), "blobs", "*.incomplete"))
	if len(left) > 0 {
		f.t.Errorf("left over: %v", left)
	}
}
