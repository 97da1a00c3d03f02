package main

import (
	"bytes"
	"context"
	"fmt"
	"math"

	xgboost "github.com/Elvenson/xgboost-go"
	"github.com/Elvenson/xgboost-go/activation"
	"github.com/Elvenson/xgboost-go/mat"

	"willbuy/pipeline"
	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
)

// modelFiles trains a small model, writes it in every format and reads it again,
// the dump with xgboost-go, which shares no code with willbuy.
func modelFiles(ctx context.Context) finding {
	const name = "model files"
	rows, m, err := smallModel(ctx)
	if err != nil {
		return finding{name, false, err.Error(), "make build"}
	}
	if err := readBack(m, rows); err != nil {
		return finding{name, false, err.Error(), "make build"}
	}
	theirs, err := secondOpinion(m, rows)
	if err != nil {
		return finding{name, false, "xgboost-go cannot read a model's dump: " + err.Error(), "make build"}
	}
	for i, row := range rows {
		// It adds up leaves in float32, too, but starts from them.
		if ours := m.Margin(row); math.Abs(float64(ours-theirs[i])) > 1e-6 {
			return finding{name, false, fmt.Sprintf("xgboost-go gives the row %v the margin %v, willbuy %v", row, theirs[i], ours), "make build"}
		}
	}
	return finding{name, true, fmt.Sprintf("JSON and UBJ read back; xgboost-go scores the dump as willbuy does, %s", pipeline.Plural(int64(len(rows)), "row")), ""}
}

// smallModel is trained on rows of two features with holes, which it returns.
func smallModel(ctx context.Context) (rows [][]float32, m *gbtree.Model, err error) {
	var features [2]encode.Feature
	for f, name := range []string{"load", "rating"} {
		features[f].Name = name
		for v := range 10 {
			features[f].Values = append(features[f].Values, encode.Frequency{Value: float64(v), Count: 10, Weight: 10})
		}
	}
	cuts, err := encode.NewCuts(features[:], encode.DefaultMaxBin, encode.XGBoost34)
	if err != nil {
		return nil, nil, err
	}
	builder := cuts.NewBuilder()
	for i := range 100 {
		row := []float64{float64(i % 10), float64(i / 10)}
		if i%7 == 0 {
			row[i%2] = math.NaN()
		}
		label := 0.0
		if (i*37)%100 < 5*(10-i%10)+4*(i/10) {
			label = 1
		}
		if err := builder.Add(row, label, 1, 1); err != nil {
			return nil, nil, err
		}
		rows = append(rows, []float32{float32(row[0]), float32(row[1])})
	}
	params := gbtree.DefaultParams(gbtree.Logistic)
	params.Rounds = 5
	m, err = gbtree.Train(ctx, params, gbtree.Input{Train: builder.Cells()}, nil)
	return rows, m, err
}

// readBack wants the same margins of the model as JSON and as UBJ.
func readBack(m *gbtree.Model, rows [][]float32) error {
	var text, binary bytes.Buffer
	if err := gbtree.WriteJSON(&text, m); err != nil {
		return err
	}
	if err := gbtree.WriteUBJ(&binary, m); err != nil {
		return err
	}
	for format, file := range map[string][]byte{"JSON": text.Bytes(), "UBJ": binary.Bytes()} {
		again, err := gbtree.Read(file)
		if err != nil {
			return fmt.Errorf("%s that was just written: %w", format, err)
		}
		for _, row := range rows {
			if got, want := again.Margin(row), m.Margin(row); got != want {
				return fmt.Errorf("read back from %s, the row %v has the margin %v, not %v", format, row, got, want)
			}
		}
	}
	return nil
}

// secondOpinion are the margins that xgboost-go gives the rows. It knows no
// missing value but an absent one.
func secondOpinion(m *gbtree.Model, rows [][]float32) ([]float32, error) {
	var dump bytes.Buffer
	if err := gbtree.WriteDump(&dump, m); err != nil {
		return nil, err
	}
	reader, err := xgboost.LoadXGBoostFromJSONBytes(dump.Bytes(), "", 1, 0, &activation.Raw{})
	if err != nil {
		return nil, err
	}
	var sparse mat.SparseMatrix
	for _, row := range rows {
		vector := mat.SparseVector{}
		for f, x := range row {
			if x == x {
				vector[f] = x
			}
		}
		sparse.Vectors = append(sparse.Vectors, vector)
	}
	out, err := reader.PredictRegression(sparse, m.BaseMargin(0))
	if err != nil {
		return nil, err
	}
	var margins []float32
	for _, v := range out.Vectors {
		margins = append(margins, (*v)[0])
	}
	return margins, nil
}
