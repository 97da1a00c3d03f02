package pipeline

import (
	"context"
	"fmt"
	"strings"

	"willbuy/store"
)

var jobsStep = &Step{
	ID: "jobs", Title: "Jobs", Version: 1, Needs: []string{"register"},
	Question: "what can run without you watching?",
	Look:     "State and duration of each job; a failed one says why.",
	Outside: func(_ context.Context, w *Workspace) (string, error) {
		jobs, err := w.Jobs()
		var b strings.Builder
		for _, j := range jobs {
			fmt.Fprintln(&b, j.ID, j.Status)
		}
		return b.String(), err
	},
	Code: func(Lab, Values) string {
		var b strings.Builder
		for _, k := range JobKinds {
			fmt.Fprintf(&b, "willbuy jobs submit %-15s # %s: %s\n", k.Name, strings.Join(k.Steps, ", "), k.What)
		}
		return b.String() + "willbuy jobs ls\nwillbuy jobs logs ID -f\nwillbuy jobs cancel ID"
	},
	Run: listJobs,
}

func listJobs(_ context.Context, x *Exec) (StepFinished, error) {
	jobs, err := x.WS.Jobs()
	if err != nil {
		return StepFinished{}, err
	}
	var rows [][]any
	for _, j := range jobs {
		var seconds any
		if !j.Ended.IsZero() {
			seconds = j.Ended.Sub(j.Submitted).Seconds()
		}
		rows = append(rows, []any{j.ID, j.Name, j.Status, j.Submitted, seconds, j.Summary})
	}
	x.Table("jobs", "Jobs", []store.Column{{Name: "ID", Type: store.String}, {Name: "NAME", Type: store.String}, {Name: "STATUS", Type: store.String},
		{Name: "SUBMITTED", Type: store.Instant}, {Name: "SECONDS", Type: store.Float}, {Name: "SUMMARY", Type: store.String}}, rows)
	out := StepFinished{Rows: int64(len(jobs)), Unit: "jobs", Summary: "No job was submitted yet. Submit one with: willbuy jobs submit retrain"}
	if len(jobs) > 0 {
		out.Summary = fmt.Sprintf("%s; the newest, %s, is %s.", Plural(int64(len(jobs)), "job"), jobs[0].Name, jobs[0].Status)
	}
	return out, nil
}
