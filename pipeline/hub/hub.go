// Package hub gets text models from the Hugging Face hub: the few files that a
// classifier needs, at a pinned revision, checked against the hub's hashes,
// resumed where a download broke, and kept in the cache that Python's
// huggingface_hub keeps, so that each finds what the other fetched.
//
// It is written by hand because the Go library for it
// (github.com/gomlx/go-huggingface v0.4.0) neither resumes, retries, checks
// hashes nor works offline.
package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Hub is a hub and the cache on this machine. Its methods may be called by many
// goroutines and processes at once.
type Hub struct {
	// Cache is the folder that holds models--owner--repo.
	Cache string
	// Offline forbids the network: only what the cache holds is given.
	Offline bool
	// OnNotice, which may be nil, is told in a sentence why something takes
	// longer: a connection that broke, another process that has the file.
	OnNotice func(notice string)

	endpoint *url.URL
	client   *http.Client
	pause    func(ctx context.Context, d time.Duration) error // between attempts
	stall    time.Duration                                    // without a byte ends an attempt
}

// Errors that a caller tells apart.
var (
	ErrAccess   = errors.New("the hub gives no access")
	ErrNotFound = errors.New("the hub does not have it")
	ErrNoModel  = errors.New("there is no ONNX text classifier in it")
	ErrOffline  = errors.New("it is not in the cache")
	ErrSpace    = errors.New("the disk has no room for it")
	ErrDamaged  = errors.New("the bytes are not those that the hub announces")
)

// FromEnvironment gives the hub that huggingface_hub's variables describe:
// HF_ENDPOINT, HF_TOKEN (or the token file in HF_HOME), HF_HOME, HF_HUB_CACHE
// and HF_HUB_OFFLINE. The token goes to the endpoint and nowhere else.
func FromEnvironment() (*Hub, error) {
	home, err := homeFolder()
	if err != nil {
		return nil, err
	}
	cache := variable("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
	if cache == "" {
		cache = filepath.Join(home, "hub")
	}
	address := variable("HF_ENDPOINT")
	if address == "" {
		address = "https://huggingface.co"
	}
	endpoint, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "https" && endpoint.Scheme != "http" || endpoint.User != nil {
		return nil, errors.New("HF_ENDPOINT must be an address such as https://huggingface.co")
	}
	token, err := readToken(home)
	if err != nil {
		return nil, err
	}
	return &Hub{
		Cache: cache, Offline: truth("HF_HUB_OFFLINE") || truth("TRANSFORMERS_OFFLINE"),
		endpoint: endpoint, client: newClient(endpoint, token), pause: pause, stall: time.Minute,
	}, nil
}

// homeFolder is HF_HOME, or where huggingface_hub has it without.
func homeFolder() (string, error) {
	if home := variable("HF_HOME"); home != "" {
		return home, nil
	}
	if cache := variable("XDG_CACHE_HOME"); cache != "" {
		return filepath.Join(cache, "huggingface"), nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the Hugging Face cache: %w; set HF_HOME to a folder", err)
	}
	return filepath.Join(user, ".cache", "huggingface"), nil
}

// readToken gives the token of the environment or of the file that
// `huggingface-cli login` writes, or "". Errors never hold it.
func readToken(home string) (string, error) {
	token := variable("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
	if token == "" {
		file := variable("HF_TOKEN_PATH")
		if file == "" {
			file = filepath.Join(home, "token")
		}
		data, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("read the Hugging Face token: %w", err)
		}
		token = string(data)
	}
	token = strings.TrimSpace(token)
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", errors.New("the Hugging Face token holds characters that no token has; set HF_TOKEN to it again")
	}
	return token, nil
}

// variable is the first of the environment's variables that is set. A leading
// ~ and $NAME are expanded, as huggingface_hub does.
func variable(names ...string) string {
	for _, name := range names {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(value, "~/"); ok {
			if home, err := os.UserHomeDir(); err == nil {
				value = filepath.Join(home, rest)
			}
		}
		return os.ExpandEnv(value)
	}
	return ""
}

func truth(name string) bool {
	switch strings.ToUpper(os.Getenv(name)) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hub) notice(format string, args ...any) {
	if h.OnNotice != nil {
		h.OnNotice(fmt.Sprintf(format, args...))
	}
}
