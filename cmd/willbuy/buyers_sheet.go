package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/buyers"
	"willbuy/store"
	"willbuy/views"
)

// buyersSheet is the list, ready to be written.
type buyersSheet struct {
	*cli
	question   buyersQuestion
	calibrated bool
	found      []buyers.Buyer
	names      map[int64]named
	worth      *buyers.Worth
}

// print writes for people.
func (s *buyersSheet) print() error {
	if s.question.why {
		s.blocks()
	} else if err := s.short(); err != nil {
		return err
	}
	if s.calibrated {
		s.paragraph("The probabilities are calibrated by who bought in this file; if the model was trained on these very rows, they are too sure.")
	} else {
		s.paragraph("Note: %s (--label).", buyers.Uncalibrated)
	}
	if s.worth != nil {
		s.paragraph("%s", s.worth)
	}
	if s.question.why {
		s.paragraph("A reason's number is what it adds to the score, beside the average customer. %s", buyers.Caveat)
	}
	return nil
}

// short is a line a customer.
func (s *buyersSheet) short() error {
	columns := []store.Column{column("RANK", store.Int), column("ROW", store.String)}
	if s.question.id != "" {
		columns = append(columns, column(strings.ToUpper(s.question.id), store.String))
	}
	columns = append(columns, column("BUYS WITH", store.String))
	var rows [][]any
	for i, b := range s.found {
		row := []any{int64(i + 1), s.names[b.Row].row}
		if s.question.id != "" {
			row = append(row, s.names[b.Row].id)
		}
		rows = append(rows, append(row, chance(b.Probability)))
	}
	return s.table(columns, rows)
}

// leastHelp is what a change has to add for it to be told to people.
const leastHelp = 0.005

// blocks are a few lines a customer: who and how likely, why, what would help.
func (s *buyersSheet) blocks() {
	const indent = "      "
	width, theme := min(s.width(), 100), s.theme()
	var out []string
	for i, b := range s.found {
		who := "row " + s.names[b.Row].row
		if s.question.id != "" {
			who = s.names[b.Row].id + " (" + who + ")"
		}
		out = append(out, fmt.Sprintf("%4d  %s  %s", i+1, theme.Title.Render(views.Visible(who)), "buys with "+chance(b.Probability)))
		var reasons []string
		for _, r := range b.Reasons {
			reasons = append(reasons, views.Visible(r.String()))
		}
		lines := []string{strings.Join(reasons, ", ")}
		if b.Lever != nil && b.Lever.Change >= leastHelp {
			lines = append(lines, "would help most: "+views.Visible(buyers.LeverText(*b.Lever)))
		}
		for _, line := range lines {
			for _, part := range folded(line, width-len(indent)) {
				out = append(out, theme.Muted.Render(indent+part))
			}
		}
	}
	s.drawn(strings.Join(out, "\n"))
}

// chance writes a probability; what is nearly certain is not told as if it were.
func chance(p float64) string {
	switch {
	case p > 0.99:
		return "over 99%"
	case p < 0.01:
		return "under 1%"
	}
	return pipeline.Percent(p)
}

// csv writes a line a customer with all that there is.
func (s *buyersSheet) csv(w *bufio.Writer) error {
	out := csv.NewWriter(w)
	header := []string{"rank", "row", "id", "probability", "prediction"}
	if s.question.why {
		header = append(header, "reason_1", "reason_2", "reason_3", "would_help", "would_add")
	}
	out.Write(header)
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for i, b := range s.found {
		fields := []string{strconv.Itoa(i + 1), s.names[b.Row].row, s.names[b.Row].id, number(b.Probability), number(b.Score)}
		if s.question.why {
			for r := range 3 {
				text := ""
				if r < len(b.Reasons) {
					text = b.Reasons[r].String()
				}
				fields = append(fields, text)
			}
			if b.Lever != nil {
				fields = append(fields, b.Lever.Text(), number(b.Lever.Change))
			} else {
				fields = append(fields, "", "")
			}
		}
		out.Write(fields)
	}
	out.Flush()
	return out.Error()
}

// objects writes a JSON object a customer, and one on the list if its worth is
// known.
func (s *buyersSheet) objects() error {
	for i, b := range s.found {
		row, err := strconv.ParseInt(s.names[b.Row].row, 10, 64)
		if err != nil {
			return err
		}
		o := map[string]any{"rank": i + 1, "row": row, "probability": b.Probability, "calibrated": s.calibrated, "prediction": b.Score}
		if s.question.id != "" {
			o["id"] = s.names[b.Row].id
		}
		if s.question.why {
			o["reasons"], o["lever"] = b.Reasons, b.Lever
		}
		if err := s.object(o); err != nil {
			return err
		}
	}
	if s.worth == nil {
		return nil
	}
	return s.object(map[string]any{"worth": s.worth})
}
