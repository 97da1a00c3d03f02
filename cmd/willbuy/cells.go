package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

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
	return rows, explainRows(ctx, data, names, err)
}

// encodeTexts gives codes to the features that hold texts, and to a label that
// holds truth values, if that is why reading the table failed. It tells whether
// reading it again is worth a try; if not, the error is why.
func (c *cli) encodeTexts(ctx context.Context, data *duck.Table, names columns, failed error) (encoded bool, err error) {
	var not duck.NotNumber
	if !errors.As(failed, &not) || not.Type != store.String || not.Column == names.weight {
		return false, failed
	}
	if encoded, err = c.encodeLabel(ctx, data, names.label); err != nil {
		return false, err
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
		encoded = true
		if spelling := truthOf(texts); spelling != nil {
			data.Encode(feature, spelling)
			continue
		}
		if err := meantAsNumbers(ctx, data, feature, texts); err != nil {
			return false, err
		}
		encoder := encode.NewLabelEncoder(feature, texts)
		data.Encode(feature, encoder.Classes)
		switch n := len(encoder.Classes); n {
		case 1:
			c.remark("column %s holds one text, which has the code 0", feature)
		default:
			c.remark("column %s holds text: its %d values have the codes 0 to %d, in the order of their bytes", feature, n, n-1)
		}
	}
	return encoded, failed
}

// encodeLabel makes a label of truth values 1 and 0.
func (c *cli) encodeLabel(ctx context.Context, data *duck.Table, label string) (encoded bool, err error) {
	if data.Encoded(label) != nil {
		return false, nil
	}
	texts, err := data.Classes(ctx, label)
	if texts == nil || err != nil {
		return false, err
	}
	if spelling := truthOf(texts); spelling != nil {
		data.Encode(label, spelling)
		return true, nil
	}
	return false, nil
}

// encoderKey is the attribute of a model that holds the label encoder of a
// feature, as JSON.
func encoderKey(feature string) string { return "encoder." + feature }

// keepEncoders puts the encoders of a table into the model that read it, but for
// truth values, which are numbers however a file writes them. Columns are the
// table's, one a feature of the model.
func keepEncoders(m *gbtree.Model, data *duck.Table, columns []string) error {
	for i, feature := range m.Features {
		classes := data.Encoded(columns[i])
		if classes == nil || truthOf(classes) != nil {
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

// source is the rows of a table, or its groups, to be read as often as one likes.
type source struct {
	// scan calls each with all rows, always in the same order, of the columns
	// those at these positions.
	scan func(columns []int, each func(duck.Batch) error) error
	// share is scan by so many goroutines at a time; nil where the order matters.
	share func(hands int, columns []int, each func(hand int, b duck.Batch) error) error
	close func()
}

// readCells gives the cells of parts 0 … folds−1 of a table: by grouping its
// rows where many are alike, else by reading all of them, once for the cuts and
// once for the cells.
func (t *training) readCells(ctx context.Context, data *duck.Table, parts duck.Parts, folds int) ([]*encode.Cells, error) {
	alike, err := t.alike(ctx, data)
	if err != nil {
		return nil, err
	}
	if _, err := data.Rows(ctx); err != nil { // of which Progress tells
		return nil, err
	}
	open := t.openGroups
	if !alike {
		open = t.openStream
	}
	rows, err := open(ctx, data, parts)
	if encoded, why := t.cli.encodeTexts(ctx, data, t.columns, err); encoded {
		rows, err = open(ctx, data, parts)
	} else {
		err = why
	}
	if err != nil {
		return nil, explainRows(ctx, data, t.columns, err)
	}
	defer rows.close()
	if t.cuts == nil {
		if t.cuts, err = t.cut(rows); err != nil {
			return nil, explainRows(ctx, data, t.columns, err)
		}
	}
	cells, err := t.tally(rows, folds)
	if errors.Is(err, errNoTally) || errors.Is(err, encode.ErrTooManyLabels) {
		cells, err = t.blocks(rows, folds)
	}
	return cells, explainRows(ctx, data, t.columns, err)
}

// errNoTally says that cells cannot be counted by tallies.
var errNoTally = errors.New("the rows are not for tallies")

// tally counts groups into cells, on all cores.
func (t *training) tally(rows source, folds int) ([]*encode.Cells, error) {
	if rows.share == nil || t.from != nil { // whose margins tell rows of one cell apart
		return nil, errNoTally
	}
	tallies := make([]*encode.Tally, runtime.GOMAXPROCS(0))
	for i := range tallies {
		if tallies[i] = encode.NewTally(t.columns.rows(), t.cuts, folds); tallies[i] == nil {
			return nil, errNoTally
		}
	}
	err := rows.share(len(tallies), positions(len(t.columns.all())), func(hand int, b duck.Batch) error {
		return tallies[hand].Append(b.Columns, b.Part, b.Count)
	})
	if err != nil {
		return nil, err
	}
	return encode.Total(tallies), nil
}

// blocks makes cells of rows one after the other.
func (t *training) blocks(rows source, folds int) ([]*encode.Cells, error) {
	var margins func(values, margins []float32)
	outputs := 0
	if t.from != nil {
		margins, outputs = t.from.Margins, t.from.Outputs()
	}
	blocks := encode.NewBlocks(t.columns.rows(), t.cuts, folds, outputs, margins, rows.share == nil)
	err := rows.scan(positions(len(t.columns.all())), func(b duck.Batch) error { return blocks.Append(b.Columns, b.Part, b.Count) })
	if err != nil {
		return nil, err
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
// in 100 differ among the first 8192, 4 in 100 among 10 million, and 1 in 200
// among 100 million: the groups hardly grow with the file.
func (t *training) alike(ctx context.Context, data *duck.Table) (bool, error) {
	rows, distinct, err := data.Duplicated(ctx, t.columns.all(), alikeSample)
	return rows < alikeSample || float64(distinct) < mostlyApart*float64(rows), err
}

// openGroups groups the rows.
func (t *training) openGroups(ctx context.Context, data *duck.Table, parts duck.Parts) (rows source, err error) {
	groups, err := data.Groups(ctx, t.columns.all(), parts)
	if err != nil {
		return rows, err
	}
	return source{groups.Scan, groups.Share, groups.Close}, nil
}

// openStream reads the rows in the order of the file each time.
func (t *training) openStream(ctx context.Context, data *duck.Table, parts duck.Parts) (rows source, err error) {
	stream, err := data.Stream(ctx, t.columns.all(), parts)
	if err != nil {
		return rows, err
	}
	part, err := stream.Parts(ctx)
	scan := func(columns []int, each func(duck.Batch) error) error {
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
	}
	return source{scan: scan, close: func() {}}, err
}

// cut reads feature by feature, several at a time, and makes their cuts: there
// are as many features in memory as there are cores.
func (t *training) cut(rows source) (*encode.Cuts, error) {
	names := t.columns.names
	cuts, errs := make([]*encode.Cuts, len(names)), make([]error, len(names))
	hands := make(chan struct{}, runtime.NumCPU())
	var working sync.WaitGroup
	for f := range names {
		hands <- struct{}{}
		working.Go(func() {
			cuts[f], errs[f] = t.cutFeature(rows, f)
			<-hands
		})
	}
	working.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return encode.Join(cuts), nil
}

func (t *training) cutFeature(rows source, f int) (*encode.Cuts, error) {
	columns := []int{f}
	if t.columns.weight != "" {
		columns = append(columns, len(t.columns.names)+1)
	}
	var distinct encode.Distinct
	err := rows.scan(columns, func(b duck.Batch) error {
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
