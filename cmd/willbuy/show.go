package main

import (
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/tui"
	"willbuy/views"
	"willbuy/views/chart"
)

func (c *cli) showCommand() *cobra.Command {
	var width, height int
	var svg string
	cmd := &cobra.Command{
		Use:   "show STEP",
		Short: "the pane of a step as text, from the recorded run",
		Example: `willbuy show quality
willbuy show train --width 120 --height 40
willbuy show explain --svg explain.svg --theme light
willbuy show explain --json | jq .summary`,
		Args:              between(1, 1, "step"),
		ValidArgsFunction: completeSteps,
		RunE: func(cmd *cobra.Command, args []string) error {
			step, err := pipeline.FindStep(args[0])
			if err != nil {
				return err
			}
			if width < 0 || height < 0 {
				return usagef("a width or height below 0 makes no sense")
			}
			return c.show(cmd, step, width, height, svg)
		},
	}
	cmd.Flags().IntVar(&width, "width", 0, "cells; by default the terminal's, or 100")
	cmd.Flags().IntVar(&height, "height", 0, "lines; by default as many as it takes")
	cmd.Flags().StringVar(&svg, "svg", "", "write it as a picture into this file, in the colours of --theme")
	return cmd
}

func (c *cli) show(cmd *cobra.Command, step *pipeline.Step, width, height int, svg string) error {
	ws, state, err := c.recorded()
	if err != nil {
		return err
	}
	if err := ws.Assess(cmd.Context(), state); err != nil {
		return err
	}
	if c.json {
		return c.object(shown{statusOf(step, state.Step(step.ID), ws.Clock()), state.Step(step.ID)}.json())
	}
	f := views.Frame{State: state, Step: step, Lab: ws.Lab(), Values: ws.Scope(step), Now: ws.Clock(), Theme: c.theme(), Width: width, Height: height}
	if svg != "" {
		f.Theme = *tui.Theme(c.themeName, colorprofile.TrueColor, func() chart.Ground { return chart.OnDark })
	}
	if f.Width == 0 {
		f.Width = 100
		if w, _, err := term.GetSize(os.Stdout.Fd()); err == nil && w > 0 {
			f.Width = w
		}
	}
	if f.Height == 0 {
		f.Height = paneHeight
		f.Height = max(f.Height, views.Length(f)+paneHead)
	}
	pane := views.Pane(f)
	if height == 0 {
		pane = strings.TrimRight(pane, " \n")
	}
	if svg != "" {
		picture := chart.Screen(step.Title, pane, f.Width, strings.Count(pane, "\n")+1, f.Theme.Ground != chart.OnLight)
		if err := writeWhole(svg, []byte(picture)); err != nil {
			return err
		}
		c.remark("wrote %s", svg)
		return nil
	}
	c.drawn(pane)
	return nil
}

const (
	paneHeight = 40 // lines that charts may fill, where no height is asked for
	paneHead   = 3  // lines of a pane above its content, at most
)

// shown is a step as `willbuy show --json` gives it: its line of the status and
// what the recorded run showed.
type shown struct {
	stepStatus
	state *pipeline.StepState
}

func (s shown) json() any {
	return struct {
		stepStatus
		Params     map[string]string     `json:"params,omitempty"`
		Code       string                `json:"code,omitempty"`
		Table      string                `json:"table,omitempty"`
		Schema     []store.Column        `json:"schema,omitempty"`
		Preview    [][]any               `json:"preview,omitempty"`
		Facts      map[string]any        `json:"facts,omitempty"`
		Tables     []pipeline.Table      `json:"tables,omitempty"`
		Curves     []pipeline.Curve      `json:"curves,omitempty"`
		Checks     []pipeline.Check      `json:"checks,omitempty"`
		Quarantine []pipeline.Quarantine `json:"quarantine,omitempty"`
		Objects    []pipeline.Object     `json:"objects,omitempty"`
		Log        []pipeline.Log        `json:"log,omitempty"`
	}{s.stepStatus, s.state.Params, s.state.Code, s.state.Result.Table, s.state.Result.Schema, s.state.Result.Preview,
		s.state.Result.Facts, s.state.Tables, s.state.Curves, s.state.Checks, s.state.Quarantine, s.state.Objects, s.state.Log}
}
