package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"willbuy/pipeline"
	"willbuy/views"
)

// tableShown is how many rows table tells if nobody says.
const tableShown = 5

func (p *plain) table(args string) error {
	n := tableShown
	if args != "" {
		var err error
		if n, err = strconv.Atoi(args); err != nil || n < 1 {
			return fmt.Errorf("table takes a number of rows, not %q", args)
		}
	}
	state, err := p.state()
	if err != nil {
		return err
	}
	r := state.Step(p.step.ID).Result
	if len(r.Preview) == 0 {
		p.say("%s has no table of rows to show.", p.step.Title)
		return nil
	}
	rows := r.Preview[:min(n, len(r.Preview))]
	for i, row := range rows {
		p.say("Row %d: %s.", i+1, views.RowInWords(r.Schema, row))
	}
	p.say("%d of %s rows of %s. More by: sql SELECT * FROM %s.", len(rows), pipeline.Thousands(r.Rows), r.Table, r.Table)
	return nil
}

// sqlShown is how many rows of an answer are told.
const sqlShown = 50

func (p *plain) sql(args string) error {
	if args == "" {
		return errors.New("there is no query after sql, as in: sql SELECT COUNT(*) FROM REVIEWS")
	}
	ctx, done := p.interruptible()
	defer done()
	rows, err := p.ws.Store.Query(ctx, args)
	if err != nil {
		return err
	}
	all, err := rows.Collect(sqlShown + 1)
	if err != nil {
		return err
	}
	for i, row := range all[:min(sqlShown, len(all))] {
		p.say("Row %d: %s.", i+1, views.RowInWords(rows.Columns, row))
	}
	switch {
	case len(all) == 0:
		p.say("No rows.")
	case len(all) > sqlShown:
		p.say("These are the first %d rows; there are more.", sqlShown)
	}
	return nil
}

func (p *plain) runs(string) error {
	state, err := p.ws.Recorded()
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(state.Runs) {
		row := rowOf(p.ws, r)
		p.say("%s: %s, %s in %s, %s, by %s.", row.id, row.when, row.status, row.took, row.steps, row.command)
	}
	p.say("%s: the whole lab, as it comes with willbuy. replay and an id tell a run again.", DemoRun)
	return nil
}

// replay tells a recorded run again, without its waiting.
func (p *plain) replay(args string) error {
	id, err := p.findRun(args)
	if err != nil {
		return err
	}
	recording, err := readRecording(p.ctx, p.ws, p.options.Demo, id)
	if err != nil {
		return err
	}
	ctx, done := p.interruptible()
	defer done()
	var teller views.Teller
	began := recording.times[0]
	for i, e := range recording.events {
		if ctx.Err() != nil {
			return p.ctx.Err()
		}
		if line := teller.Line(e); line != "" {
			p.say("%s  %s", clock(recording.times[i].Sub(began).Round(time.Second)), line)
		}
	}
	return nil
}

// findRun is the run that a word names: its id or the beginning of it, last, or
// DemoRun.
func (p *plain) findRun(word string) (string, error) {
	runs, err := p.ws.Runs()
	if err != nil || word == DemoRun {
		return word, err
	}
	if word == "last" && len(runs) > 0 {
		return runs[len(runs)-1], nil
	}
	matches := slices.DeleteFunc(slices.Clone(runs), func(id string) bool { return !strings.HasPrefix(id, word) })
	if word == "" || len(matches) != 1 {
		return "", pipeline.Hint(fmt.Errorf("%q is not one run", word), "runs lists them.")
	}
	return matches[0], nil
}
