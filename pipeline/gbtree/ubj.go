package gbtree

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// ubjScanner reads Universal Binary JSON (ubjson.org, draft 12) one value at a
// time, as much of it as XGBoost's UBJWriter writes: a marker, then the value,
// big-endian; keys and strings with their length; arrays with their count, of
// numbers also with one marker for all. Every length and count is checked
// against what is left of the file before it is believed.
type ubjScanner struct {
	file  []byte
	at    int
	depth int
}

// Markers of numbers and the bytes that they announce.
var ubjSizes = map[byte]int{'i': 1, 'U': 1, 'I': 2, 'l': 4, 'L': 8, 'd': 4, 'D': 8}

func (u *ubjScanner) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", u.at, fmt.Sprintf(format, args...))
}

func (u *ubjScanner) left() int { return len(u.file) - u.at }

// peek returns the next marker, 0 at the end of the file.
func (u *ubjScanner) peek() byte {
	if u.left() == 0 {
		return 0
	}
	return u.file[u.at]
}

// marker consumes one marker.
func (u *ubjScanner) marker() (byte, error) {
	if u.left() == 0 {
		return 0, u.errorf("the file ends where a value should follow")
	}
	u.at++
	return u.file[u.at-1], nil
}

// expect consumes this marker.
func (u *ubjScanner) expect(want byte) error {
	got, err := u.marker()
	if err == nil && got != want {
		u.at--
		err = u.errorf("%q where %q should be", string(rune(got)), string(rune(want)))
	}
	return err
}

// take consumes n bytes.
func (u *ubjScanner) take(n int) ([]byte, error) {
	if n > u.left() {
		return nil, u.errorf("%d bytes are announced, %d are left", n, u.left())
	}
	u.at += n
	return u.file[u.at-n : u.at], nil
}

// number reads the number that a marker announced. Integers come exactly: those
// that do not fit 53 bits are lengths that no file has, or mistakes.
func (u *ubjScanner) number(kind byte) (float64, error) {
	size, known := ubjSizes[kind]
	if !known {
		return 0, u.errorf("%q announces no number", string(rune(kind)))
	}
	b, err := u.take(size)
	if err != nil {
		return 0, err
	}
	switch kind {
	case 'i':
		return float64(int8(b[0])), nil
	case 'U':
		return float64(b[0]), nil
	case 'I':
		return float64(int16(binary.BigEndian.Uint16(b))), nil
	case 'l':
		return float64(int32(binary.BigEndian.Uint32(b))), nil
	case 'L':
		return float64(int64(binary.BigEndian.Uint64(b))), nil
	case 'd':
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b))), nil
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

// length reads a length or a count of things that take at least size bytes each.
func (u *ubjScanner) length(size int) (int, error) {
	kind, err := u.marker()
	if err != nil {
		return 0, err
	}
	n, err := u.number(kind)
	if err != nil {
		return 0, err
	}
	if !(n >= 0) || n > float64(u.left()/size) || n != math.Trunc(n) {
		return 0, u.errorf("a length of %.0f where %d bytes are left", n, u.left())
	}
	return int(n), nil
}

// text reads a length and so many bytes.
func (u *ubjScanner) text() (string, error) {
	n, err := u.length(1)
	if err != nil {
		return "", err
	}
	b, err := u.take(n)
	if err == nil && !utf8.Valid(b) {
		err = u.errorf("a string that is not UTF-8")
	}
	return string(b), err
}

func (u *ubjScanner) str() (string, error) {
	if err := u.expect('S'); err != nil {
		return "", err
	}
	return u.text()
}

// strs reads an array of strings, none of them empty.
func (u *ubjScanner) strs() ([]string, error) {
	kind, n, err := u.head()
	if err != nil {
		return nil, err
	}
	const least = 4 // bytes: two markers, a length, a character
	if kind != 0 || n > u.left()/least {
		return nil, u.errorf("no array of %d names", n)
	}
	out := make([]string, 0, n)
	for range n {
		text, err := u.str()
		if err == nil && text == "" {
			err = u.errorf("an empty name")
		}
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

func (u *ubjScanner) nested(read func() error) error {
	if u.depth++; u.depth > deepest {
		return u.errorf("nested more than %d deep", deepest)
	}
	defer func() { u.depth-- }()
	return read()
}

func (u *ubjScanner) object(member func(key string) error) error {
	if err := u.expect('{'); err != nil {
		return err
	}
	return u.nested(func() error {
		for u.peek() != '}' {
			key, err := u.text()
			if err != nil {
				return err
			}
			if err := member(key); err != nil {
				return err
			}
		}
		u.at++
		return nil
	})
}

// head reads the beginning of an array: its count and the marker of all its
// elements, 0 where each has its own.
func (u *ubjScanner) head() (kind byte, n int, err error) {
	if err := u.expect('['); err != nil {
		return 0, 0, err
	}
	size := 1
	if u.peek() == '$' {
		u.at++
		if kind, err = u.marker(); err != nil {
			return 0, 0, err
		}
		if size = ubjSizes[kind]; size == 0 {
			return 0, 0, u.errorf("an array of elements marked %q", string(rune(kind)))
		}
	}
	if u.peek() != '#' {
		return 0, 0, u.errorf("an array without its length")
	}
	u.at++
	n, err = u.length(size)
	return kind, n, err
}

func (u *ubjScanner) array(element func() error) error {
	kind, n, err := u.head()
	if err != nil {
		return err
	}
	if kind != 0 {
		return u.errorf("an array of numbers where other values should be")
	}
	return u.nested(func() error {
		for range n {
			if err := element(); err != nil {
				return err
			}
		}
		return nil
	})
}

// numbers calls each with the numbers of an array, and room first.
func (u *ubjScanner) numbers(room func(n int), each func(float64) error) error {
	kind, n, err := u.head()
	if err != nil {
		return err
	}
	room(n)
	for range n {
		marker := kind
		if kind == 0 {
			if marker, err = u.marker(); err != nil {
				return err
			}
		}
		x, err := u.number(marker)
		if err != nil {
			return err
		}
		if err := each(x); err != nil {
			return err
		}
	}
	return nil
}

func (u *ubjScanner) floats() (out []float32, err error) {
	err = u.numbers(func(n int) { out = make([]float32, 0, n) }, func(x float64) error {
		out = append(out, float32(x))
		return nil
	})
	return out, err
}

func (u *ubjScanner) integers() (out []int32, err error) {
	err = u.numbers(func(n int) { out = make([]int32, 0, n) }, func(x float64) error {
		n := int32(x)
		if float64(n) != x {
			return u.errorf("%g is not a whole number of 32 bits", x)
		}
		out = append(out, n)
		return nil
	})
	return out, err
}

func (u *ubjScanner) skip() error {
	switch kind := u.peek(); kind {
	case '{':
		return u.object(func(string) error { return u.skip() })
	case '[':
		at := u.at
		kind, n, err := u.head()
		if err == nil && kind != 0 {
			_, err = u.take(n * ubjSizes[kind])
			return err
		}
		u.at = at
		return u.array(u.skip)
	case 'S':
		_, err := u.str()
		return err
	case 'Z', 'T', 'F':
		u.at++
		return nil
	case 0:
		return u.errorf("the file ends where a value should follow")
	default:
		u.at++
		_, err := u.number(kind)
		return err
	}
}

func (u *ubjScanner) end() error {
	if n := u.left(); n > 0 {
		return u.errorf("%d bytes after the end of the model", n)
	}
	return nil
}
