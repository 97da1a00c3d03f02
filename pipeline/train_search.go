package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/tune"
	"willbuy/store"
)

// searchFolds is in how many parts the training rows are divided for a search.
const searchFolds = 5

// searching is the lab with what the text of a search's rows needs.
type searching struct {
	splitting
	Folds []string // the upper edges of all folds but the last, as hashes begin
}

// searchText prepares the text that groups the training rows with their folds.
// A row's fold comes from the second eight hex digits of the hash of its id: the
// first decide whether it is kept apart for validation.
func searchText(l Lab, v Values) searching {
	s := searching{splitting: splitText(l, v, "")}
	for i := 1; i < searchFolds; i++ {
		s.Folds = append(s.Folds, fmt.Sprintf("%08x", uint32(float64(i)/searchFolds*(1<<32))))
	}
	return s
}

// searchSpace reads what the parameter search asks for, such as
// "max_depth=4,6,8; eta=0.05..0.3".
func searchSpace(text string) ([]tune.Range, error) {
	var space []tune.Range
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		r, err := tune.ParseRange(part)
		if err != nil {
			return nil, Usage(err)
		}
		if r.Name == "rounds" || treeParam(r.Name) == "" {
			return nil, Usage(fmt.Errorf("search %q: %s is not searched; rounds is the most that a run is given, and the best number is found", part, r.Name))
		}
		if _, err := mustStep("train").Param(r.Name); err != nil {
			return nil, err
		}
		space = append(space, r)
	}
	return space, nil
}

// searched gives the parameters with the best of those that were searched, or
// as they are where there is nothing to search.
func (x *Exec) searched(ctx context.Context) (Values, error) {
	space, err := searchSpace(x.Values["search"])
	if err != nil || len(space) == 0 {
		return x.Values, err
	}
	params, err := treeParams(x.Values)
	if err != nil {
		return nil, err
	}
	compat, err := encode.ParseCompat(x.Values["compat"])
	if err != nil {
		return nil, Usage(err)
	}
	x.Phase("grouping rows with their folds")
	rows, err := x.searchRows(ctx)
	if err != nil {
		return nil, err
	}
	search := tune.Search{Params: params, Compat: compat, Space: space, Random: x.Values.Int("search_runs"), Folds: searchFolds, Seed: 1}
	result, err := search.Run(ctx, rows, nil, tune.Events{Progress: func(p tune.Progress) {
		x.Progress(int64(p.Done), int64(p.Total), "trainings of the search")
	}})
	if err != nil {
		return nil, err
	}
	x.showSearch(result)
	best := result.Runs[0]
	values := maps.Clone(x.Values)
	values["rounds"] = strconv.Itoa(best.Rounds)
	for name, value := range best.Params {
		values[name] = value
	}
	x.Log("the best of %d settings: %s, %d rounds", len(result.Runs), settingsText(best.Params), best.Rounds)
	return values, nil
}

// searchRows asks the store for the distinct training rows of each fold.
func (x *Exec) searchRows(ctx context.Context) (*encode.Rows, error) {
	result, err := x.Store.Query(ctx, SQL("search_rows", searchText(x.Lab, x.Values)))
	if err != nil {
		return nil, err
	}
	defer result.Close()
	k := len(x.Lab.Features)
	rows := &encode.Rows{Features: x.Lab.Features, LabelName: x.Lab.Label}
	values, label, fold, n := make([]*float64, k), 0.0, int32(0), int64(0)
	into := make([]any, 0, k+3)
	for f := range values {
		into = append(into, &values[f])
	}
	into = append(into, &label, &fold, &n)
	columns := make([][]float32, k+1)
	for result.Next() {
		if err := result.Scan(into...); err != nil {
			return nil, err
		}
		for f, v := range values {
			columns[f] = append(columns[f][:0], float32(orNaN(v)))
		}
		columns[k] = append(columns[k][:0], float32(label))
		if err := rows.Append(columns, []int32{fold}, []int64{n}); err != nil {
			return nil, err
		}
	}
	return rows, result.Err()
}

// showSearch shows the runs, the best first.
func (x *Exec) showSearch(r tune.Result) {
	columns := []store.Column{{Name: "SETTING", Type: store.String}, {Name: "MEAN", Type: store.Float}, {Name: "SD", Type: store.Float}, {Name: "ROUNDS", Type: store.Int}}
	var rows [][]any
	for _, run := range r.Runs {
		rows = append(rows, []any{settingsText(run.Params), run.Mean, run.SD, int64(run.Rounds)})
	}
	better := "less is better"
	if r.Higher {
		better = "more is better"
	}
	x.Table("search", fmt.Sprintf("%s on %d folds, %s", r.Metric, searchFolds, better), columns, rows)
}

// settingsText writes settings as name=value, by name.
func settingsText(settings map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		parts = append(parts, name+"="+settings[name])
	}
	return strings.Join(parts, " ")
}
