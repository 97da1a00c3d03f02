package main

import (
	"runtime"
	"strconv"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/store/duck"
)

func (c *cli) clusterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "the nodes and workers that read reviews",
		Long:  "Shows who does the batch work. Locally a worker is one goroutine with one thread of ONNX Runtime, one a core unless scaled.",
		Example: `willbuy cluster
willbuy cluster scale 4`,
		Args: noSuchCommand,
		RunE: func(*cobra.Command, []string) error { return c.cluster() },
	}
	cmd.AddCommand(&cobra.Command{
		Use: "scale N", Short: "set the number of workers; 0 for one a core", Example: "willbuy cluster scale 4",
		Args: between(1, 1, "number"),
		RunE: func(_ *cobra.Command, args []string) error {
			ws, err := c.open(duck.Options{})
			if err != nil {
				return err
			}
			if err := set(ws, []string{"cluster.workers=" + args[0]}); err != nil {
				return err
			}
			return c.cluster()
		},
	})
	return cmd
}

func (c *cli) cluster() error {
	ws, err := c.files()
	if err != nil {
		return err
	}
	step, err := pipeline.FindStep("cluster")
	if err != nil {
		return err
	}
	workers := ws.Values(step).Int("workers")
	note := "as set; " + strconv.Itoa(runtime.NumCPU()) + " cores"
	if workers == 0 {
		workers, note = runtime.NumCPU(), "one a core"
	}
	return c.table([]store.Column{column("node", store.String), column("workers", store.Int), column("cores", store.Int), column("note", store.String)},
		[][]any{{"local", int64(workers), int64(runtime.NumCPU()), note}})
}
