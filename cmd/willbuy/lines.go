package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"willbuy/pipeline"
)

const (
	// maxText is how long a text may be, in bytes: far more than any model
	// reads, and little enough to hold a window of them.
	maxText = 1 << 20
	// maxLine is how long a line may be; a JSON object holds more than its text.
	maxLine = 8 * maxText
)

// errTooLong is what is wrong with a text beyond maxText, or a line beyond
// maxLine.
var errTooLong = errors.New("the text is longer than " + pipeline.Bytes(maxText))

// openText opens a file for reading as text; see plainText.
func openText(file string) (*bufio.Reader, io.Closer, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	in, err := plainText(opened)
	if err != nil {
		opened.Close()
		return nil, nil, err
	}
	return in, opened, nil
}

// plainText undoes gzip and UTF-16, which are told by their first bytes, and
// takes a byte order mark away.
func plainText(in io.Reader) (*bufio.Reader, error) {
	out := bufio.NewReaderSize(in, 64<<10)
	if starts(out, "\x1f\x8b") {
		unzipped, err := gzip.NewReader(out)
		if err != nil {
			return nil, err
		}
		out = bufio.NewReaderSize(unzipped, 64<<10)
	}
	switch {
	case starts(out, "\ufeff"):
		out.Discard(len("\ufeff"))
	case starts(out, "\xff\xfe"), starts(out, "\xfe\xff"):
		out = bufio.NewReaderSize(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(out), 64<<10)
	}
	return out, nil
}

// starts tells whether a stream begins with a prefix. It waits for no more
// bytes than that needs.
func starts(in *bufio.Reader, prefix string) bool {
	for n := 1; n <= len(prefix); n++ {
		if head, _ := in.Peek(n); string(head) != prefix[:n] {
			return false
		}
	}
	return true
}

// lineReader reads lines in memory that does not grow with what they hold.
type lineReader struct {
	in   *bufio.Reader
	line []byte
}

// next gives a line without its end, until the next call. A line beyond maxLine
// is skipped and answered with errTooLong; the last error is io.EOF.
func (r *lineReader) next() ([]byte, error) {
	r.line = r.line[:0]
	tooLong, some := false, false
	for {
		piece, err := r.in.ReadSlice('\n')
		some = some || len(piece) > 0
		if tooLong = tooLong || len(r.line)+len(piece) > maxLine; !tooLong {
			r.line = append(r.line, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!some || !errors.Is(err, io.EOF)):
			return nil, err
		case tooLong:
			return nil, errTooLong
		}
		return bytes.TrimSuffix(bytes.TrimSuffix(r.line, []byte("\n")), []byte("\r")), nil
	}
}

// csvReader reads records as Python's csv module does: quotes inside a field
// without quotes stand for themselves, and so does what follows a closing one.
// Lines that hold nothing are skipped. Only the wanted fields are kept.
type csvReader struct {
	in    *bufio.Reader
	comma byte
	line  int // lines read so far
}

// csvRecord is a record of a csv file.
type csvRecord struct {
	values []string // of the wanted fields; "" where there are too few
	fields int      // in the record
	line   int      // where it begins, from 1
	err    error    // errTooLong, or a quote that never ends
}

// newCSVReader finds the separator in the first line.
func newCSVReader(in *bufio.Reader) *csvReader {
	head, _ := in.Peek(in.Size())
	line, _, _ := bytes.Cut(head, []byte("\n"))
	comma, most, quoted := byte(','), 0, false
	counts := map[byte]int{}
	for _, b := range line {
		switch b {
		case '"':
			quoted = !quoted
		case ',', ';', '\t', '|':
			if quoted {
				continue
			}
			if counts[b]++; counts[b] > most {
				comma, most = b, counts[b]
			}
		}
	}
	return &csvReader{in: in, comma: comma}
}

// header reads the names of the columns.
func (r *csvReader) header() ([]string, error) {
	all := make([]int, 4096)
	for i := range all {
		all[i] = i
	}
	record, err := r.next(all)
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty")
	case err != nil:
		return nil, err
	case record.err != nil:
		return nil, fmt.Errorf("its header: %w", record.err)
	case record.fields > len(all):
		return nil, fmt.Errorf("it has %d columns, which cannot be", record.fields)
	}
	return record.values[:record.fields], nil
}

// next reads a record; the last error is io.EOF.
func (r *csvReader) next(wanted []int) (csvRecord, error) {
	record := csvRecord{values: make([]string, len(wanted)), line: r.line + 1}
	var field []byte
	quoted, closed := false, false // inside quotes; right behind a quote that closes them, or half of a doubled one
	begun, some := false, false    // of the field, of the record
	endField := func() {
		for i, w := range wanted {
			if w == record.fields {
				record.values[i] = string(field)
			}
		}
		record.fields++
		field, begun, closed = field[:0], false, false
	}
	put := func(b byte) {
		begun = true
		if len(field) > maxText {
			record.err = errTooLong
			return
		}
		field = append(field, b)
	}
	for {
		b, err := r.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && !some:
			return record, io.EOF
		case errors.Is(err, io.EOF):
			if quoted {
				record.err = fmt.Errorf("the quotes that open in line %d never close", record.line)
			}
			endField()
			return record, nil
		case err != nil:
			return record, err
		}
		if b == '\n' || b == '\r' && !quoted {
			r.line++
		}
		switch {
		case quoted && b == '"':
			quoted, closed = false, true
		case quoted:
			put(b)
		case b == '"' && closed: // a doubled quote
			put(b)
			quoted, closed = true, false
		case b == '"' && !begun:
			quoted, begun = true, true
		case b == r.comma:
			endField()
		case b == '\n' || b == '\r':
			if b == '\r' && starts(r.in, "\n") {
				r.in.Discard(1)
			}
			if !some { // nothing in the line
				record.line = r.line + 1
				continue
			}
			endField()
			return record, nil
		default:
			put(b)
			closed = false
		}
		some = true
	}
}

// mend replaces bytes that are no UTF-8 by U+FFFD each, so that what the model
// reads is what the answer shows.
func mend(s string) (text string, mended bool) {
	if utf8.ValidString(s) {
		return s, false
	}
	var b strings.Builder
	for _, r := range s { // an invalid byte is one U+FFFD
		b.WriteRune(r)
	}
	return b.String(), true
}
