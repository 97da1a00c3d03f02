package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestPullFetchesWhatAClassifierNeedsAndOnlyOnce(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	p, err := h.Plan(t.Context(), testRepo, "", both)
	if err != nil {
		t.Fatal(err)
	}
	all, missing := p.Bytes()
	if p.Commit != testCommit || p.Licence != "mit" || len(p.Files) != 5 || len(p.Left) != 3 || all != missing || !p.Has(true) || !p.Has(false) {
		t.Errorf("plan %+v, %d of %d bytes missing", p, missing, all)
	}
	if small := p.WithoutNetworks(); len(small.Files) != 3 || len(p.Files) != 5 {
		t.Errorf("without networks: %+v", small)
	}
	var last Progress
	dir, err := h.Fetch(t.Context(), p, func(at Progress) {
		if at.Done < last.Done {
			t.Errorf("progress went back from %d to %d", last.Done, at.Done)
		}
		last = at
	})
	if err != nil {
		t.Fatal(err)
	}
	f.check(dir)
	if last.Done != all || last.Total != all {
		t.Errorf("the last progress is %+v, want %d bytes", last, all)
	}
	if f.tokens == 0 {
		t.Error("the token did not go to the endpoint")
	}
	if ref, err := os.ReadFile(filepath.Join(h.folder(testRepo), "refs", "main")); err != nil || string(ref) != testCommit {
		t.Errorf("refs/main holds %q (%v)", ref, err)
	}
	f.asked = nil
	if _, err := f.pull(h); err != nil || len(f.asked) > 0 {
		t.Errorf("pulled again: %v, asked for %q", err, f.asked)
	}
}

// The connection is cut three times, each time after some bytes; every byte is
// sent once.
func TestBrokenConnectionIsResumedFromTheByteThatIsMissing(t *testing.T) {
	f := newFakeHub(t)
	content := f.files["onnx/model.onnx"]
	sent, cuts := 0, 0
	f.file = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if name != "onnx/model.onnx" {
			return false
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		from := 0
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		if from != sent {
			t.Errorf("asked from byte %d, %d were sent", from, sent)
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
			w.WriteHeader(http.StatusPartialContent)
		}
		part := content[from:]
		if cuts < 3 {
			part = part[:100_000]
		}
		n, _ := w.Write([]byte(part))
		sent += n
		if cuts++; cuts <= 3 {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		return true
	}
	dir, err := f.pull(f.hub(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	f.check(dir)
	f.mu.Lock()
	defer f.mu.Unlock()
	if sent != len(content) || len(f.notices) != 3 || !strings.Contains(f.notices[0], "the connection broke after 100000 of 800000 bytes") {
		t.Errorf("%d of %d bytes were sent, told: %q", sent, len(content), f.notices)
	}
	if !slices.Equal(f.pauses, []time.Duration{firstPause, firstPause, firstPause}) {
		t.Errorf("paused %v although each attempt gained something", f.pauses)
	}
}

func TestCancelledFetchGoesOnNextTime(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	p, err := h.Plan(t.Context(), testRepo, "", Networks{Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.file = func(w http.ResponseWriter, r *http.Request, name string) bool {
		w.Header().Set("Content-Length", fmt.Sprint(len(f.files[name])))
		w.Write([]byte(f.files[name][:300_000]))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	}
	_, err = h.Fetch(ctx, p, func(at Progress) {
		if at.File == "onnx/model.onnx" && at.Total-at.Done <= 500_000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	if _, err := os.Stat(filepath.Join(h.Dir(p), "onnx", "model.onnx")); err == nil {
		t.Error("half a network has its name")
	}
	f.file, f.asked = nil, nil
	if p, err = h.Plan(t.Context(), testRepo, "", Networks{Exact: true}); err != nil {
		t.Fatal(err)
	}
	first := Progress{}
	if _, err := h.Fetch(t.Context(), p, func(at Progress) {
		if first.Total == 0 {
			first = at
		}
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.asked, []string{"GET model.onnx bytes=300000-"}) || first.Done <= 300_000 {
		t.Errorf("asked %q; the first progress is %+v", f.asked, first)
	}
}

func TestWrongBytesAreRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		send func(w http.ResponseWriter, right string)
		want string
	}{
		{"another content", func(w http.ResponseWriter, right string) { w.Write([]byte(strings.ToUpper(right))) }, "it has the hash"},
		{"too short", func(w http.ResponseWriter, right string) { w.Write([]byte(right[1:])) }, "where 800000 belong"},
		{"too long", func(w http.ResponseWriter, right string) {
			w.Header().Set("Content-Length", "800001")
			w.Write([]byte(right + " "))
		}, "announces 800001 bytes"},
		{"an error page", func(w http.ResponseWriter, _ string) { w.Write([]byte("<html>please log in</html>")) }, "announces 26 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFakeHub(t)
			f.file = func(w http.ResponseWriter, _ *http.Request, name string) bool {
				if name == "onnx/model.onnx" {
					if test.name == "too short" {
						w.Header().Set("Content-Length", "799999")
					}
					test.send(w, f.files[name])
				}
				return name == "onnx/model.onnx"
			}
			h := f.hub(t.TempDir())
			_, err := f.pull(h)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "onnx/model.onnx") {
				t.Errorf("%v\nwant a sentence with %q", err, test.want)
			}
			if _, err := os.Stat(filepath.Join(h.snapshot(testRepo, testCommit), "onnx", "model.onnx")); err == nil {
				t.Error("the wrong bytes have the network's name")
			}
			f.file = nil
			dir, err := f.pull(h)
			if err != nil {
				t.Fatalf("with the right bytes afterwards: %v", err)
			}
			f.check(dir)
		})
	}
}

func TestDamagedPartIsFetchedAnew(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	blob := blobOf(f.files["onnx/model.onnx"], true)
	for name, part := range map[string]string{
		"half, of something else": strings.Repeat("x", 400_000),
		"whole, wrong":            strings.Repeat("x", 800_000),
		"longer than the file":    strings.Repeat("x", 900_000),
	} {
		t.Run(name, func(t *testing.T) {
			os.RemoveAll(h.folder(testRepo))
			if err := os.MkdirAll(filepath.Dir(h.blob(testRepo, blob)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(h.blob(testRepo, blob)+".incomplete", []byte(part), 0o644); err != nil {
				t.Fatal(err)
			}
			dir, err := f.pull(h)
			if err != nil {
				t.Fatal(err)
			}
			f.check(dir)
		})
	}
}

func TestHubWithoutRangesSendsAllAgain(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	blob := blobOf(f.files["onnx/model.onnx"], true)
	if err := os.MkdirAll(filepath.Dir(h.blob(testRepo, blob)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.blob(testRepo, blob)+".incomplete", []byte(f.files["onnx/model.onnx"][:1000]), 0o644); err != nil {
		t.Fatal(err)
	}
	f.file = func(w http.ResponseWriter, _ *http.Request, name string) bool {
		w.Header().Set("Content-Length", fmt.Sprint(len(f.files[name])))
		w.Write([]byte(f.files[name]))
		return true
	}
	dir, err := f.pull(h)
	if err != nil {
		t.Fatal(err)
	}
	f.check(dir)
}

func TestRefusalsAreSentences(t *testing.T) {
	for _, test := range []struct {
		status int
		header map[string]string
		is     error
		want   string
		asked  int
	}{
		{401, nil, ErrAccess, "401 Unauthorized", 1},
		{403, map[string]string{"X-Error-Code": "GatedRepo"}, ErrAccess, "accept its terms", 1},
		{404, nil, ErrNotFound, "404 Not Found", 1},
		{400, nil, nil, "400 Bad Request", 1},
		{429, map[string]string{"Retry-After": "7"}, nil, "(5 attempts in a row)", 5},
		{503, nil, nil, "503 Service Unavailable (5 attempts in a row)", 5},
	} {
		f := newFakeHub(t)
		asked := 0
		f.api = func(w http.ResponseWriter, _ *http.Request) {
			asked++
			for k, v := range test.header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(test.status)
		}
		_, err := f.pull(f.hub(t.TempDir()))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "look up owner/small-mnli: ") || asked != test.asked {
			t.Errorf("%d: asked %d times, %v", test.status, asked, err)
		}
		if test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%d is not told apart: %v", test.status, err)
		}
		if strings.Contains(fmt.Sprint(err, f.notices), secret) {
			t.Errorf("%d: the token is shown", test.status)
		}
		switch test.status {
		case 429:
			if !slices.Equal(f.pauses, []time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second, 8 * time.Second}) {
				t.Errorf("the hub asked for 7 s, paused %v", f.pauses)
			}
		case 503:
			if !slices.Equal(f.pauses, []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}) {
				t.Errorf("paused %v", f.pauses)
			}
		}
	}
}

func TestBusyHubIsAskedAgain(t *testing.T) {
	f := newFakeHub(t)
	busy := 2
	f.api = func(w http.ResponseWriter, _ *http.Request) {
		if busy--; busy >= 0 {
			w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		f.answer(w)
	}
	dir, err := f.pull(f.hub(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	f.check(dir)
	if !slices.Equal(f.pauses, []time.Duration{mostAsked, mostAsked}) {
		t.Errorf("the hub asked for an hour, paused %v", f.pauses)
	}
}

func TestSilentConnectionIsGivenUp(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	h.stall = 50 * time.Millisecond
	silent := true
	f.file = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if name != "onnx/model.onnx" || !silent {
			return false
		}
		silent = false
		w.Write([]byte(f.files[name][:1000]))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	}
	dir, err := f.pull(h)
	if err != nil {
		t.Fatal(err)
	}
	f.check(dir)
	if len(f.notices) != 1 || !strings.Contains(f.notices[0], "no byte came in") {
		t.Errorf("told %q", f.notices)
	}
}

// No address of a redirect, which is signed, and no token is in an error.
func TestUnreachableHostIsNamedWithoutItsAddress(t *testing.T) {
	f := newFakeHub(t)
	f.side.Close()
	_, err := f.pull(f.hub(t.TempDir()))
	if err == nil || strings.Contains(err.Error(), "signature") || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), strings.TrimPrefix(f.side.URL, "http://")) {
		t.Errorf("%v", err)
	}
}

func TestTwoPullsAtOnceFetchOnce(t *testing.T) {
	f := newFakeHub(t)
	cache := t.TempDir()
	var pulls sync.WaitGroup
	for range 4 {
		h := f.hub(cache)
		h.OnNotice = nil
		pulls.Go(func() {
			if dir, err := f.pull(h); err != nil {
				t.Error(err)
			} else {
				f.check(dir)
			}
		})
	}
	pulls.Wait()
	seen := map[string]int{}
	for _, request := range f.asked {
		if seen[request]++; seen[request] > 1 {
			t.Errorf("%s: %d times", request, seen[request])
		}
	}
}

func TestFullDiskIsToldBeforeTheFetch(t *testing.T) {
	f := newFakeHub(t)
	h := f.hub(t.TempDir())
	p, err := h.Plan(t.Context(), testRepo, "", both)
	if err != nil {
		t.Fatal(err)
	}
	p.Files[len(p.Files)-1].Size = 1 << 60
	if _, err := h.Fetch(t.Context(), p, nil); !errors.Is(err, ErrSpace) || len(f.asked) > 0 {
		t.Errorf("an exabyte: %v, asked %q", err, f.asked)
	}
}
