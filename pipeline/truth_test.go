package pipeline

import (
	"bytes"
	"math"
	"testing"

	xgboost "github.com/Elvenson/xgboost-go"
	"github.com/Elvenson/xgboost-go/activation"
	"github.com/Elvenson/xgboost-go/mat"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/metrics"
	"willbuy/pipeline/synth"
)

// truthRows is how many customers the comparison with the truth draws.
const truthRows = 200_000

// The lab's inputs as the generator itself intended them, without the detour
// over text and models: what is left between the model and the truth is the
// trees' own doing.
func drawTruth(t *testing.T) (inner, outer *encode.Cells, truth []metrics.Group) {
	t.Helper()
	lab := DefaultLab()
	quality := encode.NewLabelEncoder("REVIEW_QUALITY", lab.Labels)
	layouts := []string{"single-column", "two-column", "three-column", "grid", "carousel"}
	layout := encode.NewLabelEncoder("PRODUCT_LAYOUT", layouts)
	type customer struct {
		row   []float64
		label float64
		valid bool
	}
	var customers []customer
	counts := make([]map[float64]int64, len(lab.Features))
	for f := range counts {
		counts[f] = map[float64]int64{}
	}
	err := synth.Rows(t.Context(), synth.Options{Rows: truthRows, Seed: 7}, func(r synth.Row) error {
		q, err := quality.Encode(r.Quality)
		if err != nil {
			return err
		}
		l, err := layout.Encode(r.Layout)
		if err != nil {
			return err
		}
		c := customer{[]float64{float64(q), float64(l), r.PageLoadTime, r.Sentiment, float64(r.Rating)}, float64(r.Purchase), r.UUID[0] < 0x33}
		customers = append(customers, c)
		if c.valid {
			truth = append(truth, metrics.Group{Score: r.Probability, Positive: c.label, Total: 1})
			return nil
		}
		for f, v := range c.row {
			counts[f][v]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var features []encode.Feature
	for f, name := range lab.Features {
		feature := encode.Feature{Name: name}
		for v, n := range counts[f] {
			feature.Values = append(feature.Values, encode.Frequency{Value: v, Count: n, Weight: float64(n)})
		}
		features = append(features, feature)
	}
	cuts, err := encode.NewCuts(features, encode.DefaultMaxBin, encode.XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	builders := map[bool]*encode.Builder{false: cuts.NewBuilder(), true: cuts.NewBuilder()}
	for _, c := range customers {
		if err := builders[c.valid].Add(c.row, c.label, 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	return builders[false].Cells(), builders[true].Cells(), truth
}

func TestTheModelRanksAlmostAsWellAsTheTruth(t *testing.T) {
	inner, outer, truth := drawTruth(t)
	want := metrics.Binary(truth, true)["auc"]
	for _, objective := range []string{gbtree.SquaredError, gbtree.Logistic} {
		params := gbtree.DefaultParams(objective)
		params.Eta, params.MaxDepth, params.MinChildWeight = 0.1, 8, 100
		model, err := gbtree.Train(t.Context(), params, gbtree.Input{Train: inner, Watch: []gbtree.Watch{{Name: "validation", Cells: outer}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := metrics.Binary(scoredCells(model, outer), objective == gbtree.Logistic)["auc"]
		t.Logf("%s: validation AUC %.4f, of the true probabilities %.4f", objective, got, want)
		if math.Abs(got-want) > 0.005 {
			t.Errorf("%s: validation AUC %.4f is more than 0.005 from the truth's %.4f", objective, got, want)
		}
		compareWithSecondReader(t, model, outer)
	}
}

// compareWithSecondReader scores the exported dump with an independent reader
// of XGBoost's format.
func compareWithSecondReader(t *testing.T, m *gbtree.Model, cells *encode.Cells) {
	t.Helper()
	var dump bytes.Buffer
	if err := gbtree.WriteDump(&dump, m); err != nil {
		t.Fatal(err)
	}
	other, err := xgboost.LoadXGBoostFromJSONBytes(dump.Bytes(), "", 1, 0, &activation.Raw{})
	if err != nil {
		t.Fatal(err)
	}
	var rows mat.SparseMatrix
	var ours []float64
	for i := 0; i < cells.Len(); i += 7 {
		row := make([]float32, len(m.Features))
		cells.Values(i, row)
		vector := mat.SparseVector{}
		for f, v := range row {
			vector[f] = v
		}
		rows.Vectors = append(rows.Vectors, vector)
		ours = append(ours, float64(m.Margin(row)))
	}
	theirs, err := other.PredictRegression(rows, m.BaseMargin(0))
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range ours {
		if want := float64((*theirs.Vectors[i])[0]); math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
			t.Fatalf("cell %d: margin %v, xgboost-go's %v", 7*i, got, want)
		}
	}
	t.Logf("%d margins are xgboost-go's to 1e-6", len(ours))
}
