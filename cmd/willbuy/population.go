package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/synth"
	"willbuy/pipeline/whatif"
	"willbuy/store/duck"
)

// shopData is a model with the customers of a file.
type shopData struct {
	*modelRows
	path, tableName string
	inputs          []whatif.Feature // how to speak of the features, in the model's order
}

// openShop opens model and data and finds out how to speak of the features.
func (c *cli) openShop(ctx context.Context, ref, path, table string, movable []string) (*shopData, error) {
	rows, err := c.openRows(ctx, ref, path, table)
	if err != nil {
		return nil, err
	}
	s := &shopData{modelRows: rows, path: path, tableName: table}
	if err = s.countsPurchases(ref); err == nil {
		err = s.describe(ctx, movable)
	}
	if err != nil {
		rows.close()
		return nil, err
	}
	return s, nil
}

// countsPurchases refuses models whose prediction is no expected purchase.
func (s *shopData) countsPurchases(ref string) error {
	m := s.model
	if m.Outputs() == 1 && (m.Objective == gbtree.Logistic || m.Objective == gbtree.SquaredError) {
		return nil
	}
	err := fmt.Errorf("%s is a model of %s with %s: it does not tell how likely a customer buys, as %s and %s do",
		ref, m.Objective, pipeline.Plural(int64(m.Outputs()), "output"), gbtree.Logistic, gbtree.SquaredError)
	return pipeline.Hint(pipeline.Usage(err), "What it predicts for each row: willbuy predict --model "+ref+" --data "+s.path)
}

// describe fills inputs: the lab's words for the lab's features, the names of
// encoded classes where model or file tell them, and who can be moved.
func (s *shopData) describe(ctx context.Context, movable []string) error {
	lab := pipeline.DefaultLab()
	for i, name := range s.model.Features {
		in := lab.Input(name)
		if encoded := lab.Input(name + pipeline.EncodedSuffix); in.Kind == "" && encoded.Kind != "" {
			in = encoded // of a text that training encoded by itself
			in.Name = name
		}
		var err error
		if in.Classes = s.table.Encoded(s.columns[i]); in.Classes == nil {
			if in.Classes, err = s.classesBeside(ctx, s.columns[i]); err != nil {
				return err
			}
		}
		in.Fixed = len(movable) > 0
		s.inputs = append(s.inputs, in)
	}
	for _, text := range movable {
		name, kind, given := strings.Cut(text, "=")
		f, err := whatif.Find(name, s.inputs)
		if err != nil {
			return pipeline.Usage(err)
		}
		in := &s.inputs[f]
		in.Fixed = false
		if given {
			if in.Kind = whatif.Kind(kind); in.Kind != whatif.Technical && in.Kind != whatif.Product {
				return usagef("--movable %s: the kind of a change is %s or %s, not %q", text, whatif.Technical, whatif.Product, kind)
			}
		}
	}
	return nil
}

// classesBeside gives the names of the codes in a column LAYOUT_OUT where the
// file has the column LAYOUT that they were made from, and each code stands
// beside one text.
func (s *shopData) classesBeside(ctx context.Context, column string) ([]string, error) {
	if len(column) <= len(pipeline.EncodedSuffix) || !strings.EqualFold(column[len(column)-len(pipeline.EncodedSuffix):], pipeline.EncodedSuffix) {
		return nil, nil
	}
	source, ok := findColumn(s.table.Columns(), column[:len(column)-len(pipeline.EncodedSuffix)])
	if !ok {
		return nil, nil
	}
	texts, err := s.table.Classes(ctx, source)
	if texts == nil || err != nil {
		return nil, ctx.Err() // its values are no names, whatever they are
	}
	slices.Sort(texts)
	s.table.Encode(source, texts)
	classes := map[int]string{}
	err = s.table.Group(ctx, []string{column, source}, duck.Parts{}, func(b duck.Batch) error {
		for i, code := range b.Columns[0] {
			text := b.Columns[1][i]
			if code != code || text != text {
				continue
			}
			if known, ok := classes[int(code)]; code != float32(int(code)) || code < 0 || ok && known != texts[int(text)] {
				clear(classes)
				return errEnoughCodes
			}
			classes[int(code)] = texts[int(text)]
		}
		return nil
	})
	if err != nil || len(classes) == 0 {
		return nil, ctx.Err() // not codes of these texts
	}
	var names []string
	for code := 0; len(classes) > 0; code++ {
		name, ok := classes[code]
		if !ok {
			return nil, nil
		}
		names = append(names, name)
		delete(classes, code)
	}
	return names, nil
}

// errEnoughCodes ends the reading of codes that are none.
var errEnoughCodes = errors.New("a code stands beside several texts")

// everyone are all customers of the file, one at least; with a label also what
// training reads.
func (c *cli) everyone(ctx context.Context, s *shopData, label string) (people whatif.Population, rows *encode.Rows, err error) {
	if label == "" {
		people, err = s.read(ctx, s.table)
	} else {
		people, rows, err = c.labelled(ctx, s, label)
	}
	if err == nil && people.Customers() == 0 {
		err = fmt.Errorf("%s has no rows: there are no customers to ask about", s.path)
	}
	return people, rows, err
}

// labelled are all customers, and what training reads.
func (c *cli) labelled(ctx context.Context, s *shopData, label string) (whatif.Population, *encode.Rows, error) {
	column, err := onlyColumn(ctx, s.table, label)
	if err != nil {
		return whatif.Population{}, nil, err
	}
	if slices.Contains(s.columns, column) {
		return whatif.Population{}, nil, usagef("the label %s stands among the features", column)
	}
	rows, err := c.readRows(ctx, s.table, columns{features: s.columns, names: s.model.Features, label: column}, duck.Parts{})
	if err != nil {
		return whatif.Population{}, nil, err
	}
	for _, y := range rows.Label {
		if y != 0 && y != 1 {
			return whatif.Population{}, nil, fmt.Errorf("column %s, the label, holds %g: purchases are 0 or 1", column, y)
		}
	}
	return whatif.NewPopulation(s.model.Features, rows.Values, rows.Count), rows, nil
}

// chosen are the customers that a condition chooses.
func (s *shopData) chosen(ctx context.Context, condition string) (whatif.Population, error) {
	table, err := s.where(ctx, condition)
	if err != nil {
		return whatif.Population{}, err
	}
	defer table.Close()
	return s.read(ctx, table)
}

// where opens the file again, for the rows that a condition chooses.
func (s *shopData) where(ctx context.Context, condition string) (*duck.Table, error) {
	table, err := openData(ctx, s.path, s.tableName)
	if err != nil {
		return nil, err
	}
	if err = table.Where(ctx, condition); err == nil {
		err = useEncoders(s.model, table, s.columns)
	}
	if err != nil {
		table.Close()
		return nil, err
	}
	return table, nil
}

// one is the customer in a row of the file, from 1.
func (s *shopData) one(ctx context.Context, row int64) (whatif.Population, error) {
	who, err := s.chosen(ctx, fmt.Sprintf("%s = %d", duck.FileRow, row))
	if err != nil || who.Customers() > 0 {
		return who, err
	}
	n, err := s.table.Count(ctx)
	if err != nil {
		return who, err
	}
	return who, usagef("there is no row %d; the file has %s", row, pipeline.Plural(n, "row"))
}

// read counts the distinct rows of a table.
func (s *shopData) read(ctx context.Context, table *duck.Table) (whatif.Population, error) {
	var values []float32
	var count []int64
	use := func(b duck.Batch) error {
		for i, n := range b.Count {
			for _, column := range b.Columns {
				values = append(values, column[i])
			}
			count = append(count, n)
		}
		return nil
	}
	if err := groupRows(ctx, table, s.columns, nil, use); err != nil {
		return whatif.Population{}, err
	}
	return whatif.NewPopulation(s.model.Features, values, count), nil
}

// truth reads the truth of synthetic data, for the model's features.
func (s *shopData) truth(path string) (func(row []float32) float64, error) {
	if path == "" {
		return nil, nil
	}
	truth, err := synth.ReadTruth(path)
	if err != nil {
		return nil, err
	}
	inputs := make([]synth.Input, len(s.inputs))
	for i, in := range s.inputs {
		inputs[i] = synth.Input{Column: strings.TrimSuffix(strings.ToUpper(in.Name), pipeline.EncodedSuffix), Classes: in.Classes}
	}
	return truth.Probability(inputs)
}

// refitting is how models for the intervals are trained.
type refitting struct {
	label    string
	settings []string
	draws    int
	seed     uint64
}

// labSettings are the parameters that the lab trains with.
var labSettings = []string{"eta=0.1", "max_depth=8", "min_child_weight=100"}

// refits trains the model again on customers drawn anew. Parameters that nobody
// gave are the lab's, or XGBoost's defaults if these come nearer to the model.
func (c *cli) refits(ctx context.Context, s *shopData, people whatif.Population, rows *encode.Rows, r refitting) ([]*gbtree.Model, error) {
	study, err := whatif.New(s.model, people, nil)
	if err != nil {
		return nil, err
	}
	candidates := [][]string{append(slices.Clone(labSettings), r.settings...), r.settings}
	var best gbtree.Params
	var cells *encode.Cells
	drift := 2.0
	for _, settings := range candidates {
		p, err := parametersOf(s.model, settings)
		if err != nil {
			return nil, err
		}
		cuts, err := rows.Cuts(nil, p.MaxBin, encode.XGBoost34)
		if err != nil {
			return nil, err
		}
		tried := rows.Cells(cuts, nil)
		again, err := gbtree.Train(ctx, p, gbtree.Input{Train: tried}, nil)
		if err != nil {
			return nil, err
		}
		d, err := study.Drift(ctx, again)
		if err != nil {
			return nil, err
		}
		if d < drift {
			best, cells, drift = p, tried, d
		}
		if drift < 1e-6 {
			break
		}
	}
	if drift > 0.01 {
		c.remark("trained again on this file, the model predicts %.1f points otherwise on average: give the parameters that it was trained with by --param, and its own rows, or the intervals are those of another model", 100*drift)
	}
	progress := c.meter("refit")
	return whatif.Refit(ctx, best, cells, r.draws, r.seed, func(done int) { progress.at(int64(done), int64(r.draws)) })
}

// parametersOf are the parameters for training a model again.
func parametersOf(m *gbtree.Model, settings []string) (gbtree.Params, error) {
	p := gbtree.DefaultParams(m.Objective)
	p.Rounds = max(1, len(m.Trees)/m.Round)
	for _, setting := range settings {
		name, value, ok := strings.Cut(setting, "=")
		if !ok {
			return p, usagef("a parameter is name=value, not %q", setting)
		}
		if err := p.Set(name, value); err != nil {
			return p, pipeline.Usage(err)
		}
	}
	if err := p.Check(); err != nil {
		return p, pipeline.Usage(err)
	}
	return p, nil
}
