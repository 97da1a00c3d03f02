package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Progress is how far a fetch is: bytes of the missing files, those of an
// earlier attempt included, and the file at hand.
type Progress struct {
	File        string
	Done, Total int64
}

// spareSpace is left free on the disk.
const spareSpace = 64 << 20

// Fetch brings the missing files of a plan into the cache, one after the other,
// and returns the model directory there. What has come when ctx ends or the
// connection breaks for good stays, and the next Fetch goes on from it. Every
// file is checked against its hash before it gets its name. OnProgress, which
// may be nil, is told as bytes arrive.
func (h *Hub) Fetch(ctx context.Context, p *Plan, onProgress func(Progress)) (string, error) {
	if h.Offline {
		return h.Dir(p), nil // the plan was made of what is there
	}
	at := Progress{}
	for _, f := range p.Files {
		if !f.Have {
			at.Total += f.Size
			at.Done += h.partial(p, f)
		}
	}
	if err := h.room(at.Total - at.Done); err != nil {
		return "", fmt.Errorf("fetch %s: %w", p.Repo, err)
	}
	for _, f := range p.Files {
		at.File = f.Path
		var err error
		if !f.Have {
			err = h.fetch(ctx, p, f, func(n int64) {
				at.Done += n
				if onProgress != nil {
					onProgress(at)
				}
			})
		}
		if err == nil {
			err = h.link(p, f)
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			return "", fmt.Errorf("fetch %s of %s: %w", f.Path, p.Repo, err)
		}
	}
	if err := h.note(p); err != nil {
		return "", fmt.Errorf("fetch %s: %w", p.Repo, err)
	}
	return h.Dir(p), nil
}

// partial is how much of a file an earlier attempt has left.
func (h *Hub) partial(p *Plan, f File) int64 {
	info, err := os.Stat(h.incomplete(p, f))
	if err != nil || info.Size() > f.Size {
		return 0
	}
	return info.Size()
}

func (h *Hub) incomplete(p *Plan, f File) string { return h.blob(p.Repo, f.Blob) + ".incomplete" }

// room looks whether the disk has space for some bytes more.
func (h *Hub) room(bytes int64) error {
	if err := os.MkdirAll(h.Cache, 0o755); err != nil {
		return err
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(h.Cache, &disk); err != nil {
		return err
	}
	free := int64(disk.Bavail) * int64(disk.Bsize)
	if bytes > 0 && free < bytes+spareSpace {
		return fmt.Errorf("%w: %d MB are missing, %s has %d MB free", ErrSpace, bytes/1e6, h.Cache, free/1e6)
	}
	return nil
}

// fetch brings one file, while no other process does.
func (h *Hub) fetch(ctx context.Context, p *Plan, f File, gained func(int64)) error {
	release, err := h.lock(ctx, p, f)
	if err != nil {
		return err
	}
	defer release()
	before := h.partial(p, f)
	if h.have(p, f) { // another process was first
		gained(f.Size - before)
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(h.incomplete(p, f)), 0o755); err != nil {
		return err
	}
	part, err := os.OpenFile(h.incomplete(p, f), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer part.Close()
	err = h.fill(ctx, p, f, part, gained)
	if errors.Is(err, ErrDamaged) && before > 0 {
		// What an earlier attempt left may be to blame.
		h.notice("%s: %v; fetching it anew", f.Path, err)
		gained(-f.Size)
		err = h.fill(ctx, p, f, part, gained)
	}
	if err != nil {
		return err
	}
	if err := part.Sync(); err != nil {
		return err
	}
	return os.Rename(part.Name(), h.blob(p.Repo, f.Blob))
}

// lock waits until no other process, Python's included, fetches the file.
func (h *Hub) lock(ctx context.Context, p *Plan, f File) (release func(), err error) {
	file := h.lockFile(p.Repo, f.Blob)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(file)
	locked, err := lock.TryLock()
	if err == nil && !locked {
		h.notice("waiting for another process that fetches %s", f.Path)
		_, err = lock.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return func() { lock.Unlock() }, nil
}

// fill completes part and checks it; a part with the wrong bytes is emptied.
func (h *Hub) fill(ctx context.Context, p *Plan, f File, part *os.File, gained func(int64)) error {
	err := h.retry(ctx, func() (bool, error) {
		n, err := h.resume(ctx, p, f, part, gained)
		return n > 0, err
	})
	if err != nil {
		return err
	}
	sum, err := contentHash(part, f)
	if err != nil {
		return err
	}
	if sum != f.Blob {
		if err := part.Truncate(0); err != nil {
			return err
		}
		return fmt.Errorf("%w: it has the hash %.12s… where %.12s… belongs", ErrDamaged, sum, f.Blob)
	}
	return nil
}

// resume fetches what part lacks, in one request, and tells how much came.
func (h *Hub) resume(ctx context.Context, p *Plan, f File, part *os.File, gained func(int64)) (came int64, err error) {
	have, err := part.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	if have > f.Size {
		have = 0
		if err := restart(part); err != nil {
			return 0, err
		}
	}
	if have == f.Size {
		return 0, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alive := time.AfterFunc(h.stall, func() { cancel(fmt.Errorf("no byte came in %s", h.stall)) })
	defer alive.Stop()

	resp, err := h.request(ctx, http.MethodGet, h.resolve(p, f), have)
	if err != nil {
		return 0, whyEnded(ctx, err)
	}
	defer resp.Body.Close()
	alive.Reset(h.stall)
	if have > 0 && !continues(resp, have, f.Size) {
		gained(-have)
		if err := restart(part); err != nil {
			return 0, err
		}
		if resp.StatusCode != http.StatusOK {
			return 0, &passing{error: fmt.Errorf("the hub does not go on from byte %d (%s)", have, resp.Status)}
		}
		have = 0
	}
	if resp.ContentLength >= 0 && resp.ContentLength != f.Size-have {
		return 0, fmt.Errorf("%w: it announces %d bytes where %d belong", ErrDamaged, resp.ContentLength, f.Size-have)
	}
	came, err = io.Copy(part, &watched{io.LimitReader(resp.Body, f.Size-have), func(n int) {
		alive.Reset(h.stall)
		gained(int64(n))
	}})
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk): // writing, not reading
		return came, err
	case err == nil && came < f.Size-have:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return came, whyEnded(ctx, &passing{error: fmt.Errorf("the connection broke after %d of %d bytes: %w", have+came, f.Size, err)})
	}
	return came, nil
}

// continues tells whether an answer goes on at offset of a file of size bytes.
func continues(resp *http.Response, offset, size int64) bool {
	if resp.StatusCode != http.StatusPartialContent {
		return false
	}
	var from, to, of int64
	_, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &of)
	return err == nil && from == offset && of == size
}

func restart(part *os.File) error {
	if err := part.Truncate(0); err != nil {
		return err
	}
	_, err := part.Seek(0, io.SeekStart)
	return err
}

// whyEnded prefers the reason for which a request was given up.
func whyEnded(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return &passing{error: cause}
	}
	return err
}

// watched tells of every read.
type watched struct {
	io.Reader
	read func(n int)
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.read(n)
	}
	return n, err
}

// contentHash is the name of a content in the cache: its SHA-256 where the hub
// keeps it as a large file, else git's hash of it.
func contentHash(part *os.File, f File) (string, error) {
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	var sum hash.Hash
	if len(f.Blob) == 2*sha256.Size {
		sum = sha256.New()
	} else {
		sum = sha1.New()
		fmt.Fprintf(sum, "blob %d\x00", f.Size)
	}
	if _, err := io.Copy(sum, part); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
