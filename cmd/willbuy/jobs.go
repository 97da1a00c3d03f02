package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/store/duck"
)

// followEvery is how often `jobs logs -f` looks for more.
const followEvery = 200 * time.Millisecond

func (c *cli) jobsCommand() *cobra.Command {
	var follow, failed bool
	logs := &cobra.Command{
		Use: "logs ID", Short: "what a job printed", Example: "willbuy jobs logs 20261122T003301Z-ab12 -f",
		Args: between(1, 1, "job"), ValidArgsFunction: c.completeJobs,
		RunE: func(cmd *cobra.Command, args []string) error { return c.jobLogs(cmd.Context(), args[0], follow) },
	}
	logs.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the job ends")
	remove := &cobra.Command{
		Use: "rm ID...|--failed", Short: "delete ended jobs with their logs", Example: "willbuy jobs rm --failed",
		Args: cobra.ArbitraryArgs, ValidArgsFunction: c.completeJobs,
		RunE: func(_ *cobra.Command, args []string) error { return c.removeJobs(args, failed) },
	}
	remove.Flags().BoolVar(&failed, "failed", false, "all that failed, were cancelled or ended without a word")
	return group(&cobra.Command{
		Use:   "jobs",
		Short: "parts of the lab as jobs of their own: submit, list, logs, cancel, remove",
		Long:  "A job is a recorded run of part of the lab in a process of its own, which goes on when this terminal is closed.\n\n" + jobKinds(),
		Example: `willbuy jobs submit update_reviews
willbuy jobs ls
willbuy jobs logs 20261122T003301Z-ab12 -f`,
	}, &cobra.Command{
		Use: "ls", Short: "list the jobs, newest first", Example: "willbuy jobs ls --json", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return c.listJobs() },
	}, &cobra.Command{
		Use: "submit NAME", Short: "start a job: " + jobNames(), Example: "willbuy jobs submit retrain",
		Args: between(1, 1, "job"), ValidArgs: jobNameList(),
		RunE: func(_ *cobra.Command, args []string) error { return c.submitJob(args[0]) },
	}, logs, &cobra.Command{
		Use: "cancel ID", Short: "stop a job; what is done is kept", Example: "willbuy jobs cancel 20261122T003301Z-ab12",
		Args: between(1, 1, "job"), ValidArgsFunction: c.completeJobs,
		RunE: func(_ *cobra.Command, args []string) error {
			ws, err := c.files()
			if err != nil {
				return err
			}
			return ws.CancelJob(args[0])
		},
	}, remove, &cobra.Command{
		Use: "exec ID", Short: "the process of a submitted job", Hidden: true,
		Args: between(1, 1, "job"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.execJob(cmd.Context(), args[0]) },
	})
}

func jobNameList() []string {
	var names []string
	for _, kind := range pipeline.JobKinds {
		names = append(names, kind.Name)
	}
	return names
}

func jobNames() string {
	text := ""
	for i, name := range jobNameList() {
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

func jobKinds() string {
	text := ""
	for _, kind := range pipeline.JobKinds {
		text += kind.Name + " " + kind.What + ".\n"
	}
	return text
}

func (c *cli) submitJob(name string) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("submit %s: %w", name, err)
	}
	dir, err := filepath.Abs(c.dir)
	if err != nil {
		return fmt.Errorf("submit %s: %w", name, err)
	}
	ws, err := c.open(duck.Options{})
	if err != nil {
		return err
	}
	job, err := ws.SubmitJob(name, program, "--workspace", dir, "--plain", "jobs", "exec")
	if err != nil {
		return err
	}
	if c.json {
		return c.object(job)
	}
	c.line("%s", job.ID)
	c.remark("Follow it with: willbuy jobs logs %s -f", job.ID)
	return nil
}

func (c *cli) execJob(ctx context.Context, id string) error {
	ws, err := c.open(duck.Options{})
	if err != nil {
		return err
	}
	defer ws.Store.Close()
	outcome, err := ws.RunJob(ctx, id, version, c.eventPrinter().print)
	if err != nil {
		return err
	}
	return c.closing(ws, outcome)
}

func (c *cli) listJobs() error {
	ws, err := c.files()
	if err != nil {
		return err
	}
	jobs, err := ws.Jobs()
	if err != nil {
		return err
	}
	var rows [][]any
	for _, job := range jobs {
		if c.json {
			if err := c.object(job); err != nil {
				return err
			}
			continue
		}
		note := job.Summary
		if job.Waits != "" {
			note = "waits for " + job.Waits
		}
		rows = append(rows, []any{job.ID, job.Name, job.Status, job.Submitted, job.Ended, note})
	}
	switch {
	case c.json:
		return nil
	case len(rows) == 0:
		c.remark("No job was submitted yet. Submit one with: willbuy jobs submit %s", jobNameList()[0])
		return nil
	}
	return c.table([]store.Column{column("id", store.String), column("name", store.String), column("status", store.String),
		column("submitted", store.Instant), column("ended", store.Instant), column("summary", store.String)}, rows)
}

// jobLogs prints what a job's process printed; following, it goes on until the
// job has ended.
func (c *cli) jobLogs(ctx context.Context, id string, follow bool) error {
	ws, err := c.files()
	if err != nil {
		return err
	}
	if _, err := ws.Job(id); err != nil {
		return err
	}
	file, err := os.Open(ws.JobOutput(id))
	if err != nil {
		return fmt.Errorf("read the output of job %s: %w", id, cause(err))
	}
	defer file.Close()
	for {
		job, err := ws.Job(id) // before copying, so that nothing after its end is missed
		if err != nil {
			return err
		}
		if _, err := io.Copy(c.out, file); err != nil {
			return err
		}
		if err := c.out.Flush(); err != nil {
			return err
		}
		if !follow || job.Status != pipeline.JobPending && job.Status != pipeline.JobRunning {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

func (c *cli) removeJobs(ids []string, failed bool) error {
	if failed == (len(ids) > 0) {
		return usagef("name the jobs to remove, or give --failed")
	}
	ws, err := c.files()
	if err != nil {
		return err
	}
	if failed {
		jobs, err := ws.Jobs()
		if err != nil {
			return err
		}
		for _, job := range jobs {
			if slices.Contains([]string{pipeline.JobFailed, pipeline.JobCancelled, pipeline.JobLost}, job.Status) {
				ids = append(ids, job.ID)
			}
		}
	}
	if len(ids) == 0 {
		c.remark("There is no failed job.")
	}
	var kept error // one that must stay keeps no other
	for _, id := range ids {
		if err := ws.RemoveJob(id); err != nil {
			kept = errors.Join(kept, err)
			continue
		}
		c.remark("removed job %s", id)
	}
	return kept
}

func (c *cli) completeJobs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	if ws, err := c.files(); err == nil {
		jobs, _ := ws.Jobs()
		for _, job := range jobs {
			ids = append(ids, job.ID)
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}
