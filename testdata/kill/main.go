// Command kill checks that a lab survives kill -9 at any moment. It runs
// willbuy once without harm; then, as often as asked, it runs it in a new
// workspace, kills it at a random moment, runs it again, and compares every
// table with those of the first run, row for row.
//
//	make build && go run ./testdata/kill [-bin bin/willbuy] [-moments 20] [-rows 200] [-seed 1]
//
// A line a moment says when it was, which step was under way, how many texts
// were not asked again, and which tables differ. The exit code is 1 if one did.
// Columns that name a run are left out: they differ by design. The same with
// chosen moments runs in the tests of pipeline (resume_test.go).
package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

var (
	bin     = flag.String("bin", "bin/willbuy", "the program to kill")
	moments = flag.Int("moments", 20, "how often to kill it")
	rows    = flag.Int("rows", 200, "customers of the shop")
	seed    = flag.Uint64("seed", 1, "of the moments: the same seed, the same moments")
)

func main() {
	flag.Parse()
	if err := check(); err != nil {
		fmt.Fprintln(os.Stderr, "kill:", err)
		os.Exit(1)
	}
}

func check() error {
	dir, err := os.MkdirTemp("", "willbuy-kill-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	whole := workspace{filepath.Join(dir, "whole")}
	began := time.Now()
	if err := whole.run().Run(); err != nil {
		return fmt.Errorf("the run without harm: %w", err)
	}
	took := time.Since(began)
	want, err := whole.tables()
	if err != nil {
		return err
	}
	fmt.Printf("a run of %d customers takes %.1f s and makes %d tables\n", *rows, took.Seconds(), len(want))

	random, failed := rand.New(rand.NewPCG(*seed, 0)), 0
	for i := range *moments {
		hurt := workspace{filepath.Join(dir, fmt.Sprint(i))}
		moment := time.Duration(random.Float64() * float64(took))
		if err := hurt.killedAfter(moment); err != nil {
			return err
		}
		step := hurt.underWay()
		if err := hurt.run().Run(); err != nil {
			return fmt.Errorf("the run after the kill at %v: %w", moment, err)
		}
		got, err := hurt.tables()
		if err != nil {
			return err
		}
		bad := differ(got, want)
		if versions, _ := filepath.Glob(filepath.Join(hurt.dir, "models", "*", "V*")); len(versions) != 1 {
			bad = append(bad, fmt.Sprintf("the registry has %d versions", len(versions)))
		}
		verdict := "all tables equal"
		if len(bad) > 0 {
			verdict = "DIFFER: " + strings.Join(bad, ", ")
			failed++
		}
		fmt.Printf("%2d  killed at %6.2f s in %-10s %s  %s\n", i+1, moment.Seconds(), step, verdict, hurt.kept())
		os.RemoveAll(hurt.dir)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d moments left other tables", failed, *moments)
	}
	fmt.Printf("%d moments, no difference\n", *moments)
	return nil
}

// workspace is a lab in a folder.
type workspace struct{ dir string }

func (w workspace) command(args ...string) *exec.Cmd {
	cmd := exec.Command(*bin, append(args, "--workspace", w.dir)...)
	cmd.Stderr = os.Stderr
	return cmd
}

func (w workspace) run() *exec.Cmd {
	// Measuring the cluster takes a third of the time and makes no table.
	return w.command("run", "--quiet", "--set", fmt.Sprint("setup.rows=", *rows), "--set", "train.min_child_weight=5", "--set", "cluster.factor=1")
}

// killedAfter starts a run and kills it at that moment, if it still runs.
func (w workspace) killedAfter(moment time.Duration) error {
	cmd := w.run()
	if err := cmd.Start(); err != nil {
		return err
	}
	timer := time.AfterFunc(moment, func() { cmd.Process.Kill() })
	defer timer.Stop()
	var ended *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &ended) {
		return err
	}
	return nil
}

// underWay is the step that the first run's log says was begun last.
func (w workspace) underWay() string {
	step := "-"
	for _, e := range w.events(0) {
		switch e.Kind {
		case "step.started":
			step = e.Step
		case "step.finished":
			step = "after " + e.Step
		}
	}
	return step
}

// kept says how many texts the run after the kill did not ask again.
func (w workspace) kept() string {
	for _, e := range w.events(1) {
		if e.Kind == "log" && strings.Contains(e.Body.Text, "were scored before") {
			return "(" + e.Step + ": " + e.Body.Text + ")"
		}
	}
	return ""
}

type event struct {
	Step string
	Kind string
	Body struct{ Text string }
}

// events reads the log of the nth run, as far as it is whole.
func (w workspace) events(n int) []event {
	logs, _ := filepath.Glob(filepath.Join(w.dir, "runs", "*", "events.jsonl"))
	slices.Sort(logs)
	if n >= len(logs) {
		return nil
	}
	text, err := os.ReadFile(logs[n])
	if err != nil {
		return nil
	}
	var events []event
	for line := range bytes.Lines(text) {
		var e event
		if json.Unmarshal(line, &e) == nil {
			events = append(events, e)
		}
	}
	return events
}

// tables gives the rows of every table but the markers, in order.
func (w workspace) tables() (map[string][][]string, error) {
	names, err := w.query("SELECT table_name FROM information_schema.tables WHERE table_name <> 'WILLBUY_MARKERS'")
	if err != nil {
		return nil, err
	}
	out := map[string][][]string{}
	for _, name := range names[1:] {
		columns := "*"
		if name[0] == "MODELS" {
			columns = "* EXCLUDE (RUN)"
		}
		if out[name[0]], err = w.query(fmt.Sprintf("SELECT %s FROM %q ORDER BY ALL", columns, name[0])); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// query gives the head and the rows of a result.
func (w workspace) query(text string) ([][]string, error) {
	var out bytes.Buffer
	cmd := w.command("sql", "--csv", text)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	all, err := csv.NewReader(&out).ReadAll()
	if err == nil && len(all) == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	return all, nil
}

// differ names the tables that are not the same.
func differ(got, want map[string][][]string) []string {
	var bad []string
	for name, rows := range want {
		if !slices.EqualFunc(got[name], rows, slices.Equal) {
			bad = append(bad, fmt.Sprintf("%s (%d rows, want %d)", name, len(got[name])-1, len(rows)-1))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			bad = append(bad, name+" (too many)")
		}
	}
	slices.Sort(bad)
	return bad
}
