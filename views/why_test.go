package views

import (
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

func TestMarkdownIsDrawnSoThatItReadsWithoutColours(t *testing.T) {
	source := "# Head\n\nSome *soft* and **loud** words with `code`,\nand a [link](https://example.org).\n\n- one\n- two that is\n  long enough to wrap\n\n3. three\n4. four\n\n> said\n\n```sql\nSELECT 1 -- x\n```\n\n    plain\x1b[31m\n\n<b>raw</b>\n\n---\n"
	want := []string{"Head", "", "Some soft and loud words with", "code, and a link", "(https://example.org).", "", "• one", "• two that is long enough to", "  wrap", "",
		"3. three", "4. four", "", "│ said", "", "  SELECT 1 -- x", "", `  plain\x1b[31m`, "", "<b>raw</b>", "", strings.Repeat("─", 30)}
	for _, th := range []chart.Theme{chart.Dark, chart.Light, chart.NoColor} {
		var got []string
		for _, line := range Markdown(source, 30, th) {
			got = append(got, strings.TrimRight(ansi.Strip(line), " "))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", th.Name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestEveryStepSaysWhyInTwoSentencesFirst(t *testing.T) {
	end := regexp.MustCompile(`[.!?:](\s|$)`)
	for _, step := range pipeline.Steps {
		first := firstSentences(step.Why)
		if n := len(end.FindAllString(first, -1)); n < 2 || n > 3 || len(first) > 260 || strings.ContainsAny(first, "*`#\n") {
			t.Errorf("%s begins with %d sentences of %d letters: %s", step.ID, n, len(first), first)
		}
		for _, head := range []string{"## What happens to the data\n", "## What to look for\n", "## In the Snowflake lab\n"} {
			if !strings.Contains(step.Why, head) {
				t.Errorf("%s lacks %q", step.ID, head)
			}
		}
		for width := range 100 {
			for _, line := range Why(step, width, chart.NoColor) {
				if w := ansi.StringWidth(line); w > max(8, width) && !strings.Contains(line, "─") {
					t.Fatalf("%s at %d: a line of %d cells: %q", step.ID, width, w, line)
				}
			}
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, step := range pipeline.Steps {
		f.Add(step.Why)
	}
	f.Add("1. a\n   - b\n\n> > c\n\n![x](y) <z@example.org> \\\n\n\x1b]0;t\x07")
	f.Fuzz(func(t *testing.T, source string) {
		for _, line := range Markdown(source, 40, chart.NoColor) {
			if strings.ContainsAny(ansi.Strip(line), "\x1b\x07\n") {
				t.Fatalf("control characters reach the screen: %q", line)
			}
		}
	})
}
