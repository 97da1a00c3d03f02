package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/store"
	"willbuy/store/duck"
)

// columns are those of a file that training reads, as the file spells them.
type columns struct {
	features      []string
	names         []string // of the features in the model: the same but, perhaps, for their case
	label, weight string   // weight is empty without sample weights
}

// all are the columns in the order of encode.Rows.
func (c columns) all() []string {
	list := append(slices.Clone(c.features), c.label)
	if c.weight != "" {
		list = append(list, c.weight)
	}
	return list
}

// rows are empty rows of these columns.
func (c columns) rows() *encode.Rows {
	return &encode.Rows{Features: c.names, LabelName: c.label, WeightName: c.weight}
}

// readRows counts the distinct rows of a table in one pass. A feature of texts
// is encoded first, once it shows.
func (c *cli) readRows(ctx context.Context, data *duck.Table, names columns, parts duck.Parts) (*encode.Rows, error) {
	read := func() (*encode.Rows, error) {
		rows := names.rows()
		err := data.Group(ctx, names.all(), parts, func(b duck.Batch) error { return rows.Append(b.Columns, b.Part, b.Count) })
		return rows, err
	}
	rows, err := read()
	if encoded, why := c.encodeTexts(ctx, data, names, err); encoded {
		rows, err = read()
	} else {
		err = why
	}
	return rows, explainColumn(err)
}

// encodeTexts gives codes to the features that hold texts, if that is why
// reading the table failed. It tells whether reading it again is worth a try;
// if not, the error is why.
func (c *cli) encodeTexts(ctx context.Context, data *duck.Table, names columns, failed error) (encoded bool, err error) {
	var not duck.NotNumber
	if !errors.As(failed, &not) || not.Type != store.String || !slices.Contains(names.features, not.Column) {
		return false, failed
	}
	for _, feature := range names.features {
		if data.Encoded(feature) != nil {
			continue
		}
		texts, err := data.Classes(ctx, feature)
		if err != nil {
			return false, err
		}
		if texts == nil {
			continue
		}
		encoder := encode.NewLabelEncoder(feature, texts)
		data.Encode(feature, encoder.Classes)
		c.remark("column %s holds text: its %s have the codes 0 to %d, in the order of their bytes", feature, pipeline.Plural(int64(len(texts)), "value"), len(texts)-1)
		encoded = true
	}
	return encoded, failed
}

// encoderKey is the attribute of a model that holds the label encoder of a
// feature, as JSON.
func encoderKey(feature string) string { return "encoder." + feature }

// keepEncoders puts the encoders of a table into the model that read it. Columns
// are the table's, one a feature of the model.
func keepEncoders(m *gbtree.Model, data *duck.Table, columns []string) error {
	for i, feature := range m.Features {
		classes := data.Encoded(columns[i])
		if classes == nil {
			continue
		}
		text, err := json.Marshal(encode.LabelEncoder{Column: feature, Classes: classes})
		if err != nil {
			return err
		}
		m.Attributes[encoderKey(feature)] = string(text)
	}
	return nil
}

// keptEncoder is the encoder of a feature that keepEncoders put into the model.
func keptEncoder(m *gbtree.Model, feature string) (encoder encode.LabelEncoder, ok bool, err error) {
	text, ok := m.Attributes[encoderKey(feature)]
	if !ok {
		return encoder, false, nil
	}
	if err := json.Unmarshal([]byte(text), &encoder); err != nil {
		return encoder, false, fmt.Errorf("the model's attribute %s: %w", encoderKey(feature), err)
	}
	return encoder, true, nil
}

// useEncoders makes a table read texts as the model has learned them. Columns
// are the table's, one a feature of the model.
func useEncoders(m *gbtree.Model, data *duck.Table, columns []string) error {
	for i, feature := range m.Features {
		encoder, ok, err := keptEncoder(m, feature)
		if err != nil {
			return err
		}
		if ok {
			data.Encode(columns[i], encoder.Classes)
		}
	}
	return nil
}

// rereading calls each with all rows of a source, of its columns those at these
// positions, as often as one likes.
type rereading func(columns []int, each func(duck.Batch) error) error

// readCells gives the cells of parts 0 … folds−1 of a table: by grouping its
// rows where many are alike, else by reading all of them, once for the cuts and
// once for the cells.
func (t *training) readCells(ctx context.Context, data *duck.Table, parts duck.Parts, folds int) ([]*encode.Cells, error) {
	alike, err := t.alike(ctx, data)
	if err != nil {
		return nil, err
	}
	rows, err := data.Rows(ctx)
	if err != nil {
		return nil, err
	}
	open := t.openGroups
	switch {
	case !alike:
		open = t.openStream
	case rows > manyRows:
		open = t.openSlices
	}
	read, done, err := open(ctx, data, parts)
	if encoded, why := t.cli.encodeTexts(ctx, data, t.columns, err); encoded {
		read, done, err = open(ctx, data, parts)
	} else {
		err = why
	}
	if err != nil {
		return nil, explainColumn(err)
	}
	defer done()
	if t.cuts == nil {
		if t.cuts, err = t.cut(read); err != nil {
			return nil, explainColumn(err)
		}
	}
	var margins func(values, margins []float32)
	outputs := 0
	if t.from != nil {
		margins, outputs = t.from.Margins, t.from.Outputs()
	}
	blocks := encode.NewBlocks(t.columns.rows(), t.cuts, folds, outputs, margins, !alike)
	err = read(positions(len(t.columns.all())), func(b duck.Batch) error { return blocks.Append(b.Columns, b.Part, b.Count) })
	if err != nil {
		return nil, explainColumn(err)
	}
	return blocks.Cells(), nil
}

// positions are 0 … n−1.
func positions(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// A table is grouped unless almost all of its first rows differ: then the groups
// would be as many as the rows, and their hash table larger than the file.
const (
	alikeSample = 8192
	mostlyApart = 0.97
)

// alike tells whether grouping a table is worth its while. Of the lab's rows 93
// in 100 differ among the first 8192, and 4 in 100 among 10 million.
func (t *training) alike(ctx context.Context, data *duck.Table) (bool, error) {
	rows, distinct, err := data.Duplicated(ctx, t.columns.all(), alikeSample)
	return rows < alikeSample || float64(distinct) < mostlyApart*float64(rows), err
}

// openGroups groups the rows.
func (t *training) openGroups(ctx context.Context, data *duck.Table, parts duck.Parts) (rereading, func(), error) {
	groups, err := data.Groups(ctx, t.columns.all(), parts)
	if err != nil {
		return nil, nil, err
	}
	return groups.Scan, groups.Close, nil
}

// manyRows is how many rows are grouped at a time. Ten million of the lab's rows
// are 370,000 groups, a hundred million 500,000: these need no second reading of
// the file, but their memory would grow with it.
const (
	manyRows  = 16_000_000
	sliceRows = 4_000_000
)

// openSlices groups the rows anew each time: single columns at once, all of them
// so many rows at a time.
func (t *training) openSlices(ctx context.Context, data *duck.Table, parts duck.Parts) (rereading, func(), error) {
	all := t.columns.all()
	return func(columns []int, each func(duck.Batch) error) error {
		if len(columns) == len(all) {
			return data.GroupSlices(ctx, all, parts, sliceRows, each)
		}
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = all[c]
		}
		return data.Group(ctx, names, parts, each)
	}, func() {}, nil
}

// openStream reads the rows in the order of the file each time.
func (t *training) openStream(ctx context.Context, data *duck.Table, parts duck.Parts) (rereading, func(), error) {
	stream, err := data.Stream(ctx, t.columns.all(), parts)
	if err != nil {
		return nil, nil, err
	}
	part, err := stream.Parts(ctx)
	return func(columns []int, each func(duck.Batch) error) error {
		at := 0
		var fold []int32
		return stream.Scan(ctx, columns, func(values [][]float32) error {
			b := duck.Batch{Columns: values}
			if part != nil {
				fold = fold[:0]
				for _, p := range part[at : at+len(values[0])] {
					fold = append(fold, int32(p))
				}
				b.Part = fold
			}
			at += len(values[0])
			return each(b)
		})
	}, func() {}, err
}

// cut reads feature by feature, several at a time, and makes their cuts: there
// are as many features in memory as there are cores.
func (t *training) cut(read rereading) (*encode.Cuts, error) {
	names := t.columns.names
	cuts, errs := make([]*encode.Cuts, len(names)), make([]error, len(names))
	hands := make(chan struct{}, runtime.NumCPU())
	var working sync.WaitGroup
	for f := range names {
		hands <- struct{}{}
		working.Go(func() {
			cuts[f], errs[f] = t.cutFeature(read, f)
			<-hands
		})
	}
	working.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return encode.Join(cuts), nil
}

func (t *training) cutFeature(read rereading, f int) (*encode.Cuts, error) {
	columns := []int{f}
	if t.columns.weight != "" {
		columns = append(columns, len(t.columns.names)+1)
	}
	var distinct encode.Distinct
	err := read(columns, func(b duck.Batch) error {
		var weights []float32
		if len(columns) > 1 {
			weights = b.Columns[1]
		}
		distinct.Add(b.Columns[0], weights, b.Part, b.Count)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return distinct.Cuts(t.columns.names[f], t.params.MaxBin, t.compat)
}

// explainColumn adds the way out to an error about a column.
func explainColumn(err error) error {
	var unknown duck.UnknownClass
	switch {
	case errors.Is(err, encode.ErrNoLabel):
		return pipeline.Hint(err, "Leave these rows out.")
	case errors.Is(err, encode.ErrNoWeight):
		return pipeline.Hint(err, "Leave these rows out, or give them a weight of 0.")
	case errors.As(err, new(duck.TooManyClasses)):
		return pipeline.Hint(err, "It looks like an id or free text: leave it out, or turn it into numbers first.")
	case errors.As(err, &unknown):
		return unknownClass(unknown)
	}
	return numbersOnly(err)
}

// unknownClass says which class may have been meant.
func unknownClass(e duck.UnknownClass) error {
	encoder := encode.LabelEncoder{Column: e.Column, Classes: e.Classes}
	_, err := encoder.Encode(e.Value)
	return pipeline.Hint(fmt.Errorf("row %d: %w", e.Row, err), "Correct the value, leave it empty for missing, or train on data that have it.")
}

// numbersOnly adds the way out to the error about a column of text.
func numbersOnly(err error) error {
	var not duck.NotNumber
	switch {
	case !errors.As(err, &not):
		return err
	case not.Type == store.Instant:
		return pipeline.Hint(err, "Leave "+not.Column+" out, or turn it into a number first, such as days since a date.")
	case strings.TrimSpace(not.Value) == "":
		return pipeline.Hint(err, "Leave "+not.Column+" out. An empty field is missing; a blank is not.")
	}
	return pipeline.Hint(err, "Leave "+not.Column+" out, or correct the value. A feature of texts alone is encoded; an empty field is missing.")
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
