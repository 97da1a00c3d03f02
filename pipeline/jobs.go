package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"willbuy/store/filelock"
)

// A job is a recorded run of part of the lab in a process of its own. Beside
// the run's log stand job.json (what was asked, and how it ended), output.log
// (what the process printed) and job.lock, which the process holds while it
// lives.

// JobKind is a job that can be submitted, and the steps that it runs.
type JobKind struct {
	Name  string
	Steps []string
	What  string
}

// JobKinds are all there are.
var JobKinds = []JobKind{
	{"update_reviews", []string{"read", "parse", "quality", "save", "sentiment"}, "reads what is new in the stage, classifies and scores it"},
	{"retrain", []string{"join", "encode", "train", "register", "explain"}, "joins, trains, registers a new version and explains it"},
}

// The states of a job, in the words of the warehouse's job services.
const (
	JobPending   = "PENDING" // waits for another process; Waits says for whom
	JobRunning   = "RUNNING"
	JobDone      = "DONE"
	JobFailed    = "FAILED"
	JobCancelled = "CANCELLED"
	JobLost      = "INTERNAL_ERROR" // the process is gone without a word
)

// Job is one submitted job.
type Job struct {
	ID        string    `json:"id"` // also of its run
	Name      string    `json:"name"`
	PID       int       `json:"pid"`
	Submitted time.Time `json:"submitted"`
	Ended     time.Time `json:"ended,omitzero"`
	Waits     string    `json:"waits,omitempty"`
	Status    string    `json:"status"`
	Summary   string    `json:"summary,omitempty"`
}

// submitGrace is how long a job that was just submitted may take until its
// process holds its lock.
const submitGrace = 5 * time.Second

func (w *Workspace) jobFile(id string) string { return filepath.Join(w.runsDir(), id, "job.json") }
func (w *Workspace) jobLock(id string) string { return filepath.Join(w.runsDir(), id, "job.lock") }

// JobOutput is the file with what a job's process printed.
func (w *Workspace) JobOutput(id string) string { return filepath.Join(w.runsDir(), id, "output.log") }

func jobKind(name string) (JobKind, error) {
	var names []string
	for _, k := range JobKinds {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return JobKind{}, Usage(fmt.Errorf("there is no job %q%s; the jobs are %s", name, didYouMean(name, names), strings.Join(names, ", ")))
}

// SubmitJob starts a job. Command is the program and arguments that, given the
// job's id as last argument, call RunJob; it goes on when we end.
func (w *Workspace) SubmitJob(name string, command ...string) (Job, error) {
	if _, err := jobKind(name); err != nil {
		return Job{}, err
	}
	job := Job{ID: w.newRunID(), Name: name, Submitted: w.Clock().UTC(), Status: JobPending}
	if err := os.MkdirAll(filepath.Dir(w.jobFile(job.ID)), 0o755); err != nil {
		return Job{}, fmt.Errorf("submit %s: %w", name, err)
	}
	output, err := os.Create(w.JobOutput(job.ID))
	if err != nil {
		return Job{}, fmt.Errorf("submit %s: %w", name, err)
	}
	defer output.Close()
	if err := w.saveJob(job); err != nil {
		return Job{}, err
	}
	process := exec.Command(command[0], append(slices.Clone(command[1:]), job.ID)...)
	process.Stdout, process.Stderr = output, output
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it outlives our terminal
	if err := process.Start(); err != nil {
		job.Status, job.Summary = JobFailed, err.Error()
		return Job{}, errors.Join(fmt.Errorf("submit %s: %w", name, err), w.saveJob(job))
	}
	job.PID = process.Process.Pid
	go process.Wait() // no zombie while we live
	return job, nil
}

// RunJob is a job's own process: it runs the steps and says how they ended.
func (w *Workspace) RunJob(ctx context.Context, id, version string, sink func(Event)) (Outcome, error) {
	job, err := w.readJob(id)
	if err != nil {
		return Outcome{}, err
	}
	lock, err := filelock.Acquire(ctx, w.jobLock(id), true, "job "+job.Name, nil)
	if err != nil {
		return Outcome{}, err
	}
	defer lock.Release()
	job.PID = os.Getpid()
	if err := w.saveJob(job); err != nil {
		return Outcome{}, err
	}
	kind, err := jobKind(job.Name)
	if err != nil {
		return Outcome{}, err
	}
	outcome, runErr := w.Run(ctx, Request{ID: id, Command: "job " + job.Name, Reason: "job", Steps: kind.Steps, Version: version,
		Waiting: func(holder string) {
			job.Waits = holder
			w.saveJob(job)
		}}, sink)
	job.Waits, job.Ended, job.Summary = "", w.Clock().UTC(), outcome.Summary
	switch {
	case runErr == nil:
		job.Status = JobDone
	case errors.Is(runErr, context.Canceled):
		job.Status, job.Summary = JobCancelled, "cancelled; what was done is kept"
	default:
		job.Status, job.Summary = JobFailed, runErr.Error()
	}
	return outcome, errors.Join(runErr, w.saveJob(job))
}

// Jobs lists the jobs, newest first.
func (w *Workspace) Jobs() ([]Job, error) {
	runs, err := w.Runs()
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, run := range slices.Backward(runs) {
		job, err := w.readJob(run)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

// Job gives one job; an unknown id is answered with the nearest.
func (w *Workspace) Job(id string) (Job, error) {
	job, err := w.readJob(id)
	if errors.Is(err, fs.ErrNotExist) {
		var ids []string
		jobs, _ := w.Jobs()
		for _, j := range jobs {
			ids = append(ids, j.ID)
		}
		return Job{}, Usage(fmt.Errorf("there is no job %q%s; see: willbuy jobs ls", id, didYouMean(id, ids)))
	}
	return job, err
}

// CancelJob asks a job's process to stop; it keeps what is done.
func (w *Workspace) CancelJob(id string) error {
	job, err := w.Job(id)
	if err != nil {
		return err
	}
	// The lock knows the process for certain; job.json may be a moment late.
	at := filelock.At(w.jobLock(id))
	if !filelock.Held(w.jobLock(id)) || len(at) == 0 {
		return fmt.Errorf("job %s is not running: it is %s", id, job.Status)
	}
	if err := syscall.Kill(at[0].PID, syscall.SIGTERM); err != nil {
		return fmt.Errorf("cancel job %s: %w", id, err)
	}
	return nil
}

// RemoveJob deletes an ended job with its output and log.
func (w *Workspace) RemoveJob(id string) error {
	job, err := w.Job(id)
	if err != nil {
		return err
	}
	if job.Status == JobPending || job.Status == JobRunning {
		return Hint(fmt.Errorf("job %s is %s", id, job.Status), "Cancel it first: willbuy jobs cancel "+id)
	}
	return w.RemoveRun(id)
}

// RemoveRun deletes a recorded run. One that is under way, or that the state
// of a step rests on, stays.
func (w *Workspace) RemoveRun(id string) error {
	runs, err := w.Runs()
	if err != nil {
		return err
	}
	if !slices.Contains(runs, id) {
		return Usage(fmt.Errorf("there is no run %q%s; see: willbuy runs ls", id, didYouMean(id, runs)))
	}
	if w.Alive(id) {
		return fmt.Errorf("run %s is under way", id)
	}
	state, err := w.Recorded()
	if err != nil {
		return err
	}
	for _, s := range Steps {
		if step := state.Step(s.ID); step.Run == id && step.Status == Done {
			return Hint(fmt.Errorf("the state of step %s rests on run %s", s.ID, id), "Run that step again first, then remove this run.")
		}
	}
	if err := os.RemoveAll(filepath.Join(w.runsDir(), id)); err != nil {
		return fmt.Errorf("remove run %s: %w", id, err)
	}
	return nil
}

func (w *Workspace) saveJob(job Job) error {
	text, err := json.MarshalIndent(job, "", "  ")
	if err == nil {
		err = replaceFile(w.jobFile(job.ID), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep job %s: %w", job.ID, err)
	}
	return nil
}

// readJob reads a job and, while it has not said how it ended, looks whether
// its process lives.
func (w *Workspace) readJob(id string) (Job, error) {
	var job Job
	text, err := os.ReadFile(w.jobFile(id))
	if err != nil {
		return job, err
	}
	if err := json.Unmarshal(text, &job); err != nil {
		return Job{ID: id, Name: "unknown", Status: JobLost, Summary: "its job.json is damaged: " + err.Error()}, nil
	}
	if job.Status != JobPending {
		return job, nil
	}
	switch {
	case w.Alive(id):
		job.Status, job.Waits = JobRunning, ""
	case !filelock.Held(w.jobLock(id)) && w.Clock().Sub(job.Submitted) > submitGrace:
		job.Status, job.Summary = JobLost, "its process ended without a word; see: willbuy jobs logs "+id
	}
	return job, nil
}
