package reviews

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Review is a record that parsed.
type Review struct {
	File  string
	Line  int
	Lines int
	UUID  string // 8-4-4-4-12 hexadecimal digits, lower case
	Text  string // UTF-8, exactly as written: line ends, terminal escapes and all
}

// Reject is a record that did not parse; it goes to quarantine. Its Raw is its
// own.
type Reject struct {
	Record
	Reason Reason
}

// Error says where and why: a sentence for the log.
func (r *Reject) Error() string {
	return fmt.Sprintf("read %s line %d: %s (quarantined)", r.File, r.Line, r.Reason)
}

// Reason is why a record was quarantined: a short sentence that stays the same
// for the same cause, so that one can count by it.
type Reason string

// The reasons, in the order in which Parse looks for them.
const (
	TooLong      Reason = "longer than 1 MiB"
	NulByte      Reason = "not text: NUL byte"
	BrokenUTF16  Reason = "not text: broken UTF-16"
	NotText      Reason = "not text: neither UTF-8 nor Windows-1252"
	NoComma      Reason = "no comma between UUID and text"
	NotUUID      Reason = "not a UUID"
	Unterminated Reason = "unterminated quote"
	StrayQuote   Reason = "stray quote in the text"
	EmptyText    Reason = "empty text"
)

const (
	blanks  = " \t"
	uuidLen = 36
)

// Parse takes UUID and text out of a record `"uuid","text"`; exactly one of
// the two results counts, the Reject being nil for a Review.
//
// The text is quoted as in CSV: a quote inside is written twice, commas and
// line ends are as they are. Where only one reading is possible, missing quotes
// are forgiven:
//   - around the UUID, one or both, and blanks beside it;
//   - around the text, both: everything behind the comma is the text, unless it
//     ends in the second half of a pair of quotes;
//   - inside the text, not doubled: `"a 5" screen"`, if none of them is, the text
//     ends in a quote, and no comma beside one suggests a further column.
//
// A record that is not UTF-8 is read as Windows-1252 where that is plausible.
func Parse(rec Record) (Review, *Reject) {
	review := Review{File: rec.File, Line: rec.Line, Lines: rec.Lines}
	raw, reason := decode(rec)
	if reason == "" {
		review.UUID, review.Text, reason = parse(raw)
	}
	if reason != "" {
		rec.Raw = slices.Clone(rec.Raw)
		return Review{}, &Reject{Record: rec, Reason: reason}
	}
	return review, nil
}

// decode returns the record as UTF-8.
func decode(rec Record) ([]byte, Reason) {
	switch {
	case rec.Size > MaxRecord:
		return nil, TooLong
	case bytes.IndexByte(rec.Raw, 0) >= 0:
		return nil, NulByte
	case utf8.Valid(rec.Raw):
		return rec.Raw, ""
	case rec.UTF16:
		return nil, BrokenUTF16
	}
	if text, ok := decode1252(rec.Raw); ok {
		return text, ""
	}
	return nil, NotText
}

func parse(raw []byte) (uuid, text string, reason Reason) {
	head := cutHead(raw)
	switch {
	case !head.ok && (head.uuid != nil || bytes.IndexByte(raw, ',') < 0):
		return "", "", NoComma
	case !head.ok:
		return "", "", NotUUID
	}
	if text, reason = unquote(head.text); reason != "" {
		return "", "", reason
	}
	if strings.TrimSpace(text) == "" {
		return "", "", EmptyText
	}
	return strings.ToLower(string(head.uuid)), text, ""
}

// unquote returns the text of what stands behind the comma.
func unquote(field []byte) (string, Reason) {
	trimmed := bytes.Trim(field, blanks)
	if len(trimmed) == 0 {
		return "", EmptyText
	}
	if trimmed[0] != '"' {
		if trimmed[len(trimmed)-1] == '"' && bytes.Count(trimmed, []byte{'"'})%2 == 1 {
			return "", StrayQuote
		}
		return string(field), ""
	}
	inner := trimmed[1:]
	if !closes(inner) {
		return "", Unterminated
	}
	last := len(inner) - 1
	if inner[last] != '"' {
		return "", StrayQuote
	}
	inner = inner[:last]
	if bytes.IndexByte(inner, '"') < 0 {
		return string(inner), ""
	}
	if doubled := bytes.ReplaceAll(inner, []byte(`""`), nil); bytes.IndexByte(doubled, '"') < 0 {
		return strings.ReplaceAll(string(inner), `""`, `"`), ""
	}
	if bytes.Contains(inner, []byte(`""`)) || commaBesideQuote(inner) {
		return "", StrayQuote
	}
	return string(inner), ""
}

// commaBesideQuote reports whether a quote in b has a comma next to it, blanks
// aside.
func commaBesideQuote(b []byte) bool {
	for i, c := range b {
		if c != '"' {
			continue
		}
		before, after := bytes.TrimRight(b[:i], blanks), bytes.TrimLeft(b[i+1:], blanks)
		if bytes.HasSuffix(before, []byte{','}) || bytes.HasPrefix(after, []byte{','}) {
			return true
		}
	}
	return false
}

// head is what a record starts with.
type head struct {
	uuid    []byte // nil if it does not start with a UUID
	text    []byte // what stands behind the comma
	quoted  bool   // the UUID is in quotes
	ok      bool   // a UUID and a comma are there
	atStart bool   // ok, and nothing precedes the UUID but its quote: the mark of a new record
}

// cutHead splits a record at the comma behind its UUID. A byte order mark in
// front is passed over: files get concatenated.
func cutHead(b []byte) head {
	var h head
	rest := bytes.TrimPrefix(b, bom8)
	trimmed := bytes.TrimLeft(rest, blanks)
	indented := len(trimmed) < len(rest)
	rest, opened := bytes.CutPrefix(trimmed, []byte{'"'})
	if len(rest) < uuidLen || !isUUID(rest[:uuidLen]) {
		return h
	}
	h.uuid, rest = rest[:uuidLen], rest[uuidLen:]
	rest, closed := bytes.CutPrefix(rest, []byte{'"'})
	h.quoted = opened && closed
	h.text, h.ok = bytes.CutPrefix(bytes.TrimLeft(rest, blanks), []byte{','})
	h.atStart = h.ok && !indented
	return h
}

// isUUID reports whether the 36 bytes of b are hexadecimal digits with dashes
// at the four places of a UUID.
func isUUID(b []byte) bool {
	for i, c := range b {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}
