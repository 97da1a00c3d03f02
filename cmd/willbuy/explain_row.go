package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
	"willbuy/views/chart"
)

// explainRow is --row: how one prediction comes about.
func (c *cli) explainRow(ctx context.Context, e *explaining, number int64) error {
	row, seen, err := e.find(ctx, number)
	switch {
	case err != nil:
		return err
	case row == nil:
		return usagef("there is no row %d; the file has %s", number, pipeline.Plural(seen, "row"))
	}
	if len(e.outputs) > 1 {
		e.outputs = []int{predicted(e.model, row)}
	}
	x, err := e.explain(ctx, row)
	if err != nil {
		return err
	}
	if c.json {
		return c.object(e.rowJSON(number, row, x))
	}
	if e.model.Outputs() > 1 {
		c.line("Class %d of 0 to %d:", e.outputs[0], e.model.Outputs()-1)
	}
	c.drawn(strings.Join(chart.Waterfall(e.stairs(row, x), min(c.width(), 100), c.theme()), "\n"))
	return nil
}

// find reads one row, counted from 1.
func (e *explaining) find(ctx context.Context, number int64) (row []float32, seen int64, err error) {
	stream, err := e.stream(ctx)
	if err != nil {
		return nil, 0, err
	}
	err = stream.Scan(ctx, positions(len(e.columns)), func(columns [][]float32) error {
		if at := number - seen - 1; at < int64(len(columns[0])) {
			for f, column := range columns {
				columns[f] = column[at : at+1]
				row = append(row, column[at])
			}
			return cmp.Or(e.finite(columns, number-1), errEnough)
		}
		seen += int64(len(columns[0]))
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return row, seen, explainColumn(err)
}

// errEnough stops the reading of rows once the wanted one is there.
var errEnough = errors.New("enough")

// predicted is the output that a row is explained by if none is asked for: the
// class that is predicted.
func predicted(m *gbtree.Model, row []float32) int {
	margins := make([]float32, m.Outputs())
	m.Margins(row, margins)
	best := 0
	for o, margin := range margins {
		if margin > margins[best] {
			best = o
		}
	}
	return best
}

// rowJSON is --row for programs.
func (e *explaining) rowJSON(number int64, row []float32, x *explained) map[string]any {
	names := e.names()
	contributions := make([]map[string]any, len(e.effects))
	for i, t := range e.effects {
		contributions[i] = map[string]any{"feature": names[i], "contribution": x.parts[i]}
		if t.a == t.b {
			contributions[i]["value"] = e.jsonValue(t.a, row)
		}
	}
	out := map[string]any{"row": number, "bias": x.bias[0], "margin": x.margins[e.outputs[0]], "prediction": e.prediction(x), "contributions": contributions}
	if e.model.Outputs() > 1 {
		out["class"] = e.outputs[0]
	}
	return out
}

// prediction is that of a row: of the class explained where there are several.
func (e *explaining) prediction(x *explained) float32 {
	predictions := make([]float32, e.model.Width())
	e.model.Predictions(x.margins, predictions)
	if len(predictions) == 1 {
		return predictions[0]
	}
	return predictions[e.outputs[0]]
}

// jsonValue is a feature's value for JSON, which has no NaN.
func (e *explaining) jsonValue(f int, row []float32) any {
	switch x := row[f]; {
	case x != x:
		return nil
	case e.table.Encoded(e.columns[f]) != nil:
		return e.value(f, row)
	default:
		return x
	}
}

// mostStairs is how many steps a waterfall has before the smallest are taken
// together.
const mostStairs = 20

// stairs is the way from the bias to the margin, largest steps first.
func (e *explaining) stairs(row []float32, x *explained) chart.Stairs {
	to, prediction := float64(x.margins[e.outputs[0]]), float64(e.prediction(x))
	if e.probability {
		to = prediction
	}
	out := chart.Stairs{From: x.bias[0], To: to, FromName: "start: mean of the training rows", ToName: "this row",
		FromText: fmt.Sprintf("%.3f", x.bias[0]), ToText: fmt.Sprintf("%.3f", to)}
	if o := e.model.Objective; (o == gbtree.Logistic || o == gbtree.Softprob) && !e.probability {
		out.ToText += " = " + pipeline.Percent(prediction)
	}
	names := e.names()
	for _, s := range shap.Waterfall(x.parts, mostStairs) {
		push := chart.Push{Name: pipeline.Thousands(int64(s.Others)) + " others", By: s.By}
		if s.Feature >= 0 {
			t := e.effects[s.Feature]
			push.Name, push.Value = names[s.Feature], e.value(t.a, row)
			if t.a != t.b {
				push.Value += ", " + e.value(t.b, row)
			}
		}
		out.Pushes = append(out.Pushes, push)
	}
	return out
}

// value is a feature's value as the file has it.
func (e *explaining) value(f int, row []float32) string {
	return columnValue(row[f], e.table.Encoded(e.columns[f]))
}

// columnValue is a number, or the class that it is the code of.
func columnValue(x float32, classes []string) string {
	switch at := int(x); {
	case math.IsNaN(float64(x)):
		return "missing"
	case x == float32(at) && at >= 0 && at < len(classes):
		return classes[at]
	}
	return strconv.FormatFloat(float64(x), 'g', -1, 32)
}
