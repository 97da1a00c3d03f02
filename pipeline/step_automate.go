package pipeline

import (
	"context"
	"fmt"
	"strings"

	"willbuy/store"
)

// historyShown is how many graph runs the step shows.
const historyShown = 10

var automateStep = &Step{
	ID: "automate", Title: "Automate", Version: 1, Needs: []string{"register"},
	Question: "what happens tomorrow?",
	Look:     "The nodes and their order, and when the next run is due.",
	Params: []Param{
		{Name: "minutes", Kind: IntParam, Default: "1440", Min: 1, Max: 525600, Unit: "minutes", Help: "time between two runs"},
		{Name: "cron", Kind: StringParam, Default: "", Help: "minute hour day month weekday, instead of minutes; for example 30 6 * * 1-5"},
		{Name: "zone", Kind: StringParam, Default: "", Help: "time zone of cron, such as Europe/Berlin; empty for this machine's"},
	},
	Code: func(_ Lab, v Values) string {
		schedule := v["minutes"] + " MINUTE"
		if v["cron"] != "" {
			schedule = strings.TrimSpace("USING CRON " + v["cron"] + " " + v["zone"])
		}
		return fmt.Sprintf(`setup              SCHEDULE = '%s'
refresh_reviews    AFTER setup                 read, parse, quality, save
update_sentiment   AFTER refresh_reviews       sentiment
retrain_model      AFTER update_sentiment      join, encode, train, register, explain`, schedule)
	},
	Run: automate,
}

func automate(_ context.Context, x *Exec) (StepFinished, error) {
	graph := x.WS.Graph()
	if err := graph.When.Check(); err != nil {
		return StepFinished{}, Hint(err, "Set automate.cron to five fields such as '30 6 * * *', or to nothing.")
	}
	schedule := x.WS.Schedule()
	deployed, err := schedule.Deploy(graph)
	if err != nil {
		return StepFinished{}, err
	}
	nodes, err := graph.Order()
	if err != nil {
		return StepFinished{}, err
	}
	var rows [][]any
	for _, n := range nodes {
		rows = append(rows, []any{n.Name, strings.Join(n.After, ", "), strings.Join(n.Steps, ", ")})
	}
	x.Table("graph", "The graph, "+graph.When.Words(), []store.Column{{Name: "NODE", Type: store.String}, {Name: "AFTER", Type: store.String}, {Name: "STEPS", Type: store.String}}, rows)
	history, err := schedule.History()
	if err != nil {
		return StepFinished{}, err
	}
	var runs [][]any
	for i := len(history) - 1; i >= 0 && len(runs) < historyShown; i-- {
		h := history[i]
		var seconds any
		if !h.Ended.IsZero() && !h.Started.IsZero() {
			seconds = h.Ended.Sub(h.Started).Seconds()
		}
		runs = append(runs, []any{h.ID, string(h.State), string(h.Cause), h.Started, seconds, h.Error})
	}
	x.Table("history", "Runs of the graph", []store.Column{{Name: "ID", Type: store.String}, {Name: "STATE", Type: store.String}, {Name: "CAUSE", Type: store.String},
		{Name: "STARTED", Type: store.Instant}, {Name: "SECONDS", Type: store.Float}, {Name: "ERROR", Type: store.String}}, runs)
	state := "running"
	if deployed.Suspended {
		state = "suspended"
	}
	return StepFinished{Rows: int64(len(nodes)), Unit: "nodes",
		Facts:   map[string]any{"suspended": deployed.Suspended, "schedule": graph.When.String()},
		Summary: fmt.Sprintf("%d nodes, %s, %s.", len(nodes), graph.When.Words(), state)}, nil
}
