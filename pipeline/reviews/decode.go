package reviews

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const window = 64 << 10

var (
	bom8    = []byte("\xEF\xBB\xBF")
	bom16LE = []byte("\xFF\xFE")
	bom16BE = []byte("\xFE\xFF")
)

// lineReader hands out a stream in chunks that never cross a line end, as
// UTF-8 where the stream is UTF-16, without its byte order mark.
type lineReader struct {
	r     io.Reader
	utf16 bool
	buf   []byte // what was read and not handed out, in the array of window bytes
	// lf and cr are where the next LF and CR are in buf, len(buf) if nowhere:
	// kept, so that a file with one kind of line end is searched once for the other.
	lf, cr int
	space  [window]byte
	err    error
}

func newLineReader(r io.Reader) *lineReader {
	in := bufio.NewReaderSize(r, window)
	head, _ := in.Peek(128) // an error comes back with the first read
	l := &lineReader{r: in}
	switch bigEndian, wide := sniffUTF16(head); {
	case bytes.HasPrefix(head, bom8):
		in.Discard(len(bom8))
	case bytes.HasPrefix(head, bom16LE), bytes.HasPrefix(head, bom16BE):
		in.Discard(len(bom16LE))
		l.r, l.utf16 = &utf16Reader{in: in, bigEndian: head[0] == bom16BE[0]}, true
	case wide:
		l.r, l.utf16 = &utf16Reader{in: in, bigEndian: bigEndian}, true
	}
	return l
}

// sniffUTF16 recognises UTF-16 without a byte order mark: a record starts with
// the 36 ASCII characters of a UUID, so that of the two bytes of most of the
// first characters one, always the same, is zero. The other one is so rarely: in
// characters such as U+0100.
func sniffUTF16(head []byte) (bigEndian, ok bool) {
	pairs := len(head) / 2
	var high, low int
	for i := range pairs {
		if head[2*i] == 0 {
			high++
		}
		if head[2*i+1] == 0 {
			low++
		}
	}
	switch {
	case pairs > 0 && high > pairs/2 && low < high/8+1:
		return true, true
	case pairs > 0 && low > pairs/2 && high < low/8+1:
		return false, true
	}
	return false, false
}

// next returns the following bytes of the current line and, when they are its
// last, the line end ("\n", "\r\n" or "\r"); io.EOF after everything. The chunk
// is valid until the following call.
func (l *lineReader) next() (chunk []byte, lineEnd string, err error) {
	if len(l.buf) == 0 {
		if err := l.fill(); err != nil {
			return nil, "", err
		}
	}
	end := min(l.lf, l.cr)
	if end == len(l.buf) {
		return l.take(end), "", nil
	}
	if l.buf[end] == '\n' {
		return l.take(end + 1)[:end], "\n", nil
	}
	if end+1 == len(l.buf) {
		if end > 0 {
			return l.take(end), "", nil // the CR stays, to be first in the buffer
		}
		// Whether the CR is a line end by itself depends on the byte after it.
		if err := l.fill(); err != nil && !errors.Is(err, io.EOF) {
			return nil, "", err
		}
	}
	if end+1 < len(l.buf) && l.buf[end+1] == '\n' {
		return l.take(end + 2)[:end], "\r\n", nil
	}
	return l.take(end + 1)[:end], "\r", nil
}

// take removes n bytes from the front.
func (l *lineReader) take(n int) []byte {
	b := l.buf[:n]
	l.buf = l.buf[n:]
	l.find(&l.lf, n, '\n')
	l.find(&l.cr, n, '\r')
	return b
}

// find moves the position of c along after n bytes were taken.
func (l *lineReader) find(at *int, n int, c byte) {
	if *at >= n {
		*at -= n
		return
	}
	if *at = bytes.IndexByte(l.buf, c); *at < 0 {
		*at = len(l.buf)
	}
}

// fill reads on behind what is left in the buffer, at most one byte.
func (l *lineReader) fill() error {
	if l.err != nil {
		return l.err
	}
	kept := copy(l.space[:], l.buf)
	var n int
	for empty := 0; n == 0 && l.err == nil; empty++ {
		if empty == 100 {
			l.err = io.ErrNoProgress
			break
		}
		n, l.err = l.r.Read(l.space[kept:])
	}
	l.buf = l.space[:kept+n]
	l.lf, l.cr = -1, -1
	l.find(&l.lf, 0, '\n')
	l.find(&l.cr, 0, '\r')
	if n == 0 {
		return l.err
	}
	return nil
}

// utf16Reader turns UTF-16 into UTF-8 without losing what is broken in it: a
// surrogate without its partner becomes its three bytes in the manner of UTF-8,
// half a character at the end becomes 0xFF and its byte as two. Neither is
// UTF-8, so that Parse finds them, and both can be told from what was there.
type utf16Reader struct {
	in        *bufio.Reader
	bigEndian bool
	out       []byte // decoded, not yet read
	space     [window]byte
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	if len(u.out) == 0 {
		u.out = u.space[:0]
		for len(u.out)+utf8.UTFMax < len(u.space) {
			pair, err := u.in.Peek(2)
			if err != nil {
				if len(pair) == 1 && errors.Is(err, io.EOF) {
					u.out = append(u.out, 0xFF, 0xC0|pair[0]>>6, 0x80|pair[0]&0x3F)
					u.in.Discard(1)
				}
				if len(u.out) == 0 {
					return 0, err
				}
				break
			}
			u.out = u.decode(u.unit(pair))
			if u.in.Buffered() < 4 && len(u.out) > 0 {
				break // hand out what is there rather than wait for more
			}
		}
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// decode takes the character that starts with unit off the input.
func (u *utf16Reader) decode(unit rune) []byte {
	u.in.Discard(2)
	if !utf16.IsSurrogate(unit) {
		return utf8.AppendRune(u.out, unit)
	}
	if pair, err := u.in.Peek(2); err == nil {
		if r := utf16.DecodeRune(unit, u.unit(pair)); r != utf8.RuneError {
			u.in.Discard(2)
			return utf8.AppendRune(u.out, r)
		}
	}
	return append(u.out, 0xE0|byte(unit>>12), 0x80|byte(unit>>6)&0x3F, 0x80|byte(unit)&0x3F)
}

func (u *utf16Reader) unit(b []byte) rune {
	if u.bigEndian {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

// decode1252 reads b, which is not UTF-8, as Windows-1252 (of which Latin-1's
// printable characters are a part) if that is plausible:
//   - nothing in b looks like UTF-8 that was cut or damaged: no well-formed
//     character beyond ASCII, no beginning of an emoji, a typographic quote or
//     dash, and no Â or Ã behind a small letter, with which the others begin;
//   - every byte has a printable meaning there;
//   - at most three bytes in a row are beyond ASCII, which words in Western
//     languages keep to and those in Cyrillic, Greek or Chinese code pages do not.
func decode1252(b []byte) ([]byte, bool) {
	for _, beginning := range []string{"\xF0\x9F", "\xE2\x80", "\xE2\x82"} {
		if bytes.Contains(b, []byte(beginning)) {
			return nil, false
		}
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	run := 0
	for i, c := range b {
		if c < utf8.RuneSelf {
			if c == 0x7F || c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				return nil, false
			}
			run = 0
			out = append(out, c)
			continue
		}
		if _, size := utf8.DecodeRune(b[i:]); size > 1 {
			return nil, false
		}
		if (c == 0xC2 || c == 0xC3) && i > 0 && 'a' <= b[i-1] && b[i-1] <= 'z' {
			return nil, false
		}
		r := charmap.Windows1252.DecodeByte(c)
		if run++; run > 3 || r == utf8.RuneError || r < 0xA0 {
			return nil, false
		}
		out = utf8.AppendRune(out, r)
	}
	return out, true
}
