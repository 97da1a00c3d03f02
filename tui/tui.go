// Package tui is the workbench: the program around the panes. It owns the
// rail of steps, the status line, the footer, the help and the keys, all three
// from one table; it starts and stops runs, follows those of other processes,
// and hands each pane of package views what it needs to draw itself.
//
// Nothing in Update or View waits. Whatever reads a file, asks the store or
// runs a step is a command, and comes back as a message. Everything on the
// screen is drawn from the fold over the recorded events, so a live run, a run
// of another process and one of last week look the same.
package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"willbuy/pipeline"
)

// Options says how the workbench looks. The zero value is fine.
type Options struct {
	Version string // of willbuy, for the log of runs
	Theme   string // one of Themes; empty: as the terminal says
	NoColor bool   // as a non-empty NO_COLOR in the environment
	Still   bool   // nothing blinks, and what a run changes is shown once a second

	Present bool // open before an audience

	Replay *Replay                          // a recorded run to show in place of the lab; nil: none
	Demo   func() ([]pipeline.Event, error) // the run that willbuy carries
}

// settleTime is how long the workbench waits, after its screen is gone, for a
// cancelled run to write down what it has.
const settleTime = 5 * time.Second

// Run shows the workbench on the terminal until the user leaves or ctx ends.
// A run that is under way then is cancelled, and what it did is kept. The
// error is context.Canceled when ctx or a signal ended it, nil when the user
// did.
func Run(ctx context.Context, ws *pipeline.Workspace, o Options) error {
	colorless := refusesColors(o, os.Getenv("NO_COLOR"))
	scheme, fixed, err := schemeOf(o.Theme, colorless)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newModel(ctx, ws, o.Version, scheme, fixed)
	m.colorless, m.still, m.ascii = colorless, o.Still, ASCIIOnly(os.Getenv)
	m.newLab = !ws.Exists()
	m.only, m.demo, m.presenter.asked = o.Replay, o.Demo, o.Present

	// Signals come to us as the end of ctx; Bubble Tea's own handler deadlocks
	// when both arrive at once.
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(frameRate), tea.WithoutSignalHandler()}
	if colorless {
		options = append(options, tea.WithColorProfile(colorprofile.Ascii), tea.WithFilter(keepColorless))
	}
	program := tea.NewProgram(m, options...)
	m.send, m.pulse.find = program.Send, func() *time.Ticker { return tickerOf(program) }
	restore := func() {}
	if term.IsTerminal(os.Stderr.Fd()) { // a file or a pipe may have it as it comes
		restore, err = captureStderr(func(line string) { program.Send(strayLine(line)) })
		if err != nil {
			return err
		}
	}
	_, err = program.Run()
	restore()
	cancel()
	m.settle(settleTime)
	if errors.Is(err, tea.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	if err != nil {
		return fmt.Errorf("show the workbench: %w", err)
	}
	return nil
}

// keepColorless drops a terminal's offer of true colours, which Bubble Tea
// would take although colours were refused.
func keepColorless(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, ok := msg.(tea.CapabilityMsg); ok {
		return nil
	}
	return msg
}
