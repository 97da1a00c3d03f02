package pipeline

import (
	"context"
	"path/filepath"
	"strconv"

	"github.com/jonboulle/clockwork"

	"willbuy/pipeline/schedule"
)

// Graph is the lab's daily graph as the automate step's parameters have it.
func (w *Workspace) Graph() schedule.Graph {
	v := w.valuesOf("automate")
	when := schedule.When{Cron: v["cron"], Zone: v["zone"]}
	if when.Cron == "" {
		when.Zone = ""
		when.Minutes, _ = strconv.Atoi(v["minutes"])
	}
	return schedule.Graph{When: when, Nodes: []schedule.Node{
		{Name: "setup", Steps: []string{"setup"}},
		{Name: "refresh_reviews", After: []string{"setup"}, Steps: []string{"read", "parse", "quality", "save"}},
		{Name: "update_sentiment", After: []string{"refresh_reviews"}, Steps: []string{"sentiment"}},
		{Name: "retrain_model", After: []string{"update_sentiment"}, Steps: []string{"join", "encode", "train", "register", "explain"}},
	}}
}

// Schedule is where the workspace keeps its deployed graph and its history.
func (w *Workspace) Schedule() *schedule.Schedule {
	return schedule.Open(filepath.Join(w.Dir, "dag"), clockwork.NewRealClock())
}

// RunNode gives the function that runs a node of the graph: its stale steps,
// as a recorded run. Waiting, if not nil, is told for whom a node has to wait.
func (w *Workspace) RunNode(version string, sink func(Event), waiting func(holder string)) schedule.Exec {
	return func(ctx context.Context, node schedule.Node) (string, error) {
		outcome, err := w.Run(ctx, Request{Command: "dag " + node.Name, Reason: "dag", Steps: node.Steps, Version: version, Waiting: waiting}, sink)
		return outcome.Run, err
	}
}
