package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"willbuy/store/filelock"
)

// linger is how long the file stays open after its last use, unless another
// process waits: opening costs tens of milliseconds, and uses come in rows.
const linger = 150 * time.Millisecond

// handle is the open file with the lock that lets us have it.
type handle struct {
	db    *sql.DB
	lock  *filelock.Lock
	limit limits // that it was opened with
	now   limits // those in force
}

// use lends the open file to fn.
func (s *Store) use(ctx context.Context, fn func(*sql.DB) error) error {
	db, release, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	return explain(fn(db))
}

// acquire gives the open file, opening it first if need be, which can mean to
// wait for another process. Release must be called once.
func (s *Store) acquire(ctx context.Context) (db *sql.DB, release func(), err error) {
	select { // one opens, the others wait for it no longer than they want to
	case s.opening <- struct{}{}:
		defer func() { <-s.opening }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		limit := s.limit
		s.mu.Unlock()
		opened, err := s.openFile(ctx, limit)
		s.mu.Lock()
		if err != nil {
			return nil, nil, err
		}
		s.open = opened
	}
	s.users++
	s.rest()
	return s.open.db, s.release, nil
}

// release gives the file back. The last user closes it, at once when another
// process wants it, else after a while without use.
func (s *Store) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	if s.users > 0 {
		s.rest()
		return
	}
	if filelock.Wanted(s.lockPath()) {
		s.shut()
		return
	}
	s.idle++
	mine := s.idle
	time.AfterFunc(linger, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.users == 0 && s.idle == mine {
			s.shut()
		}
	})
}

// atRest is enough to read pages of rows while nothing else is done, and leaves a
// core to whoever draws them. Of 10 million rows that were sorted, 55 to 80 MB
// stay resident instead of 570.
func atRest() limits { return limits{"32MB", 1} }

// arranging is enough to sort the places of 10 million rows: in half the memory
// that the limits of ample take, and by a column of texts up to twice the time.
func arranging() limits { return limits{"192MB", min(2, runtime.NumCPU())} }

// rest has the open file take little while only browsers use it, and what it may
// take when somebody else does, too. The caller holds mu.
func (s *Store) rest() {
	h := s.open
	if h == nil {
		return
	}
	limit := h.limit
	switch {
	case s.users == s.resting:
		limit = atRest()
	case s.users == s.resting+s.arranging && limit != spare():
		limit = arranging()
	}
	if h.now == limit {
		return
	}
	// Where less cannot be had now, more is kept, and all goes on as before.
	if _, err := h.db.Exec(fmt.Sprintf("SET memory_limit = %s; SET threads = %d", lit(limit.memory), limit.threads)); err == nil {
		h.now = limit
	}
}

// shut closes the file if it is open. The caller holds mu.
func (s *Store) shut() error {
	if s.open == nil {
		return nil
	}
	h := s.open
	s.open = nil
	return errors.Join(h.db.Close(), h.lock.Release())
}

// Spare chooses the limits. They hold from when the file is opened next, which
// is soon: nobody has it open for long.
func (s *Store) Spare(yes bool) {
	wanted := ample()
	if yes {
		wanted = spare()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit == wanted {
		return
	}
	s.limit = wanted
	if s.users == 0 {
		s.shut()
	}
}

func (s *Store) path() string     { return filepath.Join(s.dir, FileName) }
func (s *Store) lockPath() string { return filepath.Join(s.dir, lockName) }

func (s *Store) openFile(ctx context.Context, limit limits) (*handle, error) {
	if s.opts.ReadOnly {
		if _, err := os.Stat(s.path()); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no lab in %s yet; make one with: willbuy run setup", s.dir)
		}
	} else if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, fmt.Errorf("open the lab: %w", err)
	}
	lock, err := filelock.Acquire(ctx, s.lockPath(), !s.opts.ReadOnly, s.opts.Command, func(holders []filelock.Process) {
		if s.opts.Waiting != nil && len(holders) > 0 {
			s.opts.Waiting(holders[0])
		}
	})
	if err != nil {
		return nil, err
	}
	db, err := openDB(s.path(), s.opts.ReadOnly, limit)
	if err != nil {
		lock.Release()
		if _, pid, ok := strings.Cut(err.Error(), "Conflicting lock is held in "); ok {
			pid, _, _ = strings.Cut(pid, ")")
			err = fmt.Errorf("another program has it open, %s); close it there, then try again", pid)
		}
		return nil, fmt.Errorf("open %s: %w", s.path(), explain(err))
	}
	if !s.opts.ReadOnly {
		if err := migrate(ctx, db); err != nil {
			db.Close()
			lock.Release()
			return nil, fmt.Errorf("open %s: %w", s.path(), explain(err))
		}
	}
	return &handle{db: db, lock: lock, limit: limit, now: limit}, nil
}

// limits are what DuckDB may take. Each thread takes some 40 MB that the limit
// does not count, and a join in little memory needs the threads to be few: of
// 1.2 million reviews with their scores, 128 MB and one thread take 165 MB
// resident, two 200 MB, and 16 threads fail even with 256 MB.
type limits struct {
	memory  string
	threads int
}

// ample is for joins and aggregations of many rows.
func ample() limits { return limits{"512MB", runtime.NumCPU()} }

// spare leaves room for models.
func spare() limits { return limits{"128MB", 1} }

// openDB opens the file. DuckDB spills beside it and never fetches extensions.
func openDB(path string, readOnly bool, limit limits) (*sql.DB, error) {
	mode := "READ_WRITE"
	if readOnly {
		mode = "READ_ONLY"
	}
	settings := []string{
		"SET memory_limit = " + lit(limit.memory),
		fmt.Sprintf("SET threads = %d", limit.threads),
		"SET temp_directory = " + lit(path+".tmp"),
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET preserve_insertion_order = false",
		"SET TimeZone = 'UTC'",
	}
	connector, err := duckdb.NewConnector(path+"?access_mode="+mode, func(conn driver.ExecerContext) error {
		for _, text := range settings {
			if _, err := conn.ExecContext(context.Background(), text, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	if err := db.Ping(); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}
