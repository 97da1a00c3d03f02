// Command willbuy is the lab's workbench and its headless twin: whatever the
// panes do, a command does too. Here are the commands and their flags, and the
// wiring of workspace, store, engine and views; the work is in the packages
// below.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"charm.land/fang/v2"

	"willbuy/pipeline"
)

// version is set by the Makefile from git describe.
var version = "dev"

// The exit codes, the same for every command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitQuarantined = 3   // only with --strict
	exitInterrupted = 130 // what is done is kept, the next run goes on
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		stop()
		<-signals // whoever asks twice does not want to wait
		os.Exit(exitInterrupted)
	}()
	os.Exit(execute(ctx, os.Args[1:]))
}

// execute runs one command line and gives its exit code.
func execute(ctx context.Context, args []string) int {
	c := newCLI(args)
	root := newRoot(c)
	root.SetArgs(args)
	// Fang is told of no command's error: before it shows one it asks the
	// terminal for its background, and a script's log is no place for that.
	err := fang.Execute(ctx, root, fang.WithVersion(version),
		fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {}))
	if err == nil {
		err = c.failed
	}
	if flushErr := c.out.Flush(); err == nil && flushErr != nil {
		err = pipeline.Hint(flushErr, "Free some disk space, or write the output elsewhere.")
	}
	return c.report(ctx, err)
}

// errQuarantined ends a strict command that put records aside.
var errQuarantined = errors.New("some input was quarantined, and --strict was given")

// interrupted is the error of a command that was stopped, and what is left of
// its work.
type interrupted struct{ left string }

func (e interrupted) Error() string { return "stopped " + e.left }
func (interrupted) Unwrap() error   { return context.Canceled }

// halted is the error of a command that was stopped: left says what is left of
// its work, unless the error knows. Other errors stay.
func halted(ctx context.Context, err error, left string) error {
	if ctx.Err() == nil || !errors.Is(err, context.Canceled) || errors.As(err, new(interrupted)) {
		return err
	}
	return interrupted{left}
}

// report tells an error on stderr, as a sentence and the next step, and gives
// the exit code that belongs to it.
func (c *cli) report(ctx context.Context, err error) int {
	var stopped interrupted
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &stopped):
		c.errorf("%v", stopped)
		return exitInterrupted
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		c.errorf("stopped; what is done is kept")
		return exitInterrupted
	}
	c.errorf("%v", err)
	if hint := c.nextStep(err); hint != "" {
		c.hint(hint)
	}
	switch {
	case errors.Is(err, errQuarantined):
		return exitQuarantined
	case pipeline.IsUsage(err):
		return exitUsage
	}
	return exitFailed
}

// nextStep is the one thing to do about an error, or "".
func (c *cli) nextStep(err error) string {
	switch hint := pipeline.HintOf(err); {
	case hint != "":
		return hint
	case pipeline.IsUsage(err):
		return "See: " + c.helpFor
	case strings.Contains(err.Error(), "No space left on device"): // the store's own words
		return "Free some disk space, then run again: what is done is kept."
	}
	return ""
}
