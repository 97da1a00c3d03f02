package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// linesOf reads all lines; one that is too long is shown as an ellipsis.
func linesOf(t testing.TB, in *bufio.Reader) (lines []string) {
	t.Helper()
	r := lineReader{in: in}
	for {
		line, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return lines
		case errors.Is(err, errTooLong):
			lines = append(lines, "…")
		case err != nil:
			t.Fatal(err)
		default:
			lines = append(lines, string(line))
		}
	}
}

func TestLinesComeOutOfAnyWrapping(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write([]byte("\ufeffgood\r\nbad"))
	w.Close()
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"nothing":                {"", nil},
		"no end of the last":     {"a\nb", []string{"a", "b"}},
		"empty lines":            {"\n\na\n", []string{"", "", "a"}},
		"ends of Windows":        {"a\r\nb\r\n", []string{"a", "b"}},
		"byte order mark":        {"\ufeffa\n", []string{"a"}},
		"mark alone":             {"\ufeff", nil},
		"a mark further on":      {"a\ufeff\n", []string{"a\ufeff"}},
		"NUL":                    {"a\x00b\n", []string{"a\x00b"}},
		"gzip":                   {zipped.String(), []string{"good", "bad"}},
		"UTF-16, little end":     {"\xff\xfea\x00\n\x00\xfc\x00", []string{"a", "ü"}},
		"UTF-16, big end":        {"\xfe\xff\x00a\x00\n\x00\xfc", []string{"a", "ü"}},
		"a line beyond memory":   {"a\n" + strings.Repeat("x", maxLine+1) + "\nb\n", []string{"a", "…", "b"}},
		"a line at the limit":    {strings.Repeat("x", maxLine-1) + "\n", []string{strings.Repeat("x", maxLine-1)}},
		"no end beyond memory":   {strings.Repeat("x", maxLine+1), []string{"…"}},
		"a byte as gzip's first": {"\x1f\n", []string{"\x1f"}},
	} {
		in, err := plainText(strings.NewReader(c.in))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := linesOf(t, in); !slices.Equal(got, c.want) {
			t.Errorf("%s: %.200q, want %.200q", name, got, c.want)
		}
	}
}

// endless is a stream of one byte.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.left -= n
	return n, nil
}

func TestLongLineTakesNoMemory(t *testing.T) {
	r := lineReader{in: bufio.NewReader(io.MultiReader(&endless{1 << 26}, strings.NewReader("\nb\n")))}
	if _, err := r.next(); !errors.Is(err, errTooLong) {
		t.Fatal(err)
	}
	if cap(r.line) > 2*maxLine {
		t.Errorf("%d bytes are held", cap(r.line))
	}
	if line, err := r.next(); string(line) != "b" || err != nil {
		t.Errorf("behind it: %q, %v", line, err)
	}
}

// recordsOf reads a csv file whole.
func recordsOf(t testing.TB, text string) (header []string, records []csvRecord) {
	t.Helper()
	r := newCSVReader(bufio.NewReader(strings.NewReader(text)))
	header, err := r.header()
	if err != nil {
		return nil, nil
	}
	wanted := make([]int, len(header))
	for i := range wanted {
		wanted[i] = i
	}
	for {
		record, err := r.next(wanted)
		if errors.Is(err, io.EOF) {
			return header, records
		}
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
}

// TestCSVIsReadAsPythonReadsIt: the expectations are those of csv.reader of
// Python 3.12, newline="".
func TestCSVIsReadAsPythonReadsIt(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string
	}{
		{"a,b\n1,2\n", `2 ["1" "2"]`},
		{"a,b\r\n\"x,y\",\"say \"\"hi\"\"\"\r\n", `2 ["x,y" "say \"hi\""]`},
		{"a,b\n\"two\nlines\",2\n3,4\n", `2 ["two\nlines" "2"] 4 ["3" "4"]`},
		{"a,b\nx\"y\",2\n", `2 ["x\"y\"" "2"]`},
		{"a,b\n\"x\"y,2\n", `2 ["xy" "2"]`},
		{"a,b\n\n\n1,2", `4 ["1" "2"]`},
		{"a,b\n,\n", `2 ["" ""]`},
		{"a,b\rold,mac\r", `2 ["old" "mac"]`},
		{"a,b\n\" q \",\t\n", `2 [" q " "\t"]`},
		{"a,b\n\"\",\"\"\n", `2 ["" ""]`},
		{"a,b\n\"a\r\nb\",c\n", `2 ["a\r\nb" "c"]`},
		{"a;b,c\nx;y\n", `2 ["x" "y"]`},
		{"a;b\n1,5;2\n", `2 ["1,5" "2"]`},
		{"a\tb\n1\t2\n", `2 ["1" "2"]`},
	} {
		_, records := recordsOf(t, c.in)
		var got []string
		for _, r := range records {
			got = append(got, fmt.Sprintf("%d %q", r.line, r.values))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestDamagedCSVRecordIsToldApart(t *testing.T) {
	_, records := recordsOf(t, "a,b\n1\n1,2,3\n"+strings.Repeat("x", maxText+9)+",2\ngood,2\n\"open,2\nand more\n")
	var got []string
	for _, r := range records {
		got = append(got, fmt.Sprintf("%d: %d, %v", r.line, r.fields, r.err))
	}
	want := []string{"2: 1, <nil>", "3: 3, <nil>", "4: 2, " + errTooLong.Error(), "5: 2, <nil>", "6: 1, the quotes that open in line 6 never close"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func FuzzCSVReadsBackWhatWasWritten(f *testing.F) {
	f.Add("a", "b,\"c\nd", "")
	f.Add("\r\n", "\"", "x\ty;z|")
	f.Add("\x00\xff", " ", "ü")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var out strings.Builder
		w := csv.NewWriter(&out)
		w.Write([]string{"first", "second", "third"})
		w.Write([]string{a, b, c})
		w.Write([]string{c, a, b})
		w.Flush()
		_, records := recordsOf(t, out.String())
		var got [][]string
		for _, r := range records {
			if r.err != nil || r.fields != 3 {
				t.Fatalf("%q: %+v", out.String(), r)
			}
			got = append(got, r.values)
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", [][]string{{a, b, c}, {c, a, b}}) {
			t.Errorf("%q was read as %q", out.String(), got)
		}
	})
}

func FuzzTextsOfAnyBytes(f *testing.F) {
	for _, seed := range []string{"a\nb", "{\"id\":1,\"text\":\"x\"}\nbroken\n", "\xff\xfe{", "\x1f\x8b\x08", "id,text\n1,\"x\n2,y", "\xef\xbb", "{\"text\":{}}", "text\n\xff\"\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		check := func(read text) bool {
			if !utf8.ValidString(read.text) || !utf8.Valid(read.id) {
				t.Errorf("%q gives %q with the id %q", data, read.text, read.id)
			}
			return true
		}
		in, err := plainText(bytes.NewReader(data))
		if err != nil {
			return
		}
		whole, err := io.ReadAll(in)
		if err != nil {
			return
		}
		again := func() *bufio.Reader { return bufio.NewReaderSize(bytes.NewReader(whole), 16) }
		lines := 0
		readLines(t.Context(), lineReader{in: again()}, "", false, func(read text) bool {
			lines++
			read.text, _ = mend(read.text)
			return check(read)
		})
		if want := bytes.Count(bytes.TrimSuffix(whole, []byte("\n")), []byte("\n")) + 1; lines != want && len(whole) > 0 {
			t.Errorf("%d texts of %d lines in %q", lines, want, data)
		}
		readCSVTexts(t.Context(), newCSVReader(again()), "", func(read text) bool {
			read.text, _ = mend(read.text)
			return check(read)
		})
	})
}
