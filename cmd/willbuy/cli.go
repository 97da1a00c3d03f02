package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/charmbracelet/x/term"

	"willbuy/pipeline"
	"willbuy/store/duck"
	"willbuy/store/filelock"
	"willbuy/views"
)

// cli is what all commands share: the global flags and where text goes.
// Results go to out, everything else to err.
type cli struct {
	dir                         string
	json, plain, quiet, noColor bool
	themeName                   string
	still                       bool
	present                     bool

	in      io.Reader
	out     *bufio.Writer
	err     io.Writer
	typed   string // the command line, for logs and for those who wait for us
	helpFor string // the command whose help answers a wrong word
	failed  error  // of the command that ran

	awaited atomic.Value // whom we told last that we wait for
}

func newCLI(args []string) *cli {
	c := &cli{in: os.Stdin, out: bufio.NewWriterSize(os.Stdout, 64<<10), err: os.Stderr,
		typed: strings.Join(append([]string{"willbuy"}, args...), " "), helpFor: "willbuy --help"}
	// Any non-empty value counts, but the libraries that colour help and
	// panes take only a truth value; and the flag must hold for the help too.
	for _, arg := range args {
		if arg == "--no-color" || arg == "--plain" {
			os.Setenv("NO_COLOR", "1")
		}
	}
	if os.Getenv("NO_COLOR") != "" {
		os.Setenv("NO_COLOR", "1")
		c.noColor = true
	}
	return c
}

// open gives the workspace with its store. Nothing is made before something is
// set or run. Close the store when done.
func (c *cli) open(o duck.Options) (*pipeline.Workspace, error) {
	o.Command = c.typed
	if o.Waiting == nil {
		o.Waiting = func(p filelock.Process) { c.waiting(p.String()) }
	}
	s := duck.New(c.dir, o)
	return pipeline.OpenWorkspace(c.dir, s)
}

// files opens the workspace for commands that need only its files: they wait
// for nobody and make nothing.
func (c *cli) files() (*pipeline.Workspace, error) { return c.open(duck.Options{ReadOnly: true}) }

// recorded is files with the state that the logs fold to.
func (c *cli) recorded() (*pipeline.Workspace, *pipeline.State, error) {
	ws, err := c.files()
	if err != nil {
		return nil, nil, err
	}
	state, err := ws.Recorded()
	return ws, state, err
}

// terminal tells whether somebody sits before us: stdin and stdout both are a
// terminal that can be drawn on.
func terminal() bool {
	return term.IsTerminal(os.Stdin.Fd()) && screen() && os.Getenv("TERM") != "dumb"
}

// screen tells whether what we print is seen at once.
func screen() bool { return term.IsTerminal(os.Stdout.Fd()) }

// remark tells something beside the result.
func (c *cli) remark(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintln(c.err, views.Visible(fmt.Sprintf(format, args...)))
	}
}

// waiting tells whom we wait for, once, however many locks that takes.
func (c *cli) waiting(holder string) {
	if c.awaited.Swap(holder) != holder {
		c.remark("waiting for %s", holder)
	}
}

func (c *cli) errorf(format string, args ...any) {
	c.out.Flush() // results come before what went wrong
	fmt.Fprintln(c.err, "willbuy: "+visibleLines(fmt.Sprintf(format, args...)))
}

func (c *cli) hint(text string) { fmt.Fprintln(c.err, visibleLines(text)) }

// visibleLines makes text safe for a screen and keeps its line ends.
func visibleLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = views.Visible(lines[i])
	}
	return strings.Join(lines, "\n")
}
