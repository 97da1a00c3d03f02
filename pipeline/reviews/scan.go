package reviews

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxRecord is the length in bytes from which a record is no review any
	// more: the scanner cuts it, Parse rejects it.
	MaxRecord = 1 << 20
	// keptOfCut is what stays in Raw of a record over the limit.
	keptOfCut = 4 << 10
)

// Record is one piece of a file, in the words of the file: normally a line,
// more lines where a quoted text has line ends in it.
type Record struct {
	File  string
	Line  int // its first physical line, from 1
	Lines int // its physical lines, at least 1
	// Raw holds its bytes as they are in the file without the last line end;
	// of a file in UTF-16 the same characters in UTF-8. Where the record is
	// over MaxRecord only the beginning is kept. Valid until the next Scan.
	Raw   []byte
	Size  int64 // bytes of the whole record; more than len(Raw) where it was cut
	UTF16 bool  // the file is in UTF-16: then Raw that is no UTF-8 is damage, not Windows-1252
}

// Scanner cuts a stream into records, in memory that depends neither on the
// file's size nor on its lines'.
//
// Physical lines end in LF, CR LF or a CR alone. A record is one line, unless
// the line starts with a UUID whose text opens a quote that the line does not
// close: then it goes on to the line that closes it, but never past
//   - a line that starts with a quoted UUID and a comma. A CSV writer doubles
//     the quotes inside a text, so this can only be the next record;
//   - a line that starts with a bare UUID and a comma, where the record's own
//     UUID is bare, too;
//   - the line on which the record passes MaxRecord.
//
// So one stray quote costs its own record and no other.
type Scanner struct {
	file   string
	lines  *lineReader
	buf    []byte // the record, and behind it perhaps the line that ended it
	held   *line  // that line: read, but not yet handed out
	line   int    // physical lines read
	blank  int
	record Record
	err    error
}

// NewScanner returns a Scanner of r, whose records carry file as their name.
// The encoding is found from a byte order mark or, for UTF-16 without one, from
// the zero bytes of its first characters; anything else is passed through.
func NewScanner(file string, r io.Reader) *Scanner {
	return &Scanner{file: file, lines: newLineReader(r)}
}

// Record returns what the last Scan found.
func (s *Scanner) Record() Record { return s.record }

// Lines returns the number of physical lines that Scan has passed; at the end,
// of the file.
func (s *Scanner) Lines() int { return s.line }

// Blank returns how many of the lines were blank: empty, or spaces and tabs.
// They belong to no record.
func (s *Scanner) Blank() int { return s.blank }

// Err returns what stopped Scan, nil at the end of the file. The record in
// which reading failed is not handed out, since it may be incomplete.
func (s *Scanner) Err() error { return s.err }

// Scan advances to the next record; false at the end or on an error.
func (s *Scanner) Scan() bool {
	first, ok := s.first()
	if !ok {
		return false
	}
	head, open := cutHead(s.buf[:first.end]), false
	if head.ok {
		text := bytes.TrimLeft(head.text, blanks)
		open = len(text) > 0 && text[0] == '"' && !closes(text[1:])
	}

	s.record = Record{File: s.file, Line: s.line, Lines: 1, Size: first.size, UTF16: s.lines.utf16}
	last := first
	for open && s.record.Size <= MaxRecord {
		next, ok := s.read()
		if s.err != nil {
			return false
		}
		if !ok {
			break
		}
		s.line++
		body := s.buf[next.start:next.end]
		if following := cutHead(body); following.atStart && (following.quoted || !head.quoted) {
			s.held = &next
			break
		}
		s.record.Lines++
		s.record.Size += int64(last.lineEnd) + next.size
		open = !closes(body)
		last = next
	}
	s.record.Raw = s.buf[:last.end]
	if s.record.Size > MaxRecord {
		s.record.Raw = s.buf[:min(last.end, keptOfCut)]
	}
	return true
}

// first returns the line that starts the next record, moved to the front of
// the buffer, and counts the blank lines before it.
func (s *Scanner) first() (line, bool) {
	if l := s.held; l != nil {
		s.held = nil
		n := copy(s.buf, s.buf[l.start:])
		s.buf = s.buf[:n]
		return line{end: l.end - l.start, size: l.size, lineEnd: l.lineEnd}, true
	}
	for s.err == nil {
		s.buf = s.buf[:0]
		l, ok := s.read()
		if !ok {
			return line{}, false
		}
		s.line++
		if len(bytes.Trim(s.buf[:l.end], blanks)) > 0 || l.size > MaxRecord {
			return l, true
		}
		s.blank++
	}
	return line{}, false
}

// line is a physical line in the scanner's buffer.
type line struct {
	start, end int   // its bytes without the line end, at most MaxRecord of them
	size       int64 // how many it has in truth
	lineEnd    int   // length of the line end that follows it: 0, 1 or 2
}

// read appends the next physical line, with its line end, to the buffer.
func (s *Scanner) read() (line, bool) {
	l := line{start: len(s.buf)}
	for {
		chunk, lineEnd, err := s.lines.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.err = fmt.Errorf("read %s line %d: %w", s.file, s.line+1, err)
				return line{}, false
			}
			l.end = len(s.buf)
			return l, l.size > 0
		}
		l.size += int64(len(chunk))
		room := MaxRecord - (len(s.buf) - l.start)
		s.buf = append(s.buf, chunk[:min(len(chunk), room)]...)
		if lineEnd != "" {
			l.end, l.lineEnd = len(s.buf), len(lineEnd)
			s.buf = append(s.buf, lineEnd...)
			return l, true
		}
	}
}

// closes reports whether a quote that is open at the start of b is closed in
// it. Two quotes in a row are one character of the text.
func closes(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			return false
		}
		if i+1 == len(b) || b[i+1] != '"' {
			return true
		}
		b = b[i+2:]
	}
}
