package reviews

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var lineEnds = regexp.MustCompile(`\r\n|\n|\r`)

// decoded is the stream that a scanner of data sees.
func decoded(t *testing.T, data []byte) []byte {
	t.Helper()
	lines := newLineReader(bytes.NewReader(data))
	var out []byte
	for {
		chunk, lineEnd, err := lines.next()
		out = append(append(out, chunk...), lineEnd...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := bytes.TrimPrefix(data, bom8); !lines.utf16 && !bytes.Equal(out, want) {
		t.Fatalf("the stream %q was read as %q", want, out)
	}
	return out
}

// FuzzScan holds the scanner against a split of the whole stream into physical
// lines: every line belongs to one record, byte for byte, or is blank.
func FuzzScan(f *testing.F) {
	a, b := `"`+idA+`",`, `"`+idB+`",`
	for _, seed := range []string{
		"", "\n", "\r", "\r\r\n\n", a + "\"one\"\n" + b + "\"two\"", a + "\"one\n\r\n" + b + "\"\"\"two\r\"\r",
		idA + ",\"x\n" + idB + ",y\rz", "\xEF\xBB\xBF" + a + "\"x\"", "\xFF\xFE\"\x00\n\x00\r", "\xFE\xFF\x00\"\xD8\x00", "a\x00\n\x00",
		a + "\"caf\xe9\"\n" + a + "\"\xd0\xd1\xd2\xd3\"", a + "\"a\" b\"\n\n \t\n" + b, "\"\x1b]0;x\x07\",\"; DROP\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		stream := decoded(t, data)
		var lines, ends [][]byte
		rest := stream
		for len(rest) > 0 {
			at := lineEnds.FindIndex(rest)
			if at == nil {
				at = []int{len(rest), len(rest)}
			}
			lines, ends = append(lines, rest[:at[0]]), append(ends, rest[at[0]:at[1]])
			rest = rest[at[1]:]
		}
		next, blank := 0, 0
		skipBlank := func(until int) {
			for ; next < until; next++ {
				if len(bytes.Trim(lines[next], blanks)) > 0 {
					t.Fatalf("line %d %q is in no record", next+1, lines[next])
				}
				blank++
			}
		}
		s := NewScanner("f.txt", bytes.NewReader(data))
		for s.Scan() {
			rec := s.Record()
			skipBlank(rec.Line - 1)
			var want []byte
			for i := range rec.Lines {
				if i > 0 {
					want = append(want, ends[next-1]...)
				}
				want = append(want, lines[next]...)
				next++
			}
			if rec.Size != int64(len(want)) || rec.Size <= MaxRecord && !bytes.Equal(rec.Raw, want) {
				t.Fatalf("record at line %d is %q, the file has %q", rec.Line, rec.Raw, want)
			}
			review, reject := Parse(rec)
			if reject == nil && (len(review.UUID) != uuidLen || !utf8.ValidString(review.Text) || strings.TrimSpace(review.Text) == "") {
				t.Fatalf("accepted %+v", review)
			}
			if reject != nil && (reject.Reason == "" || !bytes.Equal(reject.Raw, rec.Raw)) {
				t.Fatalf("rejected %+v", reject)
			}
		}
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
		skipBlank(len(lines))
		if s.Lines() != len(lines) || s.Blank() != blank {
			t.Fatalf("counted %d lines, %d blank; the file has %d, %d blank", s.Lines(), s.Blank(), len(lines), blank)
		}
	})
}

// FuzzParse writes texts as a CSV writer does, quotes doubled, and wants them back.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"good", `a "good" one`, `"`, "\r", "a\r\nb\n\"" + idB + "\",\"c\"", "\uFEFF,\x1b[0m", " x ", idB + ",y\n" + idA + ","} {
		f.Add(seed, "two")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		var file strings.Builder
		var want []string
		for _, text := range []string{one, two} {
			if utf8.ValidString(text) && !strings.Contains(text, "\x00") && strings.TrimSpace(text) != "" && len(text) < MaxRecord/2 {
				want = append(want, text)
				file.WriteString(`"` + idA + `","` + strings.ReplaceAll(text, `"`, `""`) + "\"\r\n")
			}
		}
		s := NewScanner("f.txt", strings.NewReader(file.String()))
		for i := range want {
			if !s.Scan() {
				t.Fatalf("%d of %d records: %v", i, len(want), s.Err())
			}
			review, reject := Parse(s.Record())
			if reject != nil || review.Text != want[i] || review.UUID != idA {
				t.Fatalf("wrote %q, read %q %v", want[i], review.Text, reject)
			}
		}
		if s.Scan() {
			t.Fatalf("one record too many: %q", s.Record().Raw)
		}
	})
}
