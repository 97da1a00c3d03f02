package gbtree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// scanner reads JSON one value at a time, without building a tree of it, so
// that a hostile model file costs memory in proportion to its own size. It
// takes XGBoost's Infinity and NaN, which are not JSON.
type scanner struct {
	text  []byte
	at    int
	depth int

	floatBuffer   []float32 // arrays grow here, so that none is held at twice its size
	integerBuffer []int32
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
	if err := s.expect('"'); err != nil {
		return "", err
	}
	start := s.at
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '\\':
			s.at += 2
		case '"':
			s.at++
			var out string
			if err := json.Unmarshal(s.text[start-1:s.at], &out); err != nil {
				return "", s.errorf("a string that is not JSON: %v", err)
			}
			return out, nil
		default:
			s.at++
		}
	}
	s.at = len(s.text)
	return "", s.errorf("the file ends inside a string")
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

func (s *scanner) floats() ([]float32, error) {
	s.floatBuffer = s.floatBuffer[:0]
	err := s.array(func() error {
		x, err := s.float()
		s.floatBuffer = append(s.floatBuffer, x)
		return err
	})
	return slices.Clone(s.floatBuffer), err
}

func (s *scanner) integers() ([]int32, error) {
	s.integerBuffer = s.integerBuffer[:0]
	err := s.array(func() error {
		n, err := s.integer()
		s.integerBuffer = append(s.integerBuffer, n)
		return err
	})
	return slices.Clone(s.integerBuffer), err
}

// skip reads over any value.
func (s *scanner) skip() error {
	switch s.peek() {
	case '{':
		return s.object(func(string) error { return s.skip() })
	case '[':
		return s.array(s.skip)
	case '"':
		_, err := s.str()
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
