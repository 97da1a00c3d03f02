package registry

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is one difference between two versions.
type Change struct {
	Kind     string // "parameter", "metric", "features", "encoder" or "label"
	Name     string // of the parameter, the metric, or the input that is a code
	Old, New string // as shown; empty where one version has none
}

// Diff returns what differs between two versions in parameters, metrics,
// features, encoders and label: in this order, each by name. A version whose
// encoders are not known differs in none.
func Diff(before, after Version) []Change {
	changes := diffMaps(nil, "parameter", before.Parameters, after.Parameters)
	changes = diffMaps(changes, "metric", shown(before.Metrics), shown(after.Metrics))
	changes = diffText(changes, "features", strings.Join(before.Features, ", "), strings.Join(after.Features, ", "))
	if before.Encoders != nil && after.Encoders != nil {
		changes = diffMaps(changes, "encoder", joined(before.Encoders), joined(after.Encoders))
	}
	return diffText(changes, "label", before.Label, after.Label)
}

func diffText(changes []Change, kind, before, after string) []Change {
	if before == after {
		return changes
	}
	return append(changes, Change{Kind: kind, Old: before, New: after})
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

// joined writes the classes of each encoder, by their codes.
func joined(encoders map[string][]string) map[string]string {
	text := make(map[string]string, len(encoders))
	for name, classes := range encoders {
		text[name] = strings.Join(classes, ", ")
	}
	return text
}
