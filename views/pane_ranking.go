package views

import (
	"fmt"
	"math"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawRanking shows the ROC curve, and precision against recall, with where the
// chosen threshold stands on both.
func drawRanking(s *sheet) {
	t, ok := s.st.Table("ranking")
	if !ok || len(t.Rows) == 0 {
		s.notYet()
		return
	}
	score, alarms, recall, precision := numbers(t, "SCORE"), numbers(t, "FALSE_ALARMS"), numbers(t, "RECALL"), numbers(t, "PRECISION")
	base := precision[len(precision)-1]
	at := 0 // the last score above the threshold
	for i := range score {
		if score[i] > s.threshold() {
			at = i
		}
	}
	name := fmt.Sprintf("above %.2f", s.threshold())
	roc := chart.Plot{Title: "ROC", Square: true, XLabel: "false alarms", Note: "AUC " + s.withInterval("auc"), Series: []chart.Series{
		{Name: "chance", X: []float64{0, 1}, Values: []float64{0, 1}, Faint: true},
		{Name: "model", X: append([]float64{0}, alarms...), Values: append([]float64{0}, recall...)},
		{Name: name, X: alarms[at : at+1], Values: recall[at : at+1], Points: true}}}
	pr := chart.Plot{Title: "Precision", Square: true, XLabel: "recall", Note: "mean " + s.withInterval("pr_auc"), Series: []chart.Series{
		{Name: "chance", X: []float64{0, 1}, Values: []float64{base, base}, Faint: true},
		{Name: "model", X: recall, Values: precision},
		{Name: name, X: recall[at : at+1], Values: precision[at : at+1], Points: true}}}
	s.say(s.plainStyle(), fmt.Sprintf("Called a buyer above %.2f: %s of the buyers are found, and %s of the others called in vain; of those called %s bought.",
		s.threshold(), pipeline.Percent(recall[at]), pipeline.Percent(alarms[at]), pipeline.Percent(precision[at])))
	s.inside("← →", "move the threshold, here and under Confusion")
	s.gap()
	height := max(12, min(26, s.left()-1))
	if s.width >= 66 {
		half := (s.width - 4) / 2
		s.add(beside(4, []int{half, half}, s.plot(roc, half, height), s.plot(pr, half, height))...)
		return
	}
	s.add(s.plot(roc, s.width, height)...)
	s.gap()
	s.add(s.plot(pr, s.width, height)...)
}

// withInterval writes a metric with the range in which it lies with 95 %.
func (s *sheet) withInterval(name string) string {
	t, _ := s.st.Table("metrics")
	low, high, validation, train := numbers(t, "LOW"), numbers(t, "HIGH"), numbers(t, "VALIDATION"), numbers(t, "TRAIN")
	for i, metric := range words(t, "METRIC") {
		if metric != name {
			continue
		}
		value := validation[i]
		if math.IsNaN(value) {
			value = train[i]
		}
		if math.IsNaN(low[i]) {
			return fmt.Sprintf("%.3f", value)
		}
		return fmt.Sprintf("%.3f [%.3f, %.3f]", value, low[i], high[i])
	}
	return "–"
}
