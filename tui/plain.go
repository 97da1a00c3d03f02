package tui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"willbuy/pipeline"
	"willbuy/views"
)

// PlainOptions says where the plain mode reads and writes.
type PlainOptions struct {
	Version string // of willbuy, for the log of runs
	In      io.Reader
	Out     io.Writer
	// Interrupts are the user's Ctrl-C: the first stops what is under way, and
	// where nothing is, the second in a row leaves. Nil where nobody sits there;
	// then each line that was read is repeated before what it does.
	Interrupts <-chan os.Signal
	Demo       func() ([]pipeline.Event, error) // the run that willbuy carries
}

// plain is the workbench for screen readers and pipes: it reads a command a
// line and tells what changes a line at a time. Nothing is drawn or drawn again.
type plain struct {
	ctx     context.Context
	ws      *pipeline.Workspace
	options PlainOptions
	step    *pipeline.Step
	failed  int  // commands
	left    bool // by quit

	mu  sync.Mutex // events come from a run's goroutines
	out *bufio.Writer
}

// RunPlain is the workbench as a conversation: a command a line, until quit or
// the end of the input. The error is context.Canceled when ctx or Ctrl-C ended
// it, and tells how many commands failed where nobody was there to see it.
func RunPlain(ctx context.Context, ws *pipeline.Workspace, o PlainOptions) error {
	p := &plain{ctx: ctx, ws: ws, options: o, out: bufio.NewWriter(o.Out), step: pipeline.Steps[0]}
	if err := p.begin(); err != nil {
		return err
	}
	lines := p.read()
	warned := false
	for !p.left {
		p.prompt()
		select {
		case line, more := <-lines:
			warned = false
			if !more {
				p.left = true
				break
			}
			if err := p.do(line); err != nil {
				p.failed++
				p.say("Error: %s", sentence(err))
			}
		case <-o.Interrupts:
			if warned {
				return context.Canceled
			}
			warned = true
			p.say("")
			p.say("Nothing is under way. Ctrl-C again leaves, and so does quit.")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if p.failed > 0 && o.Interrupts == nil {
		return fmt.Errorf("%s of this input failed", pipeline.Plural(int64(p.failed), "command"))
	}
	return p.out.Flush()
}

// read gives the lines of the input. Its goroutine ends with the input; what
// waits for a terminal waits until the process ends.
func (p *plain) read() <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for input := bufio.NewScanner(p.options.In); input.Scan(); {
			select {
			case lines <- input.Text():
			case <-p.ctx.Done():
				return
			}
		}
	}()
	return lines
}

// begin goes to the first step that is not done, and says where the lab stands
// and how to go on.
func (p *plain) begin() error {
	state, err := p.state()
	if err != nil {
		return err
	}
	p.step = firstOpen(state)
	if p.options.Interrupts == nil {
		return nil
	}
	done := 0
	for _, s := range pipeline.Steps {
		if state.Step(s.ID).Status == pipeline.Done {
			done++
		}
	}
	p.say("%s Lab %s: %d of %d steps done.", labTitle, views.Visible(p.ws.Dir), done, len(pipeline.Steps))
	p.say("At step %d, %s: %s It is %s.", p.step.Number(), p.step.Title, p.step.Question, state.Step(p.step.ID).Status)
	p.say("Type help for what can be said here, all to run everything, quit to leave.")
	return nil
}

// say tells one line, at once.
func (p *plain) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.out, views.Visible(fmt.Sprintf(format, args...)))
	p.out.Flush()
}

// prompt stands before what is typed.
func (p *plain) prompt() {
	if p.options.Interrupts == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%d %s> ", p.step.Number(), p.step.Title)
	p.out.Flush()
}

// do does what a line says. A number alone goes to that step; nothing at all
// tells the step again.
func (p *plain) do(line string) error {
	word, args, _ := strings.Cut(strings.TrimSpace(line), " ")
	args = strings.TrimSpace(args)
	if p.options.Interrupts == nil && word != "" {
		p.say("> %s", strings.TrimSpace(line))
	}
	if word == "" {
		return p.show("")
	}
	for _, c := range plainCommands() {
		if word == c.name || word == c.key && len(c.key) == 1 {
			return c.do(p, args)
		}
	}
	if step, err := pipeline.FindStep(word); err == nil {
		return p.show(step.ID)
	}
	var names []string
	for _, c := range plainCommands() {
		names = append(names, c.name)
	}
	return pipeline.Hint(fmt.Errorf("there is no command %q%s", word, didYouMean(word, names)), "help lists them.")
}

// interruptible gives a context that Ctrl-C ends, for what takes long. The
// caller calls done when it is over.
func (p *plain) interruptible() (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(p.ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-p.options.Interrupts:
			p.say("Stopping. What is done is kept.")
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() {
		cancel()
		watching.Wait()
	}
}

// run runs steps, and tells what happens as it happens.
func (p *plain) run(req pipeline.Request) error {
	ctx, done := p.interruptible()
	defer done()
	var teller views.Teller
	req.Command, req.Version = "workbench", p.options.Version
	req.Waiting = func(holder string) { p.say("Waiting for %s.", holder) }
	outcome, err := p.ws.Run(ctx, req, func(e pipeline.Event) {
		if line := teller.Line(e); line != "" {
			p.say("%s", line)
		}
	})
	switch {
	case errors.Is(err, context.Canceled) && p.ctx.Err() == nil:
		p.say("Stopped. What is done is kept; all goes on from here.")
		return nil
	case err != nil:
		return err
	case len(outcome.Finished) == 0:
		p.say("%s", outcome.Summary)
	}
	return nil
}

// state is what is recorded, judged by today's parameters and data.
func (p *plain) state() (*pipeline.State, error) {
	state, err := p.ws.Recorded()
	if err != nil {
		return nil, err
	}
	return state, p.ws.Assess(p.ctx, state)
}

// firstOpen is the step to begin with: the one that runs, else the first that
// is not done, else the last.
func firstOpen(state *pipeline.State) *pipeline.Step {
	for _, s := range pipeline.Steps {
		if status := state.Step(s.ID).Status; status != pipeline.Done {
			return s
		}
	}
	return pipeline.Steps[len(pipeline.Steps)-1]
}
