package tui

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views"
)

// jobsFound are the jobs as they stand now, which no log tells.
type jobsFound struct {
	jobs []pipeline.Job
	err  error
}

// lookJobs asks how the jobs stand, while somebody looks at them. It reads a
// small file a job.
func (m *model) lookJobs() tea.Cmd {
	if !slices.ContainsFunc(m.windows, func(w *window) bool { return w.step.ID == "jobs" }) {
		return nil
	}
	ws := m.ws
	return func() tea.Msg {
		jobs, err := ws.Jobs()
		return jobsFound{jobs, err}
	}
}

func (msg jobsFound) take(m *model) tea.Cmd {
	if msg.err != nil {
		return nil // the next look may read it; until then what was known stands
	}
	under := func(j pipeline.Job) bool { return j.Status == pipeline.JobRunning || j.Status == pipeline.JobPending }
	if m.jobList == nil || !slices.Equal(m.jobList, msg.jobs) || slices.ContainsFunc(msg.jobs, under) {
		m.jobList = append([]pipeline.Job{}, msg.jobs...)
		m.touch()
	}
	return nil
}

// onJobs tells whether the pane lists jobs as they stand now.
func onJobs(m *model) bool {
	return m.step.ID == "jobs" && m.tab == views.Output && m.replay == nil && m.jobList != nil
}

// onJobList tells whether that pane has the keys and something to choose.
func onJobList(m *model) bool { return onJobs(m) && views.Rows(m.frame()) > 0 }

// jobAt is the chosen job; false where the cursor is on what can be submitted.
func (m *model) jobAt() (pipeline.Job, bool) {
	if at := m.here().cursor; at < len(m.jobList) {
		return m.jobList[at], true
	}
	return pipeline.Job{}, false
}

// tailBytes is how much of the end of a job's log is read at first, and how much
// is kept.
const tailBytes = 256 << 10

// joblog is what a job has printed, as it grows.
type joblog struct {
	job    pipeline.Job
	text   string
	offset int64
	cut    bool // there is more above
	err    error
	closed bool
}

// jobPart is what is new in a job's log.
type jobPart struct {
	log    *joblog
	job    pipeline.Job
	text   string
	offset int64
	cut    bool
	err    error
}

// jobTick is when to look for more.
type jobTick struct{ log *joblog }

// openJob shows the log of a job, and goes on with it as it grows.
func (m *model) openJob(job pipeline.Job) tea.Cmd {
	l := &joblog{job: job}
	m.cover = &fullText{tail: true, ended: func() { l.closed = true },
		title: func(m *model) (string, string) {
			return "Log of " + views.Visible(l.job.Name), views.Visible(l.job.Status) + " · " + views.Visible(l.job.ID)
		},
		lines: func(m *model, width int) []string { return l.lines(m, width) },
	}
	return l.read(m.ws)
}

// read reads on from where the last reading ended.
func (l *joblog) read(ws *pipeline.Workspace) tea.Cmd {
	id, offset := l.job.ID, l.offset
	return func() tea.Msg {
		part := jobPart{log: l, offset: offset}
		part.job, part.err = ws.Job(id) // before its output, so that an ended job has written all
		if part.err != nil {
			return part
		}
		file, err := os.Open(ws.JobOutput(id))
		if errors.Is(err, fs.ErrNotExist) {
			return part
		}
		if err != nil {
			part.err = err
			return part
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && offset == 0 && info.Size() > tailBytes {
			part.offset, part.cut = info.Size()-tailBytes, true
		}
		text, err := io.ReadAll(io.NewSectionReader(file, part.offset, tailBytes))
		part.text, part.offset, part.err = string(text), part.offset+int64(len(text)), err
		return part
	}
}

func (msg jobPart) take(m *model) tea.Cmd {
	l := msg.log
	l.err, l.cut = msg.err, l.cut || msg.cut
	if msg.err == nil {
		l.job, l.offset = msg.job, msg.offset
		l.text += msg.text
		if over := len(l.text) - tailBytes; over > 0 {
			l.text, l.cut = l.text[over:], true
		}
	}
	ended := !l.job.Ended.IsZero() || l.job.Status == pipeline.JobLost
	if l.closed || msg.err != nil || ended && msg.text == "" {
		return nil
	}
	return m.later(watchEvery, jobTick{l})
}

func (msg jobTick) take(m *model) tea.Cmd {
	if msg.log.closed {
		return nil
	}
	return msg.log.read(m.ws)
}

func (l *joblog) lines(m *model, width int) []string {
	th := m.scheme.theme()
	var out []string
	if l.cut {
		out = append(out, th.Muted.Render("… its end; all of it: willbuy jobs logs "+views.Visible(l.job.ID)))
	}
	for _, text := range strings.Split(strings.TrimRight(l.text, "\n"), "\n") {
		out = append(out, strings.Split(ansi.Wrap(views.Visible(text), max(1, width), " "), "\n")...)
	}
	switch {
	case l.err != nil:
		out = append(out, th.Bad.Render("! ")+views.Visible(sentence(l.err)))
	case l.text == "" && l.job.Waits != "":
		out = []string{"It waits for " + views.Visible(l.job.Waits) + "."}
	case l.text == "" && l.job.Ended.IsZero():
		out = []string{th.Muted.Render("It has printed nothing yet.")}
	}
	if l.job.Summary != "" && l.job.Status != pipeline.JobDone { // else the log ends in it
		out = append(out, "", th.Title.Render(views.Visible(l.job.Status))+"  "+views.Visible(l.job.Summary))
	}
	return out
}

// jobStarted tells that a job was submitted, jobCancelled that one was asked to
// stop.
type (
	jobStarted struct {
		job pipeline.Job
		err error
	}
	jobCancelled struct{ err error }
)

// submit starts a job in a process of its own, which goes on when we end.
func (m *model) submit(name string) tea.Cmd {
	ws := m.ws
	return func() tea.Msg {
		program, err := os.Executable()
		if err != nil {
			return jobStarted{err: fmt.Errorf("submit %s: %w", name, err)}
		}
		job, err := ws.SubmitJob(name, program, "--workspace", absolute(ws.Dir), "--plain", "jobs", "exec")
		return jobStarted{job, err}
	}
}

func (msg jobStarted) take(m *model) tea.Cmd {
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	m.say(msg.job.Name + " is submitted; it goes on when the workbench is closed.")
	p := m.here()
	p.cursor = 0 // where the newest stands
	m.setPlace(p)
	return m.lookJobs()
}

func (msg jobCancelled) take(m *model) tea.Cmd {
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	m.say("Asked the job to stop. What it has done is kept.")
	return m.lookJobs()
}

// jobWord says what enter does with the chosen row.
func jobWord(m *model) string {
	if _, ok := m.jobAt(); ok {
		return "log"
	}
	return "submit"
}

// onLiveJob tells whether the chosen job can be cancelled.
func onLiveJob(m *model) bool {
	if !onJobList(m) {
		return false
	}
	j, ok := m.jobAt()
	return ok && (j.Status == pipeline.JobRunning || j.Status == pipeline.JobPending)
}

// submitLimit keeps somebody who leans on enter from a crowd of processes.
const submitLimit = 2 * time.Second

func justSubmitted(m *model) string {
	if _, ok := m.jobAt(); !ok && len(m.jobList) > 0 && m.now().Sub(m.jobList[0].Submitted) < submitLimit {
		return "A job was submitted this moment."
	}
	return ""
}

// jobKeys are those of the list of jobs.
func jobKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: onPane, when: onJobList, group: "Run", foot: jobWord,
			help: "On Jobs: the log of the chosen job, as it grows; or submit what is chosen.", why: justSubmitted, act: func(m *model, _ string) tea.Cmd {
				if job, ok := m.jobAt(); ok {
					return m.openJob(job)
				}
				return m.submit(pipeline.JobKinds[clamp(m.here().cursor-len(m.jobList), 0, len(pipeline.JobKinds)-1)].Name)
			}},
		{keys: []string{"x"}, label: "x", in: onPane, when: onLiveJob, group: "Run", foot: word("cancel the job"),
			help: "On Jobs: cancel the chosen job. What it has done is kept.", act: func(m *model, _ string) tea.Cmd {
				job, _ := m.jobAt()
				ws := m.ws
				return func() tea.Msg { return jobCancelled{ws.CancelJob(job.ID)} }
			}},
	}
}
