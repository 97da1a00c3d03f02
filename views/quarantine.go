package views

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// parseViews are why records were put aside, and every one of them.
var parseViews = []view{
	{name: "Reasons", draw: drawParse, rows: func(f Frame) int { return len(f.State.Step(f.Step.ID).Quarantine) }},
	{name: quarantineView, draw: drawAnswer("Every record that is no review, as it came. Nothing is lost."), grid: pipeline.Quarantined},
}

const quarantineView = "Quarantine"

// Record is a record in quarantine.
type Record struct {
	Reason string
	File   string
	Line   int64 // its first, from 1
	Lines  int64 // how many it has
	Raw    string
	Fixed  bool
}

// Where says where a record stands.
func (r Record) Where() string {
	where := fmt.Sprintf("%s line %s", Visible(r.File), pipeline.Thousands(r.Line))
	if r.Lines > 1 {
		where += fmt.Sprintf(" to %s", pipeline.Thousands(r.Line+r.Lines-1))
	}
	return where
}

// Draw writes the record in full: why it is there, its text with what a screen
// would not show made visible, and its bytes where they are no UTF-8.
func (r Record) Draw(width int, th chart.Theme) []string {
	lines := []string{th.Bad.Render("! ") + th.Title.Render(chart.Cut(oneLine(r.Reason), width-2))}
	lines = append(lines, th.Muted.Render(chart.Cut(fmt.Sprintf("%s · %s", r.Where(), pipeline.Bytes(int64(len(r.Raw)))), width)))
	if r.Fixed {
		lines = append(lines, th.Good.Render("✓ ")+chart.Cut("fixed in "+Visible(pipeline.FixedFile(r.File, r.Line, r.Raw)), width-2))
	}
	lines = append(lines, "")
	lines = append(lines, wrapped(lipgloss.NewStyle(), Visible(r.Raw), width)...)
	if !utf8.ValidString(r.Raw) || strings.ContainsRune(r.Raw, 0) {
		lines = append(lines, "", title(th, "Bytes", fmt.Sprintf("what is not text is marked · first %d", min(len(r.Raw), mostHex)), min(width, hexWidth(hexColumns(width)))))
		lines = append(lines, hexLines(r.Raw, width, th)...)
	}
	return lines
}

// mostHex is how many bytes are shown one by one.
const mostHex = 512

// hexColumns is how many bytes stand in a line: a power of two that fits.
func hexColumns(width int) int {
	for n := 16; n > 4; n /= 2 {
		if hexWidth(n) <= width {
			return n
		}
	}
	return 4
}

func hexWidth(columns int) int { return 6 + 4*columns + 2 }

// hexLines shows bytes in hexadecimal beside their characters. Bytes that are no
// UTF-8, and NUL, stand out.
func hexLines(raw string, width int, th chart.Theme) []string {
	n, raw := hexColumns(width), raw[:min(len(raw), mostHex)]
	bad := notText(raw)
	var out []string
	for from := 0; from < len(raw); from += n {
		var hex, text strings.Builder
		for i := from; i < from+n; i++ {
			if i >= len(raw) {
				hex.WriteString("   ")
				continue
			}
			c, style := "·", th.Muted
			switch {
			case bad[i]:
				c, style = "▪", th.Bad
			case raw[i] >= ' ' && raw[i] < 0x7f:
				c, style = string(raw[i]), lipgloss.NewStyle()
			}
			hex.WriteString(style.Render(fmt.Sprintf("%02x", raw[i])) + " ")
			text.WriteString(style.Render(c))
		}
		out = append(out, th.Muted.Render(fmt.Sprintf("%04x  ", from))+hex.String()+" "+text.String())
	}
	return out
}

// notText tells for each byte whether it is no part of a text.
func notText(raw string) []bool {
	out := make([]bool, len(raw))
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRuneInString(raw[i:])
		if r == utf8.RuneError && size == 1 || raw[i] == 0 {
			out[i] = true
		}
		i += max(1, size)
	}
	return out
}
