package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"

	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/zeroshot"
	"willbuy/store"
)

var qualityStep = &Step{
	ID: "quality", Title: "Quality", Version: 1, Needs: []string{"parse"}, Spare: true,
	Question: "how much does each review really tell us?",
	Look:     "The share of each label, and the least certain reviews: would you have labelled them so?",
	Params: []Param{
		{Name: "model", Kind: StringParam, Default: embedded, Help: "a directory with a natural language inference model in Hugging Face's layout, or embedded"},
		{Name: "labels", Kind: ListParam, Default: joinLabels(DefaultLab()), FromLab: joinLabels, Help: "the candidate labels"},
		{Name: "template", Kind: StringParam, Default: zeroshot.DefaultTemplate, Help: "the sentence, with {} where the label goes"},
		{Name: "multi_label", Kind: BoolParam, Default: "false", Help: "score each label by itself instead of against the others"},
		{Name: "precision", Kind: ChoiceParam, Default: string(zeroshot.Exact), Choices: precisionNames(), Help: "exact scores, exact labels faster (fast), or the fastest (int8)"},
		providerParam,
	},
	Outside: func(_ context.Context, w *Workspace) (string, error) {
		v := w.valuesOf("quality")
		print := modelPrint(v["model"], textmodel.Exact)
		if v["precision"] != string(zeroshot.Exact) {
			print += modelPrint(v["model"], textmodel.Int8)
		}
		return print, nil
	},
	Code: func(l Lab, v Values) string {
		return fmt.Sprintf(`model = %s
hypotheses = [%q.format(label) for label in %q]
for each distinct text of %s, batched over the workers:
    logits = model(text, hypothesis) for each hypothesis
    scores = softmax(entailment logits)            multi_label = %s
    text → %s, %s by content in %s`, v["model"], v["template"], v.List("labels"), ParsedTable, v["multi_label"],
			l.Quality, "scores", QualityCache)
	},
	Checks: []Rule{
		{Name: "every parsed review has a label or is in quarantine", Query: func(l Lab) string {
			return fmt.Sprintf(`SELECT p.FILE, p.LINE FROM %s p
LEFT JOIN %s q ON q.FILE = p.FILE AND q.LINE = p.LINE
LEFT JOIN %s z ON z.STEP = 'quality' AND z.FILE = p.FILE AND z.LINE = p.LINE
WHERE q.FILE IS NULL AND z.FILE IS NULL`, ParsedTable, QualityTable, QuarantineTable)
		}},
	},
	Run: quality,
}

func quality(ctx context.Context, x *Exec) (StepFinished, error) {
	labels := x.Values.List("labels")
	x.Phase("opening the model")
	opened, err := openQuality(x, labels)
	if err != nil {
		return StepFinished{}, err
	}
	defer opened.Close()
	shares := make([]average, len(labels))
	for i, label := range labels {
		shares[i] = labelShare(label, label)
	}
	work := scoring{
		table: ParsedTable, text: x.Lab.Text, cache: QualityCache,
		question: qualityQuestion(x.Values, opened.First),
		ask: func(ctx context.Context, texts iter.Seq[textmodel.Text], answer func(scored), worker func(textmodel.Worker)) error {
			return opened.Classify(ctx, texts, zeroshot.Run{Workers: x.workers(), OnWorker: worker, OnCalibrated: x.showCalibration, OnResult: func(r zeroshot.Result) {
				answer(inOrder(r, labels))
			}})
		},
		live: newTally(x, labels, shares),
	}
	if err := x.resumeCalibration(ctx, work, opened.Cascade); err != nil {
		return StepFinished{}, err
	}
	if err := work.run(ctx, x); err != nil {
		return StepFinished{}, err
	}
	if err := x.saveQuality(ctx, work); err != nil {
		return StepFinished{}, err
	}
	if !x.Values.Bool("multi_label") && len(labels) > 1 { // a lone label is scored by itself
		if err := x.checkSums(ctx); err != nil {
			return StepFinished{}, err
		}
	}
	return x.describeQuality(ctx, labels)
}

// openQuality opens the models that the parameters ask for, and logs what is
// not as asked.
func openQuality(x *Exec, labels []string) (*zeroshot.Opened, error) {
	opened, err := zeroshot.Open(textSource(x.Values["model"]),
		zeroshot.Setup{Precision: zeroshot.Precision(x.Values["precision"]), Provider: textmodel.Provider(x.Values["provider"])},
		zeroshot.Options{Labels: labels, Template: x.Values["template"], MultiLabel: x.Values.Bool("multi_label")})
	if err != nil {
		return nil, openHint(err, "Set quality.model to a directory with config.json, tokenizer.json and onnx/model.onnx, or to embedded.")
	}
	for _, note := range opened.Notes {
		x.Log("%s", note)
	}
	return opened, nil
}

// qualityQuestion names the question by all that changes its answers: the
// network, what is asked of it, and a cascade's first pass. A provider alone
// does not: exact scores agree within 1e-5.
func qualityQuestion(v Values, first textmodel.Precision) string {
	network := textmodel.Exact
	if v["precision"] == string(zeroshot.Int8) {
		network = textmodel.Int8
	}
	parts := []string{"quality", modelPrint(v["model"], network), v["labels"], v["template"], v["multi_label"]}
	switch first {
	case textmodel.Int8:
		parts = append(parts, modelPrint(v["model"], textmodel.Int8))
	case textmodel.Reduced:
		parts = append(parts, v["provider"])
	}
	return hash(parts...)
}

// resumeCalibration gives a cascade what earlier runs learnt for it.
func (x *Exec) resumeCalibration(ctx context.Context, work scoring, cascade *zeroshot.Cascade) error {
	if cascade == nil {
		return nil
	}
	kept, err := work.probes(ctx, x)
	if err != nil {
		return err
	}
	probes := make([]zeroshot.Probe, len(kept))
	for i, text := range kept {
		if err := json.Unmarshal([]byte(text), &probes[i]); err != nil {
			return fmt.Errorf("read the calibration in %s: %w", work.cache, err)
		}
	}
	cascade.Resume(probes)
	if c, ok := cascade.Calibration(); ok {
		x.showCalibration(c)
	}
	return nil
}

// showCalibration tells what the sample of a cascade says.
func (x *Exec) showCalibration(c zeroshot.Calibration) {
	x.Log("calibrated: %s", c)
	x.Table("calibration", "Calibration of fast", []store.Column{
		{Name: "SAMPLE", Type: store.Int}, {Name: "CHANGED", Type: store.Int}, {Name: "THRESHOLD", Type: store.Float},
		{Name: "EXPECTED_AGREEMENT", Type: store.Float}, {Name: "SHARE_REDONE", Type: store.Float},
	}, [][]any{{int64(c.Sample), int64(c.Changed), c.Threshold, c.Agreement, c.Redone}})
}

// inOrder turns a result, best label first, into scores in the order of the
// labels asked.
func inOrder(r zeroshot.Result, labels []string) scored {
	out := scored{key: r.ID, text: r.Text.Text, err: r.Err}
	if r.Err != nil {
		return out
	}
	out.label, out.score = r.Labels[0], r.Scores[0]
	if r.Probe != nil {
		probe, _ := json.Marshal(r.Probe) // its numbers are finite
		out.probe = string(probe)
	}
	at := map[string]float64{}
	for i, label := range r.Labels {
		at[label] = r.Scores[i]
	}
	var b strings.Builder
	for i, label := range labels {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatFloat(at[label], 'f', 6, 64))
	}
	out.scores = "[" + b.String() + "]"
	return out
}

// saveQuality joins the reviews with their answers, and puts those that could
// not be classified into quarantine.
func (x *Exec) saveQuality(ctx context.Context, work scoring) error {
	joined := fmt.Sprintf("FROM %s p INNER JOIN %s c ON c.KEY = %s", ParsedTable, QualityCache, work.Key("p"))
	return x.Write(ctx, "labels", x.Fingerprint, func(w store.Writer) error {
		_, err := w.CreateAs(QualityTable, fmt.Sprintf("SELECT p.FILE, p.LINE, p.%s, p.%s, c.LABEL AS %s, c.SCORE, c.SCORES %s WHERE c.LABEL IS NOT NULL",
			Ident(x.Lab.ID), Ident(x.Lab.Text), Ident(x.Lab.Quality), joined))
		if err != nil {
			return err
		}
		if _, err := w.Delete(QuarantineTable, "STEP", "quality"); err != nil {
			return err
		}
		refused, err := w.Insert(QuarantineTable, fmt.Sprintf(`SELECT 'quality' AS STEP, r.FILE, r.LINE, r.LINES, c.SCORES AS REASON, r.RAW %s
INNER JOIN %s r ON r.FILE = p.FILE AND r.LINE = p.LINE WHERE c.LABEL IS NULL`, joined, RecordsTable))
		if refused > 0 {
			x.Quarantined(Quarantine{Reason: "could not be classified", Count: refused})
		}
		return err
	})
}

// checkSums asserts that the scores of each review sum to 1.
func (x *Exec) checkSums(ctx context.Context) error {
	rows, err := x.Store.Query(ctx, fmt.Sprintf(`SELECT FILE, LINE, SCORES FROM %s
WHERE COALESCE(ABS(LIST_SUM(TRY_CAST(SCORES AS DOUBLE[])) - 1) > 1e-4, TRUE) ORDER BY FILE, LINE`, QualityTable))
	if err != nil {
		return err
	}
	broken, err := rows.Collect(-1)
	if err != nil {
		return err
	}
	return x.Assert("the scores of each review sum to 1", len(broken) == 0, "", broken)
}

func (x *Exec) describeQuality(ctx context.Context, labels []string) (StepFinished, error) {
	quality := Ident(x.Lab.Quality)
	counts, err := x.Show(ctx, "labels", "Labels", fmt.Sprintf("SELECT %s AS LABEL, COUNT(*) AS REVIEWS FROM %s GROUP BY 1 ORDER BY 2 DESC", quality, QualityTable))
	if err != nil {
		return StepFinished{}, err
	}
	var known [][]any
	for _, row := range counts {
		if label := fmt.Sprint(row[0]); !strings.Contains(","+x.Values["labels"]+",", ","+label+",") {
			known = append(known, row)
		}
	}
	if err := x.Assert(fmt.Sprintf("no label is outside the %d", len(labels)), len(known) == 0, "", known); err != nil {
		return StepFinished{}, err
	}
	_, err = x.Show(ctx, "uncertain", "Least certain", fmt.Sprintf("SELECT %s, SCORE, SCORES, %s FROM %s ORDER BY SCORE, FILE, LINE LIMIT 20", quality, Ident(x.Lab.Text), QualityTable))
	if err != nil {
		return StepFinished{}, err
	}
	shares := make([]measure, len(labels))
	for i, label := range labels {
		shares[i] = measure{label, fmt.Sprintf("CASE WHEN t.%s = %s THEN 1.0 ELSE 0.0 END", quality, Lit(label))}
	}
	if err := x.showLanguages(ctx, QualityTable+" t", "t."+Ident(x.Lab.Text), shares); err != nil {
		return StepFinished{}, err
	}
	out, err := x.Made(ctx, QualityTable, "FILE, LINE")
	out.Unit = "reviews"
	var parts []string
	for _, row := range counts {
		n := row[1].(int64)
		parts = append(parts, fmt.Sprintf("%s %s (%s)", firstWord(fmt.Sprint(row[0])), Thousands(n), Percent(float64(n)/float64(max(1, out.Rows)))))
	}
	out.Summary = fmt.Sprintf("%s reviews on %s: %s.", Thousands(out.Rows), Plural(int64(x.workers()), "worker"), strings.Join(parts, ", "))
	return out, err
}

// joinLabels are the lab's labels as a list parameter has them.
func joinLabels(l Lab) string { return strings.Join(l.Labels, ",") }

// firstWord is a label's short name: "Detailed with specific…" is detailed.
func firstWord(label string) string {
	word, _, _ := strings.Cut(label, " ")
	return strings.ToLower(word)
}

// precisionNames are the choices of quality.precision.
func precisionNames() (names []string) {
	for _, p := range zeroshot.Precisions {
		names = append(names, string(p))
	}
	return names
}

// embeddedPrint identifies the model inside the binary; it cannot change while
// we run, and hashing its 23 MB takes a while.
var embeddedPrint = sync.OnceValues(func() (string, error) { return textSource(embedded).Fingerprint() })

// modelPrint identifies what runs of a model at a precision by its content. One
// that cannot be read has no print; opening it says why.
func modelPrint(name string, p textmodel.Precision) string {
	fingerprint := func() (string, error) { return textSource(name).FingerprintAt(p) }
	if name == embedded { // one network for every precision
		fingerprint = embeddedPrint
	}
	sum, err := fingerprint()
	if err != nil {
		return ""
	}
	return sum
}

// hash is a short name for a list of texts.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
}
