package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// twinModel is a model directory with an exact and a quantised network.
func twinModel(t *testing.T) string {
	t.Helper()
	const tiny = "../testdata/tiny"
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(tiny, "nli"))); err != nil {
		t.Fatal(err)
	}
	const file = "onnx/model_quantized.onnx"
	data, err := os.ReadFile(filepath.Join(tiny, "nli-int8", file))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, file), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// parsedLab has as many parsed reviews and is to classify them with a model.
func parsedLab(t *testing.T, rows int, settings ...string) *Workspace {
	t.Helper()
	w := emptyLab(t)
	set(t, w, fmt.Sprintf("setup.rows=%d", rows), "setup.dirty=0")
	set(t, w, settings...)
	run(t, w, Request{To: "parse"})
	return w
}

// calibrationOf gives the last calibration table of a run.
func calibrationOf(t *testing.T, events []Event) []any {
	t.Helper()
	var rows []any
	for _, table := range body[Table](t, events, "quality", KindTable) {
		if table.Name == "calibration" {
			rows = table.Rows[0]
		}
	}
	return rows
}

func TestQualityStoppedWhileCalibratingGoesOnWhereItWas(t *testing.T) {
	const rows = 700
	settings := []string{"quality.model=" + twinModel(t), "quality.precision=fast", "quality.labels=price,it was a gift for my brother"}
	whole := parsedLab(t, rows, settings...)
	_, events := run(t, whole, Request{To: "quality"})
	want := calibrationOf(t, events)
	if want == nil || !logged(t, events, "quality", "calibrated: on 256 of your texts, ") {
		t.Fatalf("the calibration is %v", want)
	}

	broken := parsedLab(t, rows, settings...)
	began, ticks := time.Now(), atomic.Int64{}
	broken.Clock = func() time.Time { return began.Add(time.Duration(ticks.Add(1)) * time.Second) } // so that all progress is told
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := broken.Run(ctx, Request{To: "quality"}, func(e Event) {
		var p Progress
		if e.Kind == KindProgress && e.Decode(&p) == nil && p.Unit == "reviews" && p.Done > 0 && e.Step == "quality" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	const probes = "SELECT COUNT(*) FROM QUALITY_CACHE WHERE LABEL LIKE 'probe %'"
	kept, _ := strconv.ParseInt(query(t, broken, probes)[0], 10, 64)
	broken = openLab(t, broken.Dir)
	_, events = run(t, broken, Request{To: "quality"})
	first := firstWith(body[Progress](t, events, "quality", KindProgress), "reviews")
	if kept == 0 || kept >= 256 || first.Done != kept {
		t.Errorf("%d probes were kept, the second run began at %d texts", kept, first.Done)
	}
	got := calibrationOf(t, events)
	if got == nil || math.Abs(got[2].(float64)-want[2].(float64)) > 1e-4 {
		t.Errorf("calibrated %v, at one go %v", got, want)
	}
	if n := query(t, broken, probes)[0]; n != "256" {
		t.Errorf("%s probes are kept", n)
	}
	// A third run, with new texts, takes the calibration as it is.
	drop(t, broken, "tomorrow.txt", fmt.Sprintf("%q,%q\n", someone(t, broken, 0), "It broke after a day."))
	_, events = run(t, broken, Request{To: "quality"})
	if again := calibrationOf(t, events); !slices.Equal(again, got) {
		t.Errorf("calibrated %v, before %v", again, got)
	}

	const labels = "SELECT FILE, LINE, REVIEW_QUALITY FROM " + QualityTable + " WHERE FILE <> 'tomorrow.txt' ORDER BY FILE, LINE"
	if a, b := query(t, broken, labels), query(t, whole, labels); !slices.Equal(a, b) {
		t.Errorf("%d labels differ from those of a run at one go", len(a))
	}
}

func TestQualityKeepsTheAnswersOfEachPrecisionApart(t *testing.T) {
	w := parsedLab(t, 60, "quality.model="+twinModel(t))
	scored := func() string {
		t.Helper()
		_, events := run(t, w, Request{To: "quality"})
		all := body[Progress](t, events, "quality", KindProgress)
		return fmt.Sprint(firstWith(all, "reviews").Done == 0)
	}
	for _, step := range []struct{ precision, fresh string }{
		{"exact", "true"}, {"int8", "true"}, {"fast", "true"}, {"exact", "false"}, {"int8", "false"},
	} {
		set(t, w, "quality.precision="+step.precision)
		if got := scored(); got != step.fresh {
			t.Errorf("with %s all texts were scored anew: %s, want %s", step.precision, got, step.fresh)
		}
	}
	set(t, w, "quality.provider=openvino") // exact, here or there
	_, events := run(t, w, Request{To: "quality"})
	if !logged(t, events, "quality", "OpenVINO is not in this ONNX Runtime library") {
		t.Log("this ONNX Runtime has OpenVINO")
	}
}

func TestQualityWithTheEmbeddedModelHasOnePrecision(t *testing.T) {
	w := newLab(t)
	set(t, w, "quality.precision=fast")
	_, events := run(t, w, Request{To: "quality"})
	if !logged(t, events, "quality", "the embedded model has a quantised network alone, so every precision is int8") {
		t.Error("nothing is said")
	}
	if !logged(t, events, "quality", "their scores are kept") {
		t.Error("the texts were scored again")
	}
}

func TestQualityWithoutAQuantisedNetworkSaysHowToGetOne(t *testing.T) {
	model, err := filepath.Abs("../testdata/tiny/nli")
	if err != nil {
		t.Fatal(err)
	}
	w := parsedLab(t, 60, "quality.model="+model, "quality.precision=fast")
	_, _, err = try(t, w, Request{To: "quality"})
	if err == nil || !strings.Contains(err.Error(), "willbuy textmodel quantize "+model) {
		t.Error(err)
	}
}

func TestSentimentSaysWhichProviderItRunsOn(t *testing.T) {
	w := newLab(t)
	set(t, w, "sentiment.provider=cuda")
	_, events := run(t, w, Request{To: "sentiment"})
	if !logged(t, events, "sentiment", "runs on the CPU") {
		t.Error("nothing is said")
	}
}

// One label is scored by itself, as with multi_label: its scores need not be 1.
func TestQualityWithOneLabel(t *testing.T) {
	w := parsedLab(t, 60, "quality.model="+twinModel(t), "quality.labels=price")
	run(t, w, Request{To: "quality"})
	if n := query(t, w, "SELECT COUNT(*) FROM "+QualityTable+" WHERE SCORE < 0.99")[0]; n == "0" {
		t.Error("every score is 1")
	}
}
