package main

import (
	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store"
)

func (c *cli) paramsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "params [STEP]",
		Short: "every parameter: value, default, range, what it means",
		Example: `willbuy params
willbuy params train
willbuy run --set train.eta=0.05`,
		Args:              between(0, 1, "step"),
		ValidArgsFunction: completeSteps,
		RunE: func(_ *cobra.Command, args []string) error {
			steps := pipeline.Steps
			if len(args) == 1 {
				step, err := pipeline.FindStep(args[0])
				if err != nil {
					return err
				}
				steps = []*pipeline.Step{step}
			}
			return c.params(steps)
		},
	}
}

func (c *cli) params(steps []*pipeline.Step) error {
	ws, err := c.files()
	if err != nil {
		return err
	}
	var rows [][]any
	for _, s := range steps {
		values := ws.Values(s)
		for _, p := range s.Params {
			if c.json {
				err := c.object(struct {
					Step  string `json:"step"`
					Value string `json:"value"`
					pipeline.Param
					Range string `json:"range,omitempty"`
				}{s.ID, values[p.Name], p, p.Range()})
				if err != nil {
					return err
				}
				continue
			}
			rows = append(rows, []any{s.ID + "." + p.Name, p.Shown(values[p.Name]), p.Shown(p.Default), p.Range(), p.Unit, p.Help})
		}
	}
	switch {
	case c.json:
		return nil
	case len(rows) == 0:
		c.remark("step %s has no parameters", steps[0].ID)
		return nil
	}
	return c.table([]store.Column{column("PARAMETER", store.String), column("VALUE", store.String), column("DEFAULT", store.String),
		column("RANGE", store.String), column("UNIT", store.String), column("MEANING", store.String)}, rows)
}
