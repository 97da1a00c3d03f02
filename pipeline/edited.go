package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"willbuy/store"
)

// sql is the text that really runs: the edited one, or the step's own.
func (v Values) sql(param, text string, l Lab) string {
	if edited := v[param]; edited != "" {
		return edited
	}
	return SQL(text, l)
}

// sql gives the text of a parameter to run. An edited one is held against what
// later steps need first: somebody may have written it into the file by hand.
func (x *Exec) sql(ctx context.Context, param string) (string, error) {
	p, err := x.step.Param(param)
	if err != nil {
		return "", err
	}
	text := x.Values.sql(param, p.Text, x.Lab)
	if x.Values[param] == "" {
		return text, nil
	}
	if _, err = p.plan(ctx, x.Store, x.Lab, text); err != nil {
		err = Hint(fmt.Errorf("%s.%s: %w", x.step.ID, param, placed(err)),
			fmt.Sprintf("Mend it in the workbench, or put the step's own back: willbuy run --set %s.%s=", x.step.ID, param))
	}
	return text, err
}

// placed names the line of a fault in its sentence.
func placed(err error) error {
	var f store.Fault
	if errors.As(err, &f) {
		return fmt.Errorf("line %d: %w", f.Line, err)
	}
	return err
}

// plan has the store plan a text, and checks that its result has the columns
// that later steps need.
func (p Param) plan(ctx context.Context, s store.Store, l Lab, text string) (store.Plan, error) {
	if text == "" {
		return store.Plan{}, errors.New("there is no statement")
	}
	plan, err := s.Explain(ctx, text)
	if err != nil {
		return plan, err
	}
	var twice, missing, words []string
	at := map[string]store.Column{}
	for _, c := range plan.Columns {
		name := strings.ToUpper(c.Name)
		if _, ok := at[name]; ok && !slices.Contains(twice, c.Name) {
			twice = append(twice, c.Name)
		}
		at[name] = c
	}
	for _, need := range p.Gives(l) {
		c, ok := at[strings.ToUpper(need.Name)]
		switch {
		case !ok && !slices.Contains(missing, need.Name):
			missing = append(missing, need.Name)
		case ok && isNumber(need.Type) && !isNumber(c.Type) && !slices.Contains(words, c.Name):
			words = append(words, c.Name)
		}
	}
	switch {
	case len(twice) > 0:
		return plan, fmt.Errorf("several columns are called %s: give each a name of its own with AS", commaAnd(twice))
	case len(missing) > 0:
		return plan, fmt.Errorf("the result lacks %s, which later steps need", commaAnd(missing))
	case len(words) > 0:
		return plan, fmt.Errorf("later steps reckon with %s, and here it is no number", commaAnd(words))
	}
	return plan, nil
}

func isNumber(t store.Type) bool { return t == store.Float || t == store.Int || t == store.Boolean }

func commaAnd(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return names[0]
}

// Edited names the SQL parameters of a step whose text is not the step's own.
func (w *Workspace) Edited(s *Step) []string {
	var names []string
	values := w.Values(s)
	for _, p := range s.Params {
		if p.Kind == SQLParam && values[p.Name] != "" {
			names = append(names, p.Name)
		}
	}
	return names
}

// countLimit is how long counting the rows of a draft may take.
const countLimit = 3 * time.Second

// Draft is an SQL text that somebody would put in the place of a step's own,
// as the store understands it.
type Draft struct {
	Value string // the parameter's, in normal form: "" for the step's own text
	Plan  store.Plan
	Rows  int64 // of the result; -1 when counting them takes too long
}

// TryText plans a text for an SQL parameter and counts the rows that it gives.
// The error is a sentence; as store.Fault it has the line.
func (w *Workspace) TryText(ctx context.Context, p Param, text string) (Draft, error) {
	value, err := p.Normal(text)
	if err != nil {
		return Draft{}, err
	}
	lab := w.Lab()
	d := Draft{Value: value, Rows: -1}
	if d.Plan, err = p.plan(ctx, w.Store, lab, value); err != nil {
		return d, err
	}
	if value == SQL(p.Text, lab) {
		d.Value = ""
	}
	counting, cancel := context.WithTimeout(ctx, countLimit)
	defer cancel()
	d.Rows, err = count(counting, w.Store, "SELECT COUNT(*) FROM ("+value+"\n) counted") // its lines stay those of the text
	if counting.Err() != nil && ctx.Err() == nil {
		d.Rows, err = -1, nil
	}
	return d, err
}
