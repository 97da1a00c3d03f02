package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store"
)

func (c *cli) runsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "runs",
		Short: "the recorded runs: list, show, compare, remove",
		Example: `willbuy runs ls
willbuy runs diff 20261122T003301Z last`,
	}, &cobra.Command{
		Use: "ls", Short: "list the recorded runs, newest last", Example: "willbuy runs ls --json",
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return c.listRuns() },
	}, &cobra.Command{
		Use: "show RUN", Short: "what a run did, step by step", Example: "willbuy runs show last",
		Args: between(1, 1, "run"), ValidArgsFunction: c.completeRuns,
		RunE: func(_ *cobra.Command, args []string) error { return c.showRun(args[0]) },
	}, &cobra.Command{
		Use: "diff RUN RUN", Short: "what differs between two runs: parameters, rows, metrics", Example: "willbuy runs diff 20261122T003301Z last",
		Args: between(2, 2, "run"), ValidArgsFunction: c.completeRuns,
		RunE: func(_ *cobra.Command, args []string) error { return c.diffRuns(args[0], args[1]) },
	}, &cobra.Command{
		Use: "rm RUN...", Short: "remove recorded runs; one that the state rests on stays", Example: "willbuy runs rm 20261122T003301Z",
		Args: between(1, -1, "run"), ValidArgsFunction: c.completeRuns,
		RunE: func(_ *cobra.Command, args []string) error { return c.removeRuns(args) },
	})
}

func (c *cli) listRuns() error {
	ws, state, err := c.recorded()
	if err != nil {
		return err
	}
	var rows [][]any
	for _, r := range state.Runs {
		rows = append(rows, []any{r.ID, runStatus(ws, r), r.Started, r.Last.Sub(r.Started).Seconds(), r.Begin.Command, strings.Join(r.Finished, ", ")})
	}
	if len(rows) == 0 && !c.json {
		c.remark("No run is recorded in %s. Make one with: willbuy run", c.dir)
		return nil
	}
	return c.table([]store.Column{column("run", store.String), column("status", store.String), column("started", store.Instant),
		column("seconds", store.Float), column("command", store.String), column("finished", store.String)}, rows)
}

func runStatus(ws *pipeline.Workspace, r *pipeline.RunState) string {
	switch {
	case r.End != nil:
		return r.End.Status
	case ws.Alive(r.ID):
		return string(pipeline.Running)
	}
	return string(pipeline.Interrupted)
}

// foldRun gives the state that one run alone makes.
func (c *cli) foldRun(word string) (*pipeline.Workspace, string, *pipeline.State, error) {
	ws, err := c.files()
	if err != nil {
		return nil, "", nil, err
	}
	id, err := findRun(ws, word)
	if err != nil {
		return nil, "", nil, err
	}
	events, _, err := ws.Events(id, 0)
	if err != nil {
		return nil, "", nil, err
	}
	state := &pipeline.State{}
	for _, e := range events {
		state.Apply(e)
	}
	return ws, id, state, nil
}

func (c *cli) showRun(word string) error {
	ws, id, state, err := c.foldRun(word)
	if err != nil {
		return err
	}
	run := state.Run(id)
	if run == nil {
		return fmt.Errorf("run %s has recorded nothing yet", id)
	}
	var rows [][]any
	for _, s := range pipeline.Steps {
		st := state.Step(s.ID)
		if st.Status == pipeline.New && st.Skipped == "" {
			continue
		}
		summary := st.Result.Summary
		if st.Error != "" {
			summary = st.Error
		}
		if st.Skipped != "" {
			summary = "skipped: " + st.Skipped
		}
		rows = append(rows, []any{s.ID, string(st.Status), st.Seconds(ws.Clock()), st.Result.Rows, st.Result.Unit, summary})
	}
	if !c.json {
		c.line("%s  %s  %s  %s", id, runStatus(ws, run), run.Started.Local().Format("2006-01-02 15:04:05"), run.Begin.Command)
	}
	return c.table([]store.Column{column("step", store.String), column("state", store.String), column("seconds", store.Float),
		column("rows", store.Int), column("unit", store.String), column("summary", store.String)}, rows)
}

func (c *cli) diffRuns(a, b string) error {
	_, idA, stateA, err := c.foldRun(a)
	if err != nil {
		return err
	}
	_, idB, stateB, err := c.foldRun(b)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, s := range pipeline.Steps {
		stepA, stepB := stateA.Step(s.ID), stateB.Step(s.ID)
		x, y := facts(stepA), facts(stepB)
		if stepA.Status == pipeline.New || stepB.Status == pipeline.New { // nothing to compare, but that
			x, y = map[string]string{"state": x["state"]}, map[string]string{"state": y["state"]}
		}
		both := maps.Clone(x)
		maps.Copy(both, y)
		for _, name := range slices.Sorted(maps.Keys(both)) {
			if x[name] != y[name] {
				rows = append(rows, []any{s.ID, name, x[name], y[name]})
			}
		}
	}
	if len(rows) == 0 && !c.json {
		c.line("Runs %s and %s did the same.", idA, idB)
		return nil
	}
	return c.table([]store.Column{column("step", store.String), column("what", store.String), column(idA, store.String), column(idB, store.String)}, rows)
}

// facts are what is worth comparing of a step's part in a run, as text.
func facts(st *pipeline.StepState) map[string]string {
	if st.Status == pipeline.New {
		return map[string]string{"state": "not run"}
	}
	out := map[string]string{"state": string(st.Status)}
	for name, value := range st.Params {
		out["parameter "+name] = value
	}
	if st.Status == pipeline.Done {
		out["rows"] = counted(st.Result.Rows)
		flatten(out, "", st.Result.Facts)
	}
	return out
}

// flatten adds facts with their path as the name.
func flatten(into map[string]string, prefix string, values map[string]any) {
	for name, value := range values {
		if inner, ok := value.(map[string]any); ok {
			flatten(into, prefix+name+" ", inner)
			continue
		}
		into[prefix+name] = csvText(value, store.String)
	}
}

func (c *cli) removeRuns(words []string) error {
	ws, err := c.files()
	if err != nil {
		return err
	}
	for _, word := range words {
		id, err := findRun(ws, word)
		if err != nil {
			return err
		}
		if err := ws.RemoveRun(id); err != nil {
			return err
		}
		c.remark("removed run %s", id)
	}
	return nil
}
