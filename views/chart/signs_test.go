package chart

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestASCIIKeepsEachCellInItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                   "plain",
		"│ ✓ done ─┬─ ▸ 3 │":      "| + done -+- > 3 |",
		"█▌··  12%…":              "##..  12%~",
		"Zürich café nai\u0308ve": "Zurich cafe naive",
		"日本 x":                    "???? x",
		"👩\u200d🚀 up":             "?? up",
		"⣀⠉⠒⣿":                    "_\"-|",
		"\x1b[1mé\x1b[0m│":        "\x1b[1me\x1b[0m|",
		"שלום 12":                 "???? 12",
		"\u2068ש\u2069":           "?",
		"4,1 – 5 °C × 3 €":        "4,1 - 5 oC x 3 E",
	} {
		if got := ASCII(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// FuzzASCII: whatever is drawn, no byte above 0x7e leaves and nothing moves.
func FuzzASCII(f *testing.F) {
	for _, seed := range []string{"", "é│日\u200d本\x1b[38;5;3m…", "\u2068שלום\u2069 12", "\U0001f1e9\U0001f1ea👍🏽", "e\u0301\u0302", "⠿⣤ ▏", "\ufe0f", "\xff\xc3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\ufffd' }) {
			t.Skip("views.Visible lets no such text through")
		}
		got := ASCII(text)
		for i := range len(got) {
			if got[i] > 0x7e {
				t.Fatalf("%q leaves byte %#x in %q", text, got[i], got)
			}
		}
		if w := ansi.StringWidth(text); len(got) != w {
			t.Fatalf("%q takes %d cells, %q takes %d", text, w, got, len(got))
		}
	})
}

func TestTextFromRightToLeftIsIsolated(t *testing.T) {
	show := strings.NewReplacer("\u2068", "⟨", "\u2069", "⟩")
	for text, want := range map[string]string{
		"plain  12":    "plain  12",
		"שלום  12  34": "⟨שלום⟩  12  34",
		"de  שלום עולם  0.91  مرحبا  7": "de  ⟨שלום עולם⟩  0.91  ⟨مرحبا⟩  7",
		"│ מסך 15 גדול │ 3":             "│ ⟨מסך 15 גדול⟩ │ 3",
		"\x1b[1mשלום\x1b[0m 12":         "\x1b[1m⟨שלום⟩\x1b[0m 12",
		"ש\nא":                          "⟨ש⟩\n⟨א⟩",
		"שלו…":                          "⟨שלו⟩…",
		"日本語 12":                        "日本語 12",
	} {
		got := Isolate(text)
		if show.Replace(got) != want {
			t.Errorf("%q is %q, want %q", text, show.Replace(got), want)
		}
		if ansi.StringWidth(got) != ansi.StringWidth(text) {
			t.Errorf("%q moved", text)
		}
	}
}

// TestMarksOfIsolationAreInPairs mixes scripts at random: each line closes what
// it opens.
func TestMarksOfIsolationAreInPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	signs := []rune("ab ש م12  │…\n日é")
	for range 500 {
		var text []rune
		for range 40 {
			text = append(text, signs[r.IntN(len(signs))])
		}
		for line := range strings.SplitSeq(Isolate(string(text)), "\n") {
			depth := 0
			for _, sign := range line {
				switch sign {
				case firstStrongIsolate:
					depth++
				case popIsolate:
					depth--
				default:
					if rightToLeft(sign) && depth != 1 {
						t.Fatalf("%q stands outside in %q", sign, line)
					}
				}
				if depth < 0 || depth > 1 {
					t.Fatalf("marks are not in pairs in %q", line)
				}
			}
			if depth != 0 {
				t.Fatalf("%q is left open", line)
			}
		}
	}
}

// FuzzWidth holds the fast measure against the thorough one.
func FuzzWidth(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[1;38;2;3;4;5mred\x1b[m ▸ ⠿", "日本 é e\u0301", "☔⌚⚡✓◽", "\u00ad\u00a0", "\x1b]8;;x\x07link", "\x1b[2J\x1b[", "→\ufe0f", "\xff", "φ ± ≤ …"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := Width(text), ansi.StringWidth(text); got != want {
			t.Fatalf("%q takes %d cells, not %d", text, want, got)
		}
	})
}
