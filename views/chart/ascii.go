package chart

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/norm"
)

// plainGlyphs are what stands for the glyphs of the chrome and the charts where
// only ASCII can be shown: of the same width, one byte a cell.
var plainGlyphs = map[rune]byte{
	'─': '-', '━': '=', '╸': '=', '╺': '=', '│': '|', '┃': '|', '╎': ':', '┌': '+', '┐': '+', '└': '+', '┘': '+',
	'├': '+', '┤': '+', '┬': '+', '┴': '+', '┼': '+', '╭': '+', '╮': '+', '╰': '+', '╯': '+', '═': '=', '║': '|',
	'█': '#', '▉': '#', '▊': '#', '▋': '#', '▌': '#', '▍': '#', '▎': '|', '▏': '|', '▐': '#', '▕': '|', '▀': '"',
	'▁': '_', '▂': '_', '▃': '.', '▄': 'o', '▅': 'o', '▆': 'O', '▇': '#', '░': '.', '▒': ':', '▓': '%',
	'·': '.', '•': '+', '●': '*', '○': 'o', '◦': 'o', '×': 'x', '▸': '>', '▶': '>', '◂': '<', '◀': '<', '▲': '^', '▼': 'v', '▴': '^', '▾': 'v',
	'✓': '+', '✗': 'x', '✔': '+', '⚠': '!', '…': '~', '–': '-', '—': '-', '−': '-', '‐': '-', '‑': '-', '⏎': '<', '⌕': '?',
	'←': '<', '→': '>', '↑': '^', '↓': 'v', '↵': '<', '“': '"', '”': '"', '„': '"', '‘': '\'', '’': '\'', '‚': '\'', '«': '"', '»': '"', '‹': '<', '›': '>',
	'φ': 'f', 'σ': 's', 'Δ': 'D', '±': '~', '≤': '<', '≥': '>', '≠': '!', '≈': '~', '²': '2', '³': '3', '½': '/', '°': 'o', '€': 'E', '£': 'L', '∞': '8',
	'æ': 'a', 'Æ': 'A', 'ø': 'o', 'Ø': 'O', 'œ': 'o', 'Œ': 'O', 'ß': 's', 'ł': 'l', 'Ł': 'L', 'đ': 'd', 'ð': 'd', 'þ': 't', 'ı': 'i', '¿': '?', '¡': '!', '\u00a0': ' ', '\u202f': ' ',
}

// ASCII writes a drawn screen without a byte above 0x7e and without moving
// anything: rules, bars and curves in the plain glyphs that come nearest,
// letters without their accents, and a question mark for each cell of what has
// no likeness.
func ASCII(text string) string {
	if !beyondASCII(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf) {
			b.WriteByte(text[0])
			text = text[1:]
			continue
		}
		if r, size := utf8.DecodeRuneInString(text); size > 1 && narrow(r) && (len(text) == size || text[size] < utf8.RuneSelf) {
			b.WriteByte(plainSign(r))
			text = text[size:]
			continue
		}
		sign, cells := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		r, _ := utf8.DecodeRuneInString(sign)
		for i := range cells { // a sign of several characters may take fewer cells than they
			glyph := plainSign(r)
			if i > 0 && glyph != '?' {
				glyph = ' '
			}
			b.WriteByte(glyph)
		}
		text = text[len(sign):]
	}
	return b.String()
}

// plainSign is what stands for a sign that begins with a character.
func plainSign(r rune) byte {
	if glyph, ok := plainGlyphs[r]; ok {
		return glyph
	}
	if r >= 0x2800 && r <= 0x28ff {
		return plainDots(r - 0x2800)
	}
	if base := norm.NFD.String(string(r)); base[0] < 0x7f {
		return base[0]
	}
	return '?'
}

func beyondASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x7f {
			return true
		}
	}
	return false
}

// plainDots is the glyph for the dots of a braille cell, by where they are
// dense: above, in the middle, below, or on all of its height.
func plainDots(dots rune) byte {
	upper, middle, lower := dots&0x09 != 0, dots&0x36 != 0, dots&0xc0 != 0
	switch {
	case dots == 0:
		return ' '
	case upper && lower:
		return '|'
	case upper && !middle:
		return '"'
	case lower && !middle:
		return '_'
	case upper:
		return '\''
	case lower:
		return '.'
	}
	return '-'
}
