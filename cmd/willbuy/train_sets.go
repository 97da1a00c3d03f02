package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/store/duck"
)

// watched is one --valid: rows of the data, which are a part of their own, or of
// another file.
type watched struct {
	name string
	part int // 0 for those of a file
	file *duck.Table
}

// input reads the rows to train on and those to watch.
func (t *training) input(ctx context.Context, data *duck.Table, seed string) (in gbtree.Input, err error) {
	sets, parts, err := t.split(ctx, data, seed)
	defer func() {
		for _, set := range sets {
			if set.file != nil {
				set.file.Close()
			}
		}
	}()
	if err != nil {
		return in, err
	}
	data.Progress = t.cli.meter("row").at
	cells, err := t.readCells(ctx, data, parts, 1+len(parts.Apart))
	if err != nil {
		return in, err
	}
	if cells[0].Len() == 0 {
		return in, fmt.Errorf("%s has no rows to train on", t.data)
	}
	in.Train, in.From = cells[0], t.from
	for _, set := range sets {
		watch := cells[set.part]
		if set.file != nil {
			other := *t
			if watch, err = other.readWatched(ctx, data, set); err != nil {
				return in, err
			}
		}
		if watch.Len() == 0 {
			return in, fmt.Errorf("--valid %s keeps no rows apart", set.name)
		}
		in.Watch = append(in.Watch, gbtree.Watch{Name: set.name, Cells: watch})
	}
	return in, nil
}

// readWatched reads another file, with the cuts and the encoders of the data.
func (t *training) readWatched(ctx context.Context, data *duck.Table, set watched) (*encode.Cells, error) {
	features := t.columns.features
	names, err := findColumns(ctx, set.file, features, t.columns.label, t.columns.weight)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", set.name, err)
	}
	names.names, t.columns = t.columns.names, names
	for i, feature := range features {
		if classes := data.Encoded(feature); classes != nil {
			set.file.Encode(names.features[i], classes)
		}
	}
	cells, err := t.readCells(ctx, set.file, duck.Parts{}, 1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", set.name, err)
	}
	return cells[0], nil
}

// split reads --valid: how the data are split, and which other files there are.
// Who opened the files closes them, after an error too.
func (t *training) split(ctx context.Context, data *duck.Table, seed string) (sets []watched, parts duck.Parts, err error) {
	id := ""
	if t.id != "" {
		if id, err = resolveColumn(data, t.id); err != nil {
			return nil, parts, err
		}
	}
	shares := 0
	for _, valid := range t.valid {
		set := watched{name: valid}
		if slices.ContainsFunc(sets, func(s watched) bool { return s.name == valid }) {
			return sets, parts, usagef("--valid %s is given twice", valid)
		}
		if share, err := strconv.ParseFloat(valid, 64); err == nil {
			if !(share > 0 && share < 1) {
				return sets, parts, usagef("--valid %s: a share lies between 0 and 1", valid)
			}
			if shares++; shares > 1 {
				return sets, parts, usagef("--valid %s: one share can be kept apart, since the same hash draws all of them", valid)
			}
			parts.Apart = append(parts.Apart, duck.Split{Share: share, ID: id, Seed: seed})
			set.part = len(parts.Apart)
		} else if _, err := os.Stat(valid); err == nil {
			if set.file, err = openData(ctx, valid, t.table); err != nil {
				return sets, parts, err
			}
		} else {
			name, value, ok := strings.Cut(valid, "=")
			if !ok {
				return sets, parts, usagef("--valid %s is neither a share, nor a file that is there, nor COLUMN=VALUE", valid)
			}
			column, err := resolveColumn(data, name)
			if err != nil {
				return sets, parts, err
			}
			parts.Apart = append(parts.Apart, duck.Split{Column: column, Value: value})
			set.part = len(parts.Apart)
		}
		sets = append(sets, set)
	}
	return sets, parts, nil
}
