package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestAScreenIsDrawnCellByCell(t *testing.T) {
	text := "\x1b[1;38;2;95;179;255mname\x1b[m  <a&b> é日本│──┤█▌⣿\x1b[7mon\x1b[27m \x1b[48;5;25;97mlow\x1b[0m\x1b[2mfaint\x1b[22m\n\x1b[31mred\x1b[39m and more than fits"
	svg := Screen("a <screen>", text, 40, 3, true)
	for _, want := range []string{
		`<title>a &lt;screen&gt;</title>`,
		`fill="#5fb3ff" font-weight="700"><text x="12.0" y="25.5" textLength="33.6" lengthAdjust="spacingAndGlyphs">name</text>`,
		`textLength="92.4" lengthAdjust="spacingAndGlyphs">&lt;a&amp;b&gt; é日本</text>`, // eleven cells
		`fill="#d8d8d8"/>`, // the ground of what is inverse
		`fill="#005faf"/>`, // index 25
		`>red</text>`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	for _, glyph := range []string{"│", "─", "┤", "█", "▌", "⣿", "\x1b"} {
		if strings.Contains(svg, glyph) {
			t.Errorf("%q is written, not drawn", glyph)
		}
	}
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEachShapeIsKnown: every glyph of the charts that is a shape is drawn as
// one.
func TestEachShapeIsKnown(t *testing.T) {
	for _, glyph := range "─│┌┐└┘├┤┬┴┼━╸█▌▐▏▎▍▌▋▊▉▁▂▃▄▅▆▇⠁⣿" {
		var path strings.Builder
		if !shape(&path, string(glyph), 0, 0) || path.Len() == 0 {
			t.Errorf("%c is not drawn", glyph)
		}
	}
}
