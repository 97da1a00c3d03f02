package gbtree

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
)

// sink takes the values of a model file one after the other and spells them as
// JSON or UBJ.
type sink interface {
	object(members func())
	key(name string) // before every value of an object
	str(s string)
	integer(n int)
	array(n int, element func(i int))
	floats(values []float32)
	int32s(values []int32)
	bytes(values []byte)
	int64s() // none, of the type that XGBoost wants
	flush() error
}

// jsonWriter spells values as JSON; bufio keeps the first error for flush.
type jsonWriter struct {
	*bufio.Writer
	more    bool // a comma comes before the next key or element
	scratch []byte
}

func newJSONWriter(w io.Writer) *jsonWriter { return &jsonWriter{Writer: bufio.NewWriter(w)} }

func (out *jsonWriter) flush() error { return out.Flush() }

func (out *jsonWriter) text(s string) { out.WriteString(s) }

func (out *jsonWriter) comma() {
	if out.more {
		out.text(",")
	}
}

func (out *jsonWriter) object(members func()) {
	out.text("{")
	out.more = false
	members()
	out.text("}")
	out.more = true
}

func (out *jsonWriter) key(name string) {
	out.comma()
	out.str(name)
	out.text(":")
}

// str escapes nothing but what JSON demands: XGBoost does not read \u escapes,
// which are left for control characters.
func (out *jsonWriter) str(s string) {
	q := append(out.scratch[:0], '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			q = append(q, '\\', c)
		case c == '\n':
			q = append(q, `\n`...)
		case c == '\t':
			q = append(q, `\t`...)
		case c == '\r':
			q = append(q, `\r`...)
		case c < ' ':
			q = fmt.Appendf(q, `\u%04x`, c)
		default:
			q = append(q, c)
		}
	}
	out.scratch = append(q, '"')
	out.Write(out.scratch)
	out.more = true
}

func (out *jsonWriter) array(n int, element func(i int)) {
	out.text("[")
	for i := range n {
		if i > 0 {
			out.text(",")
		}
		element(i)
	}
	out.text("]")
	out.more = true
}

func (out *jsonWriter) integer(n int) {
	out.scratch = strconv.AppendInt(out.scratch[:0], int64(n), 10)
	out.Write(out.scratch)
	out.more = true
}

func (out *jsonWriter) float(x float32) {
	out.scratch = appendFloat32(out.scratch[:0], x)
	out.Write(out.scratch)
}

func (out *jsonWriter) floats(values []float32) {
	out.array(len(values), func(i int) { out.float(values[i]) })
}

func (out *jsonWriter) int32s(values []int32) {
	out.array(len(values), func(i int) { out.integer(int(values[i])) })
}

func (out *jsonWriter) bytes(values []byte) {
	out.array(len(values), func(i int) { out.integer(int(values[i])) })
}

func (out *jsonWriter) int64s() { out.array(0, nil) }

// ubjWriter spells values as UBJ with the types that XGBoost wants.
type ubjWriter struct {
	*bufio.Writer
	scratch []byte
}

func newUBJWriter(w io.Writer) *ubjWriter { return &ubjWriter{Writer: bufio.NewWriter(w)} }

func (out *ubjWriter) flush() error { return out.Flush() }

func (out *ubjWriter) object(members func()) {
	out.WriteByte('{')
	members()
	out.WriteByte('}')
}

// key is a string without its marker.
func (out *ubjWriter) key(name string) {
	out.length(len(name))
	out.WriteString(name)
}

func (out *ubjWriter) str(s string) {
	out.WriteByte('S')
	out.key(s)
}

func (out *ubjWriter) length(n int) {
	out.scratch = binary.BigEndian.AppendUint64(append(out.scratch[:0], 'L'), uint64(n))
	out.Write(out.scratch)
}

// integer takes the least type of those that XGBoost's own reader has; a tree's
// or a round's number fits 32 bits.
func (out *ubjWriter) integer(n int) {
	b := out.scratch[:0]
	switch {
	case int(int8(n)) == n:
		b = append(b, 'i', byte(n))
	case int(int16(n)) == n:
		b = binary.BigEndian.AppendUint16(append(b, 'I'), uint16(n))
	default:
		b = binary.BigEndian.AppendUint32(append(b, 'l'), uint32(n))
	}
	out.scratch = b
	out.Write(b)
}

func (out *ubjWriter) array(n int, element func(i int)) {
	out.WriteString("[#")
	out.length(n)
	for i := range n {
		element(i)
	}
}

// typed begins an array of numbers with one marker for all.
func (out *ubjWriter) typed(marker byte, n int) {
	out.WriteString("[$")
	out.WriteByte(marker)
	out.WriteByte('#')
	out.length(n)
}

func (out *ubjWriter) floats(values []float32) {
	out.typed('d', len(values))
	for _, x := range values {
		out.scratch = binary.BigEndian.AppendUint32(out.scratch[:0], math.Float32bits(x))
		out.Write(out.scratch)
	}
}

func (out *ubjWriter) int32s(values []int32) {
	out.typed('l', len(values))
	for _, n := range values {
		out.scratch = binary.BigEndian.AppendUint32(out.scratch[:0], uint32(n))
		out.Write(out.scratch)
	}
}

func (out *ubjWriter) bytes(values []byte) {
	out.typed('U', len(values))
	out.Write(values)
}

func (out *ubjWriter) int64s() { out.typed('L', 0) }
