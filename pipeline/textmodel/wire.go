package textmodel

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// wire reads a protobuf message where it lies, without its large parts.
type wire struct {
	r      io.ReaderAt
	buf    []byte // what was read last,
	at     int64  // from here
	fields int
}

// field is one field of a message: the bytes from from to to of a
// length-delimited one, else a number.
type field struct {
	number   protowire.Number
	bytes    bool
	from, to int64
	value    uint64
}

const (
	// wireAhead is how much is read at a time.
	wireAhead = 4 << 10
	// maxFields bounds the time that a file of tiny fields can take; networks of
	// a thousand layers have less than a million.
	maxFields = 4 << 20
	// maxHead is how much is read of a part of which the beginning matters.
	maxHead = 16 << 10
)

// errTruncated is what walk says of a file that ends too early.
var errTruncated = errors.New("it is cut short or not an ONNX model")

// walk calls visit with each field of the message in [from, to).
func (w *wire) walk(from, to int64, visit func(field) error) error {
	const longest = 2 * 10 // a tag and a length, or a number
	for from < to {
		if w.fields++; w.fields > maxFields {
			return errors.New("it has more parts than any text classifier")
		}
		b, err := w.peek(from, min(longest, to-from))
		if err != nil {
			return err
		}
		number, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return errTruncated
		}
		f := field{number: number, bytes: kind == protowire.BytesType}
		f.from = from + int64(size)
		b = b[size:]
		switch kind {
		case protowire.BytesType:
			length, prefix := protowire.ConsumeVarint(b)
			if prefix < 0 || length > uint64(to-f.from-int64(prefix)) {
				return errTruncated
			}
			f.from += int64(prefix)
			f.to = f.from + int64(length)
		case protowire.VarintType:
			value, size := protowire.ConsumeVarint(b)
			if size < 0 {
				return errTruncated
			}
			f.value, f.to = value, f.from+int64(size)
		default: // groups, which onnx.proto has not, are refused with the rest
			size := 4
			if kind == protowire.Fixed64Type {
				size = 8
			}
			if kind != protowire.Fixed32Type && kind != protowire.Fixed64Type || len(b) < size {
				return errTruncated
			}
			f.to = f.from + int64(size)
		}
		if err := visit(f); err != nil {
			return err
		}
		from = f.to
	}
	return nil
}

// peek gives n bytes from an offset; they are valid until the next peek.
func (w *wire) peek(from, n int64) ([]byte, error) {
	if from < w.at || from+n > w.at+int64(len(w.buf)) {
		if w.buf == nil {
			w.buf = make([]byte, wireAhead)
		}
		w.buf = w.buf[:cap(w.buf)]
		got, err := w.r.ReadAt(w.buf, from)
		w.buf, w.at = w.buf[:got], from
		if int64(got) < n {
			return nil, fmt.Errorf("%w (%w)", errTruncated, err)
		}
	}
	return w.buf[from-w.at:][:n], nil
}

// head reads the beginning of a field.
func (w *wire) head(f field) ([]byte, error) {
	b := make([]byte, min(f.to-f.from, maxHead))
	if _, err := w.r.ReadAt(b, f.from); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

// walk is wire.walk for the length-delimited fields alone.
func walk(r io.ReaderAt, from, to int64, visit func(field protowire.Number, from, to int64) error) error {
	w := wire{r: r}
	return w.walk(from, to, func(f field) error {
		if !f.bytes {
			return nil
		}
		return visit(f.number, f.from, f.to)
	})
}

// head reads the beginning of a message.
func head(r io.ReaderAt, from, to int64) ([]byte, error) {
	w := wire{r: r}
	return w.head(field{from: from, to: to})
}

// text reads a field that is a short text.
func (w *wire) text(f field) (string, error) {
	b, err := w.head(f)
	return string(b), err
}

// find returns the first value of a field in a message, which may be cut: the
// bytes of a length-delimited one, the varint itself of a number. It is nil
// where the field is absent.
func find(message []byte, want protowire.Number) []byte {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil
		}
		message = message[n:]
		size := protowire.ConsumeFieldValue(field, kind, message)
		if size < 0 {
			return nil
		}
		if field == want {
			if kind == protowire.BytesType {
				value, _ := protowire.ConsumeBytes(message)
				return value
			}
			return message[:size]
		}
		message = message[size:]
	}
	return nil
}
