package pipeline

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"willbuy/pipeline/reviews"
	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/zeroshot"
	"willbuy/store"
)

// probeTexts is how many reviews the cluster step classifies to measure.
const probeTexts = 48

var clusterStep = &Step{
	ID: "cluster", Title: "Cluster", Version: 1, Needs: []string{"setup"},
	Question: "who does the work, and does it pay to add more?",
	Look:     "The second bar should be close to twice the first. More workers than cores bring nothing.",
	Params: []Param{
		{Name: "workers", Kind: IntParam, Default: "0", Min: 0, Max: 1024, Unit: "workers", Help: "how many work side by side; 0 means one a core"},
		{Name: "factor", Kind: IntParam, Default: "2", Min: 1, Max: 64, Help: "scale factor of the comparison"},
	},
	Code: func(_ Lab, v Values) string {
		return fmt.Sprintf("classify %d reviews of the stage on 1 worker\nclassify them again on %s workers\ncompare the rates", probeTexts, v["factor"])
	},
	Run: measureCluster,
}

// workersOf is how many goroutines a workspace's batch work runs on.
func workersOf(w *Workspace) int {
	if n := w.valuesOf("cluster").Int("workers"); n > 0 {
		return n
	}
	return runtime.NumCPU()
}

func measureCluster(ctx context.Context, x *Exec) (StepFinished, error) {
	texts, err := x.stageSample(ctx, probeTexts)
	if err != nil {
		return StepFinished{}, err
	}
	factor := x.Values.Int("factor")
	out := StepFinished{Rows: int64(x.workers()), Unit: "workers",
		Summary: fmt.Sprintf("%s on %s.", Plural(int64(x.workers()), "local worker"), Plural(int64(runtime.NumCPU()), "core"))}
	if len(texts) == 0 {
		x.Warn("the stage holds no review to measure with")
		return out, nil
	}
	x.Phase("opening the model")
	model, err := openModel(embedded, "Build willbuy anew: the model in it does not open.")
	if err != nil {
		return out, err
	}
	defer model.Close()
	classifier, err := zeroshot.New(model, zeroshot.Options{Labels: x.Lab.Labels})
	if err != nil {
		return out, err
	}
	var rows [][]any
	var rates []float64
	for i, workers := range []int{1, factor} {
		done := int64(0)
		began := time.Now()
		err := classifier.Classify(ctx, func(yield func(textmodel.Text) bool) {
			for _, t := range texts {
				if !yield(textmodel.Text{Text: t}) {
					return
				}
			}
		}, zeroshot.Run{Workers: workers, OnResult: func(zeroshot.Result) {
			done++
			x.Progress(int64(i*len(texts))+done, int64(2*len(texts)), "reviews")
		}, OnWorker: func(w textmodel.Worker) {
			x.Worker(Worker{ID: w.ID + 1, Done: int64(w.Texts), Rate: w.Rate, Batch: w.Batch, Tokens: w.Tokens, State: "busy"})
		}})
		if err != nil {
			return out, err
		}
		rate := float64(len(texts)) / time.Since(began).Seconds()
		rates = append(rates, rate)
		rows = append(rows, []any{int64(workers), rate})
	}
	x.Table("scaling", "Reviews a second by number of workers",
		[]store.Column{{Name: "WORKERS", Type: store.Int}, {Name: "REVIEWS_A_SECOND", Type: store.Float}}, rows)
	total, used := memory()
	x.Table("nodes", "Nodes", []store.Column{{Name: "NODE", Type: store.String}, {Name: "CORES", Type: store.Int}, {Name: "WORKERS", Type: store.Int},
		{Name: "MEMORY", Type: store.Int}, {Name: "USED", Type: store.Int}}, [][]any{{"this machine", int64(runtime.NumCPU()), int64(x.workers()), total, used}})
	out.Facts = map[string]any{"factor": factor, "before": rates[0], "after": rates[1]}
	out.Summary += fmt.Sprintf(" %.0f reviews a second on one, %.0f on %d: ×%.2f.", rates[0], rates[1], factor, rates[1]/rates[0])
	return out, nil
}

// memory is that of this machine and what this process has of it, in bytes; 0
// where the system does not say, as only Linux does.
func memory() (total, used int64) {
	read := func(file, name string) int64 {
		text, _ := os.ReadFile(file)
		_, rest, _ := strings.Cut(string(text), name+":")
		var kib int64
		fmt.Sscan(rest, &kib)
		return kib << 10
	}
	return read("/proc/meminfo", "MemTotal"), read("/proc/self/status", "VmRSS")
}

// stageSample reads the first reviews of the stage that parse, at most n.
func (x *Exec) stageSample(ctx context.Context, n int) ([]string, error) {
	files, err := x.Store.List(ctx, ReviewStage)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, f := range files {
		content, err := x.Store.Open(ctx, ReviewStage, f.Name)
		if err != nil {
			return nil, err
		}
		scan := reviews.NewScanner(f.Name, content)
		// A few of each file, so that every language has its share.
		for taken := 0; taken < max(4, n/len(files)) && len(texts) < n && scan.Scan(); {
			if review, reject := reviews.Parse(scan.Record()); reject == nil {
				texts = append(texts, review.Text)
				taken++
			}
		}
		content.Close()
	}
	return texts, nil
}
