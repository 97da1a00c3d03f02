package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestTicksFallOnRoundSteps(t *testing.T) {
	for _, c := range []struct {
		lo, hi   float64
		most     int
		want     string
		decimals int
	}{
		{0, 10, 5, "[0 5 10]", 0},
		{0, 10, 6, "[0 2 4 6 8 10]", 0},
		{0.49, 0.66, 4, "[0.5 0.55 0.6 0.65]", 2},
		{-1.2, 0.7, 3, "[-1 0]", 0},
		{1, 50, 6, "[10 20 30 40 50]", 0},
		{3, 3, 5, "[]", 0},
		{1e-7, 3e-7, 3, "[1e-07 2e-07 3e-07]", 7},
	} {
		got, decimals := ticks(c.lo, c.hi, c.most)
		for i := range got { // what is printed
			got[i] = math.Round(got[i]*1e9) / 1e9
		}
		if fmt.Sprint(got) != c.want || decimals != c.decimals {
			t.Errorf("ticks(%v, %v, %d) = %v, %d; want %s, %d", c.lo, c.hi, c.most, got, decimals, c.want, c.decimals)
		}
	}
}

func TestNumbersHaveFourDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 50: "50", 0.54321: "0.5432", 34.0567: "34.06", 12345.6: "12346", -2.5: "-2.500",
		1.5e-7: "1.5e-07", math.NaN(): "–"} {
		if got := Number(v); got != want {
			t.Errorf("Number(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestTicksStandOnTheRowsOfTheirValues(t *testing.T) {
	p := Plot{Title: "t", XLabel: "round", Series: []Series{{Name: "a", First: 1, Values: []float64{0, 10}}}}
	lines := Line(p, 40, 23, NoColor)
	a := area{height: 20, ys: scale{lo: -0.4, hi: 10.4}}
	for _, v := range []float64{0, 2, 4, 6, 8, 10} {
		row := 1 + a.dotRow(v)/4
		if text := strings.TrimSpace(ansi.Strip(lines[row])); !strings.HasPrefix(text, fixed(v, 0)+" ┤") {
			t.Errorf("the row of %v reads %q", v, text)
		}
	}
}

func TestCurvesAreTwoDotsThickWithoutGaps(t *testing.T) {
	p := Plot{Series: []Series{{Name: "a", First: 1, Values: []float64{0, 1, 0}}}}
	c := newCanvas(20, 10)
	(&area{c: c, width: 20, height: 10, xs: scale{lo: 1, hi: 3}, ys: scale{lo: -0.1, hi: 1.1}}).curve(p.Series[0], look{})
	for x := range 39 { // up to the last dot column
		dots := 0
		for y := range 40 {
			r := c.runes[y/4*20+x/2]
			if r >= 0x2800 && (r-0x2800)&braille[y%4][x%2] != 0 {
				dots++
			}
		}
		if dots < 2 {
			t.Errorf("dot column %d has %d dots, want at least 2", x, dots)
		}
	}
}

func TestMissingValuesLeaveAGap(t *testing.T) {
	nan := math.NaN()
	lines := strings.Join(Line(Plot{Title: "t", Series: []Series{{Name: "a", First: 1, Values: []float64{1, 1, nan, nan, nan, nan, 1, 1}}}}, 60, 12, NoColor), "\n")
	for _, line := range strings.Split(ansi.Strip(lines), "\n") {
		if i := strings.IndexFunc(line, func(r rune) bool { return r > 0x2800 && r < 0x28ff }); i >= 0 {
			j := strings.LastIndexFunc(line, func(r rune) bool { return r > 0x2800 && r < 0x28ff })
			if !strings.Contains(line[i:j], "     ") {
				t.Errorf("no gap in %q", line)
			}
		}
	}
}

func TestBarsAreInProportion(t *testing.T) {
	lines := Bars(BarChart{Bars: []Bar{{"half", 1, "1"}, {"whole", 2, "2"}, {"little", 0.001, "0.001"}, {"none", 0, "0"}}, Chosen: 1}, 60, NoColor)
	full := strings.Count(lines[1], "█")
	if half := strings.Count(lines[0], "█"); half*2 < full-1 || half*2 > full+1 {
		t.Errorf("half is %d cells, the whole %d", half, full)
	}
	if !strings.Contains(lines[2], "▏") {
		t.Errorf("something is drawn as nothing: %q", lines[2])
	}
	if strings.ContainsAny(lines[3], "█▏▎▍▌▋▊▉") {
		t.Errorf("nothing is drawn as something: %q", lines[3])
	}
	if !strings.HasPrefix(ansi.Strip(lines[1]), "▸ whole") || !strings.HasPrefix(lines[0], "  half") {
		t.Errorf("the chosen row is not marked:\n%s", strings.Join(lines, "\n"))
	}
}

func TestWaterfallStairsMeet(t *testing.T) {
	s := Stairs{From: -0.8, To: 1.05, FromName: "average", ToName: "this", FromText: "31%", ToText: "= 74%",
		Pushes: []Push{{"sentiment", "0.82", 1.31}, {"load", "1.1", 0.91}, {"quality", "generic", -0.37}}}
	lines := Waterfall(s, 80, Dark)
	plain := make([]string, len(lines))
	for i := range lines {
		plain[i] = ansi.Strip(lines[i])
	}
	end := func(line string) int { return len([]rune(line[:strings.LastIndexAny(line, "█▌▐")])) }
	start := func(line string) int { return len([]rune(line[:strings.IndexAny(line, "█▌▐")])) }
	if e, b := end(plain[1]), start(plain[2]); b < e-1 || b > e+1 {
		t.Errorf("the first stair ends at %d, the second begins at %d", e, b)
	}
	if e, b := end(plain[2]), end(plain[3]); b < e-1 || b > e+1 {
		t.Errorf("the way down begins at %d, not at the top %d", b, e)
	}
	for i, want := range []string{"▲ +1.31", "▲ +0.91", "▼ −0.37"} {
		if !strings.HasSuffix(plain[i+1], want) {
			t.Errorf("row %d ends in %q, want %s", i+1, plain[i+1], want)
		}
	}
}

func TestWithoutColourDownIsShaded(t *testing.T) {
	lines := Waterfall(Stairs{From: 1, To: 0, Pushes: []Push{{"a", "", -1}}}, 60, NoColor)
	if !strings.Contains(lines[1], "▒") || strings.Contains(lines[1], "█") {
		t.Errorf("a push down without colour reads %q", lines[1])
	}
}

func TestHistogramShowsEachBin(t *testing.T) {
	lines := Histogram([]Bin{{"a", 4, false}, {"b", 8, false}, {"c", 0, true}}, 27, 11, NoColor)
	var rows [3]int
	for _, line := range lines {
		for i := range rows {
			if cells := []rune(line); len(cells) > 9*i && cells[9*i] == '█' {
				rows[i]++
			}
		}
	}
	if rows != [3]int{4, 8, 0} {
		t.Errorf("the columns are %v rows high, want [4 8 0]\n%s", rows, strings.Join(lines, "\n"))
	}
}

func TestSparklineKeepsPeaksInPlace(t *testing.T) {
	if got := Sparkline([]float64{0, 1, 4, 8}, 10, NoColor); got != " ▁▄█" {
		t.Errorf("got %q", got)
	}
	if got := Sparkline([]float64{math.NaN(), 8, math.Inf(1)}, 10, NoColor); got != " █ " {
		t.Errorf("values that are none read %q", got)
	}
	if got := Sparkline(make([]float64, 100), 7, NoColor); got != "       " {
		t.Errorf("nothing reads %q", got)
	}
}

// TestNoChartIsWiderThanAsked draws every chart at many sizes, with values that
// are hard to draw.
func TestNoChartIsWiderThanAsked(t *testing.T) {
	values := []float64{0, math.NaN(), 3, math.Inf(1), -1e300, 2, 1e-300}
	for _, th := range []Theme{Dark, NoColor} {
		for width := 0; width < 130; width += 3 {
			for height := 0; height < 40; height += 3 {
				charts := map[string][]string{
					"line":      Line(Plot{Title: "RMSE of what there is", XLabel: "round", Series: []Series{{Name: "train", First: 1, Values: values}, {Name: "validation", First: 1, Values: values[2:]}}}, width, height, th),
					"bars":      Bars(BarChart{Bars: []Bar{{"日本語 name", math.NaN(), "12%"}, {"b", math.Inf(1), "100 of 3,000"}, {"c", -1, ""}}}, width, th),
					"waterfall": Waterfall(Stairs{From: 0, To: 1, FromName: "the average customer", ToName: "this", FromText: "31%", ToText: "= 81%", Pushes: []Push{{"日本", "three", 2}, {"b", "1", -1}, {"c", "", math.NaN()}}}, width, th),
					"along":     Line(Plot{Title: "Along", Note: "% of what there is", XLabel: "s", Mark: &Mark{At: 2.5, Name: "2.5 s"}, Series: []Series{{Name: "all", X: []float64{0.5, 2.5, 9}, Values: []float64{3, 1, 2}}}}, width, height, th),
					"swarms":    Swarms([]Swarm{{"日本語 name", "high ▲ buys more", []Dots{{-1, 3, 0}, {2, 9, math.NaN()}, {math.Inf(1), 1, 0.5}}}, {"b", "", nil}}, height/8, height%2 == 0, width, th),
					"slider":    {Slider(0.2, 0.9, width, th), Slider(math.NaN(), 1, width, th), Slider(0, math.NaN(), width, th)},
					"bullet":    {Bullet(0.5, 0.7, width, th), Bullet(math.NaN(), 2, width, th), Bullet(2, math.NaN(), width, th)},
					"diverging": Diverging([]Push{{"日本", "three", 2}, {"b", "1", -1}, {"c", "", math.Inf(-1)}}, width, th),
					"heat":      Heat(HeatTable{Rows: []string{"detailed", "x"}, Columns: []string{"low", "high"}, Values: [][]float64{{1, math.NaN()}, {1, 2}}, Counts: [][]int64{{1, 2}, {3, 4000}}, Format: Number, Of: "buy"}, width, th),
					"histogram": Histogram([]Bin{{"-1", 4, true}, {"0", 1e9, false}}, width, height, th),
					"spark":     {Sparkline([]float64{1, 2, 3}, width, th)},
				}
				for name, lines := range charts {
					for _, line := range lines {
						if w := ansi.StringWidth(line); w > width {
							t.Fatalf("%s at %d×%d (%s): a line is %d wide: %q", name, width, height, th.Name, w, line)
						}
					}
				}
			}
		}
	}
}

func TestSwarmsStackOutwardsWithMarksForLowAndHigh(t *testing.T) {
	swarm := Swarm{Name: "load", Note: "high ▼", Dots: []Dots{{-2, 10, 1}, {-1, 2, 0.5}, {1, 10, 0}, {2, 1, math.NaN()}}}
	lines := Swarms([]Swarm{swarm}, 3, false, 60, NoColor)
	got := ansi.Strip(strings.Join(lines[:3], "\n"))
	for mark, want := range map[rune]int{HighMark: 3, MiddleMark: 1, LowMark: 3, '×': 1} {
		if n := strings.Count(got, string(mark)); n != want {
			t.Errorf("%d of %c, want %d:\n%s", n, mark, want, got)
		}
	}
	if !strings.HasPrefix(lines[1], "load") || !strings.HasSuffix(lines[1], "high ▼") {
		t.Errorf("name and note do not stand in the middle:\n%s", got)
	}
}

func TestAMarkStandsAtItsPlaceWithItsWordBelow(t *testing.T) {
	p := Plot{Title: "t", Series: []Series{{Name: "a", X: []float64{0, 10}, Values: []float64{1, 1}}}, Mark: &Mark{At: 5, Name: "5.0 s"}}
	lines := Line(p, 60, 10, NoColor)
	mark := strings.IndexRune(ansi.Strip(lines[1]), '╎')
	if mark < 0 || !strings.Contains(lines[len(lines)-1], "5.0 s") {
		t.Fatalf("no mark with its word:\n%s", strings.Join(lines, "\n"))
	}
	at := len([]rune(ansi.Strip(lines[1])[:mark]))
	if word := ansi.Strip(lines[len(lines)-1]); at < strings.Index(word, "5.0 s") || at > strings.Index(word, "5.0 s")+5 {
		t.Errorf("the word is not below the mark at %d:\n%s", at, strings.Join(lines, "\n"))
	}
}

func TestABulletIsHeldAgainstItsMark(t *testing.T) {
	if got := ansi.Strip(Bullet(0.5, 0.8, 10, NoColor)); got != "━━━━━···│·" {
		t.Errorf("a half against 0.8 is %q", got)
	}
	if got := ansi.Strip(Slider(0, 1, 5, NoColor)); got != "○━━━●" {
		t.Errorf("from the least to the largest is %q", got)
	}
}
