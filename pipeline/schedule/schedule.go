package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jonboulle/clockwork"
)

// ErrNotDeployed says that there is no graph yet.
var ErrNotDeployed = errors.New("no graph is deployed; run the step automate or `willbuy dag deploy`")

const (
	graphFile   = "graph.json"
	historyFile = "history.jsonl"
	lockFile    = "run.lock"
)

// Schedule is a folder of a workspace with the deployed graph (graph.json), the
// history of its runs (history.jsonl) and the lock that keeps runs apart,
// also those of other processes (run.lock).
type Schedule struct {
	dir   string
	clock clockwork.Clock
}

// Open returns the schedule in dir, which Deploy creates. All times come from
// clock.
func Open(dir string, clock clockwork.Clock) *Schedule { return &Schedule{dir, clock} }

// Deployment is the graph as it is in force.
type Deployment struct {
	Graph     Graph     `json:"graph"`
	Suspended bool      `json:"suspended"`
	Since     time.Time `json:"since"` // when it was deployed, suspended or resumed
}

// Deploy puts a graph in force, suspended. The same graph again is left as it
// is, so that running the step twice does not stop a schedule.
func (s *Schedule) Deploy(g Graph) (Deployment, error) {
	if _, err := g.Order(); err != nil {
		return Deployment{}, fmt.Errorf("deploy: %w", err)
	}
	if err := g.When.Check(); err != nil {
		return Deployment{}, fmt.Errorf("deploy: %w", err)
	}
	if current, err := s.Deployment(); err == nil && current.Graph.When == g.When && current.Graph.fingerprint() == g.fingerprint() {
		return current, nil
	}
	d := Deployment{Graph: g, Suspended: true, Since: s.now()}
	return d, s.save(d)
}

// Deployment returns the graph in force; ErrNotDeployed if there is none.
func (s *Schedule) Deployment() (Deployment, error) {
	file := filepath.Join(s.dir, graphFile)
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Deployment{}, ErrNotDeployed
	}
	if err != nil {
		return Deployment{}, fmt.Errorf("read the deployed graph: %w", err)
	}
	var d Deployment
	err = json.Unmarshal(b, &d)
	if err == nil {
		_, err = d.Graph.Order()
	}
	if err == nil {
		err = d.Graph.When.Check()
	}
	if err != nil {
		return Deployment{}, fmt.Errorf("read the deployed graph: %s is damaged: %w; deploy it again", file, err)
	}
	return d, nil
}

// Suspend keeps the graph from running by the clock; on demand it still does.
func (s *Schedule) Suspend() error { return s.setSuspended(true) }

// Resume lets the graph run by the clock again, from now on: what was due while
// it was suspended is not missed.
func (s *Schedule) Resume() error { return s.setSuspended(false) }

func (s *Schedule) setSuspended(suspended bool) error {
	d, err := s.Deployment()
	if err != nil || d.Suspended == suspended {
		return err
	}
	d.Suspended, d.Since = suspended, s.now()
	return s.save(d)
}

// Missed returns the first time at which the graph was due and did not run,
// because no workbench was open; the zero time if there is none. A run of any
// kind after that time makes up for it.
func (s *Schedule) Missed() (time.Time, error) {
	d, err := s.Deployment()
	if err != nil || d.Suspended {
		return time.Time{}, err
	}
	runs, err := s.History()
	if err != nil {
		return time.Time{}, err
	}
	last := d.Since
	for _, run := range runs {
		for _, t := range []time.Time{run.Due, run.Started} {
			if t.After(last) {
				last = t
			}
		}
	}
	due, err := d.Graph.When.Next(d.Since, last)
	if err != nil || due.After(s.now()) {
		return time.Time{}, err
	}
	return due, nil
}

// save replaces graph.json in one step.
func (s *Schedule) save(d Deployment) error {
	err := os.MkdirAll(s.dir, 0o777)
	if err == nil {
		err = replaceFile(filepath.Join(s.dir, graphFile), d)
	}
	if err != nil {
		return fmt.Errorf("write the deployed graph: %w", err)
	}
	return nil
}

func replaceFile(file string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // not there any more if all went well
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

func (s *Schedule) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }
