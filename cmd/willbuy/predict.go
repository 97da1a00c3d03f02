package main

import (
	"bufio"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

const modelFlag = "file with XGBoost's JSON, UBJ or dump JSON, or NAME@ALIAS of the workspace's registry, such as deployed_xgb@production"

func (c *cli) predictCommand() *cobra.Command {
	var ref, data, table, out string
	var margin bool
	var likely buyersQuestion
	cmd := &cobra.Command{
		Use:   "predict --model FILE|NAME@ALIAS --data FILE",
		Short: "score the rows of a file with a model",
		Long:  "Predicts every row of a csv (gzip too), parquet or DuckDB file, in its order, and writes the columns margin and prediction: the sum of the trees, and what the objective makes of it (a probability, for logistic). A model of several classes gives columns margin_0, margin_1, ... and prediction_0, prediction_1, ..., one each.\n\nWith --json it writes a JSON object a row, of margin and prediction, with arrays for several classes; and with --out, one about the file.\n\nWith --top N it makes the list of the customers who will most likely buy instead, with --why their reasons; with --label it also tells how many of all buyers the list holds. With --json each is an object, and with --label the last line is {\"worth\":...}.",
		Example: `willbuy predict --model model.json --data shop.csv --out predictions.csv
willbuy predict --model deployed_xgb@production --data new.parquet > p.csv

# whom to write to, and why
willbuy predict --model model.json --data shop.csv --top 100 --why --id UUID`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := likely.check(cmd, margin); err != nil {
				return err
			}
			if likely.top > 0 {
				return halted(cmd.Context(), c.buyers(cmd.Context(), ref, data, table, out, likely), "before the end")
			}
			return halted(cmd.Context(), c.predict(cmd.Context(), ref, data, table, out, margin), "before the end")
		},
	}
	dataFlags(cmd, &data, &table)
	cmd.Flags().StringVar(&ref, "model", "", modelFlag)
	cmd.Flags().StringVar(&out, "out", "", "csv file; stdout by default")
	cmd.Flags().BoolVar(&margin, "margin", false, "the prediction is the margin itself, as XGBoost's output_margin")
	buyersFlags(cmd, &likely)
	return cmd
}

func (c *cli) predict(ctx context.Context, ref, path, table, out string, margin bool) error {
	rows, err := c.openRows(ctx, ref, path, table)
	if err != nil {
		return err
	}
	defer rows.close()
	p := predicting{modelRows: rows, margin: margin, json: c.json && out == ""}
	if err := c.writeTo(out, func(w *bufio.Writer) error { return p.write(ctx, w) }); err != nil {
		return err
	}
	return c.written(out, p.rows, ref)
}

// written is the result of a command with --json whose rows went to a file.
func (c *cli) written(out string, rows int64, model string) error {
	if !c.json || out == "" {
		return nil
	}
	return c.object(struct {
		Rows  int64  `json:"rows"`
		Model string `json:"model"`
		Out   string `json:"out"`
	}{rows, model, out})
}

// predicting writes the predictions of rows.
type predicting struct {
	*modelRows
	margin bool // the prediction is the margin
	json   bool // JSON lines instead of csv
	rows   int64
	line   []byte
}

func (p *predicting) write(ctx context.Context, w *bufio.Writer) error {
	outputs, width := p.model.Outputs(), p.model.Width()
	if p.margin {
		width = outputs
	}
	margins := make([]float32, batchRows*outputs)
	predictions := make([]float32, batchRows*width)
	begun := false
	begin := func() { // once it is known that the rows can be read
		if !begun && !p.json {
			header := append(numberedColumns("margin", outputs), numberedColumns("prediction", width)...)
			w.WriteString(strings.Join(header, ",") + "\n")
		}
		begun = true
	}
	err := p.batches(ctx, func(values []float32, n int) error {
		begin()
		margins, predictions := margins[:n*outputs], predictions[:n*width]
		p.model.Margins(values, margins)
		if p.margin {
			copy(predictions, margins)
		} else {
			p.model.Predictions(margins, predictions)
		}
		for i := range n {
			if _, err := w.Write(p.format(margins[i*outputs:][:outputs], predictions[i*width:][:width])); err != nil {
				return err
			}
		}
		p.rows += int64(n)
		return nil
	})
	if err == nil {
		begin()
	}
	return err
}

// format is a row's line, in the shortest digits that read back as the same
// float32.
func (p *predicting) format(margins, predictions []float32) []byte {
	line := p.line[:0]
	if p.json {
		line = jsonNumbers(append(line, `{"margin":`...), margins)
		line = jsonNumbers(append(line, `,"prediction":`...), predictions)
		p.line = append(line, "}\n"...)
		return p.line
	}
	for _, list := range [][]float32{margins, predictions} {
		for _, x := range list {
			line = append(strconv.AppendFloat(line, float64(x), 'g', -1, 32), ',')
		}
	}
	line[len(line)-1] = '\n'
	p.line = line
	return line
}

// jsonNumbers appends a number, or an array of several. JSON has no infinity:
// null stands for it.
func jsonNumbers(line []byte, list []float32) []byte {
	if len(list) > 1 {
		line = append(line, '[')
	}
	for i, x := range list {
		if i > 0 {
			line = append(line, ',')
		}
		if d := float64(x); math.IsInf(d, 0) || math.IsNaN(d) {
			line = append(line, "null"...)
		} else {
			line = strconv.AppendFloat(line, d, 'g', -1, 32)
		}
	}
	if len(list) > 1 {
		line = append(line, ']')
	}
	return line
}

// numberedColumns are name where there is one, else name_0, name_1, …
func numberedColumns(name string, n int) []string {
	if n == 1 {
		return []string{name}
	}
	columns := make([]string, n)
	for i := range columns {
		columns[i] = name + "_" + strconv.Itoa(i)
	}
	return columns
}

// writeTo writes a file, or stdout when no name is given. The file is written
// whole or not at all, unless it is a pipe, a device or a link.
func (c *cli) writeTo(out string, write func(*bufio.Writer) error) error {
	if out == "" {
		return write(c.out)
	}
	file, err := os.Create(beside(out))
	if err != nil {
		return cannotWrite(out, err)
	}
	w := bufio.NewWriterSize(file, 64<<10)
	err = write(w)
	if err == nil {
		if err = w.Flush(); err != nil {
			err = cannotWrite(out, err)
		}
	}
	err = errors.Join(err, file.Close())
	if file.Name() == out {
		return err
	}
	if err == nil {
		if err = os.Rename(file.Name(), out); err == nil {
			return nil
		}
		err = cannotWrite(out, err)
	}
	os.Remove(file.Name())
	if errors.Is(err, context.Canceled) {
		return interrupted{"before the end; " + out + " was not written"}
	}
	return err
}

// beside is the file to write first: one beside out, which takes its place when
// it is done, or out itself where that is a pipe, a device or a link, as
// /dev/stdout is.
func beside(out string) string {
	if info, err := os.Lstat(out); err == nil && !info.Mode().IsRegular() {
		return out
	}
	return filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+"-"+strconv.Itoa(os.Getpid()))
}
