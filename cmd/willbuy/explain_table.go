package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"willbuy/pipeline"
	"willbuy/pipeline/shap"
	"willbuy/store/duck"
)

// mostGroups is how many groups --by may make.
const mostGroups = 100

// tally gathers the contributions of all rows.
type tally struct {
	*explaining
	seen      *different
	count     []int64 // rows that each different one stands for
	group     []int32 // of each different row
	all       *shap.Means
	groups    []*rowGroup
	shuffling *shuffling // nil without --label
}

// rowGroup is the rows with one value of --by.
type rowGroup struct {
	name  string
	means *shap.Means
}

// explainAll is explain without --out and --row.
func (c *cli) explainAll(ctx context.Context, e *explaining, x explanation) error {
	width := len(e.outputs) * len(e.effects)
	t := &tally{explaining: e, seen: newDifferent(e.splits), all: shap.NewMeans(width)}
	if err := t.read(ctx, x); err != nil {
		return err
	}
	if t.all.Rows == 0 {
		return fmt.Errorf("%s has no rows to explain", x.data)
	}
	var permuted []shap.Permuted
	if t.shuffling != nil {
		var err error
		if permuted, err = t.shuffling.importance(ctx); err != nil {
			return err
		}
		if t.shuffling.full() {
			c.remark("the permutation importance is from %s, more are not kept", pipeline.Plural(int64(t.shuffling.cells()), "different row"))
		}
	}
	lines := t.lines(permuted)
	if c.json {
		out := map[string]any{"rows": t.all.Rows, "bias": e.startJSON(), "features": lines}
		if x.by != "" {
			out["groups"] = t.groupsJSON()
		}
		return c.object(out)
	}
	return t.show(c, lines, x)
}

// read counts the rows of the file and explains those that differ.
func (t *tally) read(ctx context.Context, x explanation) error {
	var more []string // columns beside the features
	label, by := -1, -1
	if x.label != "" {
		column, err := onlyColumn(ctx, t.table, x.label)
		if err != nil {
			return err
		}
		if t.shuffling, err = newShuffling(t.model, column); err != nil {
			return err
		}
		label, more = len(t.columns), append(more, column)
	}
	groupOf := func(float32) (int32, error) { return 0, nil }
	if x.by != "" {
		column, err := onlyColumn(ctx, t.table, x.by)
		if err != nil {
			return err
		}
		if groupOf, err = t.grouping(ctx, column); err != nil {
			return err
		}
		by, more = len(t.columns)+len(more), append(more, column)
	}
	row := make([]float32, len(t.columns))
	use := func(b duck.Batch) error {
		for r, count := range b.Count {
			for f := range row {
				row[f] = b.Columns[f][r]
			}
			if label >= 0 {
				if err := t.shuffling.add(row, b.Columns[label][r], count); err != nil {
					return err
				}
			}
			group := int32(0)
			if by >= 0 {
				var err error
				if group, err = groupOf(b.Columns[by][r]); err != nil {
					return err
				}
			}
			t.add(row, group, count)
		}
		if t.enough(t.seen) {
			return t.flush(ctx)
		}
		return nil
	}
	if err := groupRows(ctx, t.table, t.columns, more, use); err != nil {
		return err
	}
	return t.flush(ctx)
}

// grouping gives each value of a column a group, by its text or its number.
func (t *tally) grouping(ctx context.Context, column string) (of func(x float32) (int32, error), err error) {
	classes := t.table.Encoded(column)
	if classes == nil {
		if classes, err = t.table.Classes(ctx, column); err != nil {
			return nil, fmt.Errorf("--by: %w", err)
		}
		if classes != nil {
			t.table.Encode(column, classes)
		}
	}
	known := map[uint32]int32{}
	return func(x float32) (int32, error) {
		group, ok := known[math.Float32bits(x)]
		if ok {
			return group, nil
		}
		if group = int32(len(t.groups)); group == mostGroups {
			return 0, fmt.Errorf("--by %s makes more than %d groups; choose a column with few different values", column, mostGroups)
		}
		known[math.Float32bits(x)] = group
		t.groups = append(t.groups, &rowGroup{columnValue(x, classes), shap.NewMeans(len(t.outputs) * len(t.effects))})
		return group, nil
	}, nil
}

func (t *tally) add(row []float32, group int32, count int64) {
	var tag [4]byte
	binary.LittleEndian.PutUint32(tag[:], uint32(group))
	n := int(t.seen.of(row, tag[:]...))
	if n == len(t.count) {
		t.count, t.group = append(t.count, 0), append(t.group, group)
	}
	t.count[n] += count
}

// flush explains the different rows and forgets them.
func (t *tally) flush(ctx context.Context) error {
	x, err := t.explain(ctx, t.seen.values)
	if err != nil {
		return err
	}
	width := len(t.outputs) * len(t.effects)
	for i, count := range t.count {
		parts := x.parts[i*width:][:width]
		t.all.Add(parts, count)
		if len(t.groups) > 0 {
			t.groups[t.group[i]].means.Add(parts, count)
		}
	}
	t.progress.at(t.all.Rows, 0)
	t.seen, t.count, t.group = newDifferent(t.splits), t.count[:0], t.group[:0]
	return nil
}
