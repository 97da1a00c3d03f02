package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestTicksOfALogScaleAreRound(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		most   int
		want   string
	}{
		{1, 100, 8, "[1 2 5 10 20 50 100]"},
		{1, 1000, 4, "[1 10 100 1000]"},
		{0.001, 1, 6, "[0.001 0.01 0.1 1]"},
		{1, 1e9, 4, "[1 1000 1M 1G]"},
		{0.42, 0.71, 4, "[0.5 0.6 0.7]"},
		{3, 5e12, 3, "[10k 100M 1e+12]"},
	} {
		if _, text := (scale{lo: c.lo, hi: c.hi, log: true}).ticks(c.most); fmt.Sprint(text) != c.want {
			t.Errorf("from %v to %v, at most %d: %v, want %s", c.lo, c.hi, c.most, text, c.want)
		}
	}
}

func TestALogScaleSpacesDecadesEvenly(t *testing.T) {
	s := scale{lo: 1, hi: 10000, log: true}
	for v, want := range map[float64]float64{1: 0, 10: 0.25, 100: 0.5, 10000: 1} {
		if got := s.at(v); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v is at %v, want %v", v, got, want)
		}
	}
	p := Plot{Title: "t", LogY: true, Series: []Series{{Name: "a", Values: []float64{1, 0, -3, 100}}}}
	text := ansi.Strip(strings.Join(Line(p, 60, 20, NoColor), "\n"))
	if !strings.Contains(text, "100 ┤") || strings.Contains(text, " 0 ┤") {
		t.Errorf("what is not above 0 is on the axis:\n%s", text)
	}
}

func TestZoomShowsThatPartAlone(t *testing.T) {
	s := Series{Name: "a", First: 1, Values: make([]float64, 100)}
	for i := range s.Values {
		s.Values[i] = 1 / float64(i+1)
	}
	p := Plot{Title: "t", XLabel: "round", From: 40, To: 60, Series: []Series{s}}
	x, y, _ := p.scales()
	if x.lo != 40 || x.hi != 60 || y.hi > 1.1/40 {
		t.Errorf("the axes are %v and %v", x, y)
	}
	lines := Line(p, 80, 16, NoColor)
	if got := strings.Fields(ansi.Strip(lines[len(lines)-1])); fmt.Sprint(got) != "[40 45 50 55 round]" {
		t.Errorf("the x axis has %v", got)
	}
}

func TestTheCrosshairTellsTheValuesWhereItStands(t *testing.T) {
	at := 12.0
	nan := math.NaN()
	p := Plot{Title: "Loss", XLabel: "round", Cross: &at, Series: []Series{
		{Name: "train", First: 10, Values: []float64{0.5, 0.4, 0.3, 0.2}},
		{Name: "valid", First: 10, Values: []float64{0.6, 0.55, nan, nan}},
		{Name: "gone", First: 10, Values: []float64{nan, nan}},
		{Name: "dots", Points: true, X: []float64{12}, Values: []float64{9}},
	}}
	if got, want := fmt.Sprint(p.Read(at)), "[{train 12 0.3} {valid 11 0.55}]"; got != want {
		t.Errorf("reads %s, want %s", got, want)
	}
	lines := Line(p, 80, 16, NoColor)
	title := ansi.Strip(lines[0])
	for _, want := range []string{"valid 0.5500", "train 0.3000"} {
		if !strings.Contains(title, want) {
			t.Errorf("the title %q does not say %q", title, want)
		}
	}
	if text := ansi.Strip(strings.Join(lines, "\n")); strings.Count(text, "●") != 4 { // the cloud, its name, and on two curves
		t.Errorf("the curves are not marked:\n%s", text)
	}
	if below := ansi.Strip(lines[len(lines)-1]); !strings.Contains(below, "12") {
		t.Errorf("its place is not below: %q", below)
	}
}

func TestASquareIsSquareInCells(t *testing.T) {
	p := Plot{Title: "ROC", Square: true, XLabel: "others called", Series: []Series{{Name: "chance", X: []float64{0, 1}, Values: []float64{0, 1}, Faint: true}, {Name: "model", X: []float64{0, 0, 1}, Values: []float64{0, 0.6, 1}}}}
	for _, size := range [][2]int{{100, 20}, {40, 30}, {30, 12}} {
		lines := Line(p, size[0], size[1], NoColor)
		height, width := 0, 0
		for _, line := range lines {
			plain := ansi.Strip(line)
			if strings.ContainsAny(plain, "│┤") {
				height++
			}
			if strings.Contains(plain, "└") {
				width = strings.Count(plain, "─") + strings.Count(plain, "┬")
			}
		}
		if width < 2*height-2 || width > 2*height+2 {
			t.Errorf("%v: %d cells wide, %d lines tall", size, width, height)
		}
	}
}

func TestCountsStandBelowTheirPlaces(t *testing.T) {
	p := Plot{Title: "Calibration", Square: true, XLabel: "predicted", Counts: &Counts{Of: "customers", X: []float64{0, 0.5, 1}, N: []float64{1, 8, 4}},
		Series: []Series{{Name: "tenths", Points: true, X: []float64{0, 0.5, 1}, Values: []float64{0, 0.5, 1}}}}
	lines := Line(p, 60, 20, NoColor)
	below := []rune(ansi.Strip(lines[len(lines)-1]))
	points := map[int]bool{}
	for _, line := range lines {
		for x, r := range []rune(ansi.Strip(line)) {
			if r == '●' && x >= 5 {
				points[x] = true
			}
		}
	}
	var glyphs []rune
	for x, r := range below {
		if strings.ContainsRune("▁▂▃▄▅▆▇█", r) {
			glyphs = append(glyphs, r)
			if !points[x] {
				t.Errorf("a column at %d, the points are at %v", x, points)
			}
		}
	}
	if string(glyphs) != "▁█▄" {
		t.Errorf("the columns are %q", string(glyphs))
	}
}

// TestSeriesAreToldApartWithoutColour: no two curves have the same dashes.
func TestSeriesAreToldApartWithoutColour(t *testing.T) {
	var p Plot
	for i := range 4 {
		p.Series = append(p.Series, Series{Name: fmt.Sprint(i), Faint: i == 0})
	}
	for _, th := range []*Theme{&NoColor, &Dark, Themed(Contrast, OnDark, AllColors)} {
		seen := map[look]bool{}
		for _, l := range p.looks(th) {
			if th.Mono {
				l.ink = 0
			}
			if seen[l] {
				t.Errorf("%s: two series look alike: %v", th.Name, l)
			}
			seen[l] = true
		}
	}
	if l := p.looks(&NoColor); l[3].dash.off != 0 {
		t.Error("the one that matters most is dashed")
	}
}
