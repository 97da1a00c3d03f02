package zeroshot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"willbuy/pipeline/textmodel"
)

func TestOneNetworkMakesOnePrecision(t *testing.T) {
	lone := textmodel.Directory(filepath.Join(tiny, "nli-int8"))
	inside := textmodel.Files(os.DirFS(filepath.Join(tiny, "nli-int8")))
	texts := reviews(t, 5)
	want, _ := ask(t, opened(t, lone, Setup{Precision: Int8}, topics), texts)
	for _, test := range []struct {
		source    textmodel.Source
		precision Precision
		note      string
	}{
		{lone, Exact, "nli-int8 has a quantised network alone, so every precision is int8"},
		{lone, Fast, "nli-int8 has a quantised network alone"},
		{lone, Int8, ""},
		{inside, Exact, ""},
		{inside, Fast, "the embedded model has a quantised network alone"},
		{inside, Int8, ""},
	} {
		q := opened(t, test.source, Setup{Precision: test.precision}, topics)
		notes := strings.Join(q.Notes, "; ")
		if q.Cascade != nil || (notes == "") != (test.note == "") || !strings.Contains(notes, test.note) {
			t.Errorf("%s at %s: cascade %v, notes %q", test.source, test.precision, q.Cascade, notes)
		}
		if got, _ := ask(t, q, texts); !near(got[0], want[0], 0) {
			t.Errorf("%s at %s: %v, want %v", test.source, test.precision, got[0], want[0])
		}
	}
}

func TestWhatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	exactOnly := textmodel.Directory(filepath.Join(tiny, "nli"))
	for _, test := range []struct {
		s    Setup
		o    Options
		want string
	}{
		{Setup{Precision: Fast}, topics, "make one with: willbuy textmodel quantize "},
		{Setup{Precision: Int8}, topics, "make one with: willbuy textmodel quantize "},
		{Setup{Precision: "double"}, topics, `no precision "double"`},
		{Setup{Provider: "abacus"}, topics, `no provider "abacus"`},
		{Setup{}, Options{}, "no candidate labels"},
	} {
		if q, err := Open(exactOnly, test.s, test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, %v", test.s, q, err)
		}
	}
	q := opened(t, exactOnly, Setup{Provider: textmodel.OpenVINO}, topics)
	for _, note := range q.Notes {
		if !strings.HasSuffix(note, ": runs on the CPU") {
			t.Errorf("the note is %q", note)
		}
	}
}

// With a library that has OpenVINO (see textmodel.LibraryVariable) the first
// pass is bfloat16, and no quantised network is needed.
func TestFastTakesTheShorterFloatsOfAProvider(t *testing.T) {
	source := textmodel.Directory(filepath.Join(tiny, "nli"))
	q, err := Open(source, Setup{Precision: Fast, Provider: textmodel.OpenVINO}, topics)
	if err != nil {
		if strings.Contains(err.Error(), "willbuy textmodel quantize") {
			t.Skip("this ONNX Runtime has no OpenVINO")
		}
		t.Fatal(err)
	}
	defer q.Close()
	if q.First != textmodel.Reduced || len(q.Notes) > 0 {
		t.Errorf("first pass %q, notes %q", q.First, q.Notes)
	}
	texts := reviews(t, 1000)
	want, _ := ask(t, opened(t, source, Setup{}, topics), texts)
	got, calibrations := ask(t, q, texts)
	agree := 0
	for i := range got {
		if got[i].Labels[0] == want[i].Labels[0] {
			agree++
		}
	}
	t.Logf("%d of %d labels agree; %v", agree, len(texts), calibrations)
	if len(calibrations) != 1 || float64(agree)/float64(len(texts)) < MinAgreement {
		t.Errorf("%d of %d labels agree; %v", agree, len(texts), calibrations)
	}
}
