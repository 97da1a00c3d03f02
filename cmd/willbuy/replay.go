package main

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/testdata/demo"
	"willbuy/tui"
)

func (c *cli) replayCommand() *cobra.Command {
	var speed, step string
	cmd := &cobra.Command{
		Use:   "replay RUN",
		Short: "play a recorded run again, without computing anything",
		Long: "Plays a recorded run in the workbench, in its own time or faster: it can be paused, and be gone through event by event or step by step. Where there is no terminal, or with --plain or --json, its events are lines. " +
			"RUN is an id from `willbuy runs ls`, its beginning, last, or demo: a run of the whole lab that comes with willbuy.",
		Example: `# what the lab looks like, without running anything
willbuy replay demo --speed 5x

willbuy replay last
willbuy replay last --step train --speed 20x`,
		Args:              between(1, 1, "run"),
		ValidArgsFunction: c.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			factor, err := strconv.ParseFloat(strings.TrimSuffix(speed, "x"), 64)
			if speed == "max" {
				factor, err = math.Inf(1), nil
			}
			if err != nil || !(factor > 0) {
				return usagef("a speed is a number above 0 such as 5x, or max, not %q", speed)
			}
			if step != "" {
				found, err := pipeline.FindStep(step)
				if err != nil {
					return err
				}
				step = found.ID
			}
			return c.replay(cmd.Context(), tui.Replay{Run: args[0], Speed: factor, Step: step})
		},
	}
	cmd.Flags().StringVar(&speed, "speed", "1x", "how many times faster than it was; max: without waiting")
	presentFlag(c, cmd)
	cmd.Flags().StringVar(&step, "step", "", "only this step")
	cmd.RegisterFlagCompletionFunc("step", completeSteps)
	return cmd
}

// replay plays a run in the workbench, or as lines where that cannot be shown.
func (c *cli) replay(ctx context.Context, how tui.Replay) error {
	ws, err := c.files()
	if err != nil {
		return err
	}
	if how.Run != tui.DemoRun {
		if how.Run, err = findRun(ws, how.Run); err != nil {
			return err
		}
	}
	if terminal() && !c.plain && !c.json && !c.quiet {
		return tui.Run(ctx, ws, tui.Options{Version: version, Theme: c.themeName, NoColor: c.noColor, Still: c.still, Present: c.present, Replay: &how, Demo: demo.Events})
	}
	var events []pipeline.Event
	if how.Run == tui.DemoRun {
		events, err = demo.Events()
	} else {
		events, _, err = ws.Events(how.Run, 0)
	}
	if err != nil {
		return err
	}
	return c.replayLines(ctx, events, how)
}

// replayLines plays a run as lines.
func (c *cli) replayLines(ctx context.Context, events []pipeline.Event, how tui.Replay) error {
	printer := c.eventPrinter()
	var last time.Time
	for _, e := range events {
		if how.Step != "" && e.Step != how.Step {
			continue
		}
		if gap := e.Time.Sub(last); !last.IsZero() && gap > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(float64(gap) / how.Speed)):
			}
		}
		last = e.Time
		printer.print(e)
	}
	if last.IsZero() {
		c.remark("run %s has nothing to show of step %s", how.Run, how.Step)
	}
	return nil
}

// findRun gives the run that a word names: its id, its beginning, or last.
func findRun(ws *pipeline.Workspace, word string) (string, error) {
	runs, err := ws.Runs()
	if err != nil {
		return "", err
	}
	if len(runs) == 0 {
		return "", pipeline.Hint(usagef("no run is recorded in %s", ws.Dir), "Make one with: willbuy run")
	}
	if word == "last" { // the last that did something
		for _, id := range slices.Backward(runs) {
			if events, _, err := ws.Events(id, 0); err == nil && len(events) > 0 {
				return id, nil
			}
		}
	}
	var found []string
	for _, id := range runs {
		if id == word {
			return id, nil
		}
		if strings.HasPrefix(id, word) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", pipeline.Hint(usagef("there is no run %q%s", word, meant(word, runs, "")), "See them with: willbuy runs ls")
	}
	return "", usagef("%q is the beginning of %d runs; give more of it", word, len(found))
}

func (c *cli) completeRuns(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	ws, err := c.files()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	runs, _ := ws.Runs()
	return append(runs, "last", tui.DemoRun), cobra.ShellCompDirectiveNoFileComp
}
