package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
)

func (c *cli) quantizeCommand() *cobra.Command {
	var q textmodel.Quantization
	var sample, column string
	cmd := &cobra.Command{
		Use:   "quantize DIR | NAME",
		Short: "make a model directory's int8 twin, and tell how far it agrees",
		Long: `Writes model_quantized.onnx beside the network of a model directory, with weights of eight bits in its matrix products: a quarter of the size, and several times as fast on most processors. Needs Python with the modules onnxruntime and onnx; nothing else of willbuy does.

Then both networks classify a sample into the lab's labels, and the share of texts on which they agree is told. The sample is 200 synthetic reviews, or your own texts with --sample; a model of 1.6 GB takes some minutes for it.`,
		Example: `willbuy textmodel quantize ~/models/bart-large-mnli
willbuy textmodel quantize ~/models/bart-large-mnli --python ~/venv/bin/python --sample reviews.csv --text-column review`,
		Args: between(1, 1, "model directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.quantize(cmd.Context(), args[0], q, sample, column)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Out, "out", "", "file to write; model_quantized.onnx beside the network by default, where it is found")
	flags.BoolVar(&q.Replace, "force", false, "replace a quantised network that is there")
	flags.StringVar(&q.Python, "python", "", "the Python to use; python3 of the PATH by default")
	flags.StringVar(&sample, "sample", "", "texts to compare the answers on: a file as for classify")
	flags.StringVar(&column, "text-column", "", "column or key of the sample that holds the text")
	return cmd
}

// quantized is the result of quantize.
type quantized struct {
	Out      string     `json:"out"`
	Bytes    int64      `json:"bytes"`
	From     string     `json:"from"`
	FromSize int64      `json:"from_bytes"`
	Products int        `json:"matmuls"`
	Seconds  float64    `json:"seconds"`
	Agrees   *agreement `json:"agreement,omitempty"`
}

func (c *cli) quantize(ctx context.Context, dir string, q textmodel.Quantization, sample, column string) error {
	dir, err := modelDirectory(dir)
	if err != nil {
		return err
	}
	texts, err := c.sampleTexts(ctx, sample, column)
	if err != nil {
		return err
	}
	began := time.Now()
	q.OnPhase = func(phase string) { c.remark("%4.0f s  %s", time.Since(began).Seconds(), phase) }
	made, err := textmodel.Quantize(ctx, dir, q)
	if err != nil {
		return quantizeHint(err, dir)
	}
	result := quantized{Out: made.Out, Bytes: made.OutBytes, From: made.In, FromSize: made.InBytes, Products: made.Products, Seconds: time.Since(began).Seconds()}
	c.remark("%4.0f s  wrote %s: %s instead of %s, %s in int8 by onnxruntime %s", result.Seconds, made.Out,
		pipeline.Bytes(made.OutBytes), pipeline.Bytes(made.InBytes), pipeline.Plural(int64(made.Products), "matrix product"), made.Runtime)
	agrees, err := c.compare(ctx, dir, made.Out, texts)
	if err != nil {
		if ctx.Err() == nil {
			err = pipeline.Hint(err, "The quantised network is written; only its answers are not compared. Check the installation with: willbuy doctor")
		}
		return err
	}
	result.Agrees = &agrees
	if c.json {
		return c.object(result)
	}
	c.line("%s", made.Out)
	c.line("labels agree in %s of %s, scores differ by %.3f on average and %.3f at most", pipeline.Percent(agrees.Labels),
		pipeline.Plural(int64(agrees.Texts), "text"), agrees.Mean, agrees.Most)
	c.line("%s texts a second, %s with the exact network; --precision fast redoes the uncertain ones with that", rate(agrees.FastRate), rate(agrees.ExactRate))
	return nil
}

// quantizeHint adds what to do about a network that could not be quantised.
func quantizeHint(err error, dir string) error {
	var python *textmodel.PythonError
	switch {
	case errors.Is(err, fs.ErrExist):
		return pipeline.Hint(err, "Replace it with --force, or write another file with --out FILE.")
	case errors.As(err, &python):
		return pipeline.Hint(err, "Name a Python that has onnxruntime and onnx with --python PYTHON.")
	case errors.Is(err, context.Canceled):
		return err
	}
	return pipeline.Hint(err, "Look into the model with: willbuy textmodel inspect "+quoted(dir))
}

// rate writes how many a second.
func rate(perSecond float64) string {
	if perSecond < 100 {
		return fmt.Sprintf("%.3g", perSecond)
	}
	return counted(int64(perSecond))
}
