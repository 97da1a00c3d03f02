package gbtree

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"willbuy/pipeline/textmodel"
)

// TestONNXRuntimeScoresAsXGBoost holds for every objective, booster and version
// of the saved models, on rows with missing values.
func TestONNXRuntimeScoresAsXGBoost(t *testing.T) {
	library, err := textmodel.FindLibrary("")
	if err != nil {
		t.Fatalf("%v; run make build", err)
	}
	ort.SetSharedLibraryPath(library.Path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		t.Fatal(err)
	}
	defer ort.DestroyEnvironment()
	for _, s := range readSavedModels(t) {
		rows, n := s.flat(), int64(len(s.Rows))
		for _, c := range s.Cases {
			if strings.HasPrefix(c.Name, "refused") {
				continue
			}
			m, err := Read(c.UBJ)
			if err != nil {
				t.Fatal(err)
			}
			var file bytes.Buffer
			if err := WriteONNX(&file, m); err != nil {
				t.Fatal(err)
			}
			margins, predictions, err := runONNX(file.Bytes(), rows, n)
			if err != nil {
				t.Errorf("%s of %s: %v", c.Name, s.Version, err)
				continue
			}
			for what, q := range map[string]struct {
				got  []float32
				want [][]float32
			}{"margin": {margins, c.Margins}, "prediction": {predictions, c.Predictions}} {
				if len(q.got) != len(q.want)*len(q.want[0]) {
					t.Fatalf("%s of %s: %d values of %s, want %d", c.Name, s.Version, len(q.got), what, len(q.want)*len(q.want[0]))
				}
				for i, got := range q.got {
					want := float64(q.want[i/len(q.want[0])][i%len(q.want[0])])
					if math.Abs(float64(got)-want) > 1e-6*max(1, math.Abs(want)) {
						t.Errorf("%s of %s: %s %d is %v, XGBoost's %v", c.Name, s.Version, what, i, got, want)
						break
					}
				}
			}
		}
	}
}

func runONNX(model []byte, rows []float32, n int64) (margins, predictions []float32, err error) {
	session, err := ort.NewDynamicAdvancedSessionWithONNXData(model, []string{"features"}, []string{"margin", "prediction"}, nil)
	if err != nil {
		return nil, nil, err
	}
	defer session.Destroy()
	features, err := ort.NewTensor(ort.NewShape(n, int64(len(rows))/n), rows)
	if err != nil {
		return nil, nil, err
	}
	defer features.Destroy()
	outputs := []ort.Value{nil, nil}
	if err := session.Run([]ort.Value{features}, outputs); err != nil {
		return nil, nil, err
	}
	for i, into := range []*[]float32{&margins, &predictions} {
		tensor := outputs[i].(*ort.Tensor[float32])
		*into = slices.Clone(tensor.GetData()) // the tensor's own memory goes
		tensor.Destroy()
	}
	return margins, predictions, nil
}
