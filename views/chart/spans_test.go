package chart

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestSpansStandOnOneScale(t *testing.T) {
	s := SpanChart{Chosen: 0, Spans: []Span{
		{"deep", 0.5, 0.25, 0.75, "0.50"},
		{"flat", 0, 0, 0, "0.00"},
		{"not known", math.NaN(), math.NaN(), math.NaN(), "–"},
		{"wide", 1, 0, 1, "1.00"},
	}}
	got := ansi.Strip(strings.Join(Spans(s, 2+9+2+41+2+4, NoColor), "\n"))
	want := `▸ deep       ··········├─────────●─────────┤··········  0.50
  flat       ●········································  0.00
  not known  ·········································     –
  wide       ├───────────────────────────────────────●  1.00
             0.0                0.5                1.0`
	if got != want {
		t.Errorf("got\n%s\nnot\n%s", got, want)
	}
}

func TestSpansAroundZero(t *testing.T) {
	s := SpanChart{Chosen: -1, Zero: true, Spans: []Span{{"auc", 0.2, 0.1, 0.4, "+0.2"}, {"brier", -0.1, -0.2, 0.1, "−0.1"}}}
	got := ansi.Strip(strings.Join(Spans(s, 2+5+2+41+2+4, NoColor), "\n"))
	want := `  auc    ····················│····├────●─────────┤  +0.2
  brier  ··········├────●────┼────┤···············  −0.1
         −0.4    −0.2       0.0       0.2      0.4`
	if got != want {
		t.Errorf("got\n%s\nnot\n%s", got, want)
	}
	s.Left, s.Right = "B is better", "A is better"
	lines := Spans(s, 2+5+2+41+2+4, NoColor)
	if got, want := ansi.Strip(lines[2]), "         ◂ B is better               A is better ▸"; got != want {
		t.Errorf("the sides are\n%q, not\n%q", got, want)
	}
}

func TestSpansAreNeverWiderThanAsked(t *testing.T) {
	for _, s := range []SpanChart{
		{}, {Spans: []Span{{}}}, {Spans: []Span{{"日本語 name", math.Inf(1), math.Inf(-1), 3, "12 ± 日本"}, {"b", 1, math.NaN(), 2, ""}}, Zero: true},
		{Spans: []Span{{"one", 5, 5, 5, "5"}}},
	} {
		for width := range 130 {
			for _, line := range Spans(s, width, Dark) {
				if ansi.StringWidth(line) > width {
					t.Fatalf("%d cells of %d: %q", ansi.StringWidth(line), width, line)
				}
			}
		}
	}
}
