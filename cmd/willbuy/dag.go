package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/schedule"
	"willbuy/store"
	"willbuy/store/duck"
)

func (c *cli) dagCommand() *cobra.Command {
	var retry bool
	run := &cobra.Command{
		Use: "run", Short: "run the graph now, suspended or not", Example: "willbuy dag run --retry-last",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runGraph(cmd.Context(), retry) },
	}
	run.Flags().BoolVar(&retry, "retry-last", false, "only what did not succeed in the last run")
	sub := func(use, short string, run func(*pipeline.Workspace) error) *cobra.Command {
		return &cobra.Command{
			Use: use, Short: short, Example: "willbuy dag " + use, Args: noArguments,
			RunE: func(*cobra.Command, []string) error {
				ws, err := c.files()
				if err != nil {
					return err
				}
				return graphHint(run(ws))
			},
		}
	}
	return group(&cobra.Command{
		Use:   "dag",
		Short: "the daily graph: setup, refresh_reviews, update_sentiment, retrain_model",
		Long:  `The graph that keeps the lab up to date: each node runs its steps if something changed. Deployed it is suspended; once resumed it runs by its schedule (the parameters of step automate) while the workbench is open.`,
		Example: `willbuy dag deploy
willbuy dag run
willbuy dag history`,
	},
		sub("show", "the graph, its schedule and when it is due", c.showGraph),
		sub("deploy", "put the graph in force, suspended", func(ws *pipeline.Workspace) error {
			if _, err := ws.Schedule().Deploy(ws.Graph()); err != nil {
				return err
			}
			return c.showGraph(ws)
		}), run,
		sub("history", "the runs of the graph, newest last", c.showHistory),
		sub("suspend", "keep the graph from running by the clock", func(ws *pipeline.Workspace) error {
			if err := ws.Schedule().Suspend(); err != nil {
				return err
			}
			return c.showGraph(ws)
		}),
		sub("resume", "let the graph run by the clock, while the workbench is open", func(ws *pipeline.Workspace) error {
			if err := ws.Schedule().Resume(); err != nil {
				return err
			}
			return c.showGraph(ws)
		}))
}

// graphHint adds the way out to the error that there is no graph.
func graphHint(err error) error {
	if errors.Is(err, schedule.ErrNotDeployed) {
		return pipeline.Hint(errors.New("no graph is deployed"), "Deploy it with: willbuy dag deploy")
	}
	return err
}

// graphJSON is `willbuy dag show --json`.
type graphJSON struct {
	Deployed  bool            `json:"deployed"`
	Suspended bool            `json:"suspended"`
	Schedule  string          `json:"schedule"`
	Next      *time.Time      `json:"next,omitempty"`
	Nodes     []schedule.Node `json:"nodes"`
}

func (c *cli) showGraph(ws *pipeline.Workspace) error {
	graph := graphJSON{Deployed: true, Suspended: true}
	deployed, err := ws.Schedule().Deployment()
	switch {
	case errors.Is(err, schedule.ErrNotDeployed):
		graph.Deployed = false
		deployed.Graph = ws.Graph()
	case err != nil:
		return err
	default:
		graph.Suspended = deployed.Suspended
	}
	graph.Schedule = deployed.Graph.When.String()
	if graph.Nodes, err = deployed.Graph.Order(); err != nil {
		return err
	}
	if !graph.Suspended {
		next, err := deployed.Graph.When.Next(deployed.Since, ws.Clock())
		if err != nil {
			return err
		}
		if !next.IsZero() {
			graph.Next = &next
		}
	}
	if c.json {
		return c.object(graph)
	}
	var rows [][]any
	for _, node := range graph.Nodes {
		rows = append(rows, []any{node.Name, strings.Join(node.After, ", "), strings.Join(node.Steps, ", ")})
	}
	if err := c.table([]store.Column{column("NODE", store.String), column("AFTER", store.String), column("STEPS", store.String)}, rows); err != nil {
		return err
	}
	switch {
	case !graph.Deployed:
		c.line("Not deployed yet. Put it in force with: willbuy dag deploy")
	case graph.Suspended:
		c.line("%s, suspended. Let it run by the clock with: willbuy dag resume", graph.Schedule)
	case graph.Next == nil:
		c.line("%s, resumed; it is never due.", graph.Schedule)
	default:
		c.line("%s, resumed; due next at %s while the workbench is open.", graph.Schedule, graph.Next.Local().Format("2006-01-02 15:04"))
	}
	return nil
}

func (c *cli) runGraph(ctx context.Context, retry bool) error {
	ws, err := c.open(duck.Options{})
	if err != nil {
		return err
	}
	defer ws.Store.Close()
	plan := ws.Schedule()
	exec := ws.RunNode(version, c.eventPrinter().print, c.waiting)
	var run schedule.GraphRun
	if retry {
		run, err = plan.RetryLast(ctx, exec)
	} else {
		run, err = plan.Run(ctx, exec)
	}
	if err != nil {
		return graphHint(err)
	}
	if c.json {
		return c.object(graphRunJSON(run))
	}
	return c.table(nodeColumns, nodeRows(run))
}

var nodeColumns = []store.Column{column("NODE", store.String), column("STATE", store.String), column("SECONDS", store.Float),
	column("RUN", store.String), column("NOTE", store.String)}

func nodeRows(run schedule.GraphRun) [][]any {
	var rows [][]any
	for _, node := range run.Nodes {
		note := node.Error
		switch {
		case node.KeptFrom != "":
			note = "kept from " + node.KeptFrom
		case note == "" && node.Run == "" && node.State == schedule.Succeeded:
			note = "nothing had changed"
		}
		rows = append(rows, []any{node.Name, string(node.State), took(node.Started, node.Ended), node.Run, note})
	}
	return rows
}

// took is the seconds between two times, nil where one is missing.
func took(from, to time.Time) any {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	return to.Sub(from).Seconds()
}

// graphRunJSON is a run of the graph as `dag run` and `dag history` print it.
func graphRunJSON(run schedule.GraphRun) any {
	type node struct {
		Name    string         `json:"name"`
		State   schedule.State `json:"state"`
		Seconds any            `json:"seconds"`
		Run     string         `json:"run,omitempty"`
		Kept    string         `json:"kept_from,omitempty"`
		Error   string         `json:"error,omitempty"`
	}
	var nodes []node
	for _, n := range run.Nodes {
		nodes = append(nodes, node{n.Name, n.State, took(n.Started, n.Ended), n.Run, n.KeptFrom, n.Error})
	}
	return struct {
		ID      string         `json:"id"`
		Cause   schedule.Cause `json:"cause"`
		State   schedule.State `json:"state"`
		Started time.Time      `json:"started,omitzero"`
		Ended   time.Time      `json:"ended,omitzero"`
		Error   string         `json:"error,omitempty"`
		Nodes   []node         `json:"nodes"`
	}{run.ID, run.Cause, run.State, run.Started, run.Ended, run.Error, nodes}
}

func (c *cli) showHistory(ws *pipeline.Workspace) error {
	history, err := ws.Schedule().History()
	if err != nil {
		return err
	}
	var rows [][]any
	for _, run := range history {
		if c.json {
			if err := c.object(graphRunJSON(run)); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []any{run.ID, string(run.State), string(run.Cause), run.Started, took(run.Started, run.Ended), run.Error})
	}
	if c.json {
		return nil
	}
	if len(rows) == 0 {
		c.remark("The graph has not run yet. Run it now with: willbuy dag run")
		return nil
	}
	return c.table([]store.Column{column("ID", store.String), column("STATE", store.String), column("CAUSE", store.String),
		column("STARTED", store.Instant), column("SECONDS", store.Float), column("ERROR", store.String)}, rows)
}
