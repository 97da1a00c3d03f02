package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Networks says which of a model's networks are wanted.
type Networks struct {
	Exact bool // in floating point: model.onnx
	Int8  bool // quantised: model_quantized.onnx
}

// Plan is what a pull is going to do: the files of a model at one commit.
type Plan struct {
	Repo     string
	Revision string // as asked for
	Commit   string // the 40 hex digits that it stands for
	Licence  string // as the repository states it, or ""
	Files    []File // smallest first
	Left     []File // what the repository has beside
}

// File is a file of a repository.
type File struct {
	Path string // within the repository, with slashes
	Size int64
	// Blob names the content: the SHA-256 of large files, the git hash of
	// others, in hex, as in the cache.
	Blob string
	Have bool // the cache has it
}

// Bytes sums the sizes of the plan's files and of those that are missing.
func (p *Plan) Bytes() (all, missing int64) {
	for _, f := range p.Files {
		all += f.Size
		if !f.Have {
			missing += f.Size
		}
	}
	return all, missing
}

// Has tells whether the plan holds a network of the kind.
func (p *Plan) Has(quantised bool) bool {
	return slices.ContainsFunc(p.Files, func(f File) bool {
		name, ok := networkOf(f.Path)
		return ok && f.Path == name && isQuantised(name) == quantised
	})
}

// WithoutNetworks is the plan's small part: configuration and tokenizer, which
// tell whether the rest is worth its time.
func (p *Plan) WithoutNetworks() *Plan {
	small := *p
	small.Files = slices.DeleteFunc(slices.Clone(p.Files), func(f File) bool {
		_, network := networkOf(f.Path)
		return network
	})
	return &small
}

// maxAnswer bounds what the hub may say about a repository; one with 5,000
// files needs 2 MB.
const maxAnswer = 16 << 20

var (
	repoName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
	commitHash = regexp.MustCompile(`^[0-9a-f]{40}$`)
	blobHash   = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// Plan asks the hub what a repository (owner/name) holds at a revision (a
// branch, a tag or a commit; empty for main) and compares with the cache.
// Offline, the cache alone is asked. The errors wrap ErrAccess, ErrNotFound,
// ErrNoModel or ErrOffline where they are that.
func (h *Hub) Plan(ctx context.Context, repo, revision string, want Networks) (*Plan, error) {
	p, err := h.plan(ctx, repo, revision, want)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", repo, err)
	}
	return p, nil
}

func (h *Hub) plan(ctx context.Context, repo, revision string, want Networks) (*Plan, error) {
	if revision == "" {
		revision = "main"
	}
	if !repoName.MatchString(repo) || strings.Contains(repo, "..") || strings.Contains(repo, "--") {
		return nil, errors.New("a repository is named owner/name")
	}
	if err := checkName(revision); err != nil {
		return nil, fmt.Errorf("revision: %w", err)
	}
	if h.Offline {
		return h.cached(repo, revision, want)
	}
	var answer []byte
	err := h.retry(ctx, func() (bool, error) {
		resp, err := h.request(ctx, http.MethodGet, h.address("blobs=true", "api", "models", repo, "revision", url.PathEscape(revision)), 0)
		if err != nil {
			return false, err
		}
		defer resp.Body.Close()
		if answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1)); err != nil {
			return false, &passing{error: fmt.Errorf("read the hub's answer: %w", err)}
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	p, err := readPlan(answer, want)
	if err != nil {
		return nil, err
	}
	p.Repo, p.Revision = repo, revision
	for i := range p.Files {
		f := &p.Files[i]
		if f.Blob == "" {
			if err := h.retry(ctx, func() (bool, error) { return false, h.head(ctx, p, f) }); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Path, err)
			}
		}
		f.Have = h.have(p, *f)
	}
	slices.SortStableFunc(p.Files, func(a, b File) int {
		if a.Size != b.Size {
			return int(min(max(a.Size-b.Size, -1), 1))
		}
		return strings.Compare(a.Path, b.Path)
	})
	return p, nil
}

// address is one of the endpoint's; the elements are escaped where they need it.
func (h *Hub) address(query string, elements ...string) *url.URL {
	at := h.endpoint.JoinPath(elements...)
	at.RawQuery = query
	return at
}

// resolve is the address of a file's content.
func (h *Hub) resolve(p *Plan, f File) *url.URL {
	elements := []string{p.Repo, "resolve", p.Commit}
	for element := range strings.SplitSeq(f.Path, "/") {
		elements = append(elements, url.PathEscape(element))
	}
	return h.address("", elements...)
}

// readPlan reads the hub's answer about a repository. Nothing in it is trusted:
// names and hashes become paths on this machine.
func readPlan(answer []byte, want Networks) (*Plan, error) {
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("the hub's answer is larger than %d MiB, which no model's is", maxAnswer>>20)
	}
	var info struct {
		SHA      string
		Siblings []struct {
			Name   string `json:"rfilename"`
			Size   *int64
			BlobID string
			LFS    *struct {
				SHA256 string
				Size   int64
			}
		}
		CardData struct {
			License any
		}
	}
	if err := json.Unmarshal(answer, &info); err != nil {
		return nil, fmt.Errorf("the hub's answer is not what a model's is: %w", err)
	}
	if !commitHash.MatchString(info.SHA) {
		return nil, errors.New("the hub's answer names no commit")
	}
	p := &Plan{Commit: info.SHA}
	if licence, ok := info.CardData.License.(string); ok {
		p.Licence = licence
	}
	var all []File
	for _, s := range info.Siblings {
		f := File{Path: s.Name, Blob: s.BlobID}
		switch {
		case s.LFS != nil:
			f.Blob, f.Size = s.LFS.SHA256, s.LFS.Size
		case s.Size != nil:
			f.Size = *s.Size
		default:
			f.Blob = "" // asked of the file itself
		}
		all = append(all, f)
	}
	return p, p.choose(all, want)
}

// choose takes the files that are needed and checks them.
func (p *Plan) choose(all []File, want Networks) error {
	chosen := networks(all, want)
	if len(chosen) == 0 {
		return noNetwork(all, want)
	}
	for _, f := range all {
		network, ok := networkOf(f.Path)
		if !slices.Contains(modelFiles, f.Path) && !(ok && slices.Contains(chosen, network)) {
			p.Left = append(p.Left, f)
			continue
		}
		if err := checkName(f.Path); err != nil {
			return fmt.Errorf("the hub lists a file that cannot be taken: %w", err)
		}
		if f.Size < 0 || f.Blob != "" && !blobHash.MatchString(f.Blob) {
			return fmt.Errorf("the hub gives %s the size %d and the hash %q", f.Path, f.Size, f.Blob)
		}
		if slices.ContainsFunc(p.Files, func(g File) bool { return g.Path == f.Path }) {
			return fmt.Errorf("the hub lists %s twice", f.Path)
		}
		p.Files = append(p.Files, f)
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if !slices.ContainsFunc(p.Files, func(f File) bool { return f.Path == name }) {
				return false
			}
		}
		return true
	}
	switch {
	case !has("config.json"):
		return fmt.Errorf("%w: no config.json", ErrNoModel)
	case !has("tokenizer.json") && !has("vocab.txt") && !has("vocab.json", "merges.txt"):
		return fmt.Errorf("%w: no tokenizer.json", ErrNoModel)
	}
	return nil
}

// modelFiles are those beside the network that a text classifier is read from.
var modelFiles = []string{"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
	"added_tokens.json", "vocab.json", "vocab.txt", "merges.txt"}

// The places of networks, in the order in which they are looked for.
var (
	exactNetworks = []string{"onnx/model.onnx", "model.onnx"}
	int8Networks  = []string{"onnx/model_quantized.onnx", "model_quantized.onnx", "onnx/model_int8.onnx", "model_int8.onnx"}
)

func isQuantised(network string) bool { return slices.Contains(int8Networks, network) }

// networks are the wanted ones that are there. What is not there is no error
// while another is.
func networks(all []File, want Networks) []string {
	first := func(names []string) []string {
		for _, name := range names {
			if slices.ContainsFunc(all, func(f File) bool { return f.Path == name }) {
				return []string{name}
			}
		}
		return nil
	}
	var chosen []string
	if want.Exact {
		chosen = append(chosen, first(exactNetworks)...)
	}
	if want.Int8 {
		chosen = append(chosen, first(int8Networks)...)
	}
	return chosen
}

// noNetwork says what a repository without a wanted network has instead.
func noNetwork(all []File, want Networks) error {
	var others []string
	for _, f := range all {
		if path.Ext(f.Path) == ".onnx" && len(others) < 5 {
			others = append(others, fmt.Sprintf("%q", f.Path))
		}
	}
	wanted := "onnx/model.onnx"
	if !want.Exact {
		wanted = "onnx/model_quantized.onnx"
	}
	if others != nil {
		return fmt.Errorf("%w: no %s; it has %s", ErrNoModel, wanted, strings.Join(others, ", "))
	}
	return fmt.Errorf("%w: no %s", ErrNoModel, wanted)
}

// networkOf tells the network that a file is, or whose weights it holds
// (model.onnx_data, model.onnx.data, model.onnx_data_1).
func networkOf(file string) (string, bool) {
	for _, name := range slices.Concat(exactNetworks, int8Networks) {
		rest, ok := strings.CutPrefix(file, name)
		if ok && (rest == "" || strings.HasPrefix(rest, "_data") || strings.HasPrefix(rest, ".data")) {
			return name, true
		}
	}
	return "", false
}

// checkName refuses names that are no plain path below a folder.
func checkName(name string) error {
	odd := func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`\:*?"<>|`, r) || r == '\uFFFD' }
	if !fs.ValidPath(name) || name == "." || len(name) > 255 || strings.ContainsFunc(name, odd) {
		return fmt.Errorf("%.80q is no plain name", name)
	}
	return nil
}

// head asks the file itself for size and hash, for hubs whose answer about the
// repository has them not.
func (h *Hub) head(ctx context.Context, p *Plan, f *File) error {
	still := *h.client // large files redirect to where nothing is said about them
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, h.resolve(p, *f).String(), nil)
	if err != nil {
		return err
	}
	resp, err := still.Do(req)
	if err != nil {
		return h.unreached(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 400 {
		return refusal(resp)
	}
	etag := resp.Header.Get("X-Linked-Etag")
	size := resp.Header.Get("X-Linked-Size")
	if etag == "" {
		etag = resp.Header.Get("Etag")
	}
	if size == "" {
		size = resp.Header.Get("Content-Length")
	}
	f.Blob = strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)
	if _, err := fmt.Sscanf(size, "%d", &f.Size); err != nil || f.Size < 0 || !blobHash.MatchString(f.Blob) {
		return fmt.Errorf("the hub tells neither its hash nor its size (%.80q, %.20q)", etag, size)
	}
	return nil
}
