package views

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/views/chart"
)

func TestARecordInFullMarksTheBytesThatAreNoText(t *testing.T) {
	r := Record{Reason: "not text: NUL byte", File: "a.txt", Line: 3, Lines: 2, Raw: "caf\xe9 é\x00\x1b[2J"}
	text := ansi.Strip(strings.Join(r.Draw(100, chart.NoColor), "\n"))
	for _, want := range []string{"! not text: NUL byte", "a.txt line 3 to 4 · 12 B", `caf\xe9 é\x00\x1b[2J`,
		"0000  63 61 66 e9 20 c3 a9 00 1b 5b 32 4a", "caf▪ ··▪·[2J"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	whole := Record{Reason: "not a UUID", File: "a.txt", Line: 1, Lines: 1, Raw: "ç'est ça", Fixed: true}
	text = ansi.Strip(strings.Join(whole.Draw(100, chart.NoColor), "\n"))
	if strings.Contains(text, "Bytes") || !strings.Contains(text, "fixed in fixed/a.txt-line1-") {
		t.Errorf("a fixed record that is text is drawn as\n%s", text)
	}
}

// FuzzRecord draws whatever somebody sent: it may neither reach the terminal raw
// nor be wider than the pane.
func FuzzRecord(f *testing.F) {
	for _, seed := range []string{"", "plain", "caf\xe9", "\x1b]0;title\x07", "\x00\xff\xfe", "\u202eevil", strings.Repeat("日本語 ", 80), "a\r\nb\tc", "👩‍👩‍👧 e\u0301"} {
		f.Add(seed, 40)
	}
	f.Fuzz(func(t *testing.T, raw string, width int) {
		if width < 30 || width > 200 {
			t.Skip()
		}
		for _, line := range (Record{Reason: raw, File: raw, Line: 1, Raw: raw}).Draw(width, chart.NoColor) {
			if w := ansi.StringWidth(line); w > width {
				t.Fatalf("a line of %d cells, not %d: %q", w, width, line)
			}
			for _, r := range strings.NewReplacer("\u2068", "", "\u2069", "").Replace(ansi.Strip(line)) {
				if hidden(r) {
					t.Fatalf("%U reaches the terminal: %q", r, line)
				}
			}
		}
	})
}
