package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"willbuy/pipeline/shap"
)

// additive is how far contributions may be from their margin, relative to it:
// the trees add in float32, the explanation in float64.
const additive = 1e-4

const (
	// waitingNumbers is how many contributions, or interactions, are computed
	// together: the more, the more rows of a batch are alike.
	waitingNumbers = 1 << 20
	// waitingRows is how many rows wait to be written.
	waitingRows = 1 << 17
	// rememberedBytes bounds what is kept of rows that came before, since those
	// that no tree tells apart share their explanation.
	rememberedBytes = 48 << 20
)

// explaining explains rows, those that no tree tells apart once.
type explaining struct {
	*modelRows
	shap        *shap.Explainer
	splits      shap.Splits
	outputs     []int // of the model, those explained
	effects     []effect
	pairs       bool
	probability bool
	progress    *meter
}

// explained are rows with their explanations.
type explained struct {
	parts   []float64 // per row, output and effect
	bias    []float64 // per row and output
	margins []float32 // per row and output of the model
}

// explain explains rows that follow each other in values, on all cores, and
// checks that the explanations add up.
func (e *explaining) explain(ctx context.Context, values []float32) (*explained, error) {
	k, n := len(e.columns), len(values)/len(e.columns)
	outputs, width := e.model.Outputs(), len(e.outputs)*len(e.effects)
	x := &explained{make([]float64, n*width), make([]float64, 0, n*len(e.outputs)), make([]float32, n*outputs)}
	for range n {
		for _, o := range e.outputs {
			x.bias = append(x.bias, e.shap.Biases()[o])
		}
	}
	size, batch := k, e.shap.Batch // numbers an output
	if e.pairs {
		size, batch = k*k, e.shap.BatchInteractions
	}
	numbers := make([]float64, n*outputs*size)
	if err := batch(ctx, values, numbers, runtime.GOMAXPROCS(0)); err != nil {
		return nil, err
	}
	err := inParts(ctx, n, func(lo, hi int) error {
		e.model.Margins(values[lo*k:hi*k], x.margins[lo*outputs:hi*outputs])
		for i := lo; i < hi; i++ {
			for at, o := range e.outputs {
				e.pick(numbers[(i*outputs+o)*size:][:size], x.parts[i*width+at*len(e.effects):])
			}
			if err := e.settle(x, i); err != nil {
				return err
			}
		}
		return nil
	})
	return x, err
}

// pick takes the effects out of an output's contributions, or its interactions.
func (e *explaining) pick(numbers, parts []float64) {
	if !e.pairs {
		copy(parts, numbers)
		return
	}
	k := len(e.columns)
	for i, t := range e.effects {
		parts[i] = numbers[t.a*k+t.b]
		if t.a != t.b {
			parts[i] += numbers[t.b*k+t.a]
		}
	}
}

// settle asserts that bias and contributions of row i add up to the margin, and
// puts them on the scale of probabilities if that is wanted.
func (e *explaining) settle(x *explained, i int) error {
	for at, o := range e.outputs {
		parts, bias := x.parts[(i*len(e.outputs)+at)*len(e.effects):][:len(e.effects)], &x.bias[i*len(e.outputs)+at]
		margin, sum := float64(x.margins[i*e.model.Outputs()+o]), *bias
		for _, part := range parts {
			sum += part
		}
		if !(math.Abs(sum-margin) <= additive*max(1, math.Abs(margin))) {
			return fmt.Errorf("the contributions of a row add up to %g, its margin is %g", sum, margin)
		}
		if e.probability {
			slope := shap.Slope(*bias, sum)
			for t := range parts {
				parts[t] *= slope
			}
			*bias = e.start(o)
		}
	}
	return nil
}

// inParts calls do for parts of 0 … n−1 on all cores and returns their first
// error.
func inParts(ctx context.Context, n int, do func(lo, hi int) error) error {
	const part = 512
	var group sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for worker := range errs {
		group.Go(func() {
			for lo := worker * part; lo < n && errs[worker] == nil && ctx.Err() == nil; lo += len(errs) * part {
				errs[worker] = do(lo, min(lo+part, n))
			}
		})
	}
	group.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// different numbers the rows that some tree tells apart, in the order in which
// they come.
type different struct {
	splits shap.Splits
	number map[string]int32
	values []float32 // of the rows that are new since it was last emptied
	key    []byte
}

func newDifferent(splits shap.Splits) *different {
	return &different{splits: splits, number: map[string]int32{}}
}

// of is the number of a row; tags tell rows apart beside their values.
func (d *different) of(row []float32, tags ...byte) int32 {
	d.key = append(d.splits.AppendKey(d.key[:0], row), tags...)
	n, known := d.number[string(d.key)]
	if !known {
		n = int32(len(d.number))
		d.number[string(d.key)] = n
		d.values = append(d.values, row...)
	}
	return n
}

// knows tells whether a row was there before.
func (d *different) knows(row []float32) bool {
	d.key = d.splits.AppendKey(d.key[:0], row)
	_, known := d.number[string(d.key)]
	return known
}

// enough tells whether as many rows are new as are explained together.
func (e *explaining) enough(d *different) bool {
	numbers := len(d.values) * e.model.Outputs()
	if e.pairs {
		numbers *= len(e.columns)
	}
	return numbers >= waitingNumbers
}

// start is what the contributions to an output start from.
func (e *explaining) start(output int) float64 {
	bias := e.shap.Biases()[output]
	if e.probability {
		return 1 / (1 + math.Exp(-bias))
	}
	return bias
}

// write is --out: a column an effect and the bias, for each output. It tells how
// many rows there were.
func (e *explaining) write(ctx context.Context, w *bufio.Writer) (rows int64, err error) {
	out := csvLines{explaining: e, to: w, seen: newDifferent(e.splits)}
	if err := out.header(); err != nil {
		return 0, err
	}
	row := make([]float32, len(e.columns))
	err = e.scan(ctx, func(columns [][]float32) error {
		for r := range columns[0] {
			for f, column := range columns {
				row[f] = column[r]
			}
			out.waiting = append(out.waiting, out.seen.of(row))
		}
		if !out.enough(out.seen) && len(out.waiting) < waitingRows {
			return nil
		}
		return out.flush(ctx)
	})
	if err != nil {
		return out.written, err
	}
	err = out.flush(ctx)
	return out.written, err
}

// csvLines writes explanations in the order of the rows. Rows that no tree tells
// apart share a line, which is formatted once.
type csvLines struct {
	*explaining
	to      *bufio.Writer
	seen    *different
	lines   [][]byte // by number
	size    int      // of lines
	waiting []int32  // numbers of rows whose lines are to be written
	written int64
}

func (out *csvLines) header() error {
	var fields []string
	for _, o := range out.outputs {
		for _, name := range append(out.names(), "bias") {
			if len(out.outputs) > 1 {
				name += "_" + strconv.Itoa(o)
			}
			fields = append(fields, name)
		}
	}
	w := csv.NewWriter(out.to)
	w.Write(fields)
	w.Flush()
	return w.Error()
}

// flush explains what is new and writes the lines that wait.
func (out *csvLines) flush(ctx context.Context) error {
	x, err := out.explain(ctx, out.seen.values)
	if err != nil {
		return err
	}
	fresh := make([][]byte, len(out.seen.values)/len(out.columns))
	err = inParts(ctx, len(fresh), func(lo, hi int) error {
		for i := lo; i < hi; i++ {
			fresh[i] = out.line(x, i)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, line := range fresh {
		out.size += len(line)
	}
	out.lines, out.seen.values = append(out.lines, fresh...), out.seen.values[:0]
	for _, n := range out.waiting {
		if _, err := out.to.Write(out.lines[n]); err != nil {
			return err
		}
	}
	out.written += int64(len(out.waiting))
	out.progress.at(out.written, 0)
	out.waiting = out.waiting[:0]
	if out.size > rememberedBytes {
		clear(out.seen.number)
		out.lines, out.size = nil, 0
	}
	return nil
}

// line is a row's explanation, in the shortest digits that read back as the same
// float32.
func (out *csvLines) line(x *explained, i int) []byte {
	effects, outputs := len(out.effects), len(out.outputs)
	line := make([]byte, 0, 12*outputs*(effects+1))
	for at := i * outputs; at < (i+1)*outputs; at++ {
		for _, part := range x.parts[at*effects:][:effects] {
			line = append(strconv.AppendFloat(line, part, 'g', -1, 32), ',')
		}
		line = append(strconv.AppendFloat(line, x.bias[at], 'g', -1, 32), ',')
	}
	line[len(line)-1] = '\n'
	return slices.Clip(line)
}
