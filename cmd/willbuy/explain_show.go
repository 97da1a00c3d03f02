package main

import (
	"cmp"
	"slices"
	"strconv"

	"willbuy/pipeline"
	"willbuy/pipeline/shap"
	"willbuy/store"
)

// effectLine is an effect's line of the table.
type effectLine struct {
	Feature     string   `json:"feature"`
	MeanAbs     float64  `json:"mean_abs"`       // mean |contribution|, added over the outputs
	Mean        *float64 `json:"mean,omitempty"` // of one output
	Gain        float64  `json:"gain"`
	Cover       float64  `json:"cover"`
	Splits      float64  `json:"splits"`
	Permutation *float64 `json:"permutation,omitempty"`
	SD          *float64 `json:"permutation_sd,omitempty"`
	pair        bool
	at          int
}

// lines are those of the effects, the strongest first.
func (t *tally) lines(permuted []shap.Permuted) []effectLine {
	gain, cover, splits := shap.Importances(t.model)
	lines := make([]effectLine, len(t.effects))
	for i, name := range t.names() {
		l := effectLine{Feature: name, pair: t.effects[i].a != t.effects[i].b, at: i}
		for o := range t.outputs {
			l.MeanAbs += t.all.MeanAbs(o*len(t.effects) + i)
		}
		if len(t.outputs) == 1 {
			mean := t.all.Mean(i)
			l.Mean = &mean
		}
		if !l.pair {
			l.Gain, l.Cover, l.Splits = gain[i], cover[i], splits[i]
		}
		if permuted != nil {
			l.Permutation, l.SD = &permuted[i].Mean, &permuted[i].SD
		}
		lines[i] = l
	}
	slices.SortStableFunc(lines, func(a, b effectLine) int { return cmp.Compare(b.MeanAbs, a.MeanAbs) })
	return lines
}

// startJSON is what the contributions start from: of one output, or of each.
func (e *explaining) startJSON() any {
	start := make([]float64, len(e.outputs))
	for i, o := range e.outputs {
		start[i] = e.start(o)
	}
	if len(start) == 1 {
		return start[0]
	}
	return start
}

func (t *tally) groupsJSON() []map[string]any {
	var out []map[string]any
	for _, g := range t.sorted() {
		meanAbs, mean := map[string]float64{}, map[string]float64{}
		for i, name := range t.names() {
			meanAbs[name] = groupMeanAbs(g, i, len(t.effects), len(t.outputs))
			mean[name] = g.means.Mean(i)
		}
		line := map[string]any{"group": g.name, "rows": g.means.Rows, "mean_abs": meanAbs}
		if len(t.outputs) == 1 {
			line["mean"] = mean
		}
		out = append(out, line)
	}
	return out
}

func groupMeanAbs(g *rowGroup, effect, effects, outputs int) float64 {
	sum := 0.0
	for o := range outputs {
		sum += g.means.MeanAbs(o*effects + effect)
	}
	return sum
}

// sorted are the groups by name, numbers as such.
func (t *tally) sorted() []*rowGroup {
	return slices.SortedFunc(slices.Values(t.groups), func(a, b *rowGroup) int {
		x, errA := strconv.ParseFloat(a.name, 64)
		y, errB := strconv.ParseFloat(b.name, 64)
		if errA == nil && errB == nil {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a.name, b.name)
	})
}

// strongest is how many interactions the table shows.
const strongest = 20

func (t *tally) show(c *cli, lines []effectLine, x explanation) error {
	columns := []store.Column{column("FEATURE", store.String), column("MEAN_ABS", store.Float)}
	if len(t.outputs) == 1 {
		columns = append(columns, column("MEAN", store.Float))
	}
	if t.pairs {
		columns[0].Name = "EFFECT"
	} else {
		columns = append(columns, column("GAIN", store.Float), column("COVER", store.Float), column("SPLITS", store.Int))
	}
	if t.shuffling != nil {
		columns = append(columns, column("PERMUTATION", store.Float), column("SD", store.Float))
	}
	var rows [][]any
	shown := lines
	if t.pairs {
		shown = lines[:min(len(lines), strongest)]
	}
	for _, l := range shown {
		row := []any{l.Feature, l.MeanAbs}
		if l.Mean != nil {
			row = append(row, *l.Mean)
		}
		if !t.pairs {
			row = append(row, l.Gain, l.Cover, int64(l.Splits))
		}
		if l.Permutation != nil {
			row = append(row, *l.Permutation, *l.SD)
		}
		rows = append(rows, row)
	}
	if err := c.table(columns, rows); err != nil {
		return err
	}
	of, starts := "the margin", "the margins start"
	if t.probability {
		of, starts = "the probability", "the probabilities start"
	}
	switch {
	case len(t.outputs) == 1:
		c.remark("MEAN_ABS is the mean |contribution| to %s over %s; %s from %.4g.", of, pipeline.Plural(t.all.Rows, "row"), starts, t.start(t.outputs[0]))
	default:
		c.remark("MEAN_ABS is the mean |contribution| to the margins over %s, all %d classes together; --class K gives one.", pipeline.Plural(t.all.Rows, "row"), len(t.outputs))
	}
	if len(shown) < len(lines) {
		c.remark("These are the strongest %d of %s; --json gives all.", len(shown), pipeline.Plural(int64(len(lines)), "effect"))
	}
	if t.shuffling != nil {
		c.remark("PERMUTATION is by how much %s grows when the feature's values are shuffled, over %d shuffles.", t.shuffling.lossName, shuffles)
	}
	if x.by != "" {
		return t.showGroups(c, lines, x.by)
	}
	return nil
}

// showGroups is --by: the features in the order of their strength, a group a
// line.
func (t *tally) showGroups(c *cli, lines []effectLine, by string) error {
	columns := []store.Column{column(by, store.String), column("ROWS", store.Int)}
	for _, l := range lines {
		columns = append(columns, column(l.Feature, store.Float))
	}
	var rows [][]any
	for _, g := range t.sorted() {
		row := []any{g.name, g.means.Rows}
		for _, l := range lines {
			if len(t.outputs) == 1 {
				row = append(row, g.means.Mean(l.at))
			} else {
				row = append(row, groupMeanAbs(g, l.at, len(t.effects), len(t.outputs)))
			}
		}
		rows = append(rows, row)
	}
	c.line("")
	if err := c.table(columns, rows); err != nil {
		return err
	}
	what := "mean contributions with their signs"
	if len(t.outputs) > 1 {
		what = "mean |contributions|, all classes together"
	}
	c.remark("By %s: %s.", by, what)
	return nil
}
