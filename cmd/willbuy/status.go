package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/store/duck"
	"willbuy/testdata/demo"
	"willbuy/tui"
)

// workbench is what willbuy does without a command.
func (c *cli) workbench(cmd *cobra.Command, _ []string) error {
	switch {
	case c.plain && !c.json:
		return c.talk(cmd)
	case !terminal() || c.json:
		if err := c.status(cmd); err != nil || c.json {
			return err
		}
		return pipeline.Hint(fmt.Errorf("there is no terminal here to open the workbench in"),
			"Run the lab without one: willbuy run. This status alone: willbuy status.")
	}
	ws, err := c.open(duck.Options{})
	if err != nil {
		return err
	}
	defer ws.Store.Close()
	return tui.Run(cmd.Context(), ws, tui.Options{Version: version, Theme: c.themeName, NoColor: c.noColor, Still: c.still, Present: c.present, Demo: demo.Events})
}

func (c *cli) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "where each step stands: state, when, how long, rows",
		Example: `willbuy status
willbuy status --json | jq -r 'select(.state == "stale").step'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.status(cmd) },
	}
}

// stepStatus is a step's line of `willbuy status --json`.
type stepStatus struct {
	Number   int             `json:"number"`
	Step     string          `json:"step"`
	State    pipeline.Status `json:"state"`
	Reason   string          `json:"reason,omitempty"` // why it is stale or blocked
	Started  *time.Time      `json:"started,omitempty"`
	Seconds  float64         `json:"seconds"`
	Rows     int64           `json:"rows"`
	Unit     string          `json:"unit,omitempty"`
	Run      string          `json:"run,omitempty"`
	Summary  string          `json:"summary,omitempty"`
	Error    string          `json:"error,omitempty"`
	Progress string          `json:"progress,omitempty"`
	Edited   []string        `json:"edited,omitempty"` // its SQL texts that are not its own
}

func (c *cli) status(cmd *cobra.Command) error {
	ws, state, err := c.recorded()
	if err != nil {
		return err
	}
	if err := ws.Assess(cmd.Context(), state); err != nil {
		return err
	}
	now := ws.Clock()
	var rows [][]any
	counts := map[pipeline.Status]int{}
	for _, s := range pipeline.Steps {
		st := statusOf(s, state.Step(s.ID), now)
		st.Edited = ws.Edited(s)
		counts[st.State]++
		if c.json {
			if err := c.object(st); err != nil {
				return err
			}
			continue
		}
		when, took, count := "", "", any(nil)
		if st.Started != nil {
			when = st.Started.Local().Format("2006-01-02 15:04")
			took = seconds(st.Seconds)
		}
		if st.Unit != "" {
			count = st.Rows
		}
		note := st.Reason
		if note == "" {
			note = st.Progress
		}
		if len(st.Edited) > 0 && st.State != pipeline.Stale {
			note = strings.TrimSpace(note + " SQL edited: " + strings.Join(st.Edited, ", "))
		}
		rows = append(rows, []any{int64(st.Number), s.Title, string(st.State), when, took, count, st.Unit, note})
	}
	if c.json {
		return nil
	}
	err = c.table([]store.Column{column("#", store.Int), column("STEP", store.String), column("STATE", store.String), column("WHEN", store.String),
		column("TOOK", store.String), column("ROWS", store.Int), column("UNIT", store.String), column("NOTE", store.String)}, rows)
	if err != nil {
		return err
	}
	c.remark("%s", c.whatNext(ws, counts))
	return nil
}

func statusOf(s *pipeline.Step, st *pipeline.StepState, now time.Time) stepStatus {
	out := stepStatus{Number: s.Number(), Step: s.ID, State: st.Status, Reason: st.Reason, Seconds: st.Seconds(now),
		Run: st.Run, Error: st.Error}
	if !st.Started.IsZero() && st.Status != pipeline.New {
		out.Started = &st.Started
	}
	if st.Status == pipeline.Done || st.Status == pipeline.Stale {
		out.Rows, out.Unit, out.Summary = st.Result.Rows, st.Result.Unit, st.Result.Summary
	}
	if p := st.Progress; st.Status == pipeline.Running && p.Total > 0 {
		out.Progress = fmt.Sprintf("%s of %s %s", counted(p.Done), counted(p.Total), p.Unit)
	}
	return out
}

// whatNext says how to go on from here.
func (c *cli) whatNext(ws *pipeline.Workspace, counts map[pipeline.Status]int) string {
	switch {
	case !ws.Exists():
		return fmt.Sprintf("There is no lab in %s yet. Make and run one with: willbuy run", c.dir)
	case counts[pipeline.Running] > 0:
		return "A run is under way. Watch it with: willbuy"
	case counts[pipeline.Failed] > 0:
		return "A step failed. See why with: willbuy show STEP; try again with: willbuy run"
	case counts[pipeline.Done] == len(pipeline.Steps):
		return "Everything is up to date. Look at a step with: willbuy show STEP"
	}
	return "Bring the lab up to date with: willbuy run"
}

// completeSteps offers the steps to the shell.
func completeSteps(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	left := slices.DeleteFunc(pipeline.StepIDs(), func(id string) bool { return slices.Contains(args, id) })
	return left, cobra.ShellCompDirectiveNoFileComp
}

// counted writes a count with commas.
func counted(n int64) string { return pipeline.Thousands(n) }

// seconds writes a duration for people.
func seconds(s float64) string {
	switch {
	case s < 60:
		return fmt.Sprintf("%.1f s", s)
	case s < 3600:
		return fmt.Sprintf("%d:%02d min", int(s)/60, int(s)%60)
	}
	return fmt.Sprintf("%d:%02d h", int(s)/3600, int(s)%3600/60)
}
