package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/store/filelock"
)

// made is what willbuy makes in a workspace. Whatever else lies there, such as
// review files that somebody dropped into the stage, is not ours to delete.
var made = []struct{ path, what string }{
	{duck.FileName, "tables"},
	{duck.FileName + ".wal", ""},
	{duck.FileName + ".tmp", ""},
	{"models", "registered models"},
	{"runs", "recorded runs and jobs"},
	{"dag", "the daily graph and its history"},
	{"truth", "the truth of the synthetic data"},
	{filepath.Join(duck.StageDir, "sample"), "synthetic reviews"},
	{filepath.Join(duck.StageDir, "copied"), "copies of your reviews"},
	{filepath.Join(duck.StageDir, ".md5.json"), ""},
	{"willbuy.toml", "changed parameters"},
	{"lab.lock", ""},
	{runLock, ""},
}

// runLock is held by the process that runs steps.
const runLock = "run.lock"

func (c *cli) resetCommand() *cobra.Command {
	var from string
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "start over; shows what goes and asks",
		Long: `Deletes everything that willbuy made in the workspace: tables, runs, models, synthetic data, changed parameters. Files that you put into the stage stay.

With --from nothing is deleted: the next run does that step and all that rests on it anew.`,
		Example: `willbuy reset
willbuy reset --from train --yes`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from != "" {
				step, err := pipeline.FindStep(from)
				if err != nil {
					return err
				}
				return c.resetFrom(cmd.Context(), step, yes)
			}
			return c.reset(cmd.Context(), yes)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "only take back this step and all that rests on it")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.RegisterFlagCompletionFunc("from", completeSteps)
	return cmd
}

func (c *cli) reset(ctx context.Context, yes bool) error {
	var goes []string
	for _, m := range made {
		path := filepath.Join(c.dir, m.path)
		size, there := sizeOf(path)
		if !there {
			continue
		}
		goes = append(goes, path)
		if m.what != "" {
			c.line("%10s  %-32s %s", pipeline.Bytes(size), m.what, path)
		}
	}
	if len(goes) == 0 {
		c.remark("There is nothing to delete in %s.", c.dir)
		return nil
	}
	if err := c.confirm("Delete these for good?", yes); err != nil {
		return err
	}
	lock, err := c.alone(ctx)
	if err != nil {
		return err
	}
	defer lock.Release()
	for _, path := range goes {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("delete %s: %w", path, cause(err))
		}
	}
	for _, dir := range []string{filepath.Join(c.dir, duck.StageDir), c.dir} {
		os.Remove(dir) // unless something of the user's is in it
	}
	c.remark("Gone. Start over with: willbuy run")
	return nil
}

// resetFrom takes back that steps are done: in the log, which is what the state
// is read from, and in the store, which would vouch for them.
func (c *cli) resetFrom(ctx context.Context, from *pipeline.Step, yes bool) error {
	_, state, err := c.recorded()
	if err != nil {
		return err
	}
	var steps []*pipeline.Step
	for _, s := range pipeline.Dependants(from) {
		if st := state.Step(s.ID); st.Status != pipeline.New {
			steps = append(steps, s)
			c.line("%2d  %-10s %-12s %s", s.Number(), s.Title, st.Status, st.Result.Summary)
		}
	}
	if len(steps) == 0 {
		c.remark("Nothing to do: %s and what rests on it have not run.", from.ID)
		return nil
	}
	if err := c.confirm("Do these steps anew at the next run?", yes); err != nil {
		return err
	}
	lock, err := c.alone(ctx)
	if err != nil {
		return err
	}
	defer lock.Release()
	ws, err := c.open(duck.Options{})
	if err != nil {
		return err
	}
	defer ws.Store.Close()
	for _, s := range steps {
		if err := ws.Store.Write(ctx, store.Marker{Run: "reset", Step: s.ID, Input: "reset"}, nil); err != nil {
			return err
		}
	}
	return c.recordReset(ws, steps)
}

// recordReset appends a run to the log that did nothing but take steps back.
func (c *cli) recordReset(ws *pipeline.Workspace, steps []*pipeline.Step) error {
	now := ws.Clock().UTC()
	id := fmt.Sprintf("%s-%04x", now.Format("20060102T150405Z"), now.Nanosecond()<<16/int(time.Second)) // as all runs are called
	log, err := pipeline.OpenLog(filepath.Join(ws.Dir, "runs"), id)
	if err != nil {
		return err
	}
	say := func(step string, kind pipeline.Kind, body any) {
		if err == nil {
			_, err = log.Append(ws.Clock(), step, kind, body)
		}
	}
	say("", pipeline.KindRunStarted, pipeline.RunStarted{Command: c.typed, Version: version, Store: ws.Store.Describe()})
	for _, s := range steps {
		say(s.ID, pipeline.KindStepStarted, pipeline.StepStarted{})
		say(s.ID, pipeline.KindStepFailed, pipeline.StepFailed{Status: string(pipeline.New), Error: "taken back by willbuy reset"})
	}
	summary := pipeline.Plural(int64(len(steps)), "step") + " to be done anew."
	say("", pipeline.KindRunFinished, pipeline.RunFinished{Status: string(pipeline.Done), Summary: summary})
	if err = errors.Join(err, log.Close()); err == nil {
		c.remark("%s Do them with: willbuy run", summary)
	}
	return err
}

// alone waits until nobody runs steps in the workspace and keeps it so.
func (c *cli) alone(ctx context.Context) (*filelock.Lock, error) {
	return filelock.Acquire(ctx, filepath.Join(c.dir, runLock), true, c.typed, func(p []filelock.Process) {
		if len(p) > 0 {
			c.waiting(p[0].String())
		}
	})
}

// confirm asks on a terminal; elsewhere only --yes is an answer.
func (c *cli) confirm(question string, yes bool) error {
	if yes {
		return nil
	}
	if !terminal() {
		return pipeline.Hint(usagef("nothing was changed: there is no terminal to ask on"), "To go ahead, add --yes.")
	}
	c.out.Flush()
	fmt.Fprint(c.err, question+" [y/N] ")
	answer, _ := bufio.NewReader(c.in).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// sizeOf adds up a file or folder.
func sizeOf(path string) (size int64, there bool) {
	err := filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := entry.Info(); err == nil && !entry.IsDir() {
			size += info.Size()
		}
		return nil
	})
	return size, !errors.Is(err, fs.ErrNotExist)
}
