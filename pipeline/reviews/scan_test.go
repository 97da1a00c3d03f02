package reviews

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/unicode"
)

const (
	idA = "0b9c1e4e-6f0a-4d7b-9d53-1f2a3b4c5d6e"
	idB = "FFFFFFFF-0000-1111-2222-333333333333"
)

// outcome reads a whole stream and writes what came of it, a line a record:
// lines it covers, then the text or the reason.
func outcome(t *testing.T, r io.Reader) string {
	t.Helper()
	s := NewScanner("f.txt", r)
	var out strings.Builder
	lines := 0
	for s.Scan() {
		rec := s.Record()
		lines += rec.Lines
		review, reject := Parse(rec)
		if reject != nil {
			fmt.Fprintf(&out, "%d+%d %s\n", rec.Line, rec.Lines, reject.Reason)
		} else {
			fmt.Fprintf(&out, "%d+%d %s %q\n", rec.Line, rec.Lines, review.UUID[:4], review.Text)
		}
	}
	if s.Err() != nil {
		t.Errorf("scan: %v", s.Err())
	}
	if lines+s.Blank() != s.Lines() {
		t.Errorf("%d lines in records and %d blank ones, but %d in the file", lines, s.Blank(), s.Lines())
	}
	return out.String()
}

func TestScanFindsRecords(t *testing.T) {
	a, b := `"`+idA+`",`, `"`+idB+`",`
	for _, test := range []struct{ name, in, want string }{
		{"a record a line", a + "\"one\"\n" + b + "\"two\"\n", "1+1 0b9c \"one\"\n2+1 ffff \"two\"\n"},
		{"no line end at the end", a + `"one"`, "1+1 0b9c \"one\"\n"},
		{"CR LF", a + "\"one\"\r\n" + b + "\"two\"\r\n", "1+1 0b9c \"one\"\n2+1 ffff \"two\"\n"},
		{"CR alone", a + "\"one\"\r" + b + "\"two\"\r", "1+1 0b9c \"one\"\n2+1 ffff \"two\"\n"},
		{"blank lines", "\n \t\n" + a + "\"one\"\n\n" + b + "\"two\"\n\n", "3+1 0b9c \"one\"\n5+1 ffff \"two\"\n"},
		{"line ends in a text", a + "\"one\r\n\ntwo\rthree\"\n" + b + "\"x\"", "1+4 0b9c \"one\\r\\n\\ntwo\\rthree\"\n5+1 ffff \"x\"\n"},
		{"byte order mark", "\xEF\xBB\xBF" + a + `"one"`, "1+1 0b9c \"one\"\n"},
		{"byte order mark of a file behind another", a + "\"one\"\n\xEF\xBB\xBF" + b + `"two"`, "1+1 0b9c \"one\"\n2+1 ffff \"two\"\n"},
		{"Latin-1 line among UTF-8 lines", a + "\"caf\xe9 \x80\"\n" + b + "\"café\"\n", "1+1 0b9c \"café €\"\n2+1 ffff \"café\"\n"},
		{"a stray quote costs its own record only", a + "\"one\nmore\n" + b + "\"two\"\n", "1+2 unterminated quote\n3+1 ffff \"two\"\n"},
		{"a stray quote among bare UUIDs", idA + ",\"one\nmore\n" + idB + ",two\n", "1+2 unterminated quote\n3+1 ffff \"two\"\n"},
		{"a bare UUID inside a quoted record is text", a + "\"see\n" + idB + ", too\"\n", "1+2 0b9c " + fmt.Sprintf("%q", "see\n"+idB+", too") + "\n"},
		{"what starts with no UUID is one line", "\"id\",\"text\nx\"\n" + a + "\"one\"", "1+1 not a UUID\n2+1 no comma between UUID and text\n3+1 0b9c \"one\"\n"},
		{"open to the end", a + "\"one\n\n", "1+2 unterminated quote\n"},
		{"empty file", "", ""},
		{"NUL", a + "\"o\x00e\"\n", "1+1 not text: NUL byte\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := outcome(t, strings.NewReader(test.in)); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
			if got := outcome(t, iotest.OneByteReader(strings.NewReader(test.in))); got != test.want {
				t.Errorf("byte by byte: got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestScanReadsUTF16(t *testing.T) {
	text := "\"" + idA + "\",\"größer 😀\r\nvery\"\r\n\"" + idB + "\",\"日本\"\n"
	want := "1+2 0b9c \"größer 😀\\r\\nvery\"\n3+1 ffff \"日本\"\n"
	for _, endian := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		for _, bom := range []unicode.BOMPolicy{unicode.UseBOM, unicode.IgnoreBOM} {
			in, err := unicode.UTF16(endian, bom).NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcome(t, strings.NewReader(in)); got != want {
				t.Errorf("endianness %v, byte order mark %v: got\n%swant\n%s", endian, bom, got, want)
			}
			if got := outcome(t, iotest.OneByteReader(strings.NewReader(in))); got != want {
				t.Errorf("endianness %v, byte order mark %v, byte by byte: got\n%s", endian, bom, got)
			}
		}
	}
}

func TestScanKeepsWhatIsBrokenInUTF16(t *testing.T) {
	in, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("\"" + idA + "\",\"")
	for _, test := range []struct{ name, tail, raw string }{
		{"lone surrogate", "\x3d\xd8\"\x00", "\xED\xA0\xBD\""},
		{"half a character", "\"\x00\n", "\"\xFF\xC0\x8A"},
	} {
		s := NewScanner("f.txt", strings.NewReader(in+test.tail))
		if !s.Scan() {
			t.Fatalf("%s: no record: %v", test.name, s.Err())
		}
		_, reject := Parse(s.Record())
		if reject == nil || reject.Reason != BrokenUTF16 || !strings.HasSuffix(string(reject.Raw), test.raw) {
			t.Errorf("%s: %+v", test.name, reject)
		}
	}
}

// repeat is a stream of n bytes c, without n bytes of memory.
func repeat(c byte, n int64) io.Reader {
	return io.LimitReader(readerFunc(func(p []byte) (int, error) {
		for i := range p {
			p[i] = c
		}
		return len(p), nil
	}), n)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestScanCutsLongRecordsInFlatMemory(t *testing.T) {
	const long = 64 << 20
	s := NewScanner("f.txt", io.MultiReader(
		strings.NewReader(`"`+idA+`","`), repeat('a', long), strings.NewReader("\"\n"),
		strings.NewReader(`"`+idB+`","`), repeat('\n', long), // a quote that is open over as many lines
		strings.NewReader("\n\""+idB+"\",\"two\"\n")))
	var got []string
	lines := 0
	for s.Scan() {
		rec := s.Record()
		lines += rec.Lines
		review, reject := Parse(rec)
		if reject != nil {
			got = append(got, string(reject.Reason))
			if len(reject.Raw) != keptOfCut {
				t.Errorf("%d bytes kept of a record of %d", len(reject.Raw), rec.Size)
			}
		} else {
			got = append(got, review.Text)
		}
	}
	if want := []string{string(TooLong), string(TooLong), "two"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if lines+s.Blank() != s.Lines() || s.Lines() != 1+long+2 {
		t.Errorf("%d in records + %d blank of %d lines", lines, s.Blank(), s.Lines())
	}
	if cap(s.buf) > 8*MaxRecord {
		t.Errorf("the buffer grew to %d bytes", cap(s.buf))
	}
}

func TestScanLimitIsExact(t *testing.T) {
	head := `"` + idA + `","`
	text := strings.Repeat("x", MaxRecord-len(head)-1)
	for extra, want := range []string{"0b9c", "longer"} {
		got := outcome(t, strings.NewReader(head+text+strings.Repeat("x", extra)+"\"\n"))
		if !strings.HasPrefix(got, "1+1 "+want) {
			t.Errorf("%d bytes over the limit: %.20s", extra, got)
		}
	}
}

func TestScanStopsAtAReadError(t *testing.T) {
	broken := errors.New("disk on fire")
	s := NewScanner("f.txt", io.MultiReader(strings.NewReader(`"`+idA+"\",\"one\"\n\""+idB+`","tw`), iotest.ErrReader(broken)))
	n := 0
	for s.Scan() {
		n++
	}
	if n != 1 || !errors.Is(s.Err(), broken) || !strings.Contains(s.Err().Error(), "read f.txt line 2") {
		t.Errorf("%d records, error %v", n, s.Err())
	}
}

func BenchmarkScanAndParse(b *testing.B) {
	line := `"` + idA + `","Left zip failed after 11 days of commuting, the slider bent; ""YKK"" it says. Größe passt."` + "\n"
	data := strings.Repeat(line, 10000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner("f.txt", strings.NewReader(data))
		for s.Scan() {
			if _, reject := Parse(s.Record()); reject != nil {
				b.Fatal(reject)
			}
		}
	}
}
