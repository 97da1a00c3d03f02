package tui

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"willbuy/pipeline"
)

// trained records a lab whose training has curves.
func trained(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "lab-of-tests")
	print := fresh(t, dir)["train"]
	all := finished("train", print, 2000)
	entries := []entry{{"", pipeline.KindRunStarted, pipeline.RunStarted{Command: "test", Store: "NoDB"}}, all[0]}
	for round := 1; round <= 5; round++ {
		loss := map[string]float64{"rmse": 0.5 / float64(round)}
		entries = append(entries, entry{"train", pipeline.KindCurve, pipeline.Curve{Round: round, Train: loss, Validation: loss}})
	}
	entries = append(append(entries, all[1:]...), entry{"", pipeline.KindRunFinished, pipeline.RunFinished{Status: "done"}})
	record(t, dir, firstRun, entries...)
	return dir
}

func TestAChartIsSavedIntoTheLabsFolderAndNoneWrittenOver(t *testing.T) {
	dir := trained(t)
	b := newBench(t, dir)
	b.press("g", "1", "0")
	if !b.showsChart() {
		t.Fatal("the training shows no chart")
	}
	name := b.shownFigures()[0].Name
	for range 2 {
		b.press("Y")
		b.mustShow("Copy or save", "Save "+name+" as SVG", "Save the whole screen as SVG")
		b.press("enter")
	}
	b.mustShow("Saved ")
	b.press("Y", "down", "enter", "Y", "up")
	for range len(b.cover.(*saving).choices) {
		b.press("down")
	}
	b.press("enter")
	files, err := os.ReadDir(filepath.Join(dir, figuresFolder))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	base := fileName("train " + name)
	for _, want := range []string{base + ".svg", base + "-2.svg", base + ".csv", "train-screen.svg"} {
		text, err := os.ReadFile(filepath.Join(dir, figuresFolder, want))
		if err != nil {
			t.Errorf("%s is not among %v", want, names)
			continue
		}
		if strings.HasSuffix(want, ".csv") {
			if !strings.HasPrefix(string(text), "round,") {
				t.Errorf("%s begins %.40q", want, text)
			}
			continue
		}
		decoder := xml.NewDecoder(strings.NewReader(string(text)))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", want, err)
			}
		}
	}
}

func TestAFigureThatCannotBeSavedSaysWhy(t *testing.T) {
	dir := lab(t, 15)
	b := newBench(t, dir)
	if err := os.WriteFile(filepath.Join(dir, figuresFolder), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	b.press("g", "1", "0", "Y", "enter")
	if !b.note.bad || !strings.Contains(b.note.text, "make the folder of figures") {
		t.Errorf("it says %q", b.note.text)
	}
}

func TestFileNamesAreOfSmallLettersAndDigits(t *testing.T) {
	for text, want := range map[string]string{
		"train RMSE": "train-rmse",
		"explain What moves predictions, mean |φ|": "explain-what-moves-predictions-mean",
		"../../etc/passwd":                         "etc-passwd",
		strings.Repeat("long ", 40):                "long-long-long-long-long-long-long-long-long-long-long-long",
		"日本":                                       "",
	} {
		if got := fileName(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestTheDataOfAChartIsCopied(t *testing.T) {
	b := newBench(t, trained(t))
	var got string
	b.clipboard = func(text string) error {
		got = text
		return nil
	}
	b.press("g", "1", "0", "y")
	if want := "round\ttrain\tvalidation\n1\t0.5\t0.5\n2\t0.25\t0.25\n"; !strings.HasPrefix(got, want) {
		t.Errorf("%q is copied, want %q …", got, want)
	}
	b.mustShow("Copied the data of RMSE")
	b.press("1")
	if b.showsChart() {
		t.Error("the setup shows a chart")
	}
}
