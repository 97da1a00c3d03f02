package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"
)

// workspaces are the labs that are measured in: one that is finished, one whose
// run has 10,000 events, and one with ten million joined rows. They are made once
// and kept; what is measured works on copies.
type workspaces struct {
	dir     string
	willbuy string
}

// Sizes of the large workspaces.
const (
	manyEvents = 10_000
	manyRows   = 10_000_000
)

func (w workspaces) finished() (string, error) {
	return w.kept("finished", func(dir string) error {
		cmd := exec.Command(w.willbuy, "run", "--quiet", "--workspace", dir)
		cmd.Stderr = os.Stderr
		return cmd.Run()
	})
}

// eventful is the finished lab with a log that has so many progress events more.
func (w workspaces) eventful() (string, error) {
	return w.kept("eventful", func(dir string) error {
		return w.fromFinished(dir, func(events []map[string]any) []map[string]any {
			var out []map[string]any
			more := manyEvents - len(events)
			for _, e := range events {
				out = append(out, e)
				if e["kind"] == "step.started" && e["step"] == "quality" {
					for i := range more {
						out = append(out, map[string]any{"v": 1, "time": e["time"], "run": e["run"], "step": "quality", "kind": "step.progress",
							"body": map[string]any{"done": i, "total": more, "unit": "reviews", "rate": 68.5}})
					}
				}
			}
			return out
		})
	})
}

// large is the finished lab with ten million rows where the two thousand were.
func (w workspaces) large() (string, error) {
	return w.kept("large", func(dir string) error {
		table := ""
		err := w.fromFinished(dir, func(events []map[string]any) []map[string]any {
			for _, e := range events {
				if body, _ := e["body"].(map[string]any); e["kind"] == "step.finished" && e["step"] == "join" {
					table, body["rows"] = body["table"].(string), manyRows
				}
			}
			return events
		})
		if err != nil {
			return err
		}
		db, err := sql.Open("duckdb", filepath.Join(dir, "lab.duckdb"))
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.ExecContext(context.Background(), fmt.Sprintf(
			`CREATE TABLE bench_large AS SELECT t.* REPLACE (CAST(uuid() AS VARCHAR) AS UUID) FROM %[1]s t, range((%[2]d / (SELECT COUNT(*) FROM %[1]s) + 1)::BIGINT) LIMIT %[2]d;
			 DROP TABLE %[1]s; ALTER TABLE bench_large RENAME TO %[1]s; CHECKPOINT`, table, manyRows))
		return err
	})
}

// kept makes a workspace unless it is there.
func (w workspaces) kept(name string, make func(dir string) error) (string, error) {
	dir := filepath.Join(w.dir, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fmt.Fprintln(os.Stderr, "making the workspace", name)
	begun := dir + ".begun"
	if err := os.RemoveAll(begun); err != nil {
		return "", err
	}
	if err := make(begun); err != nil {
		return "", fmt.Errorf("make the workspace %s: %w", name, err)
	}
	return dir, os.Rename(begun, dir)
}

// fromFinished copies the finished lab, with another log of its run.
func (w workspaces) fromFinished(dir string, edit func(events []map[string]any) []map[string]any) error {
	finished, err := w.finished()
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(finished)); err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(dir, "runs", "*", "events.jsonl"))
	if err != nil || len(logs) == 0 {
		return fmt.Errorf("no log in %s: %v", finished, err)
	}
	text, err := os.ReadFile(logs[len(logs)-1])
	if err != nil {
		return err
	}
	var events []map[string]any
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e map[string]any
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return err
		}
		events = append(events, e)
	}
	var out strings.Builder
	for i, e := range edit(events) {
		e["seq"] = i + 1
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		out.Write(line)
		out.WriteByte('\n')
	}
	return os.WriteFile(logs[len(logs)-1], []byte(out.String()), 0o644)
}

// copyOf is a copy of a workspace that may be written to.
func copyOf(workspace string) (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "willbuy-bench-"); err != nil {
		return "", nil, err
	}
	return dir, func() { os.RemoveAll(dir) }, os.CopyFS(dir, os.DirFS(workspace))
}
