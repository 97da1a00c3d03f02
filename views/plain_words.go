package views

import (
	"fmt"
	"math"
	"strings"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// wording says what a table's chart shows, as one sentence or none.
type wording func(pipeline.Table) string

// wordings are those of the tables that charts are drawn from, by name.
var wordings = map[string]wording{
	"scaling":      scalingInWords,
	"uncertain":    uncertainInWords,
	"histogram":    histogramInWords,
	"languages":    languagesInWords,
	"calibration":  calibrationInWords,
	"confusion":    confusionInWords,
	"gain":         gainInWords,
	"metrics":      metricsInWords,
	"importance":   importanceInWords,
	"interactions": interactionsInWords,
	"levers":       leversInWords,
	"buyers":       buyersInWords,
	"customer":     waterfallInWords,
	"heat":         heatInWords,
	"groups":       groupsInWords,
	"versions":     versionsInWords,
	"graph":        graphInWords,
}

// dependence is how the names of the tables begin that tell a feature's
// contribution by its value.
const dependence = "dependence_"

// inWords says what a table's chart shows, "" where nothing is drawn from it.
func inWords(t pipeline.Table) string {
	say := wordings[t.Name]
	if strings.HasPrefix(t.Name, dependence) {
		say = dependenceInWords
	}
	if say == nil || len(t.Rows) == 0 {
		return ""
	}
	return say(t)
}

// course tells a curve by where it begins and ends, its extremes, and whether
// it rises or falls.
func course(x, y []float64) string {
	first, last := -1, -1
	low, high := 0, 0
	for i, v := range y {
		if math.IsNaN(v) {
			continue
		}
		if first < 0 {
			first, low, high = i, i, i
		}
		last = i
		if v < y[low] {
			low = i
		}
		if v > y[high] {
			high = i
		}
	}
	if first < 0 {
		return "no values"
	}
	at := func(i int) string {
		return signed(y[i], 2) + " at " + strings.Replace(chart.Number(x[i]), "-", "−", 1)
	}
	trend := "neither rises nor falls"
	if change, span := y[last]-y[first], y[high]-y[low]; math.Abs(change) > span/4 {
		trend = map[bool]string{true: "rises", false: "falls"}[change > 0]
	}
	return fmt.Sprintf("%s, from %s to %s; least %s, most %s", trend, at(first), at(last), at(low), at(high))
}

func scalingInWords(t pipeline.Table) string {
	var parts []string
	rates := numbers(t, "REVIEWS_A_SECOND")
	for i, n := range numbers(t, "WORKERS") {
		parts = append(parts, fmt.Sprintf("%s %s", pipeline.Plural(int64(n), "worker"), rate(rates[i], "")))
	}
	return "Reviews a second: " + strings.Join(parts, ", ") + "."
}

func uncertainInWords(t pipeline.Table) string {
	label, score, text := wordsAt(t, 0), numbers(t, "SCORE"), wordsAt(t, len(t.Columns)-1)
	if math.IsNaN(score[0]) {
		return ""
	}
	return fmt.Sprintf("Least certain: %s %s, “%s”.", shortLabel(label[0]), signless(score[0]), chart.Cut(text[0], 100))
}

// wordsAt is words for a column by its place: what a lab names itself.
func wordsAt(t pipeline.Table, place int) []string {
	if place < 0 || place >= len(t.Columns) {
		return make([]string, len(t.Rows))
	}
	return words(t, t.Columns[place].Name)
}

// extremes are the places of the least and the largest of some numbers.
func extremes(values []float64) (low, high int) {
	for i, v := range values {
		if v < values[low] {
			low = i
		}
		if v > values[high] {
			high = i
		}
	}
	return low, high
}

// signless writes a share as 0.53.
func signless(v float64) string { return strings.TrimPrefix(signed(v, 2), "+") }

func histogramInWords(t pipeline.Table) string {
	from, count := numbers(t, "FROM_SCORE"), numbers(t, "REVIEWS")
	least, most := extremes(count)
	bin := func(i int) string {
		to := 1.0
		if i+1 < len(from) {
			to = from[i+1]
		}
		return fmt.Sprintf("between %s and %s (%s)", signed(from[i], 1), signed(to, 1), pipeline.Thousands(int64(count[i])))
	}
	return fmt.Sprintf("Reviews by sentiment: most %s, fewest %s; the ends are %s and %s.", bin(most), bin(least), bin(0), bin(len(from)-1))
}

func calibrationInWords(t pipeline.Table) string {
	predicted, observed := numbers(t, "PREDICTED"), numbers(t, "OBSERVED")
	n, worst := len(predicted)-1, 0
	for i := range predicted {
		if math.Abs(predicted[i]-observed[i]) > math.Abs(predicted[worst]-observed[worst]) {
			worst = i
		}
	}
	return fmt.Sprintf("Calibration: of those with the lowest predictions (%s) %s bought, of those with the highest (%s) %s; farthest apart are %s predicted and %s observed.",
		pipeline.Percent(predicted[0]), pipeline.Percent(observed[0]), pipeline.Percent(predicted[n]), pipeline.Percent(observed[n]),
		pipeline.Percent(predicted[worst]), pipeline.Percent(observed[worst]))
}

func confusionInWords(t pipeline.Table) string {
	for i, threshold := range numbers(t, "THRESHOLD") {
		if threshold == 0.5 {
			count := func(name string) string { return pipeline.Thousands(int64(numbers(t, name)[i])) }
			return fmt.Sprintf("At a threshold of 0.5: %s buyers found and %s missed, %s others called buyers and %s rightly not; precision %s, recall %s.",
				count("TRUE_POSITIVE"), count("FALSE_NEGATIVE"), count("FALSE_POSITIVE"), count("TRUE_NEGATIVE"),
				pipeline.Percent(numbers(t, "PRECISION")[i]), pipeline.Percent(numbers(t, "RECALL")[i]))
		}
	}
	return ""
}

func gainInWords(t pipeline.Table) string {
	share, gain, lift := numbers(t, "SHARE"), numbers(t, "GAIN"), numbers(t, "LIFT")
	half := len(share) / 2
	if half == 0 {
		return ""
	}
	return fmt.Sprintf("Gain: the best %s of scores hold %s of the buyers (lift %s), the best %s hold %s.",
		pipeline.Percent(share[0]), pipeline.Percent(gain[0]), chart.Number(math.Round(100*lift[0])/100), pipeline.Percent(share[half-1]), pipeline.Percent(gain[half-1]))
}

// metricsInWords tells the metrics that have an interval.
func metricsInWords(t pipeline.Table) string {
	var parts []string
	value, low, high := numbers(t, "VALIDATION"), numbers(t, "LOW"), numbers(t, "HIGH")
	if len(value) > 0 && math.IsNaN(value[0]) { // no rows were kept apart
		value = numbers(t, "TRAIN")
	}
	for i, name := range words(t, "METRIC") {
		if !math.IsNaN(low[i]) {
			parts = append(parts, fmt.Sprintf("%s %s (%s to %s)", name, metric(value[i]), metric(low[i]), metric(high[i])))
		}
	}
	if parts == nil {
		return ""
	}
	return "Metrics with their 95% intervals: " + strings.Join(parts, ", ") + "."
}

func importanceInWords(t pipeline.Table) string {
	var parts []string
	means := numbers(t, "MEAN_ABS")
	for i, name := range words(t, "FEATURE") {
		parts = append(parts, name+" "+chart.Number(means[i]))
	}
	return "What moves predictions, mean contribution: " + strings.Join(parts, ", ") + "."
}

func dependenceInWords(t pipeline.Table) string {
	x, y := numbers(t, "VALUE"), numbers(t, "CONTRIBUTION")
	return fmt.Sprintf("By %s the contribution %s.", Visible(strings.TrimPrefix(t.Name, dependence)), course(x, y))
}

// interactionsInWords names the pair that comes first; the diagonal is what an
// input does alone.
func interactionsInWords(t pipeline.Table) string {
	with, means := words(t, "WITH"), numbers(t, "MEAN_ABS")
	for i, feature := range words(t, "FEATURE") {
		if with[i] != feature {
			return fmt.Sprintf("The strongest interaction is that of %s and %s, %s.", feature, with[i], chart.Number(means[i]))
		}
	}
	return ""
}

func leversInWords(t pipeline.Table) string {
	const most = 3
	change, gain, truth := words(t, "CHANGE"), numbers(t, "PER_1000"), numbers(t, "TRUE_PER_1000")
	var parts []string
	for i := range min(most, len(change)) {
		part := fmt.Sprintf("%s %s", change[i], signed(gain[i], 0))
		if !math.IsNaN(truth[i]) {
			part += fmt.Sprintf(" (in truth %s)", signed(truth[i], 0))
		}
		parts = append(parts, part)
	}
	return "What would move purchases most, of 1,000 customers: " + strings.Join(parts, "; ") + "."
}

func buyersInWords(t pipeline.Table) string {
	var reasons []string
	for _, name := range []string{"REASON_1", "REASON_2", "REASON_3"} {
		if reason := words(t, name)[0]; reason != "" {
			reasons = append(reasons, reason)
		}
	}
	return fmt.Sprintf("Most likely to buy: %s (%s), %s: %s.", wordsAt(t, 0)[0], wordsAt(t, 1)[0],
		pipeline.Percent(numbers(t, "PROBABILITY")[0]), strings.Join(reasons, ", "))
}

func waterfallInWords(t pipeline.Table) string {
	names, values, by, ends := words(t, "FEATURE"), column(t, "VALUE"), numbers(t, "CONTRIBUTION"), numbers(t, "PREDICTION")
	var parts []string
	for i, name := range names {
		if math.IsNaN(ends[i]) { // the first and the last row are those of the prediction
			value := []any{values[i]}
			parts = append(parts, fmt.Sprintf("%s %s %s", name, cell(value[0], "", decimalsFor([][]any{value}, 0)), signed(by[i], 2)))
		}
	}
	return fmt.Sprintf("%s: from %s for an average customer to %s by %s.", Visible(t.Title), pipeline.Percent(ends[0]), pipeline.Percent(ends[len(ends)-1]), strings.Join(parts, ", "))
}

func heatInWords(t pipeline.Table) string {
	rates, quality, tone := numbers(t, "PURCHASE_RATE"), wordsAt(t, 0), words(t, "TONE")
	low, high := extremes(rates)
	group := func(i int) string {
		return fmt.Sprintf("%s and %s (%s)", shortLabel(quality[i]), tone[i], pipeline.Percent(rates[i]))
	}
	return fmt.Sprintf("By quality and tone of the review, most buy after %s, fewest after %s.", group(high), group(low))
}

func groupsInWords(t pipeline.Table) string {
	rates, names := numbers(t, "PURCHASE_RATE"), wordsAt(t, 0)
	low, high := extremes(rates) // its SQL may have been edited, and no longer sort them
	return fmt.Sprintf("%s buy most (%s), %s least (%s).", names[high], pipeline.Percent(rates[high]), names[low], pipeline.Percent(rates[low]))
}

func versionsInWords(t pipeline.Table) string {
	var parts []string
	alias, auc := words(t, "ALIASES"), numbers(t, "AUC")
	for i, version := range words(t, "VERSION") {
		if alias[i] != "" {
			version += " (" + alias[i] + ")"
		}
		if !math.IsNaN(auc[i]) {
			version += " with AUC " + metric(auc[i])
		}
		parts = append(parts, version)
	}
	return "Versions: " + strings.Join(parts, ", ") + "."
}

func graphInWords(t pipeline.Table) string {
	var parts []string
	after := words(t, "AFTER")
	for i, node := range words(t, "NODE") {
		if after[i] != "" {
			node += " after " + after[i]
		}
		parts = append(parts, node)
	}
	return "The graph: " + strings.Join(parts, ", ") + "."
}
