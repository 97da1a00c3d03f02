package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"willbuy/pipeline/schedule"
	"willbuy/store/filelock"
)

// submit starts a job whose process is this test binary.
func submit(t *testing.T, w *Workspace, name string) Job {
	t.Helper()
	t.Setenv(jobIn, w.Dir)
	job, err := w.SubmitJob(name, os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// await polls a job until it has a status.
func await(t *testing.T, w *Workspace, id string, want func(Job) bool) Job {
	t.Helper()
	for deadline := time.Now().Add(soon); ; time.Sleep(10 * time.Millisecond) {
		job, err := w.Job(id)
		if err != nil {
			t.Fatal(err)
		}
		if want(job) {
			return job
		}
		if time.Now().After(deadline) {
			output, _ := os.ReadFile(w.JobOutput(id))
			t.Fatalf("the job is still %+v; it printed %s", job, output)
		}
	}
}

func status(s string) func(Job) bool { return func(j Job) bool { return j.Status == s } }

func TestAJobIsARecordedRunInItsOwnProcess(t *testing.T) {
	w := newLab(t)
	set(t, w, "train.eta=0.3")
	job := await(t, w, submit(t, w, "retrain").ID, status(JobDone))
	if job.PID == os.Getpid() || job.Ended.IsZero() || !strings.Contains(job.Summary, "train, register, explain") {
		t.Errorf("the job is %+v", job)
	}
	if output, _ := os.ReadFile(w.JobOutput(job.ID)); !strings.Contains(string(output), "train step.finished") {
		t.Errorf("its output is %q", output)
	}
	if s := assess(t, w).Step("explain"); s.Run != job.ID || s.Status != Done {
		t.Errorf("explain is %s of run %s", s.Status, s.Run)
	}
	refused(t, w.RemoveJob(job.ID), "rests on run", "Run that step again")
	refused(t, w.CancelJob(job.ID), "is not running: it is DONE", "")
}

func TestAJobThatWaitsIsPendingAndCanBeCancelled(t *testing.T) {
	w := newLab(t)
	set(t, w, "train.eta=0.3")
	other, err := filelock.Acquire(t.Context(), filepath.Join(w.Dir, "run.lock"), true, "willbuy run", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Release()
	id := submit(t, w, "retrain").ID
	job := await(t, w, id, func(j Job) bool { return j.Waits != "" })
	if job.Status != JobPending || !strings.HasPrefix(job.Waits, "willbuy run (process ") {
		t.Errorf("the job is %+v", job)
	}
	if err := w.RemoveJob(id); err == nil {
		t.Error("a pending job was removed")
	}
	if err := w.CancelJob(id); err != nil {
		t.Fatal(err)
	}
	// The test binary does not catch the signal: it dies without a word.
	at := time.Now()
	w.Clock = func() time.Time { return at.Add(time.Minute) }
	if job := await(t, w, id, status(JobLost)); !strings.Contains(job.Summary, "willbuy jobs logs") {
		t.Errorf("the summary is %q", job.Summary)
	}
	if err := w.RemoveJob(id); err != nil {
		t.Error(err)
	}
}

func TestAJobThatCannotStartHasFailed(t *testing.T) {
	w := newLab(t)
	if _, err := w.SubmitJob("retrain", "/no/such/program"); err == nil {
		t.Error("a program that is not there was started")
	}
	jobs, err := w.Jobs()
	if err != nil || len(jobs) != 1 || jobs[0].Status != JobFailed {
		t.Errorf("the jobs are %+v, %v", jobs, err)
	}
	if _, err := w.SubmitJob("retrian", "x"); err == nil || !strings.Contains(err.Error(), "did you mean retrain?") {
		t.Errorf("an unknown job gave %v", err)
	}
	if _, err := w.Job(jobs[0].ID + "x"); err == nil || !strings.Contains(err.Error(), "did you mean "+jobs[0].ID) {
		t.Errorf("an unknown id gave %v", err)
	}
}

func TestADamagedJobFileStopsNobody(t *testing.T) {
	w := newLab(t)
	if _, err := w.SubmitJob("retrain", "/no/such/program"); err == nil {
		t.Fatal("it started")
	}
	jobs, _ := w.Jobs()
	if err := os.WriteFile(w.jobFile(jobs[0].ID), []byte("{\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	jobs, err := w.Jobs()
	if err != nil || jobs[0].Status != JobLost || !strings.Contains(jobs[0].Summary, "damaged") {
		t.Errorf("the jobs are %+v, %v", jobs, err)
	}
	run(t, w, Request{})
	if err := w.RemoveJob(jobs[0].ID); err != nil {
		t.Error(err)
	}
}

func TestTheGraphRunsWhatIsStale(t *testing.T) {
	w := newLab(t)
	id := someone(t, w, 2)
	drop(t, w, "today.txt", "\""+id+"\",\"Bought again today, it lasts.\"\n")
	var did []string
	for _, node := range w.Graph().Nodes {
		ran, err := w.RunNode("test", func(e Event) {
			if e.Kind == KindStepFinished {
				did = append(did, e.Step)
			}
		}, nil)(t.Context(), node)
		if err != nil {
			t.Fatalf("%s: %v", node.Name, err)
		}
		if state := assess(t, w); ran != "" && state.Run(ran).Begin.Command != "dag "+node.Name {
			t.Errorf("run %s is of %q", ran, state.Run(ran).Begin.Command)
		}
	}
	want := "read parse quality save sentiment join encode train register explain"
	if got := strings.Join(did, " "); got != want {
		t.Errorf("the graph did %s, want %s", got, want)
	}
	if when := (schedule.When{Minutes: 1440}); w.Graph().When != when {
		t.Errorf("the schedule is %v", w.Graph().When)
	}
}
