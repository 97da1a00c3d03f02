package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
)

func (c *cli) replayCommand() *cobra.Command {
	var speed, step string
	cmd := &cobra.Command{
		Use:   "replay RUN",
		Short: "play a recorded run again, without computing anything",
		Long:  "Plays the events of a recorded run in their own time, or faster. RUN is an id from `willbuy runs ls`, its beginning, or last.",
		Example: `willbuy replay last --speed 10x
willbuy replay last --step train --speed 5x`,
		Args:              between(1, 1, "run"),
		ValidArgsFunction: c.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			factor, err := strconv.ParseFloat(strings.TrimSuffix(speed, "x"), 64)
			if err != nil || !(factor > 0) {
				return usagef("a speed is a number above 0 such as 5x, not %q", speed)
			}
			if step != "" {
				found, err := pipeline.FindStep(step)
				if err != nil {
					return err
				}
				step = found.ID
			}
			return c.replay(cmd.Context(), args[0], factor, step)
		},
	}
	cmd.Flags().StringVar(&speed, "speed", "1x", "how many times faster than it was")
	cmd.Flags().StringVar(&step, "step", "", "only this step")
	cmd.RegisterFlagCompletionFunc("step", completeSteps)
	return cmd
}

func (c *cli) replay(ctx context.Context, run string, speed float64, step string) error {
	ws, err := c.files()
	if err != nil {
		return err
	}
	if run, err = findRun(ws, run); err != nil {
		return err
	}
	events, _, err := ws.Events(run, 0)
	if err != nil {
		return err
	}
	printer := c.eventPrinter()
	var last time.Time
	for _, e := range events {
		if step != "" && e.Step != step {
			continue
		}
		if gap := e.Time.Sub(last); !last.IsZero() && gap > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(float64(gap) / speed)):
			}
		}
		last = e.Time
		printer.print(e)
	}
	if last.IsZero() {
		c.remark("run %s has nothing to show of step %s", run, step)
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
	return append(runs, "last"), cobra.ShellCompDirectiveNoFileComp
}
