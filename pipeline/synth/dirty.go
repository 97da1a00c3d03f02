package synth

import (
	"bytes"
	"math/rand/v2"
	"unicode/utf8"
)

// damage is a way in which a line of a review file can be spoilt.
type damage struct {
	name string
	// lost: nobody can tell what customer or what text was meant, the line
	// belongs in quarantine and the customer has no review. The others are
	// nasty but whole.
	lost bool
	// spoil appends the line of a record, spoilt. The text is UTF-8 without
	// line breaks.
	spoil func(rng *rand.Rand, dst []byte, uuid UUID, text []byte) []byte
}

// damages are planted with equal chances.
var damages = [...]damage{
	{"missing_comma", true, func(_ *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		return appendLine(appendQuoted(append(quotedUUID(dst, uuid), ' '), text))
	}},
	{"missing_uuid", true, func(_ *rand.Rand, dst []byte, _ UUID, text []byte) []byte {
		return appendLine(appendQuoted(append(dst, `"",`...), text))
	}},
	{"bad_uuid", true, func(rng *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		bad := uuid.AppendTo(nil)
		switch rng.IntN(3) {
		case 0:
			bad = bad[:len(bad)-1-rng.IntN(12)]
		case 1:
			bad[rng.IntN(8)] = 'x'
		case 2:
			bad = append([]byte("ID-"), bad[:8]...)
		}
		dst = append(append(append(dst, '"'), bad...), `",`...)
		return appendLine(appendQuoted(dst, text))
	}},
	{"stray_quote", true, func(rng *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		dst = append(quotedUUID(dst, uuid), `,"`...)
		return appendLine(append(dst, insert(text, anySpace(rng, text), `"`)...))
	}},
	{"empty_text", true, func(_ *rand.Rand, dst []byte, uuid UUID, _ []byte) []byte {
		return appendLine(append(quotedUUID(dst, uuid), `,""`...))
	}},
	{"truncated_line", true, func(rng *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		line := appendQuoted(append(quotedUUID(nil, uuid), ','), text)
		// Ending in a quote, what is left could read as a whole record.
		left := bytes.TrimRight(line[:2+rng.IntN(len(line)-2)], `"`)
		return appendLine(append(dst, left...))
	}},
	{"nul", true, func(rng *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		return appendRecord(dst, uuid, insert(text, anySpace(rng, text), "\x00"))
	}},
	{"missing_quotes", false, func(_ *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		dst = append(uuid.AppendTo(dst), ',')
		return appendLine(append(dst, text...))
	}},
	{"embedded_newline", false, func(rng *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		return appendRecord(dst, uuid, insert(text, anySpace(rng, text), "\n"))
	}},
	{"crlf", false, func(_ *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		dst = appendRecord(dst, uuid, text)
		return append(dst[:len(dst)-1], "\r\n"...)
	}},
	{"latin1", false, func(_ *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		return appendRecord(dst, uuid, latin1(text))
	}},
	{"terminal_escape", false, func(rng *rand.Rand, dst []byte, uuid UUID, text []byte) []byte {
		sequences := [...]string{"\x1b[31m", "\x1b[2J\x1b[H", "\x1b]0;sold\x07"}
		return appendRecord(dst, uuid, insert(text, anySpace(rng, text), sequences[rng.IntN(len(sequences))]))
	}},
}

// byteOrderMark opens one file in eight where there is dirt at all.
const (
	byteOrderMark  = "\xef\xbb\xbf"
	filesPerMark   = 8
	byteOrderMarks = "byte_order_mark"
)

// appendRecord appends a sound line: `"uuid","text"`, quotes doubled.
func appendRecord(dst []byte, uuid UUID, text []byte) []byte {
	return appendLine(appendQuoted(append(quotedUUID(dst, uuid), ','), text))
}

func quotedUUID(dst []byte, uuid UUID) []byte {
	return append(uuid.AppendTo(append(dst, '"')), '"')
}

func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

func appendLine(line []byte) []byte { return append(line, '\n') }

// anySpace gives the place of a space in the text, or of its last letter if it
// is one word.
func anySpace(rng *rand.Rand, text []byte) int {
	n := bytes.Count(text, []byte(" "))
	if n == 0 {
		_, size := utf8.DecodeLastRune(text)
		return len(text) - size
	}
	i := -1
	for range 1 + rng.IntN(n) {
		i += 1 + bytes.IndexByte(text[i+1:], ' ')
	}
	return i
}

func insert(text []byte, at int, piece string) []byte {
	out := append([]byte(nil), text[:at]...)
	return append(append(out, piece...), text[at:]...)
}

// latin1 encodes a text in ISO 8859-1, so that it is no UTF-8 any more. What
// that cannot express becomes a question mark; a text of ASCII alone gets the
// accents of a café at its end.
func latin1(text []byte) []byte {
	var out []byte
	accents := false
	for _, r := range string(text) {
		switch {
		case r < 0x80:
			out = append(out, byte(r))
		case r < 0x100:
			out, accents = append(out, byte(r)), true
		default:
			out = append(out, '?')
		}
	}
	if !accents {
		out = append(out, " caf\xe9"...)
	}
	return out
}
