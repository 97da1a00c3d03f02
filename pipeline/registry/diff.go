package registry

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is one difference between two versions.
type Change struct {
	Kind     string // "parameter", "metric", "features" or "label"
	Name     string // of the parameter or metric
	Old, New string // as shown; empty where one version has none
}

// Diff returns what differs between two versions in parameters, metrics,
// features and label: in this order, each by name.
func Diff(before, after Version) []Change {
	changes := diffMaps(nil, "parameter", before.Parameters, after.Parameters)
	changes = diffMaps(changes, "metric", shown(before.Metrics), shown(after.Metrics))
	for _, c := range []Change{
		{Kind: "features", Old: strings.Join(before.Features, ", "), New: strings.Join(after.Features, ", ")},
		{Kind: "label", Old: before.Label, New: after.Label},
	} {
		if c.Old != c.New {
			changes = append(changes, c)
		}
	}
	return changes
}

func diffMaps(changes []Change, kind string, before, after map[string]string) []Change {
	names := maps.Clone(before)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] != after[name] {
			changes = append(changes, Change{Kind: kind, Name: name, Old: before[name], New: after[name]})
		}
	}
	return changes
}

// shown writes numbers in the shortest digits that read back as the same.
func shown(metrics map[string]float64) map[string]string {
	text := make(map[string]string, len(metrics))
	for name, x := range metrics {
		text[name] = strconv.FormatFloat(x, 'g', -1, 64)
	}
	return text
}
