package gbtree

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// savedModels are what testdata/models/make.py saved with one version of XGBoost.
type savedModels struct {
	Version string
	Rows    [][]*float32 // nil is a missing value
	Cases   []savedModel
}

type savedModel struct {
	Name                 string
	JSON, Dump           string
	UBJ                  []byte
	Margins, Predictions [][]float32
}

func readSavedModels(t testing.TB) []savedModels {
	t.Helper()
	files, err := filepath.Glob("../../testdata/models/xgboost-*.json.gz")
	if err != nil || len(files) != 4 {
		t.Fatalf("four versions of XGBoost saved models, here are %v, %v", files, err)
	}
	var all []savedModels
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		var s savedModels
		if err := json.NewDecoder(z).Decode(&s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if _, err := io.Copy(io.Discard, z); err != nil { // the checksum is at the end
			t.Fatal(err)
		}
		f.Close()
		all = append(all, s)
	}
	return all
}

// flat are the rows one after the other, NaN where a value is missing.
func (s *savedModels) flat() []float32 {
	var out []float32
	for _, row := range s.Rows {
		for _, x := range row {
			if x == nil {
				out = append(out, float32(math.NaN()))
			} else {
				out = append(out, *x)
			}
		}
	}
	return out
}

func TestModelsOfFourXGBoostVersionsPredictTheSameHere(t *testing.T) {
	for _, s := range readSavedModels(t) {
		rows := s.flat()
		for _, c := range s.Cases {
			if strings.HasPrefix(c.Name, "refused") {
				continue
			}
			for kind, file := range map[string][]byte{"JSON": []byte(c.JSON), "UBJ": c.UBJ} {
				m, err := Read(file)
				if err != nil {
					t.Errorf("%s of %s as %s: %v", c.Name, s.Version, kind, err)
					continue
				}
				margins := make([]float32, len(s.Rows)*m.Outputs())
				predictions := make([]float32, len(s.Rows)*m.Width())
				m.Margins(rows, margins)
				m.Predictions(margins, predictions)
				if at, ok := firstDifference(margins, c.Margins); !ok {
					t.Errorf("%s of %s as %s: margin %d is %v, XGBoost's %v", c.Name, s.Version, kind, at, margins[at], c.Margins[at/m.Outputs()])
				} else if at, ok := firstDifference(predictions, c.Predictions); !ok {
					t.Errorf("%s of %s as %s: prediction %d is %v, XGBoost's %v", c.Name, s.Version, kind, at, predictions[at], c.Predictions[at/m.Width()])
				}
			}
		}
	}
}

// firstDifference compares bit for bit; XGBoost's margins of softmax come as
// the class where it does not give them.
func firstDifference(got []float32, want [][]float32) (at int, ok bool) {
	i := 0
	for _, row := range want {
		for _, x := range row {
			if i >= len(got) || got[i] != x {
				return min(i, len(got)-1), false
			}
			i++
		}
	}
	return i, i == len(got)
}

func TestJSONAndUBJOfAModelAreOne(t *testing.T) {
	for _, s := range readSavedModels(t) {
		for _, c := range s.Cases {
			a, errA := Read([]byte(c.JSON))
			b, errB := Read(c.UBJ)
			if errA != nil || errB != nil {
				continue // the tests above and below say
			}
			if d := difference(a, b); d != "" {
				t.Errorf("%s of %s: %s", c.Name, s.Version, d)
			}
		}
	}
}

func TestWhatCannotBePredictedIsRefusedByName(t *testing.T) {
	for _, s := range readSavedModels(t) {
		for _, c := range s.Cases {
			says := map[string]string{"refused_linear": "gblinear", "refused_categories": "categories"}[c.Name]
			if c.Name == "refused_vector_leaves" && s.Version >= "2" { // 1.7 ignored multi_strategy
				says = "multi_output_tree"
			}
			if says == "" {
				continue
			}
			for _, file := range [][]byte{[]byte(c.JSON), c.UBJ} {
				if _, err := Read(file); err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("%s of %s: %v does not say %q", c.Name, s.Version, err, says)
				}
			}
		}
	}
}

func TestNotesSayWhatIsNotTrainedHere(t *testing.T) {
	want := map[string]string{
		"squared": "", "logistic": "", "softprob": "", "pruned": "", "lossguide": "", "monotone": "",
		"forest": "num_parallel_tree", "dart": "dropout", "reg_tweedie": "reg:tweedie", "softmax": "multi:softmax", "targets": "2 targets",
	}
	for _, s := range readSavedModels(t) {
		for _, c := range s.Cases {
			says, named := want[c.Name]
			if !named {
				continue
			}
			m, err := Read(c.UBJ)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(m.Notes, "; "); says == "" && got != "" || !strings.Contains(got, says) {
				t.Errorf("%s of %s has the notes %q, want %q among them", c.Name, s.Version, got, says)
			}
		}
	}
}

func TestADumpIsTheSumOfTheLeaves(t *testing.T) {
	for _, s := range readSavedModels(t) {
		for _, c := range s.Cases {
			if c.Dump == "" {
				continue
			}
			m, err := Read([]byte(c.JSON))
			if err != nil {
				t.Fatal(err)
			}
			dump, err := ReadDump([]byte(c.Dump), m.Features)
			if err != nil {
				t.Fatal(err)
			}
			dump.BaseScore, dump.Objective = m.BaseScore, m.Objective
			margins := make([]float32, len(s.Rows))
			dump.Margins(s.flat(), margins)
			if at, ok := firstDifference(margins, c.Margins); !ok {
				t.Errorf("%s of %s: margin %d is %v, XGBoost's %v", c.Name, s.Version, at, margins[at], c.Margins[at])
			}
			var ours bytes.Buffer
			if err := WriteDump(&ours, m); err != nil {
				t.Fatal(err)
			}
			if again, err := Read(ours.Bytes()); err != nil || len(again.Trees) != len(m.Trees) {
				t.Errorf("%s of %s: the dump written here is read as %v, %v", c.Name, s.Version, again, err)
			}
		}
	}
}

func TestWrittenModelsReadBackBitForBit(t *testing.T) {
	for _, s := range readSavedModels(t) {
		rows := s.flat()
		for _, c := range s.Cases {
			m, err := Read(c.UBJ)
			if err != nil || !trained(m.Objective) || m.Outputs() > 1 && m.Objective != Softprob {
				continue
			}
			for _, as := range []*Model{m, m.Portable()} {
				var text, ubj bytes.Buffer
				if err := WriteJSON(&text, as); err != nil {
					t.Fatal(err)
				}
				if err := WriteUBJ(&ubj, as); err != nil {
					t.Fatal(err)
				}
				if !json.Valid(text.Bytes()) {
					t.Errorf("%s of %s: not JSON", c.Name, s.Version)
				}
				for _, file := range [][]byte{text.Bytes(), ubj.Bytes()} {
					read, err := Read(file)
					if err != nil {
						t.Fatalf("%s of %s: %v", c.Name, s.Version, err)
					}
					if d := difference(read, as); d != "" {
						t.Errorf("%s of %s: %s", c.Name, s.Version, d)
					}
					if read.Round != as.Round || read.BestRound != as.BestRound {
						t.Errorf("%s of %s: rounds of %d, the best %d, want %d and %d", c.Name, s.Version, read.Round, read.BestRound, as.Round, as.BestRound)
					}
					margins := make([]float32, len(s.Rows)*m.Outputs())
					read.Margins(rows, margins)
					if at, ok := firstDifference(margins, c.Margins); !ok {
						t.Errorf("%s of %s: margin %d is %v, XGBoost's %v", c.Name, s.Version, at, margins[at], c.Margins[at/m.Outputs()])
					}
				}
			}
		}
	}
}

func TestPortableModelsHaveAScalarBaseScore(t *testing.T) {
	for _, s := range readSavedModels(t) {
		for _, c := range s.Cases {
			if c.Name != "softprob" && c.Name != "class_forest" {
				continue
			}
			m, err := Read(c.UBJ)
			if err != nil {
				t.Fatal(err)
			}
			var file bytes.Buffer
			if err := WriteJSON(&file, m.Portable()); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(file.Bytes(), []byte(`"base_score":"[`)) {
				t.Errorf("%s of %s has an array for a base score", c.Name, s.Version)
			}
			if uneven := s.Version > "3.1"; uneven != (m.Portable() != m) { // before, it is 0.5 for all classes
				t.Errorf("%s of %s: made portable is %v, want %v", c.Name, s.Version, !uneven, uneven)
			}
		}
	}
}

// XGBoost 3.2 and 3.4 write [1E0] for labels of one class, with the margin 13.74516;
// 1.7 and 2.1 refuse to load a base_score that is not between 0 and 1.
func TestBaseScoreOfOneClass(t *testing.T) {
	for _, c := range []struct {
		base             float32
		written, carried string
		margin           float32
	}{
		{1, `"base_score":"1E+00"`, `"base_score":"9.99999E-01"`, 13.74516},
		{0, `"base_score":"0E+00"`, `"base_score":"1E-06"`, -13.81551},
		{0.25, `"base_score":"2.5E-01"`, `"base_score":"2.5E-01"`, -1.0986123},
	} {
		m := &Model{Features: []string{"a"}, Objective: Logistic, BaseScore: []float32{c.base}, Round: 1}
		for want, as := range map[string]*Model{c.written: m, c.carried: m.Portable()} {
			var file bytes.Buffer
			if err := WriteJSON(&file, as); err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(file.Bytes(), []byte(want)) {
				t.Errorf("base score %v is not written as %s:\n%s", c.base, want, file.Bytes())
			}
			read, err := Read(file.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if got := read.BaseMargin(0); got != c.margin {
				t.Errorf("the margin of %s is %v, want %v", want, got, c.margin)
			}
		}
	}
}

func TestObjectivesThatAreNotTrainedAreNotWritten(t *testing.T) {
	s := readSavedModels(t)[3]
	for _, c := range s.Cases {
		m, err := Read(c.UBJ)
		if err != nil || trained(m.Objective) && (m.Outputs() == 1 || m.Objective == Softprob) {
			continue
		}
		var file bytes.Buffer
		if err := WriteJSON(&file, m); err == nil || file.Len() > 0 {
			t.Errorf("%s was written as %d bytes of JSON, %v", c.Name, file.Len(), err)
		}
	}
}
