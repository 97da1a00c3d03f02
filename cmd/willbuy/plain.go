package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/signal"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"willbuy/store/duck"
	"willbuy/testdata/demo"
	"willbuy/tui"
)

// talk is the workbench without a screen: on a terminal a conversation, else
// the status, and then what the commands say that stdin has, if it has any.
func (c *cli) talk(cmd *cobra.Command) error {
	o := tui.PlainOptions{Version: version, In: c.in, Out: os.Stdout, Demo: demo.Events}
	if terminal() {
		interrupts := make(chan os.Signal, 1)
		signal.Reset(os.Interrupt) // it stops what is under way, not the program
		signal.Notify(interrupts, os.Interrupt)
		o.Interrupts = interrupts
	} else {
		if err := c.status(cmd); err != nil || term.IsTerminal(os.Stdin.Fd()) {
			return err
		}
		if err := c.out.Flush(); err != nil {
			return err
		}
		script := bufio.NewReader(c.in)
		if _, err := script.Peek(1); err != nil {
			return nil // there are none
		}
		o.In = script
	}
	ws, err := c.open(duck.Options{})
	if err != nil {
		return err
	}
	defer ws.Store.Close()
	err = tui.RunPlain(cmd.Context(), ws, o)
	if errors.Is(err, context.Canceled) && cmd.Context().Err() == nil {
		return interrupted{"by Ctrl-C; what is done is kept"}
	}
	return err
}

// presentFlag is for the commands that open the workbench.
func presentFlag(c *cli, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.present, "present", false, "open it before an audience: larger spacing, keys shown, notes on N; P in the workbench is the same")
}
