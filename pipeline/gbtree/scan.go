package gbtree

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON one value at a time, without building a tree of it, so
// that a hostile model file costs memory in proportion to its own size. It
// takes XGBoost's Infinity and NaN, which are not JSON.
type scanner struct {
	text  []byte
	at    int
	depth int
}

// deepest is the nesting that is read; a dumped tree of depth d nests 2d+2.
const deepest = 1000

func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", s.at, fmt.Sprintf(format, args...))
}

// peek returns the first byte of the next token, 0 at the end of the file.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// expect consumes one punctuation character.
func (s *scanner) expect(c byte) error {
	if got := s.peek(); got != c {
		if got == 0 {
			return s.errorf("the file ends where %q should follow", string(c))
		}
		return s.errorf("%q where %q should be", string(got), string(c))
	}
	s.at++
	return nil
}

// object calls member for every key; member consumes the value.
func (s *scanner) object(member func(key string) error) error {
	return s.sequence('{', '}', func() error {
		key, err := s.str()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// array calls element before every element; element consumes it.
func (s *scanner) array(element func() error) error { return s.sequence('[', ']', element) }

func (s *scanner) sequence(open, end byte, item func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if s.depth++; s.depth > deepest {
		return s.errorf("nested more than %d deep", deepest)
	}
	defer func() { s.depth-- }()
	if s.peek() == end {
		s.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if s.peek() == ',' {
			s.at++
			continue
		}
		return s.expect(end)
	}
}

// str reads a string.
func (s *scanner) str() (string, error) {
	raw, escaped, err := s.quoted()
	switch {
	case err != nil:
		return "", err
	case !utf8.Valid(raw):
		return "", s.errorf("a string that is not UTF-8")
	case !escaped:
		return string(raw), nil
	}
	text, ok := unescape(raw)
	if !ok {
		return "", s.errorf("a string with an escape that JSON does not have")
	}
	return text, nil
}

// unescape resolves the backslashes of JSON. encoding/json would allocate 30
// times a short string.
func unescape(raw []byte) (text string, ok bool) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++ // a backslash is never the last byte
		if raw[i] == 'u' {
			r, width := codePoint(raw[i+1:])
			if width == 0 {
				return "", false
			}
			out = utf8.AppendRune(out, r)
			i += width
			continue
		}
		at := strings.IndexByte(`"\/bfnrt`, raw[i])
		if at < 0 {
			return "", false
		}
		out = append(out, "\"\\/\b\f\n\r\t"[at])
	}
	return string(out), true
}

// codePoint reads the four hexadecimal digits after \u, and a second escape where
// they are the first half of a surrogate pair.
func codePoint(raw []byte) (r rune, width int) {
	digits := func(raw []byte) (rune, bool) {
		if len(raw) < 4 {
			return 0, false
		}
		n, err := strconv.ParseUint(string(raw[:4]), 16, 16)
		return rune(n), err == nil
	}
	r, ok := digits(raw)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) && len(raw) >= 10 && raw[4] == '\\' && raw[5] == 'u' {
		if second, ok := digits(raw[6:]); ok {
			if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
				return pair, 10
			}
		}
	}
	return r, 4 // half a pair becomes the replacement character
}

// quoted passes over a string and returns what is between its quotes.
func (s *scanner) quoted() (raw []byte, escaped bool, err error) {
	if err := s.expect('"'); err != nil {
		return nil, false, err
	}
	start := s.at
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '\\':
			escaped = true
			s.at += 2
		case '"':
			s.at++
			return s.text[start : s.at-1], escaped, nil
		default:
			s.at++
		}
	}
	s.at = len(s.text)
	return nil, false, s.errorf("the file ends inside a string")
}

// word reads a number or a literal as text.
func (s *scanner) word() ([]byte, error) {
	if s.peek() == 0 {
		return nil, s.errorf("the file ends where a value should follow")
	}
	rest := s.text[s.at:]
	n := bytes.IndexAny(rest, ",]}: \t\r\n\"[{")
	if n < 0 {
		n = len(rest)
	}
	if n == 0 || n > 64 {
		return nil, s.errorf("no number or literal")
	}
	s.at += n
	return rest[:n], nil
}

// float reads a number as XGBoost writes float32.
func (s *scanner) float() (float32, error) {
	w, err := s.word()
	if err != nil {
		return 0, err
	}
	switch string(w) {
	case "NaN":
		return float32(math.NaN()), nil
	case "Infinity":
		return float32(math.Inf(1)), nil
	case "-Infinity":
		return float32(math.Inf(-1)), nil
	}
	x, err := strconv.ParseFloat(string(w), 32)
	if err != nil {
		return 0, s.errorf("%q is not a float32", w)
	}
	return float32(x), nil
}

// integer reads a whole number that fits 32 bits; true and false count as 1
// and 0.
func (s *scanner) integer() (int32, error) {
	w, err := s.word()
	if err != nil {
		return 0, err
	}
	switch string(w) {
	case "true":
		return 1, nil
	case "false":
		return 0, nil
	}
	n, err := strconv.ParseInt(string(w), 10, 32)
	if err != nil {
		return 0, s.errorf("%q is not a whole number of 32 bits", w)
	}
	return int32(n), nil
}

// strs reads an array of strings, none of them empty.
func (s *scanner) strs() ([]string, error) {
	out := make([]string, 0, s.room('"')/2)
	err := s.array(func() error {
		text, err := s.str()
		if err == nil && text == "" {
			err = s.errorf("an empty name")
		}
		out = append(out, text)
		return err
	})
	return out, err
}

func (s *scanner) floats() ([]float32, error) {
	out := make([]float32, 0, s.room(',')+1)
	err := s.array(func() error {
		x, err := s.float()
		out = append(out, x)
		return err
	})
	return out, err
}

func (s *scanner) integers() ([]int32, error) {
	out := make([]int32, 0, s.room(',')+1)
	err := s.array(func() error {
		n, err := s.integer()
		out = append(out, n)
		return err
	})
	return out, err
}

// room counts a character in the array that follows, so that a slice for its
// values need not grow, which would cost five times its size.
func (s *scanner) room(of byte) int {
	rest := s.text[s.at:]
	if end := bytes.IndexByte(rest, ']'); end >= 0 {
		rest = rest[:end]
	}
	return bytes.Count(rest, []byte{of})
}

// skip reads over any value.
func (s *scanner) skip() error {
	switch s.peek() {
	case '{':
		return s.object(func(string) error { return s.skip() })
	case '[':
		return s.array(s.skip)
	case '"':
		_, _, err := s.quoted()
		return err
	}
	_, err := s.word()
	return err
}

// end refuses anything after the value that was read.
func (s *scanner) end() error {
	if c := s.peek(); c != 0 {
		return s.errorf("%q after the end of the model", string(c))
	}
	if s.at < len(s.text) {
		return s.errorf("a NUL byte after the end of the model")
	}
	return nil
}
