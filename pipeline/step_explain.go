package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
	"willbuy/store"
)

// additive is how far the contributions of a row may be from its margin: the
// trees add in float32, the explanation in float64.
const additive = 1e-4

// dependenceBins is how many groups of equal size a feature with many values
// is shown in.
const dependenceBins = 20

var explainStep = &Step{
	ID: "explain", Title: "Explain", Version: 1, Needs: []string{"register"},
	Question: "what moved each prediction?",
	Why: `Splits every prediction into the contributions of its inputs (SHAP values): they and the average add up to the prediction, always; that is checked.
Rows with equal inputs share their explanation, so it is computed once for each distinct row and joined back in the database.

With synthetic data the true coefficients are known: they stand beside what the model found.`,
	Look: "The importance bars, then a customer: which single thing spoke against buying?",
	Params: []Param{
		{Name: "customer", Kind: StringParam, Default: "", Help: "id of the customer to show; empty for the one with the strongest contributions"},
	},
	Code: func(l Lab, v Values) string {
		split := Values{}
		for _, p := range mustStep("train").Params {
			split[p.Name] = p.Default
			if value, ok := v["train."+p.Name]; ok {
				split[p.Name] = value
			}
		}
		return "-- 1. the distinct rows\n" + SQL("distinct", l) + "\n\n-- 2. prediction and contributions of each → EXPLAINED_CELLS" +
			"\n\n-- 3. PREDICTIONS\n" + SQL("predictions", splitText(l, split, "")) + "\n\n-- 4. EXPLANATIONS\n" + SQL("explanations", l)
	},
	Checks: []Rule{
		{Name: "every encoded row has a prediction", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT e.%[1]s FROM %[2]s e LEFT JOIN %[3]s p ON p.%[1]s = e.%[1]s WHERE p.%[1]s IS NULL", Ident(l.ID), Ident(l.Encoded), PredictionsTable)
		}},
		{Name: "every prediction has an explanation", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT p.%[1]s FROM %[2]s p LEFT JOIN %[3]s x ON x.%[1]s = p.%[1]s WHERE x.%[1]s IS NULL", Ident(l.ID), PredictionsTable, ExplanationsTable)
		}},
	},
	Run: explain,
}

// explanation is a distinct row with its prediction and contributions.
type explanation struct {
	input      []*float64
	count      int64
	margin     float64
	prediction float64
	phi        []float64
}

func explain(ctx context.Context, x *Exec) (StepFinished, error) {
	model, _, report, _, err := x.model(ctx)
	if err != nil {
		return StepFinished{}, err
	}
	explainer, err := shap.New(model)
	if err != nil {
		return StepFinished{}, err
	}
	rows, err := x.explainRows(ctx, model, explainer)
	if err != nil {
		return StepFinished{}, err
	}
	if len(rows) == 0 {
		return StepFinished{}, Hint(errors.New("there are no rows to explain"), "Look at the join: does it have rows?")
	}
	if err := x.checkAdditive(rows, explainer.Bias()); err != nil {
		return StepFinished{}, err
	}
	if err := x.saveExplanations(ctx, rows, explainer.Bias(), report.Params); err != nil {
		return StepFinished{}, err
	}
	importance := x.showImportance(model, rows)
	for f := range model.Features {
		x.showDependence(f, rows)
	}
	if err := x.showTruth(importance); err != nil {
		return StepFinished{}, err
	}
	if err := x.showCustomer(ctx, model, explainer.Bias()); err != nil {
		return StepFinished{}, err
	}
	out, err := x.Made(ctx, ExplanationsTable, Ident(x.Lab.ID))
	out.Unit = "customers"
	var names []string
	for _, i := range importance[:min(2, len(importance))] {
		if i.meanAbs > 0 {
			names = append(names, i.feature)
		}
	}
	most := strings.Join(names, " and ") + " move predictions most"
	switch len(names) {
	case 0:
		most = "no input moves predictions: the trees have no splits"
	case 1:
		most = "only " + names[0] + " moves predictions"
	}
	out.Facts = map[string]any{"distinct_rows": len(rows), "bias": explainer.Bias(), "objective": model.Objective}
	out.Summary = fmt.Sprintf("%s customers explained from %s distinct rows; %s.",
		Thousands(out.Rows), Thousands(int64(len(rows))), most)
	return out, err
}

// explainBatch is how many distinct rows are explained between two looks at
// whether to go on.
const explainBatch = 4096

// explainRows fetches the distinct rows, lets go of the store, then predicts
// and explains them.
func (x *Exec) explainRows(ctx context.Context, m *gbtree.Model, e *shap.Explainer) ([]explanation, error) {
	rows, err := x.distinctRows(ctx)
	if err != nil {
		return nil, err
	}
	done := 0
	for batch := range slices.Chunk(rows, explainBatch) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		explainAll(batch, m, e, x.workers())
		done += len(batch)
		x.Progress(int64(done), int64(len(rows)), "distinct rows")
	}
	return rows, nil
}

func (x *Exec) distinctRows(ctx context.Context) ([]explanation, error) {
	x.Phase("fetching distinct rows")
	result, err := x.Store.Query(ctx, SQL("distinct", x.Lab))
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var rows []explanation
	for result.Next() {
		row := explanation{input: make([]*float64, len(x.Lab.Features))}
		into := make([]any, 0, len(row.input)+1)
		for i := range row.input {
			into = append(into, &row.input[i])
		}
		if err := result.Scan(append(into, &row.count)...); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, result.Err()
}

// explainAll fills in predictions and contributions, a goroutine a worker.
func explainAll(rows []explanation, m *gbtree.Model, e *shap.Explainer, workers int) {
	var group sync.WaitGroup
	for part := range slices.Chunk(rows, max(1, (len(rows)+workers-1)/workers)) {
		group.Go(func() {
			values := make([]float32, len(m.Features))
			for i := range part {
				row := &part[i]
				for f, v := range row.input {
					values[f] = float32(orNaN(v))
				}
				margin := m.Margin(values)
				row.margin, row.prediction = float64(margin), float64(m.Output(margin))
				row.phi = make([]float64, len(m.Features))
				e.Contributions(values, row.phi)
			}
		})
	}
	group.Wait()
}

func (x *Exec) checkAdditive(rows []explanation, bias float64) error {
	worst, at := 0.0, 0
	for i, row := range rows {
		sum := bias
		for _, phi := range row.phi {
			sum += phi
		}
		if gap := math.Abs(sum - row.margin); !(gap <= worst) { // NaN is worst
			worst, at = gap, i
		}
	}
	return x.Assert("explanations add up to the margin", worst <= additive,
		fmt.Sprintf("largest difference %.1g over %s distinct rows, in row %d", worst, Thousands(int64(len(rows))), at+1), nil)
}

// saveExplanations keeps the distinct rows and joins them back to customers.
func (x *Exec) saveExplanations(ctx context.Context, rows []explanation, bias float64, trainParams Values) error {
	x.Phase("saving explanations")
	columns := make([]store.Column, 0, 2*len(x.Lab.Features)+4)
	for _, f := range x.Lab.Features {
		columns = append(columns, store.Column{Name: f, Type: store.Float})
	}
	columns = append(columns, store.Column{Name: "N", Type: store.Int}, store.Column{Name: "MARGIN", Type: store.Float}, store.Column{Name: "PREDICTION", Type: store.Float})
	for _, f := range x.Lab.Features {
		columns = append(columns, store.Column{Name: f + ExplanationSuffix, Type: store.Float})
	}
	columns = append(columns, store.Column{Name: "BIAS", Type: store.Float})
	err := x.Write(ctx, "rows", x.Fingerprint, func(w store.Writer) error {
		_, err := w.Replace(ExplainedTable, columns, func(yield func([]any, error) bool) {
			for _, row := range rows {
				values := make([]any, 0, len(columns))
				for _, v := range row.input {
					if v == nil {
						values = append(values, nil)
					} else {
						values = append(values, *v)
					}
				}
				values = append(values, row.count, row.margin, row.prediction)
				for _, phi := range row.phi {
					values = append(values, phi)
				}
				if !yield(append(values, bias), nil) {
					return
				}
			}
		})
		return err
	})
	if err != nil {
		return err
	}
	return x.Write(ctx, "customers", x.Fingerprint, func(w store.Writer) error {
		if _, err := w.CreateAs(PredictionsTable, SQL("predictions", splitText(x.Lab, trainParams, ""))); err != nil {
			return err
		}
		_, err := w.CreateAs(ExplanationsTable, SQL("explanations", x.Lab))
		return err
	})
}

// influence is how much a feature moves predictions.
type influence struct {
	feature  string
	meanAbs  float64 // mean |φ| over customers
	meanHigh float64 // mean φ where the value is above its median, minus below
}

// showImportance gives the features, strongest first.
func (x *Exec) showImportance(m *gbtree.Model, rows []explanation) []influence {
	gain, cover, _ := shap.Importances(m)
	total := 0.0
	for _, row := range rows {
		total += float64(row.count)
	}
	type line struct {
		influence
		gain, cover float64
	}
	lines := make([]line, len(m.Features))
	for f, name := range m.Features {
		l := line{influence{feature: name}, gain[f], cover[f]}
		middle := median(f, rows, total)
		var high, low, nHigh, nLow float64
		for _, row := range rows {
			n := float64(row.count)
			l.meanAbs += n * math.Abs(row.phi[f]) / total
			if v := orNaN(row.input[f]); v > middle {
				high += n * row.phi[f]
				nHigh += n
			} else if v <= middle {
				low += n * row.phi[f]
				nLow += n
			}
		}
		l.meanHigh = high/max(1, nHigh) - low/max(1, nLow)
		lines[f] = l
	}
	slices.SortStableFunc(lines, func(a, b line) int {
		switch {
		case a.meanAbs > b.meanAbs:
			return -1
		case a.meanAbs < b.meanAbs:
			return 1
		}
		return 0
	})
	var table [][]any
	var out []influence
	for _, l := range lines {
		table = append(table, []any{l.feature, l.meanAbs, l.meanHigh, l.gain, l.cover})
		out = append(out, l.influence)
	}
	x.Table("importance", "Mean |contribution| to the margin", []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "MEAN_ABS", Type: store.Float},
		{Name: "HIGH_MINUS_LOW", Type: store.Float}, {Name: "GAIN", Type: store.Float}, {Name: "COVER", Type: store.Float}}, table)
	return out
}

// byValue sorts the rows that have a value of a feature by it.
func byValue(f int, rows []explanation) []explanation {
	sorted := slices.DeleteFunc(slices.Clone(rows), func(r explanation) bool { return r.input[f] == nil })
	sort.SliceStable(sorted, func(i, j int) bool { return *sorted[i].input[f] < *sorted[j].input[f] })
	return sorted
}

func median(f int, rows []explanation, total float64) float64 {
	seen := 0.0
	sorted := byValue(f, rows)
	for _, row := range sorted {
		if seen += float64(row.count); seen >= total/2 {
			return *row.input[f]
		}
	}
	return math.NaN()
}

// showDependence shows how a feature's contribution depends on its value: each
// value by itself where they are few, else groups of equal size.
func (x *Exec) showDependence(f int, rows []explanation) {
	sorted := byValue(f, rows)
	total, distinct := 0.0, 0
	for i, row := range sorted {
		total += float64(row.count)
		if i == 0 || *row.input[f] != *sorted[i-1].input[f] {
			distinct++
		}
	}
	var table [][]any
	var sumPhi, sumValue, n, passed float64
	flush := func() {
		if n > 0 {
			table = append(table, []any{sumValue / n, sumPhi / n, int64(n)})
		}
		sumPhi, sumValue, n = 0, 0, 0
	}
	for i, row := range sorted {
		newValue := i > 0 && *row.input[f] != *sorted[i-1].input[f]
		if newValue && (distinct <= dependenceBins || passed*dependenceBins/total >= float64(len(table)+1)) {
			flush()
		}
		w := float64(row.count)
		sumPhi += w * row.phi[f]
		sumValue += w * *row.input[f]
		n += w
		passed += w
	}
	flush()
	name := x.Lab.Features[f]
	x.Table("dependence_"+name, "Contribution of "+name+" by its value",
		[]store.Column{{Name: "VALUE", Type: store.Float}, {Name: "CONTRIBUTION", Type: store.Float}, {Name: "CUSTOMERS", Type: store.Int}}, table)
}

// showTruth puts what the model found beside the coefficients that the data
// were drawn from, where they are known.
func (x *Exec) showTruth(importance []influence) error {
	text, err := os.ReadFile(x.WS.TruthFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil // somebody's own data: nobody knows the truth
	}
	if err != nil {
		return fmt.Errorf("compare with the truth: %w", err)
	}
	var truth struct {
		Effects map[string]struct {
			Value      float64 `json:"value"`
			Multiplies string  `json:"multiplies"`
		} `json:"effects"`
	}
	if err := json.Unmarshal(text, &truth); err != nil {
		return fmt.Errorf("compare with the truth: read %s: %w", x.WS.TruthFile(), err)
	}
	var table [][]any
	for _, i := range importance {
		name := strings.ToLower(strings.TrimSuffix(i.feature, EncodedSuffix))
		if effect, ok := truth.Effects[name]; ok {
			table = append(table, []any{i.feature, effect.Value, effect.Multiplies, i.meanAbs, i.meanHigh})
		}
	}
	x.Table("truth", "True effect and what the model found", []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "TRUE_EFFECT", Type: store.Float},
		{Name: "MULTIPLIES", Type: store.String}, {Name: "MEAN_ABS", Type: store.Float}, {Name: "HIGH_MINUS_LOW", Type: store.Float}}, table)
	return nil
}

// showCustomer shows one customer's prediction, input by input.
func (x *Exec) showCustomer(ctx context.Context, m *gbtree.Model, bias float64) error {
	var inputs, phis, strength []string
	for _, f := range x.Lab.Features {
		inputs = append(inputs, "e."+Ident(f))
		if source := x.Lab.Source(f); source != "" {
			inputs[len(inputs)-1] = "e." + Ident(source)
		}
		phis = append(phis, "s."+Ident(f+ExplanationSuffix))
		strength = append(strength, "ABS(s."+Ident(f+ExplanationSuffix)+")")
	}
	id := Ident(x.Lab.ID)
	query := fmt.Sprintf(`SELECT p.%[1]s, p.MARGIN, p.PREDICTION, p.%[2]s, %[3]s, %[4]s
FROM %[5]s p
INNER JOIN %[6]s s ON s.%[1]s = p.%[1]s
INNER JOIN %[7]s e ON e.%[1]s = p.%[1]s`, id, Ident(x.Lab.Label), strings.Join(inputs, ", "), strings.Join(phis, ", "),
		PredictionsTable, ExplanationsTable, Ident(x.Lab.Encoded))
	var args []any
	if who := x.Values["customer"]; who != "" {
		query += fmt.Sprintf(" WHERE LOWER(p.%s) = LOWER(?)", id)
		args = append(args, who)
	}
	query += fmt.Sprintf(" ORDER BY %s DESC, p.%s LIMIT 1", strings.Join(strength, " + "), id)
	rows, err := x.Store.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	found, err := rows.Collect(1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return Hint(fmt.Errorf("there is no customer %q", x.Values["customer"]), "Set explain.customer to an id of the joined data, or to nothing.")
	}
	row, k := plain(found)[0], len(x.Lab.Features)
	table := [][]any{{"start: average customer", nil, bias, float64(m.Output(float32(bias)))}}
	for i, f := range x.Lab.Features {
		table = append(table, []any{f, row[4+i], row[4+k+i], nil})
	}
	steps := table[1:]
	slices.SortStableFunc(steps, func(a, b []any) int {
		p, q := math.Abs(a[2].(float64)), math.Abs(b[2].(float64))
		switch {
		case p > q:
			return -1
		case p < q:
			return 1
		}
		return 0
	})
	table = append(table, []any{"this customer", row[3], row[1], row[2]})
	x.Table("customer", fmt.Sprintf("Customer %v", row[0]), []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "VALUE", Type: store.String},
		{Name: "CONTRIBUTION", Type: store.Float}, {Name: "PREDICTION", Type: store.Float}}, table)
	return nil
}
