package views

import (
	"encoding/json"
	"testing"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// TestALogOfAnotherVersionIsStillDrawn changes every table of the demo run as
// another version, or somebody's editor, may have: panes and sentences leave out
// what they cannot read, and keep to their size.
func TestALogOfAnotherVersionIsStillDrawn(t *testing.T) {
	for name, change := range map[string]func(body map[string]any){
		"rows without cells": eachRow(func([]any) []any { return nil }),
		"rows cut off":       eachRow(func(row []any) []any { return row[:1] }),
		"nothing in cells":   eachRow(func(row []any) []any { return make([]any, len(row)) }),
		"zeros in cells":     eachRow(func(row []any) []any { return filled(row, 0) }),
		"texts in cells":     eachRow(func(row []any) []any { return filled(row, "é") }),
		"columns not named":  func(body map[string]any) { delete(body, "columns"); delete(body, "schema") },
		"rows left out":      func(body map[string]any) { delete(body, "rows"); delete(body, "preview") },
		"facts of another kind": func(body map[string]any) {
			facts, _ := body["facts"].(map[string]any)
			for key := range facts {
				facts[key] = []any{key}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			events := changed(t, demoEvents(t), change)
			for _, step := range pipeline.Steps {
				f := demoFrame(t, events, step, pipeline.Done)
				f.Width, f.Height, f.Theme = 110, 40, chart.NoColor
				for view := range len(Views(f)) + 1 {
					f.View = view
					if err := fits(f); err != nil {
						t.Errorf("%s, view %d: %v", step.ID, view, err)
					}
				}
				if len(Summary(f.State, step)) == 0 {
					t.Errorf("%s: nothing is said", step.ID)
				}
			}
		})
	}
}

// changed are the events with every body changed.
func changed(t *testing.T, events []pipeline.Event, change func(body map[string]any)) []pipeline.Event {
	t.Helper()
	out := make([]pipeline.Event, len(events))
	for i, e := range events {
		var body map[string]any
		if err := json.Unmarshal(e.Body, &body); err != nil {
			t.Fatal(err)
		}
		change(body)
		var err error
		if e.Body, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
		out[i] = e
	}
	return out
}

// eachRow changes the rows of a table.
func eachRow(change func(row []any) []any) func(body map[string]any) {
	return func(body map[string]any) {
		for _, key := range []string{"rows", "preview"} {
			rows, _ := body[key].([]any)
			for i, row := range rows {
				if cells, ok := row.([]any); ok && len(cells) > 0 {
					rows[i] = change(cells)
				}
			}
		}
	}
}

// filled is a row with the same in each cell.
func filled(row []any, with any) []any {
	for i := range row {
		row[i] = with
	}
	return row
}
