package chart

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

// figures are one of each kind, with values and names that are hard to draw.
func figures() map[string]Figure {
	nan, inf := math.NaN(), math.Inf(1)
	half := 2.0
	hard := []float64{0, nan, 3, inf, -1e300, 2, 1e-300}
	return map[string]Figure{
		"curves":    Plot{Title: "RMSE", XLabel: "round", YUnit: "%", Least: true, Series: []Series{{Name: "train", First: 1, Values: hard}, {Name: "validation", First: 1, Values: hard}}, Mark: &Mark{2, "best"}, Cross: &half},
		"log":       Plot{LogX: true, LogY: true, From: 1, To: 4, Series: []Series{{Name: "a", First: 0, Values: hard}}},
		"cloud":     Plot{Square: true, Note: "n", Counts: &Counts{"customers", []float64{0.1, 0.7}, []float64{3, 90}}, Series: []Series{{Name: "chance", X: []float64{0, 1}, Values: []float64{0, 1}, Faint: true}, {Name: "bins", X: []float64{0.1, 0.7, nan}, Values: []float64{0.2, 0.6, 0.4}, Points: true}}},
		"none":      Plot{},
		"empty":     Plot{Series: []Series{{Name: "a", Values: []float64{nan}}}},
		"bars":      BarChart{Bars: []Bar{{"<script>&\x1b]0;x\a日本語", nan, "12%"}, {"b", inf, "100"}, {"c", -1, ""}, {"d\ttab\nline", 4, "4"}}},
		"no bars":   BarChart{},
		"pushes":    Pushes{{"a", "3 s", 2}, {"b", "", -1}, {"c", "", nan}, {"d", "", inf}},
		"stairs":    Stairs{From: -0.8, To: 1.2, FromName: "average", ToName: "this", FromText: "31%", ToText: "= 77%", Pushes: []Push{{"a", "3 s", 2.4}, {"b", "", -0.4}}},
		"lost":      Stairs{From: nan, To: inf, Pushes: []Push{{"a", "", nan}}},
		"spans":     SpanChart{Spans: []Span{{"a", 1, 0.5, 2, "1"}, {"b", nan, nan, 2, "–"}}},
		"no spans":  SpanChart{},
		"heat":      HeatTable{Rows: []string{"x", "y"}, Columns: []string{"low", "high"}, Values: [][]float64{{1, nan}, {1, 2}}, Counts: [][]int64{{1, 2}, {3, 4000}}, Format: Number, Of: "buy"},
		"matrix":    HeatTable{Rows: []string{"x"}, Columns: []string{"low"}, Values: [][]float64{{1}}, Format: Number},
		"no heat":   HeatTable{},
		"histogram": Columns{{"−1", 4, true}, {"0", 1e9, false}, {"1", 0, false}},
		"no bins":   Columns{},
		"swarm":     Beeswarm{{"日本語 name", "high ▲ buys more", []Dots{{-1, 3, 0}, {2, 9, nan}, {inf, 1, 0.5}}}, {"b", "", nil}},
		"no swarm":  Beeswarm{},
	}
}

// TestEachFigureIsASoundPicture parses each SVG: no scripts, no numbers that are
// none, and no text that is not escaped.
func TestEachFigureIsASoundPicture(t *testing.T) {
	for name, f := range figures() {
		svg := SVG("<name> & \x1b more", f)
		decoder := xml.NewDecoder(strings.NewReader(svg))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v in\n%s", name, err, svg)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if start.Name.Local == "script" {
				t.Errorf("%s has a script", name)
			}
			for _, a := range start.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s: <%s %s=%q>", name, start.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
}

func TestEachFigureIsATableOfItsValues(t *testing.T) {
	for name, f := range figures() {
		if _, err := csv.NewReader(strings.NewReader(CSV(f))).ReadAll(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		lines := strings.Split(strings.TrimSuffix(TSV(f), "\n"), "\n")
		for _, line := range lines {
			if strings.Count(line, "\t") != strings.Count(lines[0], "\t") {
				t.Errorf("%s: %q has other columns than %q", name, line, lines[0])
			}
		}
	}
	curves := Plot{XLabel: "round", Series: []Series{{Name: "train", First: 1, Values: []float64{0.5, math.NaN()}}, {Name: "validation", First: 1, Values: []float64{0.6, 0.55}}}}
	if got, want := TSV(curves), "round\ttrain\tvalidation\n1\t0.5\t0.6\n2\t\t0.55\n"; got != want {
		t.Errorf("curves with one x read %q, want %q", got, want)
	}
	curves.Series[1].First = 2
	if got, want := CSV(curves), "series,round,value\ntrain,1,0.5\ntrain,2,\nvalidation,2,0.6\nvalidation,3,0.55\n"; got != want {
		t.Errorf("curves with different x read %q, want %q", got, want)
	}
}
