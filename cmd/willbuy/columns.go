package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"willbuy/store"
	"willbuy/store/duck"
)

// textColumns finds the column that holds the texts and, if there is one, that
// of their ids.
func textColumns(columns []store.Column, name string) ([]string, error) {
	found, err := textColumn(columns, name)
	if err != nil {
		return nil, err
	}
	for _, key := range idKeys {
		if id, ok := findColumn(columns, key); ok && id != found {
			return []string{found, id}, nil
		}
	}
	return []string{found}, nil
}

// textColumn finds the column that holds the texts.
func textColumn(columns []store.Column, name string) (string, error) {
	var found string
	var err error
	if name != "" {
		found, err = columnNamed(columns, name)
	} else {
		found, err = usualTextColumn(columns)
	}
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(columns, func(c store.Column) bool { return c.Name == found })
	if kind := columns[at].Type; kind != store.String {
		return "", usagef("column %s holds %s values, not text; there are %s", found, kind, columnNames(columns))
	}
	return found, nil
}

// usualTextColumn finds the column by its name where none is given, or because
// there is no other.
func usualTextColumn(columns []store.Column) (string, error) {
	for _, key := range textKeys {
		if found, ok := findColumn(columns, key); ok {
			return found, nil
		}
	}
	if len(columns) == 1 {
		return columns[0].Name, nil
	}
	return "", usagef("say which column holds the text: --text-column; there are %s", columnNames(columns))
}

// findColumn looks a column up whatever its case.
func findColumn(columns []store.Column, name string) (string, bool) {
	for _, column := range columns {
		if strings.EqualFold(column.Name, name) {
			return column.Name, true
		}
	}
	return "", false
}

// resolveColumn is columnNamed for a table.
func resolveColumn(table *duck.Table, name string) (string, error) {
	return columnNamed(table.Columns(), name)
}

// onlyColumn is resolveColumn for a name that no second column of the file may
// have.
func onlyColumn(ctx context.Context, table *duck.Table, name string) (string, error) {
	found, err := resolveColumn(table, name)
	if err == nil {
		err = table.Unique(ctx, found)
	}
	return found, err
}

// columnNamed gives the column's own spelling; an unknown one is answered with
// the nearest.
func columnNamed(columns []store.Column, name string) (string, error) {
	if found, ok := findColumn(columns, name); ok {
		return found, nil
	}
	var names []string
	for _, column := range columns {
		names = append(names, column.Name)
	}
	return "", usagef("there is no column %q%s; there are %s", name, meant(name, names, ""), columnNames(columns))
}

// columnNames lists columns, the first dozen of many.
func columnNames(columns []store.Column) string {
	const most = 12
	var names []string
	for _, column := range columns[:min(len(columns), most)] {
		names = append(names, column.Name)
	}
	list := strings.Join(names, ", ")
	if len(columns) > most {
		list += fmt.Sprintf(" and %d more", len(columns)-most)
	}
	return list
}
