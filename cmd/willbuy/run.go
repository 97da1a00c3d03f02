package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store/duck"
	"willbuy/views"
)

func (c *cli) runCommand() *cobra.Command {
	var settings []string
	var req pipeline.Request
	var strict bool
	cmd := &cobra.Command{
		Use:   "run [STEP...]",
		Short: "run the stale steps, or the named ones and what they need",
		Long: `Brings the lab up to date: runs the steps that are new or stale, in order, or only the named ones and what they need. Each event is a line.

Ctrl-C stops within a second and keeps what is done; the next run goes on from there, inside a long step too.`,
		Example: `# everything that is not up to date
willbuy run

# change a parameter: this step and what rests on it run again
willbuy run --set train.eta=0.05

# your own shop
willbuy run --set setup.reviews=texts --set setup.tabular=shop.csv

# a script that must notice damaged input
willbuy run --strict --json > events.jsonl`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeSteps,
		RunE: func(cmd *cobra.Command, args []string) error {
			req.Steps = args
			return c.run(cmd, req, settings, strict)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&settings, "set", nil, "change a parameter first, as step.param=value; can be repeated")
	flags.BoolVar(&req.All, "all", false, "fresh steps too")
	flags.StringVar(&req.From, "from", "", "this step and all after it, fresh ones too")
	flags.StringVar(&req.To, "to", "", "only this step and what it needs")
	flags.BoolVar(&strict, "strict", false, "exit with 3 if a record went to quarantine")
	for _, name := range []string{"from", "to"} {
		cmd.RegisterFlagCompletionFunc(name, completeSteps)
	}
	return cmd
}

func (c *cli) run(cmd *cobra.Command, req pipeline.Request, settings []string, strict bool) error {
	for _, id := range append([]string{req.From, req.To}, req.Steps...) {
		if id == "" {
			continue
		}
		if _, err := pipeline.FindStep(id); err != nil {
			return err
		}
	}
	ws, err := c.open(duck.Options{})
	if err != nil {
		return err
	}
	defer ws.Store.Close()
	if err := set(ws, settings); err != nil {
		return err
	}
	req.Command, req.Version = c.typed, version
	req.Waiting = c.waiting
	outcome, err := ws.Run(cmd.Context(), req, c.eventPrinter().print)
	if err != nil {
		return err
	}
	if err := c.closing(ws, outcome); err != nil {
		return err
	}
	switch {
	case outcome.Quarantined > 0 && strict:
		return pipeline.Hint(errQuarantined, quarantineHint)
	case outcome.Quarantined > 0:
		c.remark("%s", quarantineHint)
	}
	if outcome.Status != "nothing" {
		c.remark("Look at a step with: willbuy show STEP. Open the workbench with: willbuy")
	}
	return nil
}

const quarantineHint = `Look at it with: willbuy sql "SELECT STEP, REASON, COUNT(*) AS N FROM QUARANTINE GROUP BY ALL"`

// set changes parameters; either all settings are understood or none is made.
func set(ws *pipeline.Workspace, settings []string) error {
	type setting struct {
		step         *pipeline.Step
		param, value string
	}
	var all []setting
	for _, text := range settings {
		step, param, value, err := pipeline.ParseSetting(text)
		if err != nil {
			return err
		}
		all = append(all, setting{step, param, placed(step, param, value)})
	}
	for _, s := range all {
		if err := ws.Set(s.step, s.param, s.value); err != nil {
			return pipeline.Hint(err, "Choose a folder that you may write to with --workspace DIR.")
		}
	}
	return nil
}

// placed makes a relative path hold for later commands too, wherever they are
// started: what a text parameter names, if it is there, is named in full.
func placed(step *pipeline.Step, param, value string) string {
	for _, p := range step.Params {
		if p.Name != param || p.Kind != pipeline.StringParam || value == p.Default {
			continue
		}
		path := value
		if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(value, "~/") { // no shell opens it behind an =
			path = filepath.Join(home, value[2:])
		}
		if _, err := os.Stat(path); err != nil {
			return value
		}
		if full, err := filepath.Abs(path); err == nil {
			return full
		}
	}
	return value
}

// closing is the summary at the end of a run, below the event that says how it
// ended: a line for each step that it finished.
func (c *cli) closing(ws *pipeline.Workspace, o pipeline.Outcome) error {
	if o.Status == "nothing" {
		if c.json {
			return c.object(map[string]any{"status": o.Status, "summary": o.Summary, "seconds": o.Seconds})
		}
		c.line("%s", o.Summary)
		return nil
	}
	if c.json {
		return nil
	}
	if c.quiet {
		c.line("%s", o.Summary)
		return nil
	}
	state, err := ws.Recorded()
	if err != nil {
		return err
	}
	c.line("")
	for _, id := range o.Finished {
		step, err := pipeline.FindStep(id)
		if err != nil {
			return err
		}
		st := state.Step(id)
		c.line("%2d  %-10s %8s  %s", step.Number(), step.Title, seconds(st.Result.Seconds), st.Result.Summary)
	}
	return nil
}

// eventPrinter prints the events of a run as they come: as they are, or a line
// for each that is worth one.
type eventPrinter struct {
	c      *cli
	teller views.Teller
}

func (c *cli) eventPrinter() *eventPrinter { return &eventPrinter{c: c} }

// print is called by one goroutine at a time. Whoever reads us reads along, so
// every line is flushed.
func (p *eventPrinter) print(e pipeline.Event) {
	switch {
	case p.c.json:
		p.c.object(e)
	case p.c.quiet:
		return
	default:
		line := p.teller.Line(e)
		if line == "" {
			return
		}
		fmt.Fprintln(p.c.out, line)
	}
	p.c.out.Flush()
}
